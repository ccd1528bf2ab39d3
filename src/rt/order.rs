//! Which of the card's channels each input is read from: as wired, turned by what the card's order is off.
use crate::MAX_INPUTS;

/// The wiring and how far the card's channels are rotated against it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChannelOrder {
    wired: [u8; MAX_INPUTS],
    read: [u8; MAX_INPUTS],
    rotation: u8,
    /// Channels that `read` was made for.
    channels: usize,
}

impl ChannelOrder {
    /// In order.
    pub const fn new(wired: [u8; MAX_INPUTS]) -> Self {
        Self { wired, read: wired, rotation: 0, channels: 0 }
    }

    /// What the card delivers on channel `c` when it is in order, it delivers on `c + rotation` from now on.
    pub fn rotate(&mut self, rotation: u8) {
        (self.rotation, self.channels) = (rotation, 0);
    }

    /// The channel to read of each input, for a card of so many.
    #[inline(always)]
    pub fn of(&mut self, channels: usize) -> &[u8; MAX_INPUTS] {
        if self.channels != channels {
            self.turn(channels);
        }
        &self.read
    }

    fn turn(&mut self, channels: usize) {
        self.channels = channels;
        for (read, wired) in self.read.iter_mut().zip(self.wired) {
            let there = usize::from(wired) < channels;
            let turned = (usize::from(wired) + usize::from(self.rotation)) % channels.max(1);
            *read = if there { turned as u8 } else { wired };
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn it_turns_within_the_cards_channels_and_leaves_what_is_not_there() {
        let mut wired = [0; MAX_INPUTS];
        wired[..4].copy_from_slice(&[0, 7, 3, 9]);
        let mut order = ChannelOrder::new(wired);
        assert_eq!(order.of(8)[..4], [0, 7, 3, 9]);
        order.rotate(2);
        assert_eq!(order.of(8)[..4], [2, 1, 5, 9]);
        assert_eq!(order.of(10)[..4], [2, 9, 5, 1]);
        order.rotate(0);
        assert_eq!(order.of(10), &wired);
    }
}
