//! Six people speaking at once, as the meters see them 20 times a second.
use std::path::Path;
use std::time::Duration;
use vestry::panel::{BoxState, MeterView, Storage, TakeView, View};

/// Between two views.
pub const FRAME: Duration = Duration::from_millis(50);

const FOLDER: &str = "/usr/share/sounds/alsa";
const CLIPS: [&str; 6] =
    ["Front_Center", "Front_Left", "Front_Right", "Rear_Center", "Rear_Left", "Side_Right"];
const NAMES: [&str; 6] = ["Pulpit", "Altar", "Choir left", "Choir right", "Organ", "Handheld 1"];

/// One clip's peak and RMS, frame by frame.
fn clip(name: &str) -> Vec<(f32, f32)> {
    let path = Path::new(FOLDER).join(name).with_extension("wav");
    let mut reader =
        hound::WavReader::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let spec = reader.spec();
    let samples: Vec<f32> =
        reader.samples::<i16>().map(|sample| f32::from(sample.unwrap()) / 32_768.0).collect();
    let length = (f64::from(spec.sample_rate) * FRAME.as_secs_f64()) as usize * usize::from(spec.channels);
    samples
        .chunks(length)
        .map(|part| {
            let peak = part.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
            (peak, (part.iter().map(|sample| sample * sample).sum::<f32>() / part.len() as f32).sqrt())
        })
        .collect()
}

/// So many views of a running take: each input repeats its clip, each at a level and with pauses of its own.
pub fn views(count: usize) -> Vec<View> {
    let clips = CLIPS.map(clip);
    let at = |input: usize, frame: usize| {
        let clip = &clips[input];
        let place = (frame + input * 7) % (clip.len() + 5 + 3 * input);
        let (peak, rms) = clip.get(place).copied().unwrap_or((0.0005, 0.0002));
        let gain = [1.0, 0.7, 0.5, 0.9, 0.3, 0.8][input];
        MeterView {
            name: NAMES[input].into(),
            peak: peak * gain,
            rms: rms * gain,
            muted: false,
            selected: input == 1,
        }
    };
    let view = |frame: usize| View {
        state: BoxState::Recording,
        take: Some(TakeView { name: "2026-03-01_100000_0007".into(), time: FRAME * frame as u32 }),
        storage: Some(Storage {
            free_bytes: 117_240_000_000,
            free_time: Duration::from_secs(135_600 - frame as u64 / 20),
        }),
        meters: (0..CLIPS.len()).map(|input| at(input, frame)).collect(),
        ..View::default()
    };
    (0..count).map(view).collect()
}
