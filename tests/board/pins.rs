//! Fingers on the buttons and eyes on the lamps: the pins of the first GPIO chip, through the emulator's test socket.
use crate::qemu::Machine;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Lines of REC, MARK, SELECT, PAGE and MUTE on gpiochip0. Pressed is low.
pub const BUTTONS: [u32; 5] = [3, 4, 5, 6, 7];
/// Lines of the lamps REC and FAULT on gpiochip0.
pub const LAMPS: [u32; 2] = [8, 9];

const CHIP: &str = "/machine/soc/gpio1";
/// Times after which a contact that closes or opens changes its mind, all within some 10 ms.
pub const BOUNCES: [Duration; 6] = [
    Duration::from_micros(300),
    Duration::from_millis(1),
    Duration::from_micros(500),
    Duration::from_millis(2),
    Duration::from_micros(800),
    Duration::from_millis(3),
];

/// The pins. One at a time: the emulator listens to one.
pub struct Pins {
    socket: BufReader<UnixStream>,
    /// Levels that the chip drove so far, as it told them.
    driven: Vec<(u32, bool)>,
}

impl Pins {
    /// Takes hold of the pins; all buttons are up.
    pub fn connect(machine: &Machine) -> Result<Self, String> {
        let socket = UnixStream::connect(machine.qtest()).map_err(|error| format!("pins: {error}"))?;
        socket.set_read_timeout(Some(Duration::from_secs(10))).map_err(|error| error.to_string())?;
        let mut pins = Self { socket: BufReader::new(socket), driven: Vec::new() };
        pins.ask(&format!("irq_intercept_out {CHIP}"))?;
        for line in BUTTONS {
            pins.set(line, true)?;
        }
        Ok(pins)
    }

    fn ask(&mut self, command: &str) -> Result<(), String> {
        let fault = |error: std::io::Error| format!("{command}: {error}");
        self.socket.get_mut().write_all(format!("{command}\n").as_bytes()).map_err(fault)?;
        loop {
            let mut answer = String::new();
            self.socket.read_line(&mut answer).map_err(fault)?;
            match answer.split_whitespace().collect::<Vec<_>>()[..] {
                ["OK", ..] => return Ok(()),
                ["IRQ", level, line] => {
                    self.driven.push((line.parse().unwrap_or(u32::MAX), level == "raise"));
                }
                _ => return Err(format!("{command}: the emulator says \"{}\"", answer.trim())),
            }
        }
    }

    /// Sets a line's level from outside.
    fn set(&mut self, line: u32, high: bool) -> Result<(), String> {
        self.ask(&format!("set_irq_in {CHIP} unnamed-gpio-in {line} {}", u8::from(high)))
    }

    /// Presses a button or lets it go; its contact changes its mind after each of `bounces`, an even number of times.
    pub fn move_to(&mut self, line: u32, down: bool, bounces: &[Duration]) -> Result<(), String> {
        self.set(line, !down)?;
        for (turn, after) in bounces.iter().enumerate() {
            sleep(*after);
            self.set(line, !down ^ (turn % 2 == 0))?;
        }
        Ok(())
    }

    /// Presses a button for `time`, bouncing at both ends.
    pub fn press(&mut self, line: u32, time: Duration) -> Result<(), String> {
        self.move_to(line, true, &BOUNCES)?;
        sleep(time);
        self.move_to(line, false, &BOUNCES)
    }

    /// Presses several buttons at once for `time`, bouncing at both ends.
    pub fn press_all(&mut self, lines: &[u32], time: Duration) -> Result<(), String> {
        lines.iter().try_for_each(|line| self.move_to(*line, true, &BOUNCES))?;
        sleep(time);
        lines.iter().try_for_each(|line| self.move_to(*line, false, &BOUNCES))
    }

    /// Writes a register of 16 bits again and again for `time`.
    pub fn hammer(&mut self, register: u32, value: u16, time: Duration) -> Result<(), String> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.ask(&format!("writew {register:#x} {value:#x}"))?;
            sleep(Duration::from_micros(500));
        }
        Ok(())
    }

    /// Changes of a line that the chip drives, since the last call for any line.
    pub fn driven(&mut self, line: u32) -> Result<Vec<bool>, String> {
        // What the emulator has to tell comes before its next answer.
        self.set(BUTTONS[0], true)?;
        let changes = std::mem::take(&mut self.driven).into_iter();
        Ok(changes.filter(|(changed, _)| *changed == line).map(|(_, high)| high).collect())
    }
}
