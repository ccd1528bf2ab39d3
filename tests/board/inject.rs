//! A driver that stops its stream, as many do when their hardware overruns: the kernel's own way to say so, from outside
//! the device under test.
use std::fs::{read_dir, read_link, read_to_string};
use std::time::{Duration, Instant};

nix::ioctl_none!(stop_with_xrun, b'A', 0x48);

/// Stops one direction every two seconds, after some sound has piled up, and holds the loop up for a while.
pub struct Stops {
    direction: char,
    hold: Duration,
    left: u32,
    next: Instant,
}

impl Stops {
    /// `direction` is `capture` or `playback`.
    pub fn new(direction: &str, hold: Duration) -> Self {
        let direction = if direction == "capture" { 'c' } else { 'p' };
        Self { direction, hold, left: 4, next: Instant::now() + Duration::from_secs(2) }
    }

    /// To be called between periods; true when it stopped the stream.
    pub fn turn(&mut self) -> bool {
        if self.left == 0 || Instant::now() < self.next {
            return false;
        }
        // 3, 10, 17 and 24 ms: the stop falls anywhere within a period.
        std::thread::sleep(Duration::from_millis(24 - 7 * u64::from(self.left - 1)));
        println!("stopped: {}", self.stop());
        std::thread::sleep(self.hold);
        self.left -= 1;
        self.next = Instant::now() + Duration::from_secs(2);
        true
    }

    /// Says what state the kernel then shows.
    fn stop(&self) -> String {
        let open = read_dir("/proc/self/fd").into_iter().flatten().flatten();
        for entry in open {
            let Ok(device) = read_link(entry.path()) else { continue };
            let name = device.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(pcm) = name.strip_prefix("pcmC").filter(|pcm| pcm.ends_with(self.direction)) else {
                continue;
            };
            let Ok(descriptor) = entry.file_name().to_string_lossy().parse() else { continue };
            // SAFETY: the descriptor is an open PCM of this process, and the call takes no argument.
            let done = unsafe { stop_with_xrun(descriptor) };
            let state = pcm.split_once('D').and_then(|(card, pcm)| {
                let status = format!("/proc/asound/card{card}/pcm{pcm}/sub0/status");
                read_to_string(status).ok()?.lines().next().map(str::to_owned)
            });
            return format!("{done:?}, {}", state.unwrap_or_default());
        }
        "no such stream".to_owned()
    }
}
