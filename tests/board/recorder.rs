//! The recorder with a signal to record: what the checks of media have in common.
use crate::guest::Guest;
use crate::sound::{LONG, SHORT};

/// Six inputs of the numbered signal, in periods that an emulator on a busy machine keeps.
const CONFIGURATION: &str = "log_level = \"debug\"\nsample_rate = 48000\nframes_per_period = 2048\nperiods = 28\n\
    inputs = 6\noutputs = 0\n[device]\ncapture = \"Loopback,1,0\"\nformat = \"S24_3LE\"\n\
    capture_channels = 6\n[realtime]\ncore = 3\nrequired = true\n[recording]\nmix = false\n";
/// Loads the device mapper.
pub const MAPPER: &str = "for m in dm-mod dm-delay dm-flakey dm-log-writes; do modprobe $m; done";

/// Plays the signal for `seconds` and lays the configuration.
pub fn play(guest: &mut Guest, seconds: u32) -> Result<(), String> {
    configure(guest, "", "")?;
    let player = "aplay -q -D hw:Loopback,0,0 -t raw -f S24_3LE -r 48000 -c 6 --buffer-size=48000";
    let tone = format!("board-probe tone format=S24_3LE channels=6 seconds={seconds}");
    guest.run(&format!("({tone} | {player}) & A=$!"), SHORT).map(drop)
}

/// Lays the configuration with `keys` and `tables` of a check's own.
pub fn configure(guest: &mut Guest, keys: &str, tables: &str) -> Result<(), String> {
    let text = format!("{keys}{CONFIGURATION}{tables}").replace('"', "\\\"").replace('\n', "\\n");
    guest.run(&format!("printf \"{text}\" >/tmp/media.toml"), SHORT).map(drop)
}

/// Records to `folder` until [`stop`]; the log is in /tmp/media.log.
pub fn start(guest: &mut Guest, folder: &str) -> Result<(), String> {
    let run =
        format!("vestry run --config /tmp/media.toml --data {folder} </dev/null >/tmp/media.log 2>&1 & V=$!");
    guest.run(&run, SHORT).map(drop)
}

/// Ends it in order; the log without its longest lines.
pub fn stop(guest: &mut Guest) -> Result<Vec<String>, String> {
    guest.run("kill $V; wait $V; grep -v ' status {' /tmp/media.log", SHORT)
}

/// Shell: waits until the log has as many lines with a text.
pub fn until(text: &str, times: u32) -> String {
    format!(
        "for n in $(seq 200); do [ $(grep -c '{text}' /tmp/media.log) -ge {times} ] && break; sleep 0.1; done; \
         [ $(grep -c '{text}' /tmp/media.log) -ge {times} ]"
    )
}

/// Runs a shell line; what it printed. Fails with the log unless it does its work.
pub fn sees(guest: &mut Guest, script: &str) -> Result<Vec<String>, String> {
    let seen = guest.run(script, LONG);
    logged(guest, seen)
}

/// Puts the log behind what failed.
pub fn logged<T>(guest: &mut Guest, seen: Result<T, String>) -> Result<T, String> {
    seen.map_err(|error| {
        let log = guest.run("grep -v ' status {' /tmp/media.log | tail -n 40", SHORT);
        format!("{error}\n{}", log.unwrap_or_default().join("\n"))
    })
}

/// A figure of the last status in the log.
pub fn status(guest: &mut Guest) -> Result<serde_json::Value, String> {
    let lines = guest.run("grep -o 'status {.*' /tmp/media.log | tail -n 1", SHORT)?;
    let json = lines.last().and_then(|line| line.strip_prefix("status ")).unwrap_or_default();
    serde_json::from_str(json).map_err(|error| format!("{error} in {lines:?}"))
}

/// Lays the device mapper's `table` over the quick disk as /dev/dm-0, called `card`; `$D` is the disk, `$S` its size.
pub fn lay(guest: &mut Guest, table: &str) -> Result<(), String> {
    let script = format!(
        "umount /mnt 2>/dev/null; {MAPPER}; dmsetup remove --noudevsync card 2>/dev/null; D=/dev/vda; S=$(cat /sys/block/vda/size); \
         dmsetup create --noudevsync card --table \"{table}\" && mount -t ext4 /dev/dm-0 /mnt && rm -rf /mnt/[0-9]* /mnt/*.jsonl"
    );
    guest.run(&script, SHORT).map(drop)
}

/// The disk as it is.
pub const PLAIN: &str = "0 $S linear $D 0";

/// Shell: puts another table in the place of the one that is.
pub fn relay(table: &str) -> String {
    format!("dmsetup load --noudevsync card --table \"{table}\"; {SUSPEND}; {RESUME}")
}

/// Shell: nothing gets to the disk or from it any more; and again.
pub const SUSPEND: &str = "dmsetup suspend --noudevsync --noflush --nolockfs card";
pub const RESUME: &str = "dmsetup resume --noudevsync card";

/// Unmounts what lies on the mapper and takes that away.
pub fn lift(guest: &mut Guest) -> Result<(), String> {
    guest.run("umount /mnt", SHORT)?;
    unmap(guest)
}

/// Takes the mapper away, on which nothing is mounted any more.
pub fn unmap(guest: &mut Guest) -> Result<(), String> {
    guest.run("dmsetup remove --noudevsync card", SHORT).map(drop)
}
