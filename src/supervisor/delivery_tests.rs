//! Tests of how delivery is told.
//!
//! Runs on: tests.
use super::*;
use crate::deliver::{Failed, Sending};

#[test]
fn the_newest_failures_are_told_and_what_goes() {
    let failed = |number: usize| Failed { take: format!("{number}"), reason: "rot".into() };
    let sending = Some(Sending { take: "x".into(), progress: 0.4 });
    let status = DeliveryStatus {
        waiting: 2,
        sending,
        done: 10,
        failed: (0..30).map(failed).collect(),
        ..DeliveryStatus::default()
    };
    let told = report("s3", &status);
    assert_eq!((told.waiting, told.done, told.failed.len()), (2, 10, MOST_FAILED));
    assert_eq!(told.failed[0].take, "29");
    let json = serde_json::to_value(&told).unwrap();
    assert_eq!(json["sending"]["take"], "x");
    assert_eq!((&json["target"], &json["fault"]), (&"s3".into(), &serde_json::Value::Null));
}

#[test]
fn a_take_that_is_open_or_has_no_checksum_is_not_delivered() {
    let dir = tempfile::tempdir().unwrap();
    let takes = Takes { dir: dir.path().into() };
    let none = |_: &str| false;
    assert!(takes.complete(&none).unwrap_err().ends_with("it is empty"));
    let put = |state: &str, crc32: &str| {
        let take = dir.path().join("2025-05-01_100000_0001");
        std::fs::create_dir_all(&take).unwrap();
        let text = format!(
            r#"{{"vestry_take": 1, "state": "{state}", "name": "x", "number": 1, "started": "2025-05-01T10:00:00+00:00",
            "sample_rate": 48000, "format": "pcm24", "layout": "mono", "time_reference": 0, "start_frame": 0,
            "frames": 5, "tracks": [{{"name": "a", "stem": "01_a", "channels": [{{"name": "a", "tap": "pre"}}],
            "parts": [{{"file": "01_a.wav", "start": 0, "frames": 5, "crc32": {crc32}}}]}}],
            "gaps": [], "markers": [], "system": {{}}}}"#
        );
        std::fs::write(take.join(FILE), text).unwrap();
    };
    put("recording", "null");
    assert_eq!(takes.complete(&none).unwrap(), Vec::<String>::new());
    assert!(takes.plan("2025-05-01_100000_0001").unwrap_err().starts_with("it is being recorded"));
    put("closed", "null");
    assert_eq!(takes.complete(&none).unwrap(), ["2025-05-01_100000_0001"]);
    assert!(takes.plan("2025-05-01_100000_0001").unwrap_err().contains("no length or checksum"));
    put("closed", "\"0000000a\"");
    let plan = takes.plan("2025-05-01_100000_0001").unwrap();
    let sound = Sound { start: DATA_START, bytes: 15, crc32: 10 };
    assert_eq!(plan.files[0], FilePlan { name: "01_a.wav".into(), sound: Some(sound) });
    assert_eq!(plan.files[1].name, FILE, "it goes last");
}
