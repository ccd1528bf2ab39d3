//! The rules, each from a file's facts to the lines that break it.
use super::source::{FIXED, Facts};

/// Most lines of a file, tests included.
pub const MOST_LINES: usize = 400;

/// The home of each outside crate: path beginnings below `src`. `""` is everywhere.
pub const HOMES: &[(&str, &[&str])] = &[
    ("alsa", &["rt_io/alsa"]),
    ("argon2", &["web/auth/password"]),
    ("base64", &["deliver"]),
    ("blake3", &["play/content"]),
    ("clap", &["main.rs", "cli.rs"]),
    ("core_affinity", &["rt_io"]),
    ("crc32fast", &["record", "deliver/digest", "web/send"]),
    ("ebur128", &["record/loudness/measure"]),
    ("embedded_graphics", &["hal/display", "panel/oled"]),
    ("embedded_hal", &["hal/display"]),
    ("getrandom", &["web/auth"]),
    ("gpiocdev", &["hal/linux"]),
    ("heapless", &["rt/", "rt_io"]),
    ("hound", &["rt_io/offline"]),
    ("humantime", &["cli.rs"]),
    ("hyper", &["web"]),
    ("hyper_util", &["web/thread"]),
    ("jiff", &["record"]),
    ("linux_embedded_hal", &["hal/display"]),
    ("md5", &["deliver/digest"]),
    ("native_tls", &["telemetry/mqtt", "web/tls"]),
    ("nix", &["rt_io", "record", "hal/linux"]),
    ("ratatui", &["hal/terminal", "panel"]),
    ("realfft", &["panel/spectrum", "record/align"]),
    ("rumqttc", &["telemetry/mqtt"]),
    ("rusty_s3", &["deliver/s3"]),
    ("sd_notify", &["hal/linux"]),
    ("serde", &["config", "deliver", "record", "telemetry", "web"]),
    ("serde_json", &["deliver/ledger", "record", "telemetry", "web"]),
    ("serde_path_to_error", &["config"]),
    ("signal_hook", &["hal/signals"]),
    ("signalsmith_stretch", &["play/stretch/stretched"]),
    ("strsim", &["config"]),
    ("subtle", &["web/auth"]),
    ("symphonia", &["play/decode"]),
    ("thiserror", &[""]),
    ("thread_priority", &["rt_io"]),
    ("tokio", &["telemetry/mqtt", "web"]),
    ("tokio_native_tls", &["web"]),
    ("toml", &["config"]),
    ("tracing", &["config", "deliver", "hal", "record", "rt_io", "supervisor", "telemetry", "web"]),
    ("tracing_subscriber", &["hal/log"]),
    ("ureq", &["deliver/http"]),
    ("vestry_rt", &[""]),
    ("wide", &["rt/lanes.rs"]),
];

/// How high each module stands; it may import what stands lower.
const LEVELS: &[(&str, u8)] = &[
    ("main", 4),
    ("supervisor", 3),
    ("deliver", 2),
    ("record", 2),
    ("play", 2),
    ("panel", 2),
    ("guard", 2),
    ("telemetry", 2),
    ("web", 2),
    ("rt_io", 2),
    ("hal", 1),
    ("config", 1),
    ("rt", 0),
];

/// A file below `src`, its path with `/`.
pub struct File<'a> {
    pub path: &'a str,
    pub text: &'a str,
    pub facts: &'a Facts,
}

impl File<'_> {
    /// The module of a path from `src`: `panel/draw.rs` and `panel.rs` belong to panel.
    fn module(&self) -> &str {
        match self.path.split(['/', '.']).next().unwrap_or_default() {
            "cli" => "main",
            module => module,
        }
    }

    /// The module that a path in this file leads to, if it is one of ours.
    fn target<'a>(&'a self, path: &'a [String]) -> Option<&'a str> {
        let names: Vec<_> = path.iter().map(String::as_str).collect();
        let inside = self.module() == "rt";
        match names.as_slice() {
            ["vestry_rt", ..] => Some("rt"),
            ["crate", ..] if inside => Some("rt"),
            ["vestry" | "crate", module, ..] => Some(module),
            ["super", ..] if !inside => self.above(&names),
            _ => None,
        }
    }

    /// Where a path of `super`s arrives; `None` while it stays in its module.
    fn above<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        let own = self.path.split('/').filter(|part| *part != "mod.rs").count();
        let ups = names.iter().take_while(|name| **name == "super").count();
        if ups < own { None } else { names.get(ups).copied() }
    }

    fn fault(&self, line: usize, what: &str) -> String {
        format!("src/{}:{line}: {what}", self.path)
    }
}

fn level(module: &str) -> Option<u8> {
    LEVELS.iter().find(|(name, _)| *name == module).map(|(_, level)| *level)
}

