//! Who runs where: what the kernel says about every thread of the system.
use super::SHORT;
use crate::guest::Guest;
use crate::sound::expect;
use std::collections::HashMap;

/// Flag of threads that are the kernel's own.
const KERNEL: u64 = 0x20_0000;

/// A line of /proc/PID/task/TID/stat.
#[derive(Debug)]
struct Thread<'a> {
    id: &'a str,
    name: &'a str,
    flags: u64,
    core: &'a str,
    priority: &'a str,
    policy: &'a str,
}

impl<'a> Thread<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (id, rest) = line.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        // The first of these is field 3.
        let fields: Vec<_> = rest.split(' ').collect();
        let field = |number: usize| fields.get(number - 3).copied();
        let flags = field(9)?.parse().ok()?;
        Some(Self { id, name, flags, core: field(39)?, priority: field(40)?, policy: field(41)? })
    }
}

/// The rt thread alone on core 3, SCHED_FIFO 80; memory locked; everyone else's affinity leaves core 3 out.
pub fn placed(guest: &mut Guest) -> Result<(), String> {
    let lines = guest.run(
        "cat /proc/[0-9]*/task/[0-9]*/stat 2>/dev/null; \
         grep Cpus_allowed_list /proc/[0-9]*/task/[0-9]*/status 2>/dev/null; \
         grep VmLck /proc/$(systemctl show vestry -p MainPID --value)/status",
        SHORT,
    )?;
    let threads: Vec<_> = lines.iter().filter_map(|line| Thread::read(line)).collect();
    let allowed: HashMap<_, _> = lines.iter().filter_map(|line| allowed(line)).collect();
    let mine: Vec<_> = threads.iter().filter(|thread| thread.flags & KERNEL == 0).collect();
    let rt: Vec<_> = mine.iter().filter(|thread| thread.name == "rt").collect();
    let report: Vec<String> =
        mine.iter().map(|thread| format!("{thread:?} on {:?}", allowed.get(thread.id))).collect();
    let [rt] = rt.as_slice() else { return expect(false, "one rt thread", &report) };
    let placed = (rt.core, rt.priority, rt.policy, allowed.get(rt.id)) == ("3", "80", "1", Some(&"3"));
    expect(placed, "rt: SCHED_FIFO 80 on core 3", &report)?;
    let others = mine.iter().filter(|thread| thread.id != rt.id);
    let away = others
        .clone()
        .all(|thread| thread.core != "3" && allowed.get(thread.id).is_none_or(|&list| list == "0-2"));
    expect(away && others.count() > 10, "every other thread on cores 0 to 2", &report)?;
    let locked =
        lines.iter().find_map(|line| line.strip_prefix("VmLck:")?.trim().strip_suffix(" kB")?.parse().ok());
    println!("board: {} threads of programs, {} kB locked", mine.len(), locked.unwrap_or(0));
    expect(locked.is_some_and(|kilobytes: u64| kilobytes > 1024), "memory is locked", &report)
}

/// From `/proc/PID/task/TID/status:Cpus_allowed_list: 0-2` the thread and its cores.
fn allowed(line: &str) -> Option<(&str, &str)> {
    let (path, list) = line.split_once("/status:Cpus_allowed_list:")?;
    Some((path.rsplit_once('/')?.1, list.trim()))
}
