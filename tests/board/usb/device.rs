//! What the sound interface says about itself: class-compliant, USB Audio 2.0 at high speed, six inputs of 24 bits at
//! 48 kHz. It may send a packet every millisecond, and sends one of 72 frames every 1.5 ms: fewer to emulate.

/// Inputs.
pub const CHANNELS: usize = 6;
/// Frames a packet: the most that the kernel's driver has room for, half as many again as come in a millisecond.
pub const FRAMES: usize = 72;
/// Bytes a packet. More than 1,024 go as two transactions in one microframe.
pub const PACKET: usize = FRAMES * CHANNELS * 3;
/// Its sample rate, in Hz.
pub const RATE: u32 = 48_000;
/// In a packet size: one transaction more in its microframe.
const TWO: u16 = 1 << 11;
/// Maker, product, whose last word is the card's id in ALSA, and serial number.
const NAMES: [&str; 3] = ["Vestry", "Six Input Bench", "0001"];

const DEVICE: [u8; 18] = [18, 1, 0x00, 0x02, 0xef, 2, 1, 64, 0x09, 0x12, 0x01, 0x00, 0x00, 0x01, 1, 2, 3, 1];

/// One configuration: the control interface with its clock and terminals, and the stream from them.
fn configuration() -> Vec<u8> {
    let [low, high] = (PACKET as u16 / 2 + TWO).to_le_bytes();
    let control: [&[u8]; 4] = [
        &[9, 0x24, 1, 0x00, 0x02, 8, 46, 0, 0],
        // Clock 1: fixed; its frequency can be read.
        &[8, 0x24, 0x0a, 1, 1, 1, 0, 0],
        // Terminal 2: a microphone. Terminal 3: it leaves by USB.
        &[17, 0x24, 2, 2, 0x01, 0x02, 0, 1, CHANNELS as u8, 0, 0, 0, 0, 0, 0, 0, 0],
        &[12, 0x24, 3, 3, 0x01, 0x01, 0, 2, 1, 0, 0, 0],
    ];
    let stream: [&[u8]; 4] = [
        &[16, 0x24, 1, 3, 0, 1, 1, 0, 0, 0, CHANNELS as u8, 0, 0, 0, 0, 0],
        &[6, 0x24, 2, 1, 3, 24],
        // Endpoint 1, isochronous with a clock of its own, every 8 microframes.
        &[7, 5, 0x81, 0x05, low, high, 4],
        &[8, 0x25, 1, 0, 0, 0, 0, 0],
    ];
    let mut body = vec![8, 11, 0, 2, 1, 0, 0x20, 0, 9, 4, 0, 0, 0, 1, 1, 0x20, 0];
    body.extend(control.concat());
    body.extend([9, 4, 1, 0, 0, 1, 2, 0x20, 0, 9, 4, 1, 1, 1, 1, 2, 0x20, 0]);
    body.extend(stream.concat());
    let [low, high] = (body.len() as u16 + 9).to_le_bytes();
    [vec![9, 2, low, high, 2, 1, 0, 0x80, 50], body].concat()
}

fn text(index: u8) -> Option<Vec<u8>> {
    let units: Vec<u16> = match index {
        0 => vec![0x0409],
        _ => NAMES.get(usize::from(index) - 1)?.encode_utf16().collect(),
    };
    let mut bytes = vec![2 + 2 * units.len() as u8, 3];
    bytes.extend(units.into_iter().flat_map(u16::to_le_bytes));
    Some(bytes)
}

/// What a control transfer comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Control {
    /// Data for the host, or nothing but consent.
    Data(Vec<u8>),
    /// Consent, and the stream begins or ends.
    Streaming,
    /// There is no such thing.
    Stall,
}

/// Answers the request in `setup`.
pub fn control(setup: [u8; 8]) -> Control {
    let [kind, request, low, high, index, entity, length @ ..] = setup;
    let data = match (kind, request) {
        (0x80, 6) => match high {
            1 => Some(DEVICE.to_vec()),
            2 => Some(configuration()),
            3 => text(low),
            _ => None,
        },
        (0x80..=0x82, 0) => Some(vec![0, 0]),
        (0x00, 5 | 9) => Some(Vec::new()),
        (0x01, 11) if index == 1 => return Control::Streaming,
        (0x01, 11) => Some(Vec::new()),
        // The clock: its frequency, and the range of that.
        (0xa1, 1) if entity == 1 && high == 1 => Some(RATE.to_le_bytes().to_vec()),
        (0xa1, 2) if entity == 1 && high == 1 => {
            Some([&[1, 0][..], &RATE.to_le_bytes(), &RATE.to_le_bytes(), &[0; 4]].concat())
        }
        _ => None,
    };
    let Some(mut data) = data else { return Control::Stall };
    data.truncate(usize::from(u16::from_le_bytes(length)));
    Control::Data(data)
}
