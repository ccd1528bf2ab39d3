//! The display: what the firmware's driver draws is what the glass shows, whatever happens to the bus.
use crate::guest::Guest;
use crate::pins::Pins;
use crate::screen::Screen;
use crate::sound::{SHORT, expect};
use embedded_graphics::geometry::{OriginDimensions, Point};
use embedded_graphics::pixelcolor::{Gray8, GrayColor};
use embedded_graphics_simulator::SimulatorDisplay;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest time until the display shows what it was told: the driver looks for an absent one every 10 s at most.
const PATIENCE: Duration = Duration::from_secs(20);
const DRIVER: &str = "/sys/bus/platform/drivers/imx-i2c";
const BUS: &str = "30a40000.i2c";
/// The bus controller's register that makes it the bus's master; and enabled, but no master and without interrupts.
const CONTROL: u32 = 0x30a4_0008;
const LET_GO: u16 = 0x80;

/// A picture as rows of pixels.
pub struct Drawing(Vec<Vec<bool>>);

impl Drawing {
    /// A golden page: its dots are some times as large, perhaps with lines between them.
    pub fn golden(path: &Path) -> Result<Self, String> {
        let image = SimulatorDisplay::<Gray8>::load_png(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let size = image.size();
        let step = (size.width + 1) / 128;
        let lit =
            |x: u32, y: u32| image.get_pixel(Point::new((x * step) as i32, (y * step) as i32)).luma() > 127;
        let row = |y: u32| (0..128).map(|x| lit(x, y)).collect();
        Ok(Self((0..(size.height + 1) / step).map(row).collect()))
    }

    /// Half of all dots, without any order.
    fn noise(seed: u32, height: usize) -> Self {
        let mut state = seed;
        let mut toss = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 31 == 1
        };
        Self((0..height).map(|_| (0..128).map(|_| toss()).collect()).collect())
    }

    /// Whether a dot is lit; below the picture none is.
    pub fn lit(&self, x: usize, y: usize) -> bool {
        self.0.get(y).and_then(|row| row.get(x)).copied().unwrap_or(false)
    }

    /// Lays it where the probe looks for it, a hexadecimal digit for four dots.
    fn lay(&self, guest: &mut Guest) -> Result<(), String> {
        let digit = |dots: &[bool]| dots.iter().fold(0, |digit, dot| digit << 1 | u8::from(*dot));
        let digits = self.0.iter().flat_map(|row| row.chunks(4)).map(|dots| format!("{:x}", digit(dots)));
        let digits: String = digits.collect();
        guest.run(&format!("echo {digits} >/tmp/next; mv /tmp/next /tmp/frame"), SHORT).map(|_| ())
    }
}

fn start(guest: &mut Guest, options: &str) -> Result<(), String> {
    let probe = format!("rm -f /tmp/frame; board-probe oled seconds=300 {options} >/tmp/oled & P=$!");
    guest.run(&format!("until [ -e /dev/i2c-2 ]; do sleep 0.1; done; {probe}"), SHORT).map(|_| ())
}

/// Ends the probe; what it said.
fn stop(guest: &mut Guest) -> Result<Vec<String>, String> {
    guest.run("kill $P; wait $P; cat /tmp/oled", SHORT)
}

/// Lays a drawing and waits until the glass shows it, dot for dot; below it has to be dark.
fn shows(guest: &mut Guest, screen: &mut Screen, drawing: &Drawing) -> Result<(), String> {
    drawing.lay(guest)?;
    screen.wait_for(PATIENCE, |picture| picture.is(|x, y| drawing.lit(x, y))).map(|_| ())
}

fn golden(height: u32) -> Result<Vec<PathBuf>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let end = format!("_{height}.png");
    let named = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("oled_") && name.ends_with(&end)
    };
    let mut paths: Vec<_> = files.flatten().map(|file| file.path()).filter(named).collect();
    paths.sort();
    if paths.len() < 5 { Err(format!("golden pages of {height} rows: {paths:?}")) } else { Ok(paths) }
}

/// Every golden page of 64 rows and some of 32, one after another, so that only what changed is sent; noise in between.
pub fn pages(guest: &mut Guest) -> Result<(), String> {
    for (height, count) in [(64, usize::MAX), (32, 5)] {
        let mut screen = Screen::connect(&guest.machine)?;
        start(guest, &format!("height={height}"))?;
        for (seed, path) in (0..).zip(golden(height)?).take(count) {
            let page = Drawing::golden(&path)?;
            shows(guest, &mut screen, &page).map_err(|error| format!("{}: {error}", path.display()))?;
            if seed % 8 == 0 {
                let noise = Drawing::noise(seed, height as usize);
                shows(guest, &mut screen, &noise).map_err(|error| format!("noise: {error}"))?;
            }
        }
        shows(guest, &mut screen, &Drawing::noise(7, height as usize))?;
        // Nothing else has been on the glass: below a picture of 32 rows it stays dark.
        shows(guest, &mut screen, &Drawing(vec![vec![false; 128]; height as usize]))?;
        stop(guest)?;
    }
    Ok(())
}

fn said(guest: &mut Guest, what: &str) -> Result<(), String> {
    let wait = format!(
        "for n in $(seq 150); do grep -q '{what}' /tmp/oled && break; sleep 0.1; done; cat /tmp/oled"
    );
    let lines = guest.run(&wait, SHORT)?;
    expect(lines.iter().any(|line| line.contains(what)), &format!("the display said \"{what}\""), &lines)
}

/// No display at the address; then none on the bus, whose driver comes while the box runs.
pub fn absent(guest: &mut Guest) -> Result<(), String> {
    let mut screen = Screen::connect(&guest.machine)?;
    start(guest, "address=0x3d")?;
    said(guest, "display: false")?;
    stop(guest)?;
    guest.run(&format!("echo {BUS} >{DRIVER}/unbind; ls /dev/i2c-2 2>&1 | grep -q No"), SHORT)?;
    guest.run("rm -f /tmp/frame; board-probe oled seconds=300 >/tmp/oled & P=$!", SHORT)?;
    said(guest, "display: false")?;
    guest.run(&format!("echo {BUS} >{DRIVER}/bind"), SHORT)?;
    let seen = shows(guest, &mut screen, &Drawing::noise(11, 64));
    let lines = stop(guest)?;
    seen.map_err(|error| format!("{error}\n{}", lines.join("\n")))
}

/// The controller lets go of the bus in the middle of transfers for seconds, so that they fail; once it works, the display shows the latest picture, and a
/// driver that is unbound meanwhile does no harm.
pub fn disturbed(guest: &mut Guest) -> Result<(), String> {
    let (mut screen, mut pins) = (Screen::connect(&guest.machine)?, Pins::connect(&guest.machine)?);
    start(guest, "")?;
    shows(guest, &mut screen, &Drawing::noise(1, 64))?;
    Drawing::noise(2, 64).lay(guest)?;
    pins.hammer(CONTROL, LET_GO, Duration::from_secs(4))?;
    said(guest, "display: false")?;
    let seen = shows(guest, &mut screen, &Drawing::noise(3, 64));
    // The kernel takes the bus away once nobody has it open.
    guest.run(&format!("(echo {BUS} >{DRIVER}/unbind) & sleep 1"), SHORT)?;
    let lines = stop(guest)?;
    guest.run(&format!("wait; echo {BUS} >{DRIVER}/bind"), SHORT)?;
    seen.map_err(|error| format!("{error}\n{}", lines.join("\n")))
}
