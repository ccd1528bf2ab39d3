//! How the configuration names a card: by its id, never by its index, which changes from boot to boot.
//!
//! Runs on: main, rt (while a card is gone).
use super::error::AlsaError;
use std::fmt;

/// A PCM: card id, device and, where it matters, sub-device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub card: String,
    pub device: u32,
    pub subdevice: Option<u32>,
}

impl Address {
    /// Reads `ID`, `ID,DEVICE` or `ID,DEVICE,SUBDEVICE`.
    pub fn parse(text: &str) -> Result<Self, AlsaError> {
        let bad = || AlsaError::Address { text: text.to_owned() };
        let mut parts = text.split(',').map(str::trim);
        let card = parts.next().filter(|id| is_id(id)).ok_or_else(bad)?.to_owned();
        let mut number = || parts.next().map(|part| part.parse::<u32>().map_err(|_| bad())).transpose();
        let (device, subdevice) = (number()?.unwrap_or(0), number()?);
        if parts.next().is_some() {
            return Err(bad());
        }
        Ok(Self { card, device, subdevice })
    }
}

/// What the kernel allows as a card's id; a bare number would be an index.
fn is_id(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && text.chars().any(|c| !c.is_ascii_digit())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hw:CARD={},DEV={}", self.card, self.device)?;
        self.subdevice.map_or(Ok(()), |subdevice| write!(f, ",SUBDEV={subdevice}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_id_with_up_to_two_numbers() {
        let name = |text| Address::parse(text).map(|address| address.to_string()).ok();
        assert_eq!(name("Loopback").as_deref(), Some("hw:CARD=Loopback,DEV=0"));
        assert_eq!(name("Loopback,1").as_deref(), Some("hw:CARD=Loopback,DEV=1"));
        assert_eq!(name("Loopback_1, 1, 2").as_deref(), Some("hw:CARD=Loopback_1,DEV=1,SUBDEV=2"));
        for bad in ["", "0", "1,0", "A,x", "A,0,0,0", "hw:0", "A,-1", "A,", "A B"] {
            assert_eq!(name(bad), None, "{bad:?} names no card by its id");
        }
    }
}
