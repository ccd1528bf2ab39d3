//! What lets work at the side stay out of the way: children that are stopped and ended.
//!
//! Runs on: delivery.
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::os::fd::AsFd;

/// Has reads of `fd` return at once, with or without anything.
///
/// # Errors
/// The kernel's own.
pub fn never_block(fd: &impl AsFd) -> std::io::Result<()> {
    fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(())
}

/// What is done to a group of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupSignal {
    /// Stands still.
    Pause,
    /// Goes on.
    Resume,
    /// Ends at once.
    Kill,
}

/// Does it to the process group that the child `leader` leads.
pub fn signal_group(leader: u32, signal: GroupSignal) {
    let signal = match signal {
        GroupSignal::Pause => Signal::SIGSTOP,
        GroupSignal::Resume => Signal::SIGCONT,
        GroupSignal::Kill => Signal::SIGKILL,
    };
    // 0 and 1 would be groups that are not a child's; one that is gone needs no signal.
    if let Some(leader) = i32::try_from(leader).ok().filter(|leader| *leader > 1) {
        let _ = killpg(Pid::from_raw(leader), signal);
    }
}
