//! The promise: the manual page says what the command line does, and reads well.
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::fs;
use std::io::Write;
use std::process::{self, Stdio};

#[path = "../src/cli.rs"]
#[allow(dead_code, reason = "its fields are the program's business")]
mod cli;

const PAGE: &str = "board/vestry.1";
/// What is of no single argument.
const ABOUT: &str = include_str!("manual/about.1");
const REST: &str = include_str!("manual/rest.1");

/// What `render` writes, without its headings.
fn body(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut written = Vec::new();
    render(&mut written).unwrap();
    let text = String::from_utf8(written).unwrap();
    // The first lines say how apostrophes are written; the page has them once.
    let own = |line: &&str| !line.starts_with(".SH") && !line.starts_with(".ie") && !line.starts_with(".el");
    text.lines().filter(own).map(|line| format!("{line}\n")).collect()
}

/// What services call on each other for is nobody's to type.
fn shown_in(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set())
}

fn section(command: &Command) -> String {
    let man = Man::new(command.clone());
    let what = body(|to| man.render_description_section(to));
    let how = body(|to| man.render_synopsis_section(to));
    let options = body(|to| man.render_options_section(to));
    format!(".SS {}\n{how}.PP\n{what}{options}", command.get_name().replace('-', "\\-"))
}

/// The whole page; every command in its section, since nobody looks for ten pages.
fn page() -> String {
    let mut command = cli::Cli::command().disable_help_subcommand(true);
    command.build();
    let man = Man::new(command.clone()).date("").manual("Vestry");
    let mut title = Vec::new();
    man.render_title(&mut title).unwrap();
    let name = body(|to| man.render_name_section(to));
    let how = body(|to| man.render_synopsis_section(to));
    let options = body(|to| man.render_options_section(to));
    let head = format!(
        "{}.SH NAME\n{name}.SH SYNOPSIS\n{how}.SH DESCRIPTION\n{ABOUT}.SH OPTIONS\n{options}",
        String::from_utf8(title).unwrap()
    );
    let commands: String = shown_in(&command).map(section).collect();
    format!("{head}.SH COMMANDS\n{commands}{REST}")
}

/// The page as a terminal shows it, by groff; it must find nothing to complain of.
fn shown(page: &str) -> String {
    let mut groff = process::Command::new("groff");
    groff.args(["-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=100n"]).stdin(Stdio::piped());
    let mut groff = groff.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("groff is installed");
    groff.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = groff.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_page_is_that_of_the_command_line() {
    let found = page();
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        fs::write(PAGE, &found).unwrap();
    }
    let kept = fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        found == kept,
        "{PAGE} is not what the command line says; renew it with: GOLDEN=write cargo test --test manual"
    );
}

#[test]
fn a_reader_finds_every_command_and_option_in_it() {
    let text = shown(&page());
    let helps = |arguments: &[&str]| {
        let output = process::Command::new(env!("CARGO_BIN_EXE_vestry")).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let command = cli::Cli::command();
    let names: Vec<_> = shown_in(&command).map(|sub| sub.get_name().to_owned()).collect();
    assert!(names.len() >= 9, "{names:?}");
    for name in &names {
        assert!(text.contains(&format!("\n   {name}\n")), "{name} has no section:\n{text}");
        let help = helps(&[name, "--help"]);
        let options = help.split_whitespace().filter(|word| word.starts_with("--"));
        for option in options.map(|word| word.trim_end_matches([',', ']'])) {
            assert!(text.contains(option), "{name}: {option}:\n{text}");
        }
    }
    for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "FILES", "EXAMPLES"] {
        assert!(text.contains(&format!("\n{heading}\n")), "{heading}:\n{text}");
    }
}
