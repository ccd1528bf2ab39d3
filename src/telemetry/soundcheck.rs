//! A virtual soundcheck: what is asked of it, and how it stands.
//!
//! Runs on: supervisor.
use serde::{Deserialize, Serialize};

/// What is done with a take. What an action has no use for is refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoundcheckWish {
    /// What.
    #[serde(default)]
    pub action: SoundcheckAction,
    /// The take's folder, in a folder of recordings or in that of the clips, or "last": loaded first. Without: the one that is loaded;
    /// to play where none is, the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub take: Option<String>,
    /// With a take: the input of each of its tracks, from 1, null for one that is not played; without: those that they were recorded
    /// from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tracks: Option<Vec<Option<usize>>>,
    /// Where to seek to, or where the part of a loop or punch begins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<Place>,
    /// Where that part ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<Place>,
    /// To punch: inputs, from 1, that are live in that part, or when told so where there is none; an empty list: none is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub inputs: Option<Vec<usize>>,
}

/// A place of a take: seconds from its start, or what its marker there says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// From the take's first frame.
    Seconds(f64),
    /// The first marker with this label.
    Marker(String),
}

/// What is done with a take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundcheckAction {
    /// Makes a take ready; needs `take`.
    Load,
    /// Plays it from where it stands.
    #[default]
    Play,
    /// Falls silent where it is.
    Pause,
    /// Ends: strips go back to what fed them, the take to its start.
    Stop,
    /// Goes to `from`.
    Seek,
    /// Plays the part `from` to `to` round and round; without either no longer.
    Loop,
    /// Has `inputs` live within `from` to `to`.
    Punch,
    /// Has the punched inputs live from now on.
    PunchIn,
    /// Has the take on them again.
    PunchOut,
}

/// How it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SoundcheckReport {
    /// The take's folder.
    pub take: String,
    /// What it is at.
    pub state: SoundcheckWord,
    /// Where it is, in whole seconds.
    pub position_s: u64,
    /// Its length.
    pub length_s: f64,
    /// Start and end of the loop, in seconds.
    pub loop_s: Option<[f64; 2]>,
    /// Inputs that are punched, from 1.
    pub punch_inputs: Vec<usize>,
    /// Start and end of that part, in seconds.
    pub punch_s: Option<[f64; 2]>,
    /// Inputs that hear the take now.
    pub inputs: Vec<usize>,
    /// Its tracks, in order.
    pub tracks: Vec<SoundcheckTrack>,
    /// Its markers, the first 100 of them.
    pub markers: Vec<SoundcheckMarker>,
    /// What is not as it should be: files that are missing or cut off, gaps; the first 20.
    pub notes: Vec<String>,
    /// Why it stopped or cannot be played.
    pub fault: Option<String>,
}

/// What a soundcheck is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SoundcheckWord {
    /// No take is loaded.
    #[default]
    None,
    /// A take is being looked for and looked into.
    Opening,
    /// What was asked for cannot be played.
    Failed,
    /// Silent, and strips are as ever.
    Stopped,
    /// Silent, and strips have the take.
    Paused,
    /// Waits for the first sound.
    Cueing,
    /// Plays.
    Playing,
}

/// A track of a take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SoundcheckTrack {
    /// What it is called.
    pub name: String,
    /// The input through whose strip it plays, from 1; null: it is not played, as nothing tells through which, or there is none.
    pub input: Option<usize>,
}

/// A place to go to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SoundcheckMarker {
    /// Seconds from the take's start.
    pub at_s: f64,
    /// What it says.
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Control;
    use crate::telemetry::request::{Message, parse};

    fn asked(topic: &str, payload: &str) -> Result<SoundcheckWish, String> {
        let message = Message { topic, payload: payload.as_bytes(), retained: false };
        let mut wish = parse(message, &[]).map_err(|refusal| refusal.to_string())?;
        match wish.controls.pop() {
            Some(Control::Soundcheck(wish)) => Ok(wish),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_button_says_what_a_command_says() {
        for word in ["play", "pause", "stop", "punch_in", "punch_out"] {
            let text = format!(r#"{{"command": "soundcheck", "action": "{word}"}}"#);
            assert_eq!(asked("set/soundcheck", word), asked("command", &text));
        }
        assert_eq!(asked("command", r#"{"command": "soundcheck"}"#).unwrap().action, SoundcheckAction::Play);
        let long = r#"{"command": "soundcheck", "take": "last", "tracks": [2, null], "from": "Sermon"}"#;
        let wish = asked("command", long).unwrap();
        assert_eq!(
            (wish.tracks, wish.from),
            (Some(vec![Some(2), None]), Some(Place::Marker("Sermon".into())))
        );
        // As long a number as there is comes back as it went, to the last bit.
        for text in ["0.1", "392.05211188045837", "8.988465674311579e307", "2.2250738585072011e-308"] {
            let from =
                asked("command", &format!(r#"{{"command": "soundcheck", "from": {text}}}"#)).unwrap().from;
            assert_eq!(from, Some(Place::Seconds(text.parse().unwrap())), "{text}");
        }
        assert!(asked("set/soundcheck", "rewind").unwrap_err().contains("must be play, pause"));
        assert!(asked("command", r#"{"command": "soundcheck", "takes": 1}"#).unwrap_err().contains("takes"));
    }
}
