//! The promise: the Yocto layer builds what the tree has: its crates are those of `Cargo.lock`, and each file, board, user and
//! partition that it names is one of the tree's own.
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const LAYER: &str = "yocto-layer/meta-vestry";
const CRATES: &str = "yocto-layer/meta-vestry/recipes-vestry/vestry/vestry-crates.inc";
/// The linter's own form of a list is another.
const FORM: &str = "# nooelint: oelint.vars.inconspaces,oelint.vars.notneededspace - as bitbake writes it";
const RENEW: &str = "GOLDEN=write cargo test --test yocto crates";

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Files of the layer whose name ends so, with their text.
fn layer(endings: &[&str]) -> Vec<(PathBuf, String)> {
    let wanted = |path: &PathBuf| endings.iter().any(|end| path.to_str().unwrap().ends_with(end));
    files(Path::new(LAYER)).into_iter().filter(wanted).map(|path| (path.clone(), read(&path))).collect()
}

/// Name, version and checksum of each crate of `lock` that comes from a registry.
fn fetched(lock: &str) -> Vec<(String, String, String)> {
    let lock: toml::Table = toml::from_str(lock).unwrap();
    let text = |package: &toml::Value, key: &str| package.get(key)?.as_str().map(str::to_owned);
    let packages =
        lock["package"].as_array().unwrap().iter().filter(|package| package.get("source").is_some());
    let all = packages.map(|package| {
        let source = text(package, "source").unwrap();
        assert_eq!(
            source, "registry+https://github.com/rust-lang/crates.io-index",
            "no crate:// can fetch it"
        );
        (
            text(package, "name").unwrap(),
            text(package, "version").unwrap(),
            text(package, "checksum").unwrap(),
        )
    });
    all.collect()
}

/// What `bitbake -c update_crates` writes for the lock at the top. Source: cargo-update-recipe-crates.bbclass of
/// openembedded-core. The class would add the lock of the fuzz targets, which the recipe does not build.
fn crates_inc(lock: &str) -> String {
    let mut list =
        format!("# Made from Cargo.lock by: {RENEW}\n\n# from Cargo.lock\n{FORM}\nSRC_URI += \" \\\n");
    let mut sums = String::new();
    for (name, version, checksum) in fetched(lock) {
        let _ = writeln!(list, "    crate://crates.io/{name}/{version};name={name}-{version} \\");
        let _ = writeln!(sums, "SRC_URI[{name}-{version}.sha256sum] = \"{checksum}\"");
    }
    format!("{list}\"\n\n{sums}")
}

#[test]
fn crates_are_those_of_the_lock() {
    let wanted = crates_inc(&read("Cargo.lock"));
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        fs::write(CRATES, &wanted).unwrap();
    }
    assert!(read(CRATES) == wanted, "{CRATES} is not what Cargo.lock says; renew it with: {RENEW}");
}

#[test]
fn each_crate_has_a_line_and_a_checksum() {
    let lock = "[[package]]\nname = \"own\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a-b\"\nversion = \"2.0.0+c\"\n\
                source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"12ab\"\n";
    let list = format!(
        "# Made from Cargo.lock by: {RENEW}\n\n# from Cargo.lock\n{FORM}\nSRC_URI += \" \\\n    \
         crate://crates.io/a-b/2.0.0+c;name=a-b-2.0.0+c \\\n\"\n\nSRC_URI[a-b-2.0.0+c.sha256sum] = \"12ab\"\n"
    );
    assert_eq!(crates_inc(lock), list);
}

/// Boards that have a sound card: their files in `board/`, without the ending.
fn boards() -> BTreeSet<String> {
    let names = files(Path::new("board")).into_iter().filter_map(|path| {
        let name = path.strip_prefix("board").unwrap().to_str()?.strip_suffix(".toml")?.to_owned();
        (!["base", "reference", "sim"].contains(&name.as_str()) && !name.contains('/')).then_some(name)
    });
    names.collect()
}

/// The value that a kas file gives to the variable `name`.
fn kas_value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.trim().strip_prefix(name)?.trim().strip_prefix("= \"")?.strip_suffix('"'))
}

