//! The recorder itself on the board: a take on the SD card, and what the kernel says about its threads.
use crate::card::{self, Medium, Take};
use crate::guest::Guest;
use crate::signal::Follower;
use crate::sound::expect;
use std::time::Duration;
use vestry::rt::sample::SampleFormat;

/// Seconds recorded.
const SECONDS: u64 = 22;
/// Periods so long that an emulator on a busy machine keeps them.
const CONFIGURATION: &str = "sample_rate = 48000\\nframes_per_period = 512\\nperiods = 32\\ninputs = 6\\noutputs = 2\\n\
    [device]\\ncapture = \\\"Loopback,1,0\\\"\\nplayback = \\\"Loopback,1,1\\\"\\ncapture_channels = 8\\n\
    playback_channels = 2\\nformat = \\\"S24_3LE\\\"\\ncapture_map = [1, 2, 4, 5, 7, 8]\\n\
    [realtime]\\ncore = 3\\nrequired = true\\n";
/// Where those inputs are among the card's channels, from 0.
const MAP: [usize; 6] = [0, 1, 3, 4, 6, 7];

/// `vestry run` as the board runs it; its files are then read from the card's image.
pub fn recorded(guest: &mut Guest) -> Result<(), String> {
    let short = Duration::from_secs(30);
    guest.run(
        &format!("printf \"{CONFIGURATION}\" >/tmp/vestry.toml && vestry check --config /tmp/vestry.toml"),
        short,
    )?;
    card::mount(guest, Medium::Card)?;
    let run = format!(
        "(board-probe tone format=S24_3LE channels=8 seconds={} | aplay -q -D hw:Loopback,0,0 -t raw -f S24_3LE -r 48000 \
         -c 8 --buffer-size=48000) & sleep 1; vestry run --config /tmp/vestry.toml --data /mnt --for {SECONDS}s </dev/null & \
         P=$!; sleep 12; grep VmLck /proc/$P/status; for t in /proc/$P/task/*; do echo \"thread: $(cat $t/comm) \
         $(sed 's/.*) //' $t/stat | cut -d' ' -f 37,38,39) $(grep Cpus_allowed_list $t/status)\"; done; wait $P",
        SECONDS + 4
    );
    let lines = guest.run(&run, Duration::from_secs(90))?;
    let take = Take::read(guest, Medium::Card)?;
    // Fields 39 to 41 of /proc/PID/stat: the processor, the priority, the policy (1 is SCHED_FIFO).
    let rt = lines.iter().find(|line| line.starts_with("thread: rt "));
    let rt = rt.map(|line| line.split_whitespace().collect::<Vec<_>>()).unwrap_or_default();
    expect(
        rt.get(2..) == Some(&["3", "80", "1", "Cpus_allowed_list:", "3"]),
        "rt: SCHED_FIFO 80 on core 3",
        &lines,
    )?;
    let locked = lines
        .iter()
        .find_map(|line| line.strip_prefix("VmLck:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    expect(locked.is_some_and(|kilobytes| kilobytes > 1024), "memory is locked", &lines)?;
    exact(&take, &lines)
}

/// Follows the signal through the take's six files.
fn exact(take: &Take, lines: &[String]) -> Result<(), String> {
    let length = take.frames()?;
    expect(take.inputs.len() == 6, "six files", lines)?;
    let mut follower = Follower { lenient: true, ..Follower::default() };
    let mut frame = [0; 8 * 3];
    for at in 0..length {
        for (track, channel) in take.inputs.iter().zip(MAP) {
            frame[channel * 3..channel * 3 + 3].copy_from_slice(&track[at].to_le_bytes()[..3]);
        }
        follower.follow(&frame, SampleFormat::S24_3, 8, &MAP);
    }
    println!("board: {length} frames on the card, {follower:?}");
    let enough = length as u64 >= 20 * 48_000 && follower.good + 48_000 >= length as u64;
    expect(enough && follower.faults == 0, "six files bit for bit what was played", lines)
}
