//! The emulator: an i.MX 8M Plus EVK out of the files that `scripts/image` made.
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What the emulator needs. Its devices raise interrupts that were answered already, the more the busier the host is; without
/// `noirqdebug` the kernel would switch such a line off for good, and with it what uses it.
pub const EMULATED: &str = "panic=1 cpuidle.off=1 noirqdebug";
/// Kernel arguments of all our boards and of the one that is emulated.
const ARGUMENTS: [&str; 3] =
    [include_str!("../../board/cmdline"), include_str!("../../board/imx8mp-evk/cmdline"), EMULATED];

/// Memory of a machine.
const MEMORY: &str = "1G";
/// Bytes that the host's memory file system has to have for two machines.
const SHARED: u64 = 5 << 29;

/// What a guest is made of.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Folder with `vmlinuz`, `board.dtb` and `initramfs.gz`.
    pub files: PathBuf,
    /// Kernel arguments.
    pub arguments: String,
    /// Image of the SD card (its size a power of two); none in the slot if `None`.
    pub card: Option<PathBuf>,
    /// Image of a quick disk in the PCIe slot, /dev/vda; none if `None`.
    pub disk: Option<PathBuf>,
    /// Image of a disk beside that one which can be pulled, /dev/sda; none if `None`.
    pub stick: Option<PathBuf>,
    /// Further arguments, such as forwarded ports, devices and control sockets.
    pub extra: Vec<String>,
}

impl Machine {
    /// A machine without a card, in a folder of its own under `target/board`, so that several run at a time.
    pub fn named(name: &str) -> Result<Self, String> {
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/board").join(name);
        std::fs::create_dir_all(&files).map_err(|error| format!("{}: {error}", files.display()))?;
        shell(&files, "ln -sf ../vmlinuz ../board.dtb . && cp ../initramfs.gz .")?;
        let arguments = ARGUMENTS.map(str::trim).join(" ");
        Ok(Self { files, arguments, card: None, disk: None, stick: None, extra: Vec::new() })
    }

    /// Lays what is in `content` into its root.
    pub fn lay(&self, content: &Path) -> Result<(), String> {
        let script = "set -o pipefail; find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0 | gzip -1 >>\"$FILES/initramfs.gz\"";
        shell(content, &format!("FILES={}; {script}", self.files.display())).map(drop)
    }

    /// The socket that takes the emulator's commands, in JSON.
    pub fn qmp(&self) -> PathBuf {
        self.files.join("qmp.sock")
    }

    /// The socket that moves pins.
    pub fn qtest(&self) -> PathBuf {
        self.files.join("qtest.sock")
    }

    /// The machine's memory: a file of the host, which the emulator leaves out when it is asked for the machine's state.
    fn memory(&self) -> PathBuf {
        let name = self.files.file_name().unwrap_or_default().to_string_lossy();
        let shared = Path::new("/dev/shm");
        let room = nix::sys::statvfs::statvfs(shared)
            .is_ok_and(|stat| stat.blocks() * stat.fragment_size() >= SHARED);
        // Otherwise on a disk, whose pace the machine then depends on.
        let folder = if room { shared } else { &self.files };
        folder.join(format!("vestry-board-{name}-{}", std::process::id()))
    }

    /// Has the memory go with the emulator, however that ends; only once it runs.
    pub fn forget_memory(&self) {
        let _was_gone = std::fs::remove_file(self.memory());
    }

