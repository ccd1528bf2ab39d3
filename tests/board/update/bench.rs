//! A box that takes updates, on a quick disk in place of its card, and sticks with updates. Keys are made anew each time.
use crate::image;
use crate::qemu::{EMULATED, Machine, node, shell};
use std::path::{Path, PathBuf};

/// Sticks with an update each, by their name: one as `scripts/image` makes it, one whose firmware ends at once, and one that
/// somebody else signed.
pub const GOOD: &str = "good";
pub const BROKEN: &str = "broken";
pub const STRANGE: &str = "strange";

/// The box.
pub struct Bench {
    folder: PathBuf,
    arguments: String,
}

impl Bench {
    /// Makes all of it.
    pub fn make() -> Result<Self, String> {
        let tree = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tree.join("target/board/update");
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        shell(&folder, KEYS)?;
        let path = |name: &str| folder.join(name).display().to_string();
        let files = ["card.img", "ours.cert", "ours.key", "good.raucb"].map(path);
        let names = ["--out", "--update-cert", "--update-key", "--bundle"];
        let options = names.iter().zip(&files).flat_map(|(name, file)| [*name, file]);
        image(&["--board", "imx8mp-evk"].into_iter().chain(options).collect::<Vec<_>>())?;
        let tests = tree.join("tests/board");
        let board = tree.join("target/board");
        shell(&folder, &format!("{}/update/make {} {}", tests.display(), board.display(), tests.display()))?;
        let menu =
            std::fs::read_to_string(folder.join("extlinux.conf")).map_err(|error| error.to_string())?;
        let arguments = menu.lines().find_map(|line| line.trim().strip_prefix("append "));
        let arguments = arguments.ok_or("no kernel arguments in extlinux.conf")?.to_owned();
        Ok(Self { folder, arguments })
    }

    /// The machine with one of the sticks in.
    pub fn machine(&self, stick: &str) -> Machine {
        let others = [GOOD, BROKEN, STRANGE].into_iter().filter(|other| *other != stick);
        let image = |name: &str| self.folder.join(format!("{name}.img"));
        let nodes = others.flat_map(|other| ["-blockdev".to_owned(), node(other, &image(other))]);
        Machine {
            files: self.folder.clone(),
            arguments: format!("{} {EMULATED} rdinit=/board/init", self.arguments),
            card: None,
            disk: Some(self.folder.join("card.img")),
            stick: Some(image(stick)),
            extra: nodes.collect(),
        }
    }

    /// Checksum of a slot's partition.
    pub fn root(&self, slot: &str) -> Result<String, String> {
        let script = format!(
            "set -e; PATH=$PATH:/usr/sbin:/sbin; part=$(sfdisk --dump card.img | grep vestry-root-{slot}); \
             field() {{ echo \"$part\" | sed -E \"s/.*$1= *([0-9]+).*/\\1/\"; }}; \
             dd if=card.img bs=1M iflag=skip_bytes,count_bytes skip=$(($(field start) * 512)) count=$(($(field size) * 512)) \
             status=none | sha256sum"
        );
        shell(&self.folder, &script)
    }
}

const KEYS: &str = "set -e; rm -rf *; for who in ours theirs; do \
    openssl req -x509 -newkey rsa:2048 -nodes -days 7 -subj \"/CN=$who\" -keyout $who.key -out $who.cert 2>/dev/null; done";
