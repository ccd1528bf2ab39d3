//! Any text gives a configuration that holds, or faults; never a panic.
//!
//! [[bin]]
//! name = "config"
//! path = "fuzz_targets/config.rs"
//! test = false
//! doc = false
//! bench = false
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(config) = vestry::config::parse("fuzz.toml", text) {
        // What was accepted has to be usable: every lane and send can be told.
        assert_eq!(config.lanes().len(), config.inputs);
        assert_eq!(config.sends().len(), config.outputs);
    }
});
