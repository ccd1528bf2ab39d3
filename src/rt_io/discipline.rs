//! How well the kernel's clock is kept, whoever keeps it: chrony, ntpd, systemd-timesyncd and phc2sys all tell the kernel.
//!
//! Runs on: writer, supervisor.
use nix::libc;

/// What the kernel knows of its time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whether a time source keeps it.
    pub synchronised: bool,
    /// The most that it can be wrong by, in us. It grows by 500 ppm until the time source is heard again (adjtimex(2)).
    pub max_error_us: u64,
}

/// Asks the kernel, and changes nothing; none where the process may not ask.
pub fn kept() -> Option<Kept> {
    // SAFETY: the structure is of integers alone, which may all be 0.
    let mut timex: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a whole structure of ours; without modes the kernel only writes to it.
    let state = unsafe { libc::adjtimex(&raw mut timex) };
    if state < 0 {
        return None;
    }
    let synchronised = state != libc::TIME_ERROR && timex.status & libc::STA_UNSYNC == 0;
    Some(Kept { synchronised, max_error_us: u64::try_from(timex.maxerror).unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_calls_a_clock_kept_while_its_error_is_bounded() {
        let Some(kept) = kept() else { return };
        // The kernel's own limit: NTP_PHASE_LIMIT, 16 s.
        assert!(!kept.synchronised || kept.max_error_us <= 16_000_000, "{kept:?}");
    }
}
