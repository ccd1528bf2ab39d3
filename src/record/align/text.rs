//! An alignment for people.
//!
//! Runs on: main.
use super::Alignment;

/// Some lines, the last one says what follows.
pub fn text(found: &Alignment) -> String {
    let mut lines = vec![format!("A: {}", found.a), format!("B: {}", found.b)];
    match &found.clocks {
        None => lines.push("clocks: a take tells no time".into()),
        Some(clocks) => {
            lines.push(format!(
                "clocks: B begins at frame {:.1} of A, {:.3} ms{}",
                clocks.offset_frames,
                clocks.offset_ms,
                clocks.uncertainty_ms.map_or_else(
                    || " (a clock was not synchronised)".to_owned(),
                    |ms| format!(" +-{ms:.3} ms")
                )
            ));
            lines.extend(drift("clocks", clocks.drift_ppm, clocks.drift_uncertainty_ppm));
        }
    }
    if let Some(why) = &found.no_sound {
        lines.push(format!("sound: {why}"));
    }
    if let Some(sound) = &found.sound {
        lines.push(format!(
            "sound: B begins at frame {:.1} of A, {:.3} ms +-{:.1} frames",
            sound.offset_frames, sound.offset_ms, sound.uncertainty_frames
        ));
        lines.extend(drift("sound", sound.drift_ppm, sound.drift_uncertainty_ppm));
        lines.extend(sound.places.iter().map(|place| {
            let (frame, offset, confidence) = (place.frame, place.offset_frames, place.confidence);
            format!("sound: at frame {frame} of A: {offset:.1} frames, {confidence:.1} times the next best")
        }));
    }
    lines.push(verdict(found).into());
    lines.join("\n") + "\n"
}

fn drift(by: &str, ppm: Option<f64>, uncertainty: Option<f64>) -> Option<String> {
    let ppm = ppm?;
    let uncertainty = uncertainty.map(|ppm| format!(" +-{ppm:.2}")).unwrap_or_default();
    Some(format!("{by}: B's card runs {ppm:+.2}{uncertainty} ppm against A's"))
}

fn verdict(found: &Alignment) -> &'static str {
    match (found.agree, &found.clocks, &found.sound) {
        (Some(true), ..) => "clocks and sound agree",
        (Some(false), ..) => "clocks and sound DISAGREE: go by the sound, and see to the clocks",
        (None, Some(_), _) => "by clocks alone",
        (None, _, Some(_)) => "by sound alone",
        (None, None, None) => "nothing tells how they lie",
    }
}
