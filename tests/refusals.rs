//! Promise: what cannot be recorded with is refused in one line that names what to change, and nothing is half-created.
#[path = "common/cli.rs"]
mod cli;

use std::path::Path;

const OFFLINE: &str = "realtime = { lock_memory = false }\n[device]\nkind = \"offline\"\n";

/// Runs with `config` and expects exit code 2 and one line with each of `words`.
fn refused(dir: &Path, config: &str, data: &str, words: &[&str]) {
    std::fs::write(dir.join("box.toml"), config).unwrap();
    let output = cli::vestry(dir, &["run", "--config", "box.toml", "--data", data, "--for", "1s"]);
    let said = cli::said(&output);
    let errors: Vec<&str> = said.lines().filter(|line| !line.trim_start().starts_with("WARN")).collect();
    assert_eq!((output.status.code(), errors.len()), (Some(2), 1), "{said}");
    assert!(words.iter().all(|word| errors[0].contains(word)), "{said}");
}

#[test]
fn no_such_card() {
    let dir = tempfile::tempdir().unwrap();
    let config = "[device]\ncapture = \"NoSuchCard\"\n";
    refused(dir.path(), config, "takes", &["device", "NoSuchCard"]);
    assert!(!dir.path().join("takes").exists());
}

#[test]
fn a_clip_that_is_not_there_or_no_clip() {
    let dir = tempfile::tempdir().unwrap();
    let clip = |file: &str| format!("{OFFLINE}[device.offline]\nsources = [{{ file = \"{file}\" }}]\n");
    refused(dir.path(), &clip("gone.wav"), "takes", &["device.offline.sources", "gone.wav", "WAV"]);
    std::fs::write(dir.path().join("text.wav"), "this is no sound").unwrap();
    refused(dir.path(), &clip("text.wav"), "takes", &["text.wav", "WAV"]);
    let rate = format!("sample_rate = 44100\n{}", clip("/usr/share/sounds/alsa/Noise.wav"));
    refused(dir.path(), &rate, "takes", &["48000 Hz", "sample_rate is 44100"]);
    assert!(!dir.path().join("takes").exists());
}

#[test]
fn a_folder_that_cannot_be_written() {
    let dir = tempfile::tempdir().unwrap();
    refused(dir.path(), OFFLINE, "/proc/takes", &["recordings_dir", "/proc/takes"]);
    std::fs::write(dir.path().join("file"), "in the way").unwrap();
    refused(dir.path(), OFFLINE, "file", &["recordings_dir", "file"]);
    refused(dir.path(), OFFLINE, "no/such/parent", &["recordings_dir", "no/such/parent"]);
    assert_eq!(std::fs::read(dir.path().join("file")).unwrap(), b"in the way");
    assert!(!dir.path().join("no").exists());
}

#[test]
fn a_medium_without_room() {
    let dir = tempfile::tempdir().unwrap();
    let config = format!("recording = {{ min_free_mb = 1000000 }}\n{OFFLINE}");
    let free = free_bytes(dir.path());
    assert!(free < 1_000_000_000_000, "a medium of a terabyte and more cannot be called full here");
    refused(
        dir.path(),
        &config,
        "takes",
        &["recordings_dir", "takes", "bytes free", "1000000000000", "recording.min_free_mb"],
    );
    assert!(!dir.path().join("takes").exists());
}

fn free_bytes(dir: &Path) -> u64 {
    use vestry::record::storage::{Disk, Storage};
    Disk.free_bytes(dir).unwrap()
}

#[test]
fn a_core_that_is_not_there_where_it_is_required() {
    let dir = tempfile::tempdir().unwrap();
    let config =
        "[realtime]\ncore = 1000\nrequired = true\nlock_memory = false\n[device]\nkind = \"offline\"\n";
    refused(dir.path(), config, "takes", &["realtime", "core 1000", "realtime.core"]);
    assert!(!dir.path().join("takes").exists());
}

#[test]
fn a_take_in_the_way_is_left_alone_and_the_next_number_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let takes = dir.path().join("takes");
    std::fs::create_dir_all(takes.join("2001-01-01_000000_0007")).unwrap();
    std::fs::write(takes.join("2001-01-01_000000_0007/01_Input_1.wav"), "somebody's").unwrap();
    std::fs::write(dir.path().join("box.toml"), OFFLINE).unwrap();
    let output =
        cli::vestry(dir.path(), &["run", "--config", "box.toml", "--data", "takes", "--for", "200ms"]);
    assert!(output.status.success(), "{}", cli::said(&output));
    let names: Vec<_> = cli::takes(&takes).iter().map(|take| take.file_name().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 2);
    assert!(names[1].to_str().unwrap().ends_with("_0008"), "{names:?}");
    let old = std::fs::read(takes.join("2001-01-01_000000_0007/01_Input_1.wav")).unwrap();
    assert_eq!(old, b"somebody's");
}

#[test]
fn a_line_or_file_of_the_outside_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let button = format!("{OFFLINE}[panel]\nrec = {{ line = \"NO_SUCH_LINE\" }}\n");
    refused(dir.path(), &button, "takes", &["panel.rec.line", "NO_SUCH_LINE", "gpioinfo"]);
    let lamp = format!("{OFFLINE}[panel]\nfault_led = {{ line = \"gpiochip99:1\" }}\n");
    refused(dir.path(), &lamp, "takes", &["panel.fault_led.line", "gpiochip99"]);
    let mqtt = format!("{OFFLINE}[mqtt]\nhost = \"127.0.0.1\"\ntls = true\nca_file = \"gone.pem\"\n");
    refused(dir.path(), &mqtt, "takes", &["mqtt.ca_file", "gone.pem", "PEM"]);
    assert!(!dir.path().join("takes").exists());
}
