//! A running box with its broker, and what its take holds.
use super::broker::{Broker, Ear};
use super::commands;
use super::running::Running;
use serde_json::{Value, json};
use std::path::Path;

/// Noise on both inputs, in a mix that is exact to the sample: the scene shows in it.
const BOX: &str = "inputs = 2\noutputs = 1\nframes_per_period = 256\nperiods = 32\nrealtime = { lock_memory = false }\n\
    recording = { min_free_mb = 0 }\n[device]\nkind = \"offline\"\n\
    [device.offline]\nsources = [{ noise_seed = 1, level_db = 0 }, { noise_seed = 2, level_db = 0 }]\n[[input]]\nmix_db = 0.0\npan = -1.0\n\
    [[input]]\nmix_db = -96.0\npan = 1.0\n[mqtt]\nid = \"hall\"\nhost = \"127.0.0.1\"\n";
pub const BASE: &str = "vestry/hall";

/// Runs it with these keys before its own.
pub fn start(dir: &Path, broker: &Broker, more: &str) -> Running {
    Running::beside(broker.port, dir, &format!("{more}\n{BOX}"))
}

pub fn ask(broker: &Broker, ear: &mut Ear, what: Value) -> Value {
    commands::ask(broker, ear, BASE, &what)
}

pub fn scene(broker: &Broker, ear: &mut Ear, what: &str, name: &str) -> Value {
    ask(broker, ear, json!({"command": format!("scene_{what}"), "name": name}))
}

pub fn state(ear: &mut Ear, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    commands::state(ear, BASE, what, wanted)
}

/// Hears two messages of meters, 0.2 s apart: by then whatever was on its way is there.
pub fn settled(ear: &mut Ear) {
    (0..2).for_each(|_| drop(ear.on("vestry/hall/meters")));
}

pub fn recording(ear: &mut Ear) -> Value {
    state(ear, "a take", |state| state["recording"] == true)
}

/// Samples of a track of the take, full scale 2^23.
pub fn samples(take: &Path, track: usize) -> Vec<i32> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(take.join("take.json")).unwrap()).unwrap();
    let file = manifest["tracks"][track]["parts"][0]["file"].as_str().unwrap();
    hound::WavReader::open(take.join(file)).unwrap().samples().map(Result::unwrap).collect()
}

/// Where a level moves: from which frame on, and how many frames it takes.
pub fn fades(levels: &[(usize, f64)]) -> Vec<(usize, usize)> {
    let settled = |level: f64| (level - 1.0).abs() < 1e-5 || (level - 0.1).abs() < 1e-5;
    let mut fades = Vec::new();
    for pair in levels.windows(2) {
        match (settled(pair[0].1), settled(pair[1].1)) {
            (true, false) => fades.push((pair[0].0, 0)),
            (false, true) => {
                let at = fades.last_mut().expect("it begins settled");
                at.1 = pair[1].0 - at.0;
            }
            _ => {}
        }
    }
    fades
}
