//! What the ALSA device promises, against a real driver.
use crate::guest::Guest;
use std::time::Duration;

/// Ends what a check may have left running.
pub fn tidy(guest: &mut Guest) -> Result<(), String> {
    guest.run("killall -q -9 aplay arecord board-probe vestry; wait", SHORT).map(|_| ())
}

pub const SHORT: Duration = Duration::from_secs(30);
pub const LONG: Duration = Duration::from_secs(90);

/// Numbers of a line such as `end: 3 periods, 4 good`, in order.
pub fn numbers(lines: &[String], start: &str) -> Result<Vec<u64>, String> {
    let line = lines.iter().find(|line| line.starts_with(start));
    let line = line.ok_or_else(|| format!("no line \"{start}\" in:\n{}", lines.join("\n")))?;
    Ok(line.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect())
}

/// Fails with what was expected and what was said instead.
pub fn expect(condition: bool, what: &str, lines: &[String]) -> Result<(), String> {
    if condition { Ok(()) } else { Err(format!("{what}, but:\n{}", lines.join("\n"))) }
}

/// A setting that the card does not have, and the one line that comes of it.
pub fn errors(guest: &mut Guest) -> Result<(), String> {
    let cases = [
        ("capture=Piano", "error: no sound card \"Piano\": there is \"Loopback\""),
        ("capture=0", "error: \"0\" names no sound card: write its id as in"),
        (
            "capture=Loopback,7",
            "error: hw:CARD=Loopback,DEV=7 has no capture: choose another device of this card",
        ),
        (
            "capture=Loopback,1 channels=64",
            "error: hw:CARD=Loopback,DEV=1 capture does not open with 64 channels at 48000 Hz: it has 1 to 32",
        ),
        ("capture=Loopback,1 playback=Loopback,9", "error: hw:CARD=Loopback,DEV=9 has no playback"),
    ];
    for (options, error) in cases {
        let lines = guest.run(&format!("board-probe capture seconds=1 {options}"), SHORT)?;
        expect(
            lines.len() == 1 && lines[0].starts_with(error),
            &format!("{options}: expected \"{error}\""),
            &lines,
        )?;
    }
    let hold = "(arecord -q -D hw:Loopback,1,0 -f S16_LE -r 48000 -c 2 -d 4 /dev/null & sleep 1; board-probe capture capture=Loopback,1,0; wait)";
    let lines = guest.run(hold, SHORT)?;
    let busy = "error: hw:CARD=Loopback,DEV=1,SUBDEV=0 capture is in use: stop the program";
    expect(lines.iter().any(|line| line.starts_with(busy)), "busy", &lines)?;
    // The loop's other side decides what this one can do.
    let hold = "(arecord -q -D hw:Loopback,0,1 -f S16_LE -r 44100 -c 2 -d 4 /dev/null & sleep 1; \
        board-probe capture capture=Loopback,1,0 playback=Loopback,1,1; wait)";
    let lines = guest.run(hold, SHORT)?;
    let rate =
        "error: hw:CARD=Loopback,DEV=1,SUBDEV=1 playback does not run at 48000 Hz: set sample_rate to 44100";
    expect(lines == [rate], "rate", &lines)?;
    let lines = guest.run("board-probe devices", SHORT)?;
    let card = lines
        .iter()
        .any(|line| line.starts_with("Loopback,1 capture (Loopback PCM): channels 1 to 32; 32000, 44100"));
    expect(card && lines.len() == 8, "two cards' two devices in both directions", &lines)
}

pub fn exact_s32(guest: &mut Guest) -> Result<(), String> {
    exact(guest, "S32_LE")
}

pub fn exact_s24(guest: &mut Guest) -> Result<(), String> {
    exact(guest, "S24_3LE")
}

pub fn exact_s16(guest: &mut Guest) -> Result<(), String> {
    exact(guest, "S16_LE")
}

/// Starts a source on one side of the loop and a recorder on another; the probe stands between them.
fn sides(format: &str, seconds: u32) -> String {
    format!(
        "rm -f /tmp/out.raw; arecord -q -D hw:Loopback,0,1 -t raw -f {format} -r 48000 -c 2 --buffer-size=48000 -d {seconds} /tmp/out.raw & \
         board-probe tone format={format} channels=8 seconds={seconds} | \
         aplay -q -D hw:Loopback,0,0 -t raw -f {format} -r 48000 -c 8 --buffer-size=48000 & "
    )
}

