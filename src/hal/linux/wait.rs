//! Waiting, and the clock that the kernel stamps edges with.
//!
//! Runs on: supervisor.
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::time::{ClockId, clock_gettime};
use std::os::fd::BorrowedFd;
use std::thread;
use std::time::Duration;

/// Longest pause where the kernel refuses to wait for us.
const REFUSED: Duration = Duration::from_millis(10);

/// Time on the kernel's CLOCK_MONOTONIC, which edges are stamped with. It stands still while the system sleeps.
pub fn now() -> Duration {
    // Linux has this clock always.
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from)
}

/// Returns once one of `fds` can be read or failed, a signal came, or `timeout` is over, at most 1 ms after it.
pub fn wait(fds: &[BorrowedFd<'_>], timeout: Duration) {
    let mut fds: Vec<_> = fds.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
    // Rounded up, or the last millisecond would be spent asking again and again.
    let timeout = timeout.saturating_add(Duration::from_micros(999));
    match poll(&mut fds, PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX)) {
        Ok(_) | Err(Errno::EINTR) => {}
        // Out of memory: to go on is all that is left, though not at full speed.
        Err(_) => thread::sleep(timeout.min(REFUSED)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn it_waits_as_long_as_told_and_no_longer_than_there_is_nothing_to_read() {
        let (mut near, far) = UnixStream::pair().unwrap();
        for timeout in [Duration::from_micros(300), Duration::from_millis(20)] {
            let begun = now();
            wait(&[far.as_fd()], timeout);
            assert!(now() - begun >= timeout);
        }
        near.write_all(b"x").unwrap();
        // Without what there is to read this would take forever.
        wait(&[far.as_fd()], Duration::MAX);
    }
}