/// Imports point down; the middle modules never import one another; `rt_io` knows `rt` alone.
pub fn imports(file: &File<'_>) -> Vec<String> {
    let module = file.module();
    if module == "lib" {
        return Vec::new();
    }
    let Some(own) = level(module) else {
        return vec![file.fault(1, "belongs to no module that DESIGN.md knows")];
    };
    let wrong = |target: &str| {
        let lower = level(target).is_some_and(|target| target < own);
        target != module && level(target).is_some() && (!lower || (module == "rt_io" && target != "rt"))
    };
    let paths = file.facts.paths.iter().filter_map(|(path, line)| Some((file.target(path)?, *line)));
    let faults = paths.filter(|(target, _)| wrong(target));
    faults.map(|(target, line)| file.fault(line, &format!("{module} must not import {target}"))).collect()
}

/// Each outside crate is named at home only.
pub fn homes(file: &File<'_>) -> Vec<String> {
    let paths = &file.facts.paths;
    // A module of ours may bear a crate's name: `use crate::rt_io::alsa` makes `alsa::devices()` no use of the crate.
    let ours = |path: &[String]| matches!(path[0].as_str(), "crate" | "self" | "super" | "vestry");
    let own =
        |name: &str| paths.iter().any(|(path, _)| ours(path) && path.last().is_some_and(|last| last == name));
    let strange = |name: &str| {
        let home = HOMES.iter().find(|(known, _)| *known == name);
        !own(name) && home.is_some_and(|(_, homes)| !homes.iter().any(|home| file.path.starts_with(home)))
    };
    let first = |path: &Vec<String>| path.first().cloned().unwrap_or_default();
    let faults = paths.iter().filter(|(path, _)| strange(&first(path)));
    faults.map(|(path, line)| file.fault(*line, &format!("{} is not at home here", first(path)))).collect()
}

/// Nothing that could panic on the way of the sound. A fixed index is left to clippy in `rt`, whose manifest denies
/// `indexing_slicing`: it knows arrays from slices.
pub fn panics(file: &File<'_>) -> Vec<String> {
    if !file.module().starts_with("rt") {
        return Vec::new();
    }
    let left = |what: &str| what == FIXED && file.module() == "rt";
    let panics = file.facts.panics.iter().filter(|(what, _)| !left(what));
    panics.map(|(what, line)| file.fault(*line, &format!("{what} can panic"))).collect()
}

/// In `rt` clips alone are made of memory; voices hold them by `Arc`, and nothing else knows of any.
pub fn memory(file: &File<'_>) -> Vec<String> {
    if file.module() != "rt" || file.path == "rt/clip.rs" || file.path == "rt/lib.rs" {
        return Vec::new();
    }
    let of_voices = file.path.starts_with("rt/voice");
    let wrong = |path: &[String]| {
        path.first().is_some_and(|first| first == "alloc")
            && !(of_voices && path.get(1).is_some_and(|second| second == "sync"))
    };
    let faults = file.facts.paths.iter().filter(|(path, _)| wrong(path));
    faults.map(|(path, line)| file.fault(*line, &format!("{} has no place here", path.join("::")))).collect()
}

/// `unsafe` lives in `rt_io`, each with its reason.
pub fn unsafes(file: &File<'_>) -> Vec<String> {
    let lines: Vec<_> = file.text.lines().map(str::trim).collect();
    let reasoned = |line: usize| {
        let above = lines.iter().take(line).rev().skip(1).take_while(|text| text.starts_with("//"));
        above.chain(lines.get(line - 1)).any(|text| text.contains("// SAFETY:"))
    };
    let mut faults = Vec::new();
    for line in &file.facts.unsafes {
        match file.module() {
            "rt_io" if reasoned(*line) => {}
            "rt_io" => faults.push(file.fault(*line, "unsafe without a `// SAFETY:` line")),
            _ => faults.push(file.fault(*line, "unsafe outside src/rt_io")),
        }
    }
    faults
}

/// The head says on which thread the code runs. In `src/rt` the path says it: that of `lib.rs` holds for all.
pub fn head(file: &File<'_>) -> Vec<String> {
    let head = file.text.lines().take_while(|line| line.starts_with("//!"));
    let said = file.path == "lib.rs" || (file.module() == "rt" && file.path != "rt/lib.rs");
    if said || head.into_iter().any(|line| line.starts_with("//! Runs on: ")) {
        return Vec::new();
    }
    vec![file.fault(1, "no `//! Runs on: ` line in the head")]
}

/// Files stay small.
pub fn length(file: &File<'_>) -> Vec<String> {
    let lines = file.text.lines().count();
    let fault = file.fault(lines, &format!("{lines} lines, {MOST_LINES} at most"));
    if lines > MOST_LINES { vec![fault] } else { Vec::new() }
}
