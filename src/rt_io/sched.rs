//! What a thread needs to keep its deadlines: locked memory, a priority, a core, fast denormals.
//!
//! Runs on: main (`lock_memory`), rt (the rest, before its loop).
use nix::sys::mman::{MlockAllFlags, mlockall};
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};
use std::hint::black_box;
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
    set_current_thread_priority, set_thread_priority_and_policy, thread_native_id,
};

/// How much of the rt thread's stack is touched before the loop; the loop itself needs far less.
const STACK_TOUCHED: usize = 128 * 1024;

/// What the rt thread asks of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Realtime {
    /// The core to run on; none leaves it to the scheduler.
    pub core: Option<usize>,
    /// SCHED_FIFO priority, 1 to 98.
    pub priority: u8,
    /// Whether all memory is locked.
    pub lock_memory: bool,
}

/// What became of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Given.
    Granted(String),
    /// Not asked for.
    NotAsked,
    /// Refused: why, and what would help.
    Refused(String),
}

impl std::fmt::Display for Grant {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Granted(what) => out.write_str(what),
            Self::NotAsked => out.write_str("not asked for"),
            Self::Refused(why) => write!(out, "REFUSED: {why}"),
        }
    }
}

/// All grants of the rt thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// mlockall.
    pub memory: Grant,
    /// SCHED_FIFO.
    pub priority: Grant,
    /// The pinned core.
    pub core: Grant,
}

impl Grants {
    /// Each with its name.
    pub fn named(&self) -> [(&'static str, &Grant); 3] {
        [("memory", &self.memory), ("priority", &self.priority), ("core", &self.core)]
    }

    /// The refusals, one line each.
    pub fn refusals(&self) -> Vec<String> {
        let refused = self.named().into_iter().filter(|(_, grant)| matches!(grant, Grant::Refused(_)));
        refused.map(|(name, grant)| format!("realtime {name} {grant}")).collect()
    }
}

/// Locks all memory, present and future, in RAM.
///
/// Refused under a finite limit even where it would fit now: later allocations would fail instead of this call.
pub fn lock_memory() -> Grant {
    let (soft, hard) = getrlimit(Resource::RLIMIT_MEMLOCK).unwrap_or((0, 0));
    let raised = hard > soft && setrlimit(Resource::RLIMIT_MEMLOCK, hard, hard).is_ok();
    let limit = if raised { hard } else { soft };
    if limit != RLIM_INFINITY && !nix::unistd::geteuid().is_root() {
        return Grant::Refused(format!(
            "the limit is {} KiB; set LimitMEMLOCK=infinity in the unit, or memlock unlimited in limits.conf",
            limit / 1024
        ));
    }
    match mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE) {
        Ok(()) => Grant::Granted("locked".into()),
        Err(error) => Grant::Refused(format!("mlockall: {error}; give the process CAP_IPC_LOCK")),
    }
}

/// Prepares the calling thread as `wanted`; `memory` is what became of `lock_memory`.
pub fn enter(wanted: Realtime, memory: Grant) -> Grants {
    touch_stack();
    flush_denormals();
    Grants {
        memory,
        priority: take_priority(wanted.priority),
        core: wanted.core.map_or(Grant::NotAsked, pin),
    }
}

/// Of 0 to 99: a nice value of 10.
const LOW: u8 = 22;

/// Has the calling thread give way to all others of normal priority. A refusal costs nothing: it stays as they are.
pub fn stand_back() {
    if let Ok(low) = ThreadPriorityValue::try_from(LOW) {
        let _ = set_current_thread_priority(ThreadPriority::Crossplatform(low));
    }
}

/// Of 0 to 99: a nice value of 19.
const LOWEST: u8 = 0;

/// The same before all that stands back: for what may take as long as it likes. The kernel's schedulers of disks go by it too.
pub fn stand_far_back() {
    if let Ok(lowest) = ThreadPriorityValue::try_from(LOWEST) {
        let _ = set_current_thread_priority(ThreadPriority::Crossplatform(lowest));
    }
}

fn take_priority(priority: u8) -> Grant {
    let Ok(value) = ThreadPriorityValue::try_from(priority) else {
        return Grant::Refused(format!("{priority} is no priority; 1 to 98 are"));
    };
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    match set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Crossplatform(value), policy) {
        Ok(()) => Grant::Granted(format!("SCHED_FIFO {priority}")),
        Err(error) => Grant::Refused(format!(
            "SCHED_FIFO: {error:?}; set LimitRTPRIO={priority} in the unit, or rtprio in limits.conf"
        )),
    }
}

fn pin(core: usize) -> Grant {
    if core_affinity::set_for_current(core_affinity::CoreId { id: core }) {
        return Grant::Granted(format!("core {core}"));
    }
    Grant::Refused(format!("core {core} is not there or not allowed; change realtime.core"))
}

#[inline(never)]
fn touch_stack() {
    black_box([1_u8; STACK_TOUCHED]);
}

/// Treats numbers too small to hear as zero (FTZ and DAZ on x86_64, FZ on aarch64): they would cost many times as much.
fn flush_denormals() {
    #[cfg(target_arch = "x86_64")]
    {
        let mut control = 0_u32;
        // SAFETY: stores this thread's MXCSR to a local, sets FTZ (bit 15) and DAZ (bit 6) and loads it back; rounding and exceptions stay.
        unsafe {
            std::arch::asm!("stmxcsr [{0}]", "or dword ptr [{0}], 0x8040", "ldmxcsr [{0}]", in(reg) &mut control);
        }
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: sets FZ (bit 24) in this thread's FPCR; rounding and exceptions stay.
    unsafe {
        std::arch::asm!("mrs {0}, fpcr", "orr {0}, {0}, #0x1000000", "msr fpcr, {0}", out(reg) _);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denormals_are_zero_after_entering() {
        let product = std::thread::spawn(|| {
            flush_denormals();
            black_box(1e-30_f32) * black_box(1e-10_f32)
        });
        assert_eq!(product.join().unwrap(), 0.0);
    }

    #[test]
    fn who_stands_back_is_nicer_than_others() {
        let stat = std::thread::spawn(|| {
            stand_back();
            std::fs::read_to_string("/proc/thread-self/stat").unwrap()
        });
        // Field 19, the 17th after the name in brackets.
        let stat = stat.join().unwrap();
        assert_eq!(stat.rsplit(')').next().unwrap().split_whitespace().nth(16), Some("10"), "{stat}");
    }

    #[test]
    fn a_core_that_is_not_there_is_refused_with_the_key_to_change() {
        let refusal = pin(1023).to_string();
        assert!(refusal.contains("REFUSED") && refusal.contains("realtime.core"), "{refusal}");
    }
}