    /// Starts it; the serial console is the child's standard input and output. It dies with the test.
    pub fn spawn(&self) -> std::io::Result<Child> {
        let mut command = Command::new("setpriv");
        command.args([
            "--pdeathsig",
            "KILL",
            "qemu-system-aarch64",
            "-M",
            "imx8mp-evk,memory-backend=memory",
        ]);
        command.args(["-accel", "tcg,thread=multi", "-smp", "4", "-display", "none", "-no-reboot"]);
        command.args(["-m", MEMORY, "-object"]).arg(format!(
            "memory-backend-file,id=memory,size={MEMORY},share=on,mem-path={}",
            self.memory().display()
        ));
        command.args(["-serial", "null", "-serial", "stdio", "-append", &self.arguments]);
        for (option, file) in [("-kernel", "vmlinuz"), ("-dtb", "board.dtb"), ("-initrd", "initramfs.gz")] {
            command.arg(option).arg(self.files.join(file));
        }
        command.args(["-device", "ssd0303,bus=i2c-bus.2,address=0x3c"]);
        command.args(["-qtest-log", "none"]);
        for (option, socket) in [("-qmp", self.qmp()), ("-qtest", self.qtest())] {
            command.arg(option).arg(format!("unix:{},server=on,wait=off", socket.display()));
        }
        // The host forgets nothing when the emulator is killed, and its own disk is not what is tested.
        if let Some(card) = &self.card {
            command.arg("-drive").arg(format!("{},if=sd,bus=1", image(card)));
        }
        if let Some(disk) = &self.disk {
            command.arg("-drive").arg(format!("{},if=none,id=disk", image(disk)));
            command.args(["-device", "virtio-blk-pci,drive=disk,addr=0.0,multifunction=on"]);
        }
        // The one slot takes both. What is pulled leaves its image behind only if that has a name of its own.
        if let Some(stick) = &self.stick {
            let function = usize::from(self.disk.is_some());
            command.arg("-device").arg(format!("virtio-scsi-pci,id=scsi,addr=0.{function}")).arg("-blockdev");
            command.arg(node("stick", stick)).args(["-device", "scsi-hd,drive=stick,id=stick,bus=scsi.0"]);
        }
        command
            .args(&self.extra)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
    }
}

/// An image with a name of its own, which a stick can be put in with.
pub fn node(name: &str, path: &Path) -> String {
    format!("driver=raw,node-name={name},cache.no-flush=on,file.driver=file,file.filename={}", path.display())
}

fn image(path: &Path) -> String {
    format!("file={},format=raw,cache=unsafe,aio={}", path.display(), aio())
}

/// How the emulator writes the card. It does so sector by sector, with all processors waiting: a thread for each write, which
/// every kernel offers, costs most of the speed.
fn aio() -> &'static str {
    let disabled = std::fs::read_to_string("/proc/sys/kernel/io_uring_disabled");
    if disabled.is_ok_and(|disabled| disabled.trim() == "0") { "io_uring" } else { "threads" }
}

/// Has the emulator do something by its control socket (QMP).
pub fn ask(machine: &Machine, command: &str, arguments: serde_json::Value) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{command}: {error}");
    let mut socket = BufReader::new(UnixStream::connect(machine.qmp()).map_err(failed)?);
    socket.get_ref().set_read_timeout(Some(Duration::from_secs(20))).map_err(failed)?;
    for (command, arguments) in [("qmp_capabilities", serde_json::json!({})), (command, arguments)] {
        let request = serde_json::json!({"execute": command, "arguments": arguments});
        socket.get_mut().write_all(format!("{request}\n").as_bytes()).map_err(failed)?;
        let mut answer = String::new();
        // Greetings and events come in between.
        while !(answer.contains("\"return\"") || answer.contains("\"error\"")) {
            answer.clear();
            if socket.read_line(&mut answer).map_err(failed)? == 0 {
                return Err(format!("{command}: the emulator says nothing"));
            }
        }
        if answer.contains("\"error\"") {
            return Err(format!("{command}: {answer}"));
        }
    }
    Ok(())
}

/// Runs a script in `folder`; what it printed.
pub fn shell(folder: &Path, script: &str) -> Result<String, String> {
    let output = Command::new("bash").args(["-c", script]).current_dir(folder).output();
    let output = output.map_err(|error| format!("bash: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{script}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}
