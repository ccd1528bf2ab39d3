//! A card that stalls in mid-take: nothing is lost, and the writer's light says how far it is behind.
use crate::card::{Medium, Take};
use crate::guest::Guest;
use crate::judge;
use crate::recorder::{self, PLAIN, RESUME, SUSPEND, logged, sees};
use crate::sound::{LONG, SHORT, expect};
use crate::watch::Watch;
use vestry::panel::Pace;

/// Seconds that the disk stands still, one after another; the last one is looked at while it lasts.
const STALLS: &str = "0.75 2 5";
pub const LONGEST: u64 = 20;

/// Shell: the device mapper holds every request back for the longest of all, while the shell goes on; then waits for the end.
pub fn begin() -> String {
    format!("({SUSPEND}; sleep {LONGEST}; {RESUME}) & B=$!")
}
pub const END: &str = "wait $B; sleep 7";

/// The device mapper holds every request back for so long.
pub fn stalls(guest: &mut Guest) -> Result<(), String> {
    recorder::lay(guest, PLAIN)?;
    let mut watch = Watch::begin(guest)?;
    recorder::play(guest, 80)?;
    recorder::configure(guest, "", &watch.tables())?;
    recorder::start(guest, "/mnt")?;
    let stalls = format!("sleep 4; for t in {STALLS}; do {SUSPEND}; sleep $t; {RESUME}; sleep 7; done");
    sees(guest, &stalls)?;
    let seen = watched(guest, &mut watch);
    logged(guest, seen)?;
    let lines = recorder::stop(guest)?;
    let status = recorder::status(guest)?;
    let take = Take::read(guest, Medium::Disk);
    recorder::unmap(guest)?;
    light(&lines)?;
    let (syncs, lost) = (&status["writer"]["sync_total"], &status["lost"]);
    println!("board: syncs of a card that stalls: {syncs}");
    let figure = |name: &str| syncs[name].as_u64().unwrap_or_default();
    let told = figure("max_ms") >= 4_000 && figure("p50_ms") < 2_000 && figure("p99_ms") >= figure("p95_ms");
    expect(told && figure("count") > 8, "the stalls among the times of syncs", &lines)?;
    expect(lost["frames"] == 0 && lost["blocks"] == 0, &format!("nothing lost: {lost}"), &lines)?;
    let take = take?;
    let frames = judge::exact(&take)?;
    println!("board: {frames} frames exact over stalls of {STALLS} {LONGEST} s");
    expect(take.manifest.gaps.is_empty(), "no gap", &lines)?;
    expect(!take.manifest.slow_syncs.is_empty() && frames > 50 * 48_000, "the stalls in the ledger", &lines)
}

/// The longest stall on glass and broker: green, yellow, red, and green again.
fn watched(guest: &mut Guest, watch: &mut Watch) -> Result<(), String> {
    watch.records()?;
    guest.run(&begin(), SHORT)?;
    watch.light(Pace::Slow)?;
    watch.light(Pace::Behind)?;
    guest.run(END, LONG)?;
    watch.records()
}

/// Yellow for the stalls of some seconds, red with its message in the longest, green at the end.
fn light(lines: &[String]) -> Result<(), String> {
    let word = |line: &String| Some(line.split_once("writer ")?.1.split_once(':')?.0.to_owned());
    let words: Vec<_> = lines.iter().filter_map(word).collect();
    println!("board: the writer's light: {words:?}");
    let red = words.iter().position(|word| word == "behind").unwrap_or(0);
    let once = words.iter().filter(|word| *word == "behind").count() == 1;
    expect(once && red > 0 && words[red - 1] == "slow", "red once, after yellow", lines)?;
    expect(words[..red].iter().any(|word| word == "ok"), "green after the shorter stalls", lines)?;
    expect(words.last().is_some_and(|word| word == "ok"), "green at the end", lines)?;
    let message =
        lines.iter().any(|line| line.contains("SD card slow: 1") && line.contains(" s buffered of 30"));
    expect(message, "how much waits of how much that may", lines)
}
