//! Any text gives a configuration or a scene that holds, or faults; never a panic.
#![no_main]
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    if let Ok(config) = vestry::config::parse("fuzz.toml", text) {
        // What was accepted has to be usable: every lane and send can be told.
        assert_eq!(config.lanes().len(), config.inputs);
        assert_eq!(config.output_lanes().len(), config.outputs);
    }
    let Ok(board) = vestry::config::board::sim() else { return };
    if let Ok(scene) = vestry::config::Scene::parse(Path::new("fuzz.toml"), text, &board) {
        assert!(scene.lanes.len() <= board.inputs && scene.sends.len() <= board.outputs);
        let again = vestry::config::Scene::parse(Path::new("fuzz.toml"), &scene.text(), &board);
        assert!(again.is_ok(), "{}", scene.text());
    }
});
