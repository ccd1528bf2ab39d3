//! The windowed-sinc interpolator's table: a low-pass whose impulse response is known at every 128th of a frame, with straight
//! lines between those.
//!
//! The window is Kaiser's (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974):
//! 87 dB of rejection with 24 taps take a transition of 0.24 of the clip's rate. What straight lines add is below
//! (2 pi f / 128)^2 / 8, that is -86 dB at [`BAND`].
use crate::lanes::{LANES, Lanes};
use core::f64::consts::PI;

/// Frames that each point is made of.
pub const TAPS: usize = 24;
/// Places between two frames at which the response is kept.
pub(crate) const PHASES: usize = 128;
/// Of the device's rate, 18.2 kHz at 48 kHz: below here nothing is heard, to -80 dB, but what the clip has there. That holds for
/// all that a clip has from speed 0.76 up (-4.7 semitones); below that for what it has below this part of its own rate.
///
/// What is heard at its level, to 0.01 dB, ends at 0.38 of the clip's rate up to speed 1, at 0.328 up to 1.09 (+1.5 semitones), at
/// 0.28 up to 1.19 (+3): there that is 0.33 of the device's, 16 kHz at 48 kHz.
pub const BAND: f64 = 0.38;
/// Half of the transition, in clip frequency; its middle is the cutoff.
const HALF_TRANSITION: f64 = 0.12;
/// Kaiser's beta of 87 dB: 0.1102 (87 - 8.7).
const BETA: f64 = 8.63;
/// Up to which speed each filter serves. From the first on, what would fold to below [`BAND`] is filtered out, images of the
/// clip's highest tones included, at the cost of those.
const SPEEDS: [f64; 8] = [1.0, 1.09, 1.19, 1.42, 1.7, 2.0, 2.83, 4.0];

/// The response at one phase, oldest frame first.
pub(crate) type Row = [Lanes; TAPS / LANES];

/// One filter: each phase, and the first one again, a frame later.
pub(crate) type Phases = [Row; PHASES + 1];

/// All filters. Built once, before the rt thread starts.
#[derive(Clone, Debug)]
pub struct SincTable {
    filters: [Phases; SPEEDS.len()],
    /// The speeds in 2^-32.
    until: [u64; SPEEDS.len()],
}

impl SincTable {
    /// Works it all out: a millisecond or two.
    pub fn new() -> Self {
        // Half of the rate at first, which makes a point upon a frame that frame, to the bit. From then on the filter is shut at
        // the lowest frequency that would alias to below `BAND`.
        let cutoff =
            |speed: f64| if speed > SPEEDS[0] { (1.0 - BAND) / speed - HALF_TRANSITION } else { 0.5 };
        let until = SPEEDS.map(|speed| (speed * 4_294_967_296.0) as u64);
        let windows = core::array::from_fn(|phase| from_centre(phase).map(window));
        Self { filters: SPEEDS.map(|speed| filter(cutoff(speed), &windows)), until }
    }

    /// The filter for a speed in 2^-32.
    #[inline(always)]
    pub(crate) fn filter(&self, speed: u64) -> &Phases {
        let [.., mut found] = self.filters.each_ref();
        for (filter, until) in self.filters.iter().zip(self.until).rev() {
            found = if speed <= until { filter } else { found };
        }
        found
    }
}

impl Default for SincTable {
    fn default() -> Self {
        Self::new()
    }
}

/// A number of each tap, oldest frame first, at each phase.
type OfTaps = [[f64; TAPS]; PHASES + 1];

/// Low-pass filters, -6 dB at `cutoff` (of the clip's rate).
fn filter(cutoff: f64, windows: &OfTaps) -> Phases {
    let mut phases = [[Lanes::all(0.0); TAPS / LANES]; PHASES + 1];
    for (phase, (row, window)) in phases.iter_mut().zip(windows).enumerate() {
        let taps = response(cutoff, phase, window).map(|tap| tap as f32);
        row.iter_mut().zip(taps.as_chunks::<LANES>().0).for_each(|(lanes, taps)| *lanes = Lanes(*taps));
    }
    phases
}

