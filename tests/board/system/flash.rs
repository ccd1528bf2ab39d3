//! The medium that `scripts/image --board imx8mp-evk` writes: what the machine's boot loader reads from it, and the copy that
//! is in the slot. To get in, the tests put an archive of their own behind the initramfs; the medium stays as it is.
use crate::qemu::{EMULATED, Machine, node, shell};
use std::path::{Path, PathBuf};

/// Where the boot partition begins, for mtools.
const BOOT: &str = "@@8M";
/// The slot's card: larger than the image, so that the data partition has to grow, and a power of two.
const CARD: u64 = 2 << 30;
/// The stick that is in, with a file system that knows owners, and one beside the machine, with the one that most are sold with.
const STICK: u64 = 512 << 20;

/// A card with the image on it, and what was taken from its boot partition.
pub struct Medium {
    folder: PathBuf,
    arguments: String,
    root: String,
}

/// Writes a card anew, and as a technician would, the first input's name in the configuration on its boot partition.
pub fn medium() -> Result<Medium, String> {
    let board = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/board");
    let (image, folder) = (board.join("vestry-imx8mp-evk.img"), board.join("system"));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let script = format!(
        "set -e; rm -rf *; cp --sparse=always {image} card.img; truncate -s {CARD} card.img; \
         boot() {{ mcopy -n -i {image}{BOOT} ::$1 $2; }}; \
         boot vmlinuz vmlinuz; boot imx8mp-evk-qemu.dtb board.dtb; boot initrd.img initrd; \
         boot extlinux/extlinux.conf extlinux.conf; boot vestry/vestry.toml vestry.toml; \
         printf '[[input]]\nname = \"Pulpit\"\n' >>vestry.toml; mcopy -o -i card.img{BOOT} vestry.toml ::vestry/; \
         truncate -s {STICK} exfat.img ext4.img; PATH=$PATH:/usr/sbin:/sbin; mkfs.exfat exfat.img >/dev/null; mke2fs -q -t ext4 ext4.img; \
         mkdir -p tree; cp -r {guest} tree/board; cp {board}/modules/lib/modules/*/kernel/drivers/scsi/*scsi*.ko tree/board; \
         (cd tree && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >tests; cat initrd tests >initramfs.gz",
        image = image.display(),
        board = board.display(),
        guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/board/system/guest").display(),
    );
    shell(&folder, &script)?;
    let menu = std::fs::read_to_string(folder.join("extlinux.conf")).map_err(|error| error.to_string())?;
    let arguments = menu.lines().find_map(|line| line.trim().strip_prefix("append "));
    let arguments = arguments.ok_or("no kernel arguments in extlinux.conf")?.to_owned();
    let mut medium = Medium { folder, arguments, root: String::new() };
    medium.root = medium.root_sum()?;
    Ok(medium)
}

impl Medium {
    /// The machine with this card in its slot.
    pub fn machine(&self) -> Machine {
        let exfat = node("exfat", &self.folder.join("exfat.img"));
        let control = format!("unix:{},server=on,wait=off", self.control().display());
        Machine {
            files: self.folder.clone(),
            arguments: format!("{} {EMULATED} rdinit=/board/init", self.arguments),
            card: Some(self.card()),
            disk: None,
            stick: Some(self.folder.join("ext4.img")),
            extra: vec!["-qmp".into(), control, "-blockdev".into(), exfat],
        }
    }

    /// The socket on which the emulator tells what happens to it.
    pub fn control(&self) -> PathBuf {
        self.folder.join("system.sock")
    }

    fn card(&self) -> PathBuf {
        self.folder.join("card.img")
    }

    /// Fails if one byte of the root partition is another than it was.
    pub fn root_is_untouched(&self) -> Result<(), String> {
        match self.root_sum()? {
            sum if sum == self.root => Ok(()),
            _ => Err("the root partition was written".into()),
        }
    }

    fn root_sum(&self) -> Result<String, String> {
        let script = "set -e; PATH=$PATH:/usr/sbin:/sbin; part=$(sfdisk --dump card.img | grep vestry-root-a); \
            field() { echo \"$part\" | sed -E \"s/.*$1= *([0-9]+).*/\\1/\"; }; \
            dd if=card.img bs=512 skip=$(field start) count=$(field size) status=none | sha256sum";
        shell(&self.folder, script)
    }
}
