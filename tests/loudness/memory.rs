//! What measuring takes of the machine's memory.
use super::broker::Broker;
use super::running::Running;

/// Six inputs and a minute of pool, which no mix is recorded in: what the budget is for.
const SIX: &str = r#"
record_pool_seconds = 60
recording = { mix = false }
[device]
kind = "offline"
[device.offline]
sources = [{ tone_hz = 997.0 }, {}, {}, {}, {}, {}]
[mqtt]
id = "hall"
host = "127.0.0.1"
health_s = 1
"#;
/// The budget for all of it, in bytes.
const ALL: u64 = 90_000_000;
/// What of that may be loudness.
const LOUDNESS: u64 = 8_000_000;

/// Memory of a box that records, in bytes; the pages of its own file do not count, which a build without optimisation has more of.
fn own(loudness: bool) -> u64 {
    let (broker, dir) = (Broker::start(), tempfile::tempdir().unwrap());
    let mut ear = broker.listen();
    let vestry = Running::beside(broker.port, dir.path(), &format!("loudness = {loudness}\n{SIX}"));
    ear.until("a take that is measured, or not", |message| match message.topic.as_str() {
        "vestry/hall/state" => !loudness && message.json()["recording"] == true,
        "vestry/hall/health" => message.json()["loudness"]["inputs"][0]["range_lu"].is_number(),
        _ => false,
    });
    let status = std::fs::read_to_string(format!("/proc/{}/status", vestry.id())).unwrap();
    vestry.end();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn it_takes_little_memory_and_a_minute_of_pool_fits_the_budget() {
    let [without, with] = [false, true].map(own);
    println!("{without} bytes, with loudness {with}");
    assert!(with.saturating_sub(without) <= LOUDNESS, "{without}, with loudness {with}");
    assert!(with <= ALL, "{with}");
}