#[test]
fn every_board_is_built_and_every_built_board_is_there() {
    let kas = files(Path::new("yocto-layer/kas")).into_iter();
    let built: BTreeSet<_> = kas
        .filter_map(|path| {
            kas_value(&read(&path), "VESTRY_BOARD").map(|board| (path.clone(), board.to_owned()))
        })
        .map(|(path, board)| {
            assert_eq!(
                path.file_stem().unwrap().to_str(),
                Some(board.as_str()),
                "a file is named by its board"
            );
            board
        })
        .collect();
    assert_eq!(built, boards());
    let usual = read(format!("{LAYER}/conf/layer.conf"));
    let usual = usual.lines().find_map(|line| line.strip_prefix("VESTRY_BOARD ??= \"")?.strip_suffix('"'));
    assert!(boards().contains(usual.unwrap()));
}

/// The paths that `text` names below the variable `root`, with every board in place of its variable.
fn named(text: &str, root: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in text.split(root).skip(1) {
        let end = |c: char| c.is_whitespace() || "\"');:|".contains(c);
        let path = part.split(end).next().unwrap().trim_end_matches("/.").trim_end_matches('/');
        if path.contains("${VESTRY_BOARD}") {
            found.extend(boards().iter().map(|board| path.replace("${VESTRY_BOARD}", board)));
        } else {
            found.insert(path.to_owned());
        }
    }
    found
}

#[test]
fn every_file_that_is_taken_from_the_tree_is_there() {
    let mut seen = 0;
    for (path, text) in layer(&[".bb", ".bbappend", ".inc"]) {
        let text: String =
            text.lines().filter(|line| !line.trim().starts_with("if [ ")).collect::<Vec<_>>().join("\n");
        let mut wanted = named(&text, "${VESTRY_SOURCE}/");
        wanted.extend(named(&text, "${S}/"));
        // What only some boards have is asked for before it is taken; what a loop takes is in its list of checksums.
        let optional = |path: &String| {
            path.ends_with("/root") && path != "board/root"
                || path.ends_with("card.txt")
                || path.contains('$')
        };
        for file in wanted.iter().filter(|path| !optional(path)) {
            assert!(Path::new(file).exists(), "{}: {file} is not there", path.display());
            seen += 1;
        }
    }
    assert!(seen > 10, "recipes take their files from the tree");
}

#[test]
fn every_file_that_a_recipe_brings_is_there() {
    let all = files(Path::new(LAYER));
    let mut seen = 0;
    for (path, text) in layer(&[".bb", ".bbappend", ".inc"]) {
        for name in named(&text, "file://").iter().map(|name| name.split(';').next().unwrap()) {
            let is_it = |file: &PathBuf| file.ends_with(name) && file.to_str().unwrap().contains("/files/");
            assert!(name == "LICENSE" || all.iter().any(is_it), "{}: {name} is not there", path.display());
            seen += 1;
        }
    }
    assert!(seen > 5, "recipes bring files");
}

#[test]
fn users_have_the_numbers_of_the_tree() {
    let recipe =
        read(format!("{LAYER}/recipes-vestry/vestry/vestry_0.1.0.bb")).replace("${localstatedir}", "/var");
    let (mut groups, mut seen) = (BTreeSet::new(), 0);
    for line in read("board/vestry.sysusers").lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        seen += 1;
        match words[..] {
            ["g", name, number] => assert!(recipe.contains(&format!("--gid {number} {name}")), "{line}"),
            ["u", name, number, _, home] => {
                assert!(recipe.contains(&format!("--gid {number} {name};")), "{line}");
                assert!(recipe.contains(&format!("--uid {number} --gid {name} ")), "{line}");
                assert!(recipe.contains(&format!("--home-dir {home} ")), "{line}");
            }
            ["m", "vestry", group] => _ = groups.insert(group.to_owned()),
            _ => seen -= 1,
        }
    }
    let groups = groups.into_iter().collect::<Vec<_>>().join(",");
    assert!(recipe.contains(&format!("--groups {groups} ")), "{groups}");
    assert!(seen >= 6);
}

#[test]
fn the_recipe_has_the_version_of_the_package() {
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let version = manifest["workspace"]["package"]["version"].as_str().unwrap();
    for (path, _) in layer(&[".bb"]) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(name.split_once('_').is_none_or(|(_, of)| of == version), "{name}");
    }
    assert!(
        read(format!("{LAYER}/conf/distro/vestry.conf")).contains(&format!("DISTRO_VERSION = \"{version}\""))
    );
}

/// Names of the partitions of a kickstart file, in their order.
fn partitions(wks: &str) -> Vec<&str> {
    wks.lines().filter_map(|line| line.split_once("--part-name ")?.1.split_whitespace().next()).collect()
}

