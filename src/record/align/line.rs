//! The line that most points lie on, whatever the others do.
//!
//! Runs on: main.
use super::super::timing::Line;

/// Cards drift no more than this: 1,000 ppm, ten times what a bad quartz does.
const STEEPEST: f64 = 0.001;

/// The line, and which of the points lie within `width` of it; none where fewer than half of them do. A median of slopes leads to
/// it (Theil and Sen), least squares make it exact.
pub fn through_most(points: &[(f64, f64)], width: f64) -> Option<(Line, Vec<bool>)> {
    let pairs = points
        .iter()
        .enumerate()
        .flat_map(|(at, one)| points.iter().skip(at + 1).map(move |other| (one, other)));
    let far = points.iter().map(|point| point.0).fold(f64::MIN, f64::max)
        - points.iter().map(|point| point.0).fold(f64::MAX, f64::min);
    // Points close by say little of the slope.
    let slopes = pairs.filter(|(one, other)| (other.0 - one.0).abs() * 4.0 >= far);
    let slopes =
        slopes.map(|(one, other)| (other.1 - one.1) / (other.0 - one.0)).filter(|slope| slope.is_finite());
    let slope = median(slopes.collect()).unwrap_or(0.0);
    let height = median(points.iter().map(|(x, y)| y - slope * x).collect())?;
    let near = |(x, y): &(f64, f64)| (y - slope * x - height).abs() <= width;
    let inside: Vec<bool> = points.iter().map(near).collect();
    let kept: Vec<_> = points.iter().copied().filter(near).collect();
    let line = Line::through(&kept);
    (kept.len() * 2 > points.len() && line.slope.abs() <= STEEPEST).then_some((line, inside))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_third_that_is_wrong_changes_nothing(slope in -0.0002..0.0002_f64, wrong in prop::collection::vec(-9e5..9e5_f64, 10)) {
            let mut points: Vec<_> = (0..30).map(|at| (f64::from(at) * 1e5, f64::from(at) * 1e5 * slope + 7.0)).collect();
            for (at, wrong) in wrong.iter().enumerate() {
                points[at * 3].1 += wrong.signum() * 50.0 + wrong;
            }
            let (line, inside) = through_most(&points, 2.0).unwrap();
            prop_assert!((line.slope - slope).abs() < 1e-12 && (line.at(0.0) - 7.0).abs() < 1e-6);
            prop_assert_eq!(inside.iter().filter(|inside| **inside).count(), 20);
        }
    }

    #[test]
    fn what_lies_on_no_line_has_none() {
        let points: Vec<_> = (0..20).map(|at| (f64::from(at), f64::from(at * 7_919 % 4_001))).collect();
        assert!(through_most(&points, 2.0).is_none());
        assert!(through_most(&[], 2.0).is_none());
    }
}
