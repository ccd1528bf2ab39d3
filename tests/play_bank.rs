//! The promise: what is wrong with a clip is on its pad and harms no other; the same clip is held once, and all together stay
//! within the limit.
#[path = "common/clips.rs"]
mod clips;
use clips::{Kind, make, signal};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use vestry::config;
use vestry::play::PadState;
use vestry::play::order::{Order, Start};
use vestry::play::pads::{Ask, Refusal};
use vestry::play::settings::PlayerSettings;
use vestry::play::thread::Player;

/// Long enough for any machine; nothing waits for it that goes well.
const PATIENCE: Duration = Duration::from_secs(120);

const WAV: Kind<'_> = Kind { rate: 48_000, codec: "pcm_s16le", more: &[] };

/// A player of the clips in `dir`, with more lines of `[player]` and pads.
fn player(dir: &Path, more: &str) -> Player {
    let dir = dir.display();
    let inputs = "[[input]]\nsource = \"player\"\n".repeat(6);
    let text = format!("[device]\nkind = \"offline\"\n{inputs}[player]\ndir = \"{dir}\"\n{more}");
    let config = config::parse("test.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    let player = Player::start(PlayerSettings::of(&config).unwrap()).unwrap();
    loaded(&player);
    player
}

fn loaded(player: &Player) {
    let end = Instant::now() + PATIENCE;
    while !player.is_loaded() {
        assert!(Instant::now() < end, "the bank is never loaded");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Pads that are not empty.
fn states(player: &Player) -> BTreeMap<String, PadState> {
    let full = player.states().into_iter().filter(|(.., state)| *state != PadState::Empty);
    full.map(|(name, _, state)| (name.to_string(), state)).collect()
}

fn reason(state: &PadState) -> &str {
    match state {
        PadState::Failed { reason } => reason,
        other => panic!("{other:?}"),
    }
}

fn starts(orders: Vec<Order>) -> Vec<Start> {
    let start = |order| match order {
        Order::Start(start) => Some(start),
        Order::Stop { .. } => None,
    };
    orders.into_iter().filter_map(start).collect()
}

#[test]
fn bad_files_tell_what_is_wrong_and_harm_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    make(&at("1.wav"), &signal(1, 4_800, 16), &WAV);
    fs::write(at("2.wav"), b"").unwrap();
    fs::write(at("3.mp3"), "Dear sir, this is a letter and no sound.".repeat(300)).unwrap();
    make(&at("4.wav"), &signal(7, 480, 16), &WAV);
    make(&at("5.wav"), &signal(2, 9_600, 16), &Kind { rate: 96_000, ..WAV });
    let whole = fs::read(at("5.wav")).unwrap();
    fs::write(at("6.wav"), &whole[..whole.len() / 2]).unwrap();
    fs::write(at("7.flac"), &whole).unwrap();
    std::os::unix::fs::symlink("/dev/zero", at("8.wav")).unwrap();
    let player = player(dir.path(), "");
    let states = states(&player);
    let ready = |seconds, channels, rate| PadState::Ready { seconds, channels, rate, note: None };
    assert_eq!(states["1.1.1"], ready(0.1, 1, 48_000));
    assert_eq!(reason(&states["1.1.2"]), "2.wav is empty (0 bytes)");
    let letter = reason(&states["1.1.3"]);
    assert!(letter.starts_with("3.mp3 is no WAV, AIFF, FLAC, MP3 or Ogg Vorbis file"), "{letter}");
    assert_eq!(reason(&states["1.1.4"]), "4.wav has 7 channels; must have 1 or 2");
    assert_eq!(states["1.1.5"], ready(0.1, 2, 96_000));
    let PadState::Ready { seconds, note: Some(note), .. } = &states["1.1.6"] else { panic!("{states:?}") };
    assert!((0.04..0.06).contains(seconds) && note.contains("cut off"), "{note}");
    assert_eq!(states["1.2.1"], ready(0.1, 2, 96_000), "its ending is wrong, its content is not");
    assert_eq!(states.len(), 7, "a device is no clip");
}

#[test]
fn a_pad_that_names_what_is_not_there_says_so() {
    let dir = tempfile::tempdir().unwrap();
    make(&dir.path().join("a.wav"), &signal(1, 48_000, 16), &WAV);
    std::os::unix::fs::symlink("/dev/zero", dir.path().join("zero")).unwrap();
    let pads = "[[pad]]\nfile = \"none.wav\"\n[[pad]]\nfile = \"zero\"\n[[pad]]\nat = \"2.1.1\"\nfile = \"a.wav\"\n\
                mode = \"loop\"\nloop_s = [0.5, 1.5]\n[[pad]]\nfile = \"a.wav\"";
    let mut player = player(dir.path(), pads);
    let states = states(&player);
    assert!(reason(&states["1.1.1"]).starts_with("none.wav cannot be read: No such file"), "{states:?}");
    assert_eq!(reason(&states["1.1.2"]), "zero is no file");
    let late = "a.wav has 48000 frames (1.000 s): its loop, frames 24000 to 72000, must lie within, start before end";
    assert_eq!(reason(&states["2.1.1"]), late);
    assert!(matches!(states["2.1.2"], PadState::Ready { .. }));
    assert_eq!(player.request(Ask::Trigger(0), 0).unwrap_err(), Refusal::NotReady(0));
    assert_eq!(player.request(Ask::Trigger(216), 0).unwrap_err(), Refusal::NoPad);
    assert_eq!(starts(player.request(Ask::Trigger(37), 0).unwrap()).len(), 1);
    let nowhere = self::player(&dir.path().join("gone"), "");
    assert!(nowhere.faults()[0].contains("gone: cannot be read"), "{:?}", nowhere.faults());
}

#[test]
fn a_voice_is_told_all_that_its_pad_says() {
    let dir = tempfile::tempdir().unwrap();
    let sound = signal(2, 9_600, 16);
    make(&dir.path().join("a.wav"), &sound, &Kind { rate: 96_000, ..WAV });
    let pads = "[[pad]]\nat = \"1.1.2\"\nfile = \"a.wav\"\nmode = \"gate\"\ngain_db = -20\nspeed = 0.5\nloop_frames = [10, 500]\n\
                low_db = 3\nhigh_db = -6\nstrips = [1, 6]\nfade_ms = 10\nquantise = \"beat\"";
    let mut player = player(dir.path(), pads);
    let start = starts(player.request(Ask::Trigger(1), 30_000).unwrap()).remove(0);
    // 120 beats a minute, from the click's defaults.
    assert_eq!((start.at, start.repeat, start.step), (48_000, Some([10, 500]), 1.0));
    assert!((start.gain - 0.1).abs() < 1e-6);
    assert_eq!((start.eq_db, start.strips), ([3.0, 0.0, -6.0], [Some(0), Some(5)]));
    let clip = &start.sound;
    assert_eq!((clip.channels(), clip.frames(), clip.rate(), clip.silenced()), (2, 9_600, 96_000, 0));
    assert_eq!(player.playing(), [1]);
    let orders = player.request(Ask::Release(1), 60_000).unwrap();
    assert!(
        matches!(orders[..], [Order::Stop { voice, at: 60_000, fade: 480 }] if voice == start.voice),
        "{orders:?}"
    );
    player.ended(start.voice);
    assert!(player.playing().is_empty());
}

#[test]
fn the_same_clip_is_held_once_and_all_stay_within_the_limit() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: String| dir.path().join(name);
    // 96,000 bytes each, of a megabyte: none is more than a tenth.
    let clip = |number: usize| vec![signal(1, 24_000 + number, 16)[0][number..].to_vec()];
    for number in 0..14 {
        make(&at(format!("{number:02}.wav")), &clip(number), &WAV);
        fs::copy(at(format!("{number:02}.wav")), at(format!("{number:02} again.wav"))).unwrap();
    }
    // Ten and a half of them find room.
    let mut player = player(dir.path(), "memory_mb = 1");
    let found = states(&player);
    let (ready, failed): (Vec<_>, Vec<_>) =
        found.values().partition(|state| matches!(state, PadState::Ready { .. }));
    assert_eq!((ready.len(), failed.len(), player.bytes()), (20, 8, 960_000));
    assert!(
        reason(failed[7]).contains("finds no room: the other clips leave 0.0 MB of player.memory_mb = 1"),
        "{failed:?}"
    );
    let mut sounds = BTreeMap::new();
    for pad in 0..20 {
        let sound = starts(player.request(Ask::Trigger(pad), 0).unwrap()).remove(0).sound;
        sounds.insert(Arc::as_ptr(&sound) as usize, sound.frames() * sound.channels() * size_of::<f32>());
    }
    assert_eq!((sounds.len(), sounds.values().sum::<usize>()), (10, 960_000), "each pair shares one");
}

#[test]
fn a_clip_of_more_than_a_tenth_of_the_limit_has_its_start_in_memory_alone() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    make(&at("1 long.wav"), &signal(1, 500_000, 16), &WAV);
    make(&at("2 short.wav"), &signal(1, 24_000, 16), &WAV);
    make(&at("3 wide.wav"), &signal(2, 500_000, 16), &WAV);
    let mut player = player(dir.path(), "memory_mb = 1");
    let found = states(&player);
    let ready = |pad: &str, length: f64| {
        assert!(matches!(found[pad], PadState::Ready { seconds, .. } if seconds == length), "{found:?}");
    };
    ready("1.1.1", 500.0 / 48.0);
    ready("1.1.2", 0.5);
    // Of each that can play there is to be room for what is read ahead.
    assert!(reason(&found["1.1.3"]).starts_with("3 wide.wav finds no room"), "{found:?}");
    assert!(player.bytes() < 240_000 && player.stream_bytes() < 400_000, "{}", player.bytes());
    let start = starts(player.request(Ask::Trigger(0), 0).unwrap()).remove(0);
    let stream = start.stream.clone().unwrap();
    assert!(Arc::ptr_eq(&stream.head()[0], &start.sound));
    player.rescan();
    loaded(&player);
    let again = starts(player.request(Ask::Trigger(0), 0).unwrap()).remove(0).stream.unwrap();
    assert!(Arc::ptr_eq(&again, &stream), "nothing has changed");
    // What plays would keep its room.
    drop((start, stream, again));
    make(&at("1 long.wav"), &signal(1, 400_000, 16), &WAV);
    player.rescan();
    loaded(&player);
    let seconds = |player: &Player| match &states(player)["1.1.1"] {
        PadState::Ready { seconds, .. } => *seconds,
        other => panic!("{other:?}"),
    };
    assert_eq!(seconds(&player), 400.0 / 48.0);
    // What its header says of its length is not so.
    let bytes = fs::read(at("1 long.wav")).unwrap();
    fs::write(at("1 long.wav"), &bytes[..bytes.len() - 200_000]).unwrap();
    player.rescan();
    loaded(&player);
    assert_eq!(seconds(&player), 300.0 / 48.0);
    let note = format!("{:?}", states(&player)["1.1.1"]);
    assert!(note.contains("is cut off; plays 6.2 s of 8.3 s"), "{note}");
}

