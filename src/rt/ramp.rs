//! A value that moves without a click.

/// A linear factor on its way to a target, one straight line over a fixed number of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ramp {
    value: f32,
    target: f32,
    step: f32,
    left: u32,
}

impl Ramp {
    /// Starts out settled at `value`.
    pub const fn at(value: f32) -> Self {
        Self { value, target: value, step: 0.0, left: 0 }
    }

    /// Heads for `target`, there in `frames` frames; at once if 0.
    pub fn to(&mut self, target: f32, frames: u32) {
        if target == self.target {
            return;
        }
        self.target = target;
        if frames == 0 {
            return self.settle();
        }
        self.step = (target - self.value) / frames as f32;
        self.left = frames;
    }

    /// Jumps to the target.
    pub fn settle(&mut self) {
        *self = Self::at(self.target);
    }

    /// Where it is heading.
    pub fn target(&self) -> f32 {
        self.target
    }

    /// Where it is.
    pub fn value(&self) -> f32 {
        self.value
    }

    /// The constant factor, when it is not moving.
    pub fn settled(&self) -> Option<f32> {
        (self.left == 0).then_some(self.target)
    }

    /// True if it is silence and stays so.
    pub fn is_silent(&self) -> bool {
        self.left == 0 && self.target == 0.0
    }

    /// Multiplies samples by the factor and moves on by as many frames.
    #[inline(always)]
    pub fn scale(&mut self, samples: &mut [f32]) {
        let (moving, settled) = samples.split_at_mut(samples.len().min(self.left as usize));
        for (frame, sample) in (1_u16..).zip(&mut *moving) {
            *sample *= self.value + self.step * f32::from(frame);
        }
        self.advance(moving.len());
        settled.iter_mut().for_each(|sample| *sample *= self.target);
    }

    /// Puts samples times the factor into `out`, over what is there if `first`, else added to it, and moves on.
    #[inline(always)]
    pub fn add(&mut self, samples: &[f32], out: &mut [f32], first: bool) {
        let (moving, settled) = samples.split_at(samples.len().min(self.left as usize));
        let (out_moving, out_settled) = out.split_at_mut(moving.len().min(out.len()));
        for ((frame, sample), out) in (1_u16..).zip(moving).zip(out_moving) {
            let before = if first { 0.0 } else { *out };
            *out = before + sample * (self.value + self.step * f32::from(frame));
        }
        self.advance(moving.len());
        let pairs = settled.iter().zip(out_settled);
        if first {
            pairs.for_each(|(sample, out)| *out = sample * self.target);
        } else {
            pairs.for_each(|(sample, out)| *out += sample * self.target);
        }
    }

    fn advance(&mut self, moving: usize) {
        if moving == 0 {
            return;
        }
        self.left -= moving as u32;
        self.value += self.step * moving as f32;
        if self.left == 0 {
            self.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn collect(ramp: &mut Ramp, frames: usize) -> Vec<f32> {
        let mut values = std::vec![1.0; frames];
        let mut added = std::vec![0.5; frames];
        ramp.clone().add(&values, &mut added, false);
        ramp.scale(&mut values);
        assert!(values.iter().zip(added).all(|(value, added)| *value + 0.5 == added));
        values
    }

    #[test]
    fn it_arrives_exactly_and_stays() {
        let mut ramp = Ramp::at(0.0);
        ramp.to(1.0, 4);
        assert_eq!(collect(&mut ramp, 3), [0.25, 0.5, 0.75]);
        assert_eq!(ramp.settled(), None);
        assert_eq!(collect(&mut ramp, 3), [1.0, 1.0, 1.0]);
        assert_eq!(ramp.settled(), Some(1.0));
    }

    #[test]
    fn a_new_target_on_the_way_makes_no_jump() {
        let mut ramp = Ramp::at(0.0);
        ramp.to(1.0, 100);
        let mut values = collect(&mut ramp, 50);
        ramp.to(-1.0, 100);
        values.extend(collect(&mut ramp, 120));
        assert!(values.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.016), "{values:?}");
        assert_eq!(values.last(), Some(&-1.0));
    }
}
