//! Any message gives commands within bounds, or a reason; never a panic. What is accepted comes back from JSON as it was.
#![no_main]
use libfuzzer_sys::fuzz_target;
use vestry::telemetry::Topics;
use vestry::telemetry::request::{MAX_BATCH, MAX_ID, Message, parse};

fuzz_target!(|input: (&str, &[u8], bool)| {
    let (topic, payload, retained) = input;
    let whole = format!("vestry/hall/{topic}");
    let topics = Topics::new("hall");
    assert_ne!(topics.answer(Some(&whole)), topics.of("state"));
    let inputs = ["Pulpit".to_owned(), "Choir".to_owned()];
    // Most topics lead nowhere: what they bear is tried as JSON too.
    for topic in [topics.wish(&whole).unwrap_or("set/"), "command"] {
        let Ok(wish) = parse(Message { topic, payload, retained }, &inputs) else { continue };
        assert!(!retained && (1..=MAX_BATCH).contains(&wish.controls.len()));
        assert!(wish.id.is_none_or(|id| id.len() <= MAX_ID));
        let again = serde_json::to_vec(&wish.controls).unwrap();
        let again = parse(Message { topic: "command", payload: &again, retained }, &inputs);
        // Escaped and spelled out it may have grown beyond the limit.
        assert!(again.is_ok_and(|again| again.controls == wish.controls) || payload.len() > 1024);
    }
});