/// Eight channels played into one side are captured on the other, six looked at; what the process writes is heard.
fn exact(guest: &mut Guest, format: &str) -> Result<(), String> {
    guest.run(&sides(format, 14), SHORT)?;
    let probe = format!(
        "board-probe capture capture=Loopback,1,0 channels=8 map=0,1,3,4,6,7 playback=Loopback,1,1 play=2 format={format} seconds=12"
    );
    let mut lines = guest.run(&probe, LONG)?;
    lines.extend(
        guest.run(&format!("wait; board-probe check format={format} channels=2 </tmp/out.raw"), SHORT)?,
    );
    expect(lines.iter().any(|line| line.contains("linked true")), "capture and playback linked", &lines)?;
    let captured = numbers(&lines, "end: ")?;
    expect(captured[1] >= 480_000 && captured[2] == 0, "10 s captured without a fault", &lines)?;
    expect(captured[4] == 0, "nothing lost", &lines)?;
    let heard = numbers(&lines, "check: ")?;
    expect(heard[0] >= 480_000 && heard[1] == 0, "10 s heard without a fault", &lines)
}

/// The probe stands still for longer than its ring lasts, several times: the signal goes on exactly where the count says.
pub fn stopped(guest: &mut Guest) -> Result<(), String> {
    guest.run(&sides("S32_LE", 14), SHORT)?;
    let probe = "board-probe capture capture=Loopback,1,0 channels=8 playback=Loopback,1,1 play=2 format=S32_LE seconds=12 & \
        P=$!; for t in 0.5 1 0.6 2 0.8; do sleep 1; kill -STOP $P; sleep $t; kill -CONT $P; done; wait $P";
    let mut lines = guest.run(probe, LONG)?;
    lines.extend(guest.run("wait; board-probe check format=S32_LE channels=2 </tmp/out.raw", SHORT)?);
    let captured = numbers(&lines, "end: ")?;
    let losses = lines.iter().filter(|line| line.starts_with("lost: ") && line.ends_with("Xrun")).count();
    expect(losses >= 5 && captured[4] > 2 * 48_000, "five losses of more than 2 s in all", &lines)?;
    expect(captured[1] >= 240_000 && captured[2] == 0, "every frame after them in its place", &lines)?;
    let heard = numbers(&lines, "check: ")?;
    expect(heard[0] >= 240_000 && heard[1] == 0, "playback in step throughout", &lines)
}

/// The whole board stands still for longer than the ring lasts, so that the driver misses rounds of it.
pub fn frozen(guest: &mut Guest) -> Result<(), String> {
    guest.run(&sides("S32_LE", 14), SHORT)?;
    let probe = "board-probe capture capture=Loopback,1,0 channels=8 playback=Loopback,1,1 play=2 format=S32_LE \
        seconds=12 >/tmp/frozen &";
    guest.run(probe, SHORT)?;
    // Up to more than two rounds of the ring, and well within the source's own second of buffer.
    for milliseconds in [500, 600, 720] {
        std::thread::sleep(Duration::from_secs(2));
        guest.freeze(Duration::from_millis(milliseconds))?;
    }
    let lines = guest.run("wait; cat /tmp/frozen", LONG)?;
    let captured = numbers(&lines, "end: ")?;
    expect(captured[4] > 48_000, "more than a second lost", &lines)?;
    expect(captured[1] >= 240_000 && captured[2] == 0, "every frame after it in its place", &lines)
}

/// The card is pulled for two seconds: its driver is unbound and bound again, which is what an unplug comes to. A
/// USB card is pulled in `unplug.rs`.
pub fn unplugged(guest: &mut Guest) -> Result<(), String> {
    let tone = "(board-probe tone format=S32_LE channels=6 seconds=14 | \
        aplay -q -D hw:Loopback,0,0 -t raw -f S32_LE -r 48000 -c 6 --buffer-size=48000 2>/dev/null) &";
    let probe =
        "board-probe capture capture=Loopback,1,0 channels=6 playback=Loopback,1,1 play=2 seconds=10 & P=$!";
    let pull = "sleep 3; cd /sys/bus/platform/drivers/snd_aloop; echo snd_aloop.0 >unbind; sleep 2; echo snd_aloop.0 >bind; cd /";
    let lines = guest.run(&format!("{tone} {probe}; {pull}; sleep 0.5; {tone} wait $P"), LONG)?;
    let said = |text: &str| lines.iter().any(|line| line == text);
    expect(said("gone") && said("revived"), "gone and back", &lines)?;
    let away = lines.iter().any(|line| line.starts_with("lost: ") && line.ends_with("DeviceLost"));
    expect(away, "the loss told", &lines)?;
    let shift = numbers(&lines, "shift: ")?[0];
    println!("board: the position is {shift} us off the time after two seconds without a card");
    // The loop reports its position every 4 ms, and a busy emulator may read the clock some milliseconds later.
    expect(shift < 25_000, "as many frames lost as the clock says", &lines)?;
    let captured = numbers(&lines, "end: ")?;
    expect(captured[2] == 0 && captured[1] > 240_000, "the stream goes on without a fault", &lines)
}
