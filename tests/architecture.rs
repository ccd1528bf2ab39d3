//! The promise: the house is built as it is drawn. Reads the source, names every line that breaks a rule.
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;

use rules::{File, HOMES};
use source::{Facts, facts};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What may lie at the top, beside what .gitignore names.
const TOP: &[&str] = &[
    ".ci",
    ".git",
    ".gitattributes",
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "board",
    "clippy.toml",
    "docs",
    "rustfmt.toml",
    "scripts",
    "src",
    "tests",
    "yocto-layer",
];

type Rule = fn(&File<'_>) -> Vec<String>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `folder`.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap_or_default();
        match entry.extension() {
            _ if entry.is_dir() && name != "target" => found.extend(rust_files(&entry)),
            Some(end) if end == "rs" => found.push(entry),
            _ => {}
        }
    }
    found.sort();
    found
}

/// Path from `src`, text and facts of every file that is compiled outside tests.
fn sources() -> Vec<(String, String, Facts)> {
    let src = root().join("src");
    let mut files = Vec::new();
    let mut tests = BTreeSet::new();
    for path in rust_files(&src) {
        let text = fs::read_to_string(&path).unwrap();
        let facts = facts(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let stem = path.file_stem().unwrap_or_default();
        let folder =
            path.parent().unwrap().join(if stem == "mod" || stem == "lib" { "".as_ref() } else { stem });
        for name in &facts.test_modules {
            tests.extend([folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")]);
        }
        files.push((path, text, facts));
    }
    let kept = files.into_iter().filter(|(path, ..)| !tests.contains(path));
    let local = |path: PathBuf| path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
    kept.map(|(path, text, facts)| (local(path), text, facts)).collect()
}

fn hold(rule: Rule) {
    let sources = sources();
    assert!(sources.len() > 20, "the source is not where it was");
    let faults: Vec<_> =
        sources.iter().flat_map(|(path, text, facts)| rule(&File { path, text, facts })).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn imports_point_down() {
    hold(rules::imports);
}

#[test]
fn each_outside_crate_has_one_home() {
    hold(rules::homes);
}

#[test]
fn nothing_on_the_way_of_the_sound_can_panic() {
    hold(rules::panics);
}

#[test]
fn clippy_and_the_compiler_guard_the_audio_core() {
    let manifest: toml::Table =
        toml::from_str(&fs::read_to_string(root().join("src/rt/Cargo.toml")).unwrap()).unwrap();
    for lint in ["expect_used", "indexing_slicing", "panic", "unwrap_used"] {
        assert_eq!(manifest["lints"]["clippy"][lint].as_str(), Some("deny"), "{lint}");
    }
    let lib = fs::read_to_string(root().join("src/rt/lib.rs")).unwrap();
    assert!(lib.contains("#![no_std]") && lib.contains("#![forbid(unsafe_code)]"));
}

#[test]
fn nothing_but_clips_has_to_do_with_memory_on_the_audio_core() {
    hold(rules::memory);
}

#[test]
fn unsafe_lives_in_rt_io_with_its_reason() {
    hold(rules::unsafes);
}

#[test]
fn each_head_says_where_it_runs() {
    hold(rules::head);
}

#[test]
fn files_are_short() {
    let mut faults = Vec::new();
    for path in ["src", "tests"].iter().flat_map(|folder| rust_files(&root().join(folder))) {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
        faults.extend(rules::length(&File { path: name, text: &text, facts: &Facts::default() }));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_dependency_is_in_the_table_of_homes() {
    let mut named = BTreeSet::new();
    for manifest in ["Cargo.toml", "src/rt/Cargo.toml"] {
        let text = fs::read_to_string(root().join(manifest)).unwrap();
        let table: toml::Table = toml::from_str(&text).unwrap();
        let mut tables = vec![table.get("dependencies")];
        let targets = table.get("target").and_then(toml::Value::as_table);
        tables.extend(targets.into_iter().flatten().map(|(_, target)| target.get("dependencies")));
        for dependencies in tables.into_iter().flatten() {
            named.extend(dependencies.as_table().unwrap().keys().map(|name| name.replace('-', "_")));
        }
    }
    let known: BTreeSet<_> = HOMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(named, known);
}

#[test]
fn nothing_else_lies_at_the_top() {
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap();
    let ignored: Vec<_> = ignored.lines().map(|line| line.trim_matches('/')).collect();
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            TOP.contains(&name.as_str()) || ignored.contains(&name.as_str()),
            "{name} has no place at the top"
        );
    }
}

/// The faults that `rule` finds in `text` as the file `path`.
fn found(rule: Rule, path: &str, text: &str) -> Vec<String> {
    rule(&File { path, text, facts: &facts(text).unwrap() })
}

#[test]
fn a_wrong_import_is_found() {
    let wrong = [
        ("record/take.rs", "use crate::panel::View;", "src/record/take.rs:1: record must not import panel"),
        (
            "panel/mod.rs",
            "fn f() { crate::record::list(); }",
            "src/panel/mod.rs:1: panel must not import record",
        ),
        (
            "panel/draw.rs",
            "\nuse super::super::supervisor::run;",
            "src/panel/draw.rs:2: panel must not import supervisor",
        ),
        (
            "rt_io/mod.rs",
            "use crate::{config::Config, rt};",
            "src/rt_io/mod.rs:1: rt_io must not import config",
        ),
        (
            "hal/mod.rs",
            "fn f() { println!(\"{}\", crate::config::X); }",
            "src/hal/mod.rs:1: hal must not import config",
        ),
        (
            "config/mod.rs",
            "mod a { use super::super::hal::X; }",
            "src/config/mod.rs:1: config must not import hal",
        ),
        ("helper.rs", "", "src/helper.rs:1: belongs to no module that DESIGN.md knows"),
    ];
    for (path, text, fault) in wrong {
        assert_eq!(found(rules::imports, path, text), [fault], "{text}");
    }
    let right = [
        ("supervisor/mod.rs", "use crate::{config, hal, panel, record, rt_io}; use vestry_rt::area;"),
        ("panel/draw.rs", "use super::view::View; use crate::hal::Key;"),
        ("record/wave/mod.rs", "use super::super::record_it; #[cfg(test)] mod t { use crate::panel::View; }"),
        ("rt/mixer.rs", "use crate::area::CaptureArea;"),
        ("main.rs", "use vestry::config; mod cli;"),
    ];
    for (path, text) in right {
        assert!(found(rules::imports, path, text).is_empty(), "{path}: {text}");
    }
}

#[test]
fn a_crate_away_from_home_is_found() {
    let wrong = [
        "use alsa::PCM;",
        "use toml;",
        "fn f() { let _ = ratatui::init(); }",
        "#[derive(serde::Serialize)] struct S;",
        "fn f() { print!(\"{}\", hound::X); }",
    ];
    for text in wrong {
        assert_eq!(found(rules::homes, "supervisor/mod.rs", text).len(), 1, "{text}");
    }
    assert!(found(rules::homes, "rt_io/alsa/open.rs", "use alsa::PCM; use std::io;").is_empty());
    assert!(
        found(rules::homes, "main.rs", "use vestry::rt_io::alsa; fn f() { alsa::devices(); }").is_empty()
    );
    assert!(found(rules::homes, "supervisor/mod.rs", "#[cfg(test)] mod tests { use hound::X; }").is_empty());
}

#[test]
fn what_can_panic_is_found() {
    let wrong = [
        "fn f(x: Option<u8>) { x.unwrap(); }",
        "fn f(x: Option<u8>) { x.expect(\"there\"); }",
        "fn f(x: &[u8], at: usize) -> u8 { x[at] }",
        "fn f() { panic!() }",
        "fn f() { core::unreachable!() }",
        "fn f(x: u8) { assert!(x > 0); }",
        "fn f(x: Option<u8>) { print!(\"{}\", x.unwrap()); }",
        "#[cfg(not(test))] fn f() { todo!() }",
    ];
    for text in wrong {
        assert_eq!(found(rules::panics, "rt/mixer.rs", text).len(), 1, "{text}");
        assert!(found(rules::panics, "panel/mod.rs", text).is_empty());
    }
    let right =
        "fn f(x: &[u8]) -> [u8; 2] { let _ = x.first().unwrap_or(&0); [0, 1] } #[test] fn t() { x[0]; }";
    assert!(found(rules::panics, "rt_io/cycle.rs", right).is_empty());
}

#[test]
fn memory_away_from_clips_is_found() {
    assert_eq!(found(rules::memory, "rt/mixer.rs", "use alloc::vec::Vec;").len(), 1);
    assert_eq!(found(rules::memory, "rt/voices.rs", "fn f() { alloc::vec::Vec::<u8>::new(); }").len(), 1);
    assert!(found(rules::memory, "rt/voices.rs", "use alloc::sync::Arc;").is_empty());
    assert!(found(rules::memory, "rt/clip.rs", "use alloc::vec::Vec;").is_empty());
    assert!(found(rules::memory, "play/mod.rs", "use alloc::vec::Vec;").is_empty());
}

#[test]
fn unsafe_without_a_reason_is_found() {
    let text = "fn f() {\n    unsafe { g() }\n}";
    assert_eq!(
        found(rules::unsafes, "rt_io/a.rs", text),
        ["src/rt_io/a.rs:2: unsafe without a `// SAFETY:` line"]
    );
    assert_eq!(found(rules::unsafes, "hal/a.rs", text), ["src/hal/a.rs:2: unsafe outside src/rt_io"]);
    let reasoned = "fn f() {\n    // SAFETY: g asks for nothing.\n    unsafe { g() }\n}";
    assert!(found(rules::unsafes, "rt_io/a.rs", reasoned).is_empty());
    assert_eq!(found(rules::unsafes, "hal/a.rs", "unsafe impl Send for A {}").len(), 1);
}

#[test]
fn a_head_without_a_thread_and_a_long_file_are_found() {
    assert_eq!(found(rules::head, "a.rs", "//! Does it.\n").len(), 1);
    assert!(found(rules::head, "a.rs", "//! Does it.\n//!\n//! Runs on: rt.\n").is_empty());
    assert!(found(rules::length, "a.rs", &"\n".repeat(rules::MOST_LINES)).is_empty());
    assert_eq!(found(rules::length, "a.rs", &"\n".repeat(rules::MOST_LINES + 1)).len(), 1);
}