#[test]
fn partitions_are_those_that_the_start_and_the_updates_look_for() {
    let init = read("board/initramfs/init");
    let mut tables = 0;
    for (path, wks) in layer(&[".wks.in"]) {
        let names = partitions(&wks);
        for name in ["vestry-boot", "vestry-data"] {
            assert!(names.contains(&name) && init.contains(&format!("partition {name}")), "{name}");
        }
        for name in ["vestry-root-a", "vestry-root-b"] {
            assert!(names.contains(&name), "{}: {name}", path.display());
        }
        tables += 1;
    }
    assert_eq!(tables, 2, "a table for each family of boards");
    assert!(init.contains("vestry.root="), "the kernel's arguments say which root it is");
}

#[test]
fn slots_are_partitions() {
    let mut tables = 0;
    for (path, conf) in layer(&["system.conf"]) {
        let wks = if path.to_str().unwrap().contains("/rpi/") { "vestry-rpi" } else { "vestry-imx8mp" };
        let wks = read(format!("{LAYER}/files/wic/{wks}.wks.in"));
        let names = partitions(&wks);
        let mut slots = 0;
        let mut partition = "";
        for line in conf.lines() {
            if let Some(device) = line.strip_prefix("device=/dev/disk/by-partlabel/") {
                assert!(names.contains(&device), "{}: {device}", path.display());
                (partition, slots) = (device, slots + 1);
            }
            // The firmware of the Raspberry Pi counts partitions, from 1.
            if let Some(number) = line.strip_prefix("bootname=").and_then(|name| name.parse::<usize>().ok()) {
                assert_eq!(names[number - 1], partition, "{}", path.display());
            }
        }
        assert!(slots >= 2);
        tables += 1;
    }
    assert_eq!(tables, 2);
}

#[test]
fn the_kernel_can_do_what_its_arguments_ask_for() {
    let fragment = read(format!("{LAYER}/recipes-kernel/linux/files/vestry.cfg"));
    let arguments = read("board/cmdline");
    for (argument, option) in
        [("isolcpus=", "CPU_ISOLATION"), ("nohz_full=", "NO_HZ_FULL"), ("rcu_nocbs=", "RCU_NOCB_CPU")]
    {
        assert!(arguments.contains(argument));
        assert!(fragment.lines().any(|line| line == format!("CONFIG_{option}=y")), "{option}");
    }
    assert!(fragment.lines().any(|line| line == "CONFIG_PREEMPT_RT=y"));
}

#[test]
fn overlays_of_the_sound_cards_are_built() {
    let distribution = read(format!("{LAYER}/conf/distro/vestry.conf"));
    let mut seen = 0;
    for path in files(Path::new("board")).iter().filter(|path| path.ends_with("card.txt")) {
        let text = read(path);
        for overlay in text.lines().filter_map(|line| line.strip_prefix("dtoverlay=")?.split(',').next()) {
            assert!(distribution.contains(&format!(" overlays/{overlay}.dtbo")), "{overlay}");
            seen += 1;
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn an_update_is_for_the_board_that_it_was_made_for() {
    let value = |path: &str, after: &str| {
        let text = read(format!("{LAYER}/dynamic-layers/rauc/recipes-core/{path}"));
        let found = text.split_once(after).unwrap().1;
        found.split(['|', '"']).next().unwrap().to_owned()
    };
    let box_is = value("rauc/rauc-conf.bbappend", "s|@@COMPATIBLE@@|");
    assert_eq!(box_is, value("bundles/vestry-bundle_0.1.0.bb", "RAUC_BUNDLE_COMPATIBLE = \""));
    assert!(box_is.contains("${VESTRY_BOARD}"), "each board has another overlay");
}

#[test]
fn the_layer_has_what_its_checker_asks_for() {
    // Source: scripts/lib/checklayer/cases/common.py of openembedded-core.
    let readme = read(format!("{LAYER}/README.md")).to_lowercase();
    assert!(readme.contains("maintainer") && readme.contains("patch"));
    assert!(
        readme
            .split_whitespace()
            .any(|word| word.trim_matches(['<', '>', '.', ',']).split_once('@').is_some())
    );
    assert!(!read(format!("{LAYER}/SECURITY.md")).is_empty());
    assert!(read(format!("{LAYER}/conf/layer.conf")).contains("LAYERSERIES_COMPAT_vestry = \"wrynose\""));
}
