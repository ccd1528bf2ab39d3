//! A display controller as its data sheet describes it: bytes on the bus in, a picture out.
//!
//! Runs on: tests.
use super::frame::Frame;
use embedded_hal::i2c::{Error, ErrorKind, ErrorType, I2c, Operation};
use std::collections::BTreeMap;
use std::fmt;

/// Whose manners it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    /// 128 columns; behind the last one it goes on at the one where the run began.
    Ssd1306,
    /// 132 columns, the picture from the third on; stays at the last.
    Sh1106,
    /// As SH1106, but the second byte of a command must end its transfer: so is the emulated board's.
    Ssd1303,
}

/// The bus fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl Error for Broken {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Bus
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("no acknowledge")
    }
}

/// The controller, just powered up.
#[derive(Clone, Debug)]
pub struct Model {
    chip: Chip,
    /// A new half of the column joins the other half of the register that the last run began at, not of the counter.
    register: bool,
    memory: [[u8; 132]; 8],
    page: usize,
    start: usize,
    column: usize,
    /// A command that waits for its value.
    waits: Option<u8>,
    values: BTreeMap<u8, u8>,
    /// Lit.
    pub on: bool,
    /// The last segment remap and scan direction.
    pub segments: u8,
    /// See `segments`.
    pub scan: u8,
    /// Bytes on the bus, with addresses.
    pub bytes: usize,
    /// Transfers that go well before one fails half-way.
    pub fails_in: Option<usize>,
    /// Bytes that the data sheet does not know.
    pub strange: Vec<u8>,
}

impl Model {
    pub fn new(chip: Chip, register: bool) -> Self {
        let noise = |page: usize, column: usize| (page * 89 + column * 57 + 13) as u8;
        Self {
            chip,
            register,
            memory: std::array::from_fn(|page| std::array::from_fn(|column| noise(page, column))),
            page: 5,
            start: 77,
            column: 99,
            waits: None,
            values: BTreeMap::new(),
            on: false,
            segments: 0,
            scan: 0,
            bytes: 0,
            fails_in: None,
            strange: Vec::new(),
        }
    }

    /// Whether it is lit and its picture is `frame`.
    pub fn shows(&self, frame: &Frame) -> bool {
        let first = if self.chip == Chip::Ssd1306 { 0 } else { 2 };
        let same = |(memory, page): (&[u8; 132], &[u8; 128])| memory[first..first + 128] == page[..];
        self.on && self.memory.iter().zip(frame.pages()).all(same)
    }

    /// The last value of a command of two bytes.
    pub fn value(&self, command: u8) -> u8 {
        self.values.get(&command).copied().unwrap_or_default()
    }

    fn transfer(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        loop {
            rest = match rest {
                [] => return,
                [0x40, data @ ..] => return data.iter().for_each(|byte| self.data(*byte)),
                [0x80, command, rest @ ..] => {
                    let ends = self.waits.is_some() && self.chip == Chip::Ssd1303;
                    self.command(*command);
                    if ends && !rest.is_empty() {
                        self.strange.extend(rest);
                    }
                    rest
                }
                strange => return self.strange.extend(strange),
            }
        }
    }

    fn data(&mut self, byte: u8) {
        let columns = if self.chip == Chip::Ssd1306 { 128 } else { 132 };
        if self.column < columns {
            self.memory[self.page][self.column] = byte;
            self.column += 1;
        }
        if self.column == columns && self.chip == Chip::Ssd1306 {
            self.column = self.start;
        }
    }

    fn command(&mut self, command: u8) {
        if let Some(before) = self.waits.take() {
            self.values.insert(before, command);
            return;
        }
        let other = if self.register { self.start } else { self.column };
        match command {
            0x00..=0x0f => self.set(other & 0xf0 | usize::from(command)),
            0x10..=0x1f => self.set(other & 0x0f | usize::from(command & 0x0f) << 4),
            0xb0..=0xb7 => self.page = usize::from(command & 7),
            0xae | 0xaf => self.on = command == 0xaf,
            0xa0 | 0xa1 => self.segments = command,
            0xc0 | 0xc8 => self.scan = command,
            0x40 | 0xa4 | 0xa6 | 0xe3 => {}
            0x20 | 0x8d if self.chip == Chip::Ssd1306 => self.waits = Some(command),
            0xad if self.chip != Chip::Ssd1306 => self.waits = Some(command),
            0x81 | 0xa8 | 0xd3 | 0xd5 | 0xd9 | 0xda | 0xdb => self.waits = Some(command),
            strange => self.strange.push(strange),
        }
    }

    fn set(&mut self, column: usize) {
        (self.start, self.column) = (column, column);
    }
}

impl ErrorType for Model {
    type Error = Broken;
}

impl I2c for Model {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Broken> {
        assert_eq!(address, 0x3c);
        for operation in operations {
            let Operation::Write(bytes) = operation else { return Err(Broken) };
            if self.fails_in == Some(0) {
                let (half, _) = bytes.split_at(bytes.len() / 2);
                self.transfer(half);
                // A transfer that ends behind an announcement is no command at all.
                self.strange.clear();
                return Err(Broken);
            }
            self.fails_in = self.fails_in.map(|left| left - 1);
            self.bytes += 1 + bytes.len();
            self.transfer(bytes);
        }
        Ok(())
    }
}