#[test]
fn a_scan_finds_what_has_changed_and_leaves_what_plays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    make(&path, &signal(1, 20_000, 16), &WAV);
    make(&dir.path().join("b.wav"), &signal(1, 20_001, 16), &WAV);
    let mut player = player(dir.path(), "memory_mb = 1");
    let before = starts(player.request(Ask::Trigger(0), 0).unwrap()).remove(0);
    let kept = starts(player.request(Ask::Trigger(1), 0).unwrap()).remove(0);
    make(&path, &signal(1, 10_000, 16), &WAV);
    make(&dir.path().join("c.wav"), &signal(2, 10_000, 16), &WAV);
    player.rescan();
    loaded(&player);
    assert_eq!(states(&player).len(), 3);
    let after = starts(player.request(Ask::Trigger(0), 0).unwrap()).remove(0);
    assert_eq!((before.sound.frames(), after.sound.frames()), (20_000, 10_000));
    let again = starts(player.request(Ask::Trigger(1), 0).unwrap()).remove(0);
    assert!(Arc::ptr_eq(&kept.sound, &again.sound), "what did not change is not read again");
    // A voice has its sound whatever becomes of the pad; the cache has it too, so that it is freed nowhere else.
    assert!(Arc::strong_count(&before.sound) > 1);
    fs::remove_file(&path).unwrap();
    player.rescan();
    loaded(&player);
    let named: Vec<_> = states(&player).into_keys().collect();
    assert_eq!(named, ["1.1.1", "1.1.2"]);
}
