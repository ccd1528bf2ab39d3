//! The promise: bad input is one line that says what to change, exit code 2, and nothing half-made.
use std::fs;
use std::process::{Command, Output};

fn vestry(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vestry")).args(arguments).output().unwrap()
}

fn refused(arguments: &[&str], line: &str) {
    let output = vestry(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{arguments:?}: {said}");
    assert!(said.contains(line), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn mistakes_on_the_command_line_are_one_line() {
    refused(&["rnu"], "unrecognized subcommand 'rnu'");
    refused(&["run", "--for", "soon"], "invalid value 'soon' for '--for <DURATION>'");
    refused(&["check"], "not provided: --config <FILE>");
    refused(&["check", "--config", "no-such.toml"], "no-such.toml: cannot be read");
    refused(&["selftest", "--for", "5s"], "unexpected argument '--for'");
    refused(&["selftest", "--config", "no-such.toml"], "no-such.toml: cannot be read");
    refused(&["takes", "--colour"], "unexpected argument '--colour'");
}

#[test]
fn check_lists_every_fault_and_says_what_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("box.toml");
    fs::write(&path, "inputs = 99\nperiods = 1\nspeed = 7\n[device]\nkind = \"offline\"\n").unwrap();
    let output = vestry(&["check", "--config", path.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 3), "{said}");
    assert!(said.lines().all(|line| line.starts_with(path.to_str().unwrap())), "{said}");
    let valid = vestry(&["check", "--config", "board/reference.toml"]);
    assert_eq!(String::from_utf8(valid.stdout).unwrap(), "board/reference.toml: valid\n");
    assert_eq!(valid.status.code(), Some(0));
}

#[test]
fn a_bad_configuration_makes_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (path, data) = (folder.path().join("box.toml"), folder.path().join("takes"));
    fs::write(&path, "inputs = 99\n[device]\nkind = \"offline\"\n").unwrap();
    refused(&["run", "--config", path.to_str().unwrap(), "--data", data.to_str().unwrap()], "inputs = 99");
    assert!(!data.exists());
}

#[test]
fn the_version_is_that_of_the_package() {
    let said = String::from_utf8(vestry(&["--version"]).stdout).unwrap();
    assert_eq!(said, format!("vestry {}\n", env!("CARGO_PKG_VERSION")));
}
