//! USB/IP as the kernel's virtual host controller speaks it once a device is attached: requests read, answers written. All
//! numbers are big-endian.
use std::io::{self, Read, Write};

const SUBMIT: u32 = 1;
const UNLINK: u32 = 2;
const RET_SUBMIT: u32 = 3;
const RET_UNLINK: u32 = 4;
/// Bytes of every header.
const HEADER: usize = 48;
/// What a transfer may announce at most, in bytes and in packets.
const LONGEST: usize = 1 << 20;

/// `-EPIPE`: the endpoint stalls.
pub const STALLED: i32 = -32;
/// `-ECONNRESET`: taken back before it was answered.
pub const TAKEN_BACK: i32 = -104;

/// A transfer that the host asks for.
#[derive(Debug)]
pub struct Submit {
    pub seqnum: u32,
    /// True from device to host.
    pub input: bool,
    pub endpoint: u32,
    /// Bytes of the host's buffer.
    pub length: usize,
    pub setup: [u8; 8],
    /// Isochronous packets as offset and length in the buffer; none for other transfers.
    pub packets: Vec<(u32, u32)>,
}

/// What the host sends.
#[derive(Debug)]
pub enum Request {
    Submit(Submit),
    /// Takes the transfer `victim` back.
    Unlink {
        seqnum: u32,
        victim: u32,
    },
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// The next request; an error at the end of the connection.
pub fn read_request(from: &mut impl Read) -> io::Result<Request> {
    let mut head = [0; HEADER];
    from.read_exact(&mut head)?;
    let seqnum = word(&head, 4);
    match word(&head, 0) {
        UNLINK => Ok(Request::Unlink { seqnum, victim: word(&head, 20) }),
        SUBMIT => read_submit(from, &head).map(Request::Submit),
        _ => Err(broken("unknown command")),
    }
}

fn read_submit(from: &mut impl Read, head: &[u8; HEADER]) -> io::Result<Submit> {
    let (input, endpoint, length) = (word(head, 12) == 1, word(head, 16), word(head, 24) as usize);
    // Only endpoint 0 is not isochronous here; for it the count means nothing.
    let packets = if endpoint == 0 { 0 } else { word(head, 32) as usize };
    if length > LONGEST || packets > LONGEST / 16 {
        return Err(broken("a transfer too long"));
    }
    let mut sent = vec![0; if input { 0 } else { length }];
    from.read_exact(&mut sent)?;
    let mut descriptors = vec![0; packets * 16];
    from.read_exact(&mut descriptors)?;
    let packets = descriptors.chunks_exact(16).map(|packet| (word(packet, 0), word(packet, 4))).collect();
    let mut setup = [0; 8];
    setup.copy_from_slice(&head[40..]);
    Ok(Submit { seqnum: word(head, 4), input, endpoint, length, setup, packets })
}

fn head(words: [u32; 10]) -> Vec<u8> {
    let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_be_bytes).collect();
    bytes.resize(HEADER, 0);
    bytes
}

/// Answers a control transfer: `data` for one from the device.
pub fn answer(to: &mut impl Write, request: &Submit, status: i32, data: &[u8]) -> io::Result<()> {
    let actual = if request.input { data.len() } else { request.length };
    let mut bytes = head([RET_SUBMIT, request.seqnum, 0, 0, 0, status as u32, actual as u32, 0, u32::MAX, 0]);
    bytes.extend_from_slice(data);
    to.write_all(&bytes)
}

/// Answers an isochronous transfer from the device; each of its packets carries `packet` bytes of `data`.
pub fn answer_packets(
    to: &mut impl Write,
    request: &Submit,
    frame: u32,
    packet: usize,
    data: &[u8],
) -> io::Result<()> {
    let count = request.packets.len() as u32;
    let mut bytes = head([RET_SUBMIT, request.seqnum, 0, 0, 0, 0, data.len() as u32, frame, count, 0]);
    bytes.extend_from_slice(data);
    for (offset, length) in &request.packets {
        bytes.extend([*offset, *length, packet as u32, 0].into_iter().flat_map(u32::to_be_bytes));
    }
    to.write_all(&bytes)
}

/// Answers `Unlink`: `TAKEN_BACK`, or 0 where the transfer had been answered before.
pub fn answer_unlink(to: &mut impl Write, seqnum: u32, status: i32) -> io::Result<()> {
    to.write_all(&head([RET_UNLINK, seqnum, 0, 0, 0, status as u32, 0, 0, 0, 0]))
}