/// The taps of a phase. Their sum is 1: a constant stays what it is.
fn response(cutoff: f64, phase: usize, window: &[f64; TAPS]) -> [f64; TAPS] {
    let mut taps = from_centre(phase).map(|from_centre| sinc(2.0 * cutoff * from_centre));
    taps.iter_mut().zip(window).for_each(|(tap, window)| *tap *= window);
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| tap / sum)
}

/// How far from a phase's point each frame is.
fn from_centre(phase: usize) -> [f64; TAPS] {
    core::array::from_fn(|tap| tap as f64 + 1.0 - (TAPS / 2) as f64 - phase as f64 / PHASES as f64)
}

/// Kaiser's window, but for a factor.
fn window(from_centre: f64) -> f64 {
    let edge = from_centre / (TAPS / 2) as f64;
    bessel(BETA * BETA * (1.0 - edge * edge).max(0.0))
}

/// sin(pi x) / (pi x): exactly 0 at whole numbers but 0.
fn sinc(x: f64) -> f64 {
    let whole = (x + if x < 0.0 { -0.5 } else { 0.5 }) as i64;
    let (angle, sign) = (PI * (x - whole as f64), if whole % 2 == 0 { 1.0 } else { -1.0 });
    if x == 0.0 { 1.0 } else { sign * sine(angle) / (PI * x) }
}

/// Taylor's series, exact to a float for up to a quarter turn either way.
fn sine(angle: f64) -> f64 {
    let (mut sum, mut term) = (angle, angle);
    for at in 1..11 {
        let n = f64::from(2 * at);
        term *= -angle * angle / (n * (n + 1.0));
        sum += term;
    }
    sum
}

/// The modified Bessel function I0 of the root of `square`, by its series.
fn bessel(square: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for at in 1..40 {
        let n = f64::from(at);
        term *= square / 4.0 / (n * n);
        sum += term;
    }
    sum
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn taps(row: &Row) -> std::vec::Vec<f32> {
        row.iter().flat_map(|lanes| lanes.0).collect()
    }

    #[test]
    fn functions_are_those_of_the_standard_library_and_of_tables() {
        for at in -300..300 {
            let x = f64::from(at) / 17.0;
            let exact = if at == 0 { 1.0 } else { (PI * x).sin() / (PI * x) };
            assert!((sinc(x) - exact).abs() < 1e-14, "{x}");
        }
        // Abramowitz and Stegun, table 9.8: I0(1) and I0(5).
        assert!((bessel(1.0) - 1.266_065_877_752_008).abs() < 1e-14);
        assert!((bessel(25.0) / 27.239_871_823_604_44 - 1.0).abs() < 1e-14);
    }

    #[test]
    fn upon_a_frame_the_first_filter_is_that_frame_and_each_keeps_a_constant() {
        let table = SincTable::new();
        let first = taps(&table.filters[0][0]);
        assert!(first.iter().enumerate().all(|(at, tap)| *tap == if at == TAPS / 2 - 1 { 1.0 } else { 0.0 }));
        for row in table.filters.iter().flatten() {
            let sum: f64 = taps(row).iter().map(|tap| f64::from(*tap)).sum();
            assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        }
    }

    #[test]
    fn each_speed_has_its_filter() {
        let table = SincTable::new();
        let place = |speed: f64| {
            let chosen = table.filter((speed * 4_294_967_296.0) as u64);
            table.filters.iter().position(|filter| core::ptr::eq(filter, chosen))
        };
        let chosen = [0.25, 1.0, 1.05, 1.19, 1.3, 2.0, 2.5, 4.0, 9.0].map(place);
        assert_eq!(chosen, [0, 0, 1, 2, 3, 5, 6, 7, 7].map(Some));
    }
}
