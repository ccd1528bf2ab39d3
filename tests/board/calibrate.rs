//! `vestry calibrate` takes the periods of a real card, or says of each profile why not.
use crate::guest::Guest;
use crate::recorder;
use crate::sound::{LONG, expect};

/// Profiles that an emulator keeps, and one that it may not.
const PROFILES: &str = "[profiles]\nlow_latency = { frames_per_period = 64, periods = 3 }\n\
    balanced = { frames_per_period = 1024, periods = 16 }\nsafe = { frames_per_period = 2048, periods = 28 }\n";

/// A second of each profile on the card that nobody plays to, which paces itself all the same. Which one an emulator on a busy
/// machine keeps is not to be known; that the card was measured, and what follows from it, is.
pub fn calibrated(guest: &mut Guest) -> Result<(), String> {
    recorder::configure(guest, "", PROFILES)?;
    let calibrate = "vestry calibrate --config /tmp/media.toml --seconds 1 >/tmp/calibrated 2>&1; C=$?; \
                     cat /tmp/calibrated; [ $C -le 1 ]";
    let lines = guest.run(calibrate, LONG)?;
    let says = |start: &str| lines.iter().any(|line| line.starts_with(start));
    expect(says("wake-ups of the card, by its own clock,"), "the card was measured", &lines)?;
    for profile in ["low_latency", "balanced", "safe"] {
        let row = format!("{profile} ");
        expect(
            says(&row) || says(&format!("vestry: profiles.{profile}: ")),
            &format!("{profile} measured or refused"),
            &lines,
        )?;
    }
    expect(
        says("profile = \"") || says("vestry: no profile is safe"),
        "a profile is proposed, or none is safe",
        &lines,
    )
}
