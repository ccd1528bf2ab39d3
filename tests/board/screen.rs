//! Eyes on the OLED. The emulated glass shows 96 columns of 16 rows, four times as large; the controller behind it holds all
//! 132 columns of 64 rows. So a picture is the controller's memory, taken out of the machine's state while it is
//! stopped, and the glass has to show that very part of it.
use crate::qemu::Machine;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Columns of the controller's memory.
const COLUMNS: usize = 132;
/// The memory's first column that a panel of 128 columns shows.
const FIRST: usize = 2;
/// The glass: columns, rows, its first column, how much larger the dump is.
const GLASS: (usize, usize, usize, usize) = (96, 16, 36, 4);
/// How the controller's state begins within the machine's: its name's length, then the name.
const NAME: &[u8] = b"\x0cssd0303_oled";

/// What the OLED shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    memory: Vec<u8>,
    /// Switched on.
    pub on: bool,
    /// Lit where the memory says dark.
    pub inverse: bool,
    start_line: usize,
}

impl Picture {
    /// Whether the panel's pixel is lit, 0..128 from the left, 0..64 from the top.
    pub fn lit(&self, x: usize, y: usize) -> bool {
        self.at(x + FIRST, y) != self.inverse
    }

    fn at(&self, column: usize, y: usize) -> bool {
        let row = (y + self.start_line) % 64;
        self.memory[row / 8 * COLUMNS + column] >> (row % 8) & 1 == 1
    }

    /// Fails with both pictures unless it is switched on and each pixel is lit as `expected` says.
    pub fn is(&self, expected: impl Fn(usize, usize) -> bool) -> Result<(), String> {
        let wrong = (0..64 * 128).filter(|at| self.lit(at % 128, at / 128) != expected(at % 128, at / 128));
        match wrong.count() {
            0 if self.on => Ok(()),
            0 => Err("the display is off".into()),
            wrong => Err(format!(
                "{wrong} pixels are not as drawn; X lit, o should be:\n{}",
                Compared(self, &expected)
            )),
        }
    }
}

struct Compared<'a, F>(&'a Picture, &'a F);

impl<F: Fn(usize, usize) -> bool> fmt::Display for Compared<'_, F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for y in 0..64 {
            let row = (0..128).map(|x| match (self.0.lit(x, y), (self.1)(x, y)) {
                (true, true) => '#',
                (true, false) => 'X',
                (false, true) => 'o',
                (false, false) => '.',
            });
            writeln!(out, "{}", row.collect::<String>())?;
        }
        Ok(())
    }
}

/// The emulator's control socket.
pub struct Screen {
    socket: BufReader<UnixStream>,
    files: PathBuf,
}

impl Screen {
    /// One at a time: the emulator listens to one.
    pub fn connect(machine: &Machine) -> Result<Self, String> {
        let socket = UnixStream::connect(machine.qmp()).map_err(|error| format!("screen: {error}"))?;
        socket.set_read_timeout(Some(Duration::from_secs(20))).map_err(|error| error.to_string())?;
        let mut screen = Self { socket: BufReader::new(socket), files: machine.files.clone() };
        screen.ask("qmp_capabilities", serde_json::json!({}))?;
        // The state is to be taken in one go, without the memory.
        let capabilities = serde_json::json!([{ "capability": "x-ignore-shared", "state": true }]);
        screen.ask("migrate-set-capabilities", serde_json::json!({ "capabilities": capabilities }))?;
        screen.ask("migrate-set-parameters", serde_json::json!({ "max-bandwidth": 10_000_000_000_u64 }))?;
        Ok(screen)
    }

    fn ask(&mut self, command: &str, arguments: serde_json::Value) -> Result<serde_json::Value, String> {
        let fault = |error: std::io::Error| format!("{command}: {error}");
        let line = serde_json::json!({ "execute": command, "arguments": arguments });
        self.socket.get_mut().write_all(line.to_string().as_bytes()).map_err(fault)?;
        loop {
            let mut answer = String::new();
            self.socket.read_line(&mut answer).map_err(fault)?;
            let answer: serde_json::Value =
                serde_json::from_str(&answer).map_err(|error| format!("{command}: \"{answer}\": {error}"))?;
            match (answer.get("return"), answer.get("error")) {
                (Some(value), _) => return Ok(value.clone()),
                (None, Some(error)) => return Err(format!("{command}: {error}")),
                _ => {}
            }
        }
    }

    /// The picture at this very moment; the machine stands still for some hundredths of a second.
    pub fn read(&mut self) -> Result<Picture, String> {
        let seen = self.stopped();
        self.ask("cont", serde_json::json!({}))?;
        let (picture, glass) = seen?;
        // Before the display is switched on for the first time the emulator shows a text of its own.
        if !picture.on {
            return Ok(picture);
        }
        let (columns, rows, first, scale) = GLASS;
        let shown = |x: usize, y: usize| glass.get(((y * scale + 1) * columns * scale + x * scale + 1) * 3);
        for (x, y) in (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))) {
            let lit = picture.at(first + x, y) != picture.inverse;
            if shown(x, y) != Some(&(u8::from(lit) * 255)) {
                return Err(format!("the glass does not show the memory at {x}, {y}"));
            }
        }
        Ok(picture)
    }

    /// Reads until the picture `fits`, for at most `patience`; then says what is wrong with the last one.
    pub fn wait_for(
        &mut self,
        patience: Duration,
        fits: impl Fn(&Picture) -> Result<(), String>,
    ) -> Result<Picture, String> {
        let end = Instant::now() + patience;
        loop {
            let picture = self.read()?;
            match fits(&picture) {
                Ok(()) => return Ok(picture),
                Err(error) if Instant::now() > end => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(200)),
            }
        }
    }

    /// Stops the machine; the controller's state and the dots on the glass.
    fn stopped(&mut self) -> Result<(Picture, Vec<u8>), String> {
        let (state, dump) = (self.files.join("state"), self.files.join("screen.ppm"));
        let take = format!("exec:cat >'{}'", state.display());
        self.ask("migrate", serde_json::json!({ "uri": take }))?;
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let status = self.ask("query-migrate", serde_json::json!({}))?;
            match status.get("status").and_then(serde_json::Value::as_str) {
                Some("completed") => break,
                Some("failed") => return Err(format!("the machine's state cannot be taken: {status}")),
                _ if Instant::now() > end => return Err("the machine does not stop".into()),
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        self.ask("screendump", serde_json::json!({ "filename": dump }))?;
        let read =
            |path: &PathBuf| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
        let dots = read(&dump)?.strip_prefix(b"P6\n384 64\n255\n").map(<[u8]>::to_vec);
        Ok((picture(&read(&state)?)?, dots.ok_or("the dump is no PPM of 384 x 64")?))
    }
}

/// Finds the controller in the machine's state: behind its name and two numbers are row, column, start line, mirror,
/// flash, enabled, inverse, redraw, mode and command state, four bytes each with the highest first; then the memory.
fn picture(state: &[u8]) -> Result<Picture, String> {
    let start = state.windows(NAME.len()).position(|bytes| bytes == NAME).ok_or("the machine has no OLED")?;
    let body = state.get(start + NAME.len() + 8..).unwrap_or_default();
    let number = |place: usize| body.get(place * 4 + 3).copied().unwrap_or_default();
    let memory = body.get(40..40 + COLUMNS * 8).ok_or("the OLED's state is cut off")?.to_vec();
    Ok(Picture { memory, on: number(5) != 0, inverse: number(6) != 0, start_line: number(2).into() })
}
