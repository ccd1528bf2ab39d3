//! What a command is answered.
//!
//! Runs on: supervisor, mqtt.
use super::control::Control;
use serde::Serialize;

/// Longest reason, in characters: what a request says wrong may be long.
const LONGEST_REASON: usize = 300;

/// Which media have a take that is to be protected, or no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Located {
    /// Its folder, as it was asked for; of the running take, as the first medium that has it calls it.
    pub take: String,
    /// What the media are called that have it: there it is done.
    pub on: Vec<String>,
    /// And those that have not.
    pub not_on: Vec<String>,
}

/// `{"ok": true, "id": "7", "command": "gain"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// What was asked for, where it was one thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'static str>,
    /// What was asked for, where it was a batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    commands: Option<Vec<&'static str>>,
    /// Topic of the request below the box's own, where it could not be understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    /// Takes that were named, and where they are.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    takes: &'a [Located],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// To a request that was understood: done, with the takes that it named, or refused for a reason.
pub fn to_controls(id: Option<&str>, controls: &[Control], outcome: Result<&[Located], &str>) -> String {
    let (command, commands) = match controls {
        [one] => (Some(one.name()), None),
        more => (None, Some(more.iter().map(Control::name).collect())),
    };
    let (takes, reason) = match outcome {
        Ok(takes) => (takes, None),
        Err(reason) => (&[][..], Some(shortened(reason))),
    };
    json(&Answer { ok: reason.is_none(), id, command, commands, topic: None, takes, reason })
}

/// To a request that was not understood, and how it began.
pub fn to_nonsense(id: Option<&str>, topic: &str, reason: &str) -> String {
    let reason = Some(shortened(reason));
    json(&Answer { ok: false, id, command: None, commands: None, topic: Some(topic), takes: &[], reason })
}

fn shortened(reason: &str) -> String {
    match reason.char_indices().nth(LONGEST_REASON) {
        Some((at, _)) => format!("{}...", reason.get(..at).unwrap_or_default()),
        None => reason.to_owned(),
    }
}

fn json(answer: &Answer<'_>) -> String {
    // Nothing in here can fail to become JSON.
    serde_json::to_string(answer).unwrap_or_else(|error| format!("{{\"ok\":false,\"reason\":\"{error}\"}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_as_they_go_out() {
        let gain = Control::Gain { input: 1, db: -3.0 };
        assert_eq!(
            to_controls(Some("7"), std::slice::from_ref(&gain), Ok(&[])),
            r#"{"ok":true,"id":"7","command":"gain"}"#
        );
        assert_eq!(
            to_controls(None, &[gain, Control::Split {}], Err("input 9: there are 6 inputs")),
            r#"{"ok":false,"commands":["gain","split"],"reason":"input 9: there are 6 inputs"}"#
        );
        let protect = Control::Protect { take: Some("a".into()) };
        let located =
            Located { take: "a".into(), on: vec!["SD card".into()], not_on: vec!["USB stick".into()] };
        assert_eq!(
            to_controls(None, &[protect], Ok(&[located])),
            r#"{"ok":true,"command":"protect","takes":[{"take":"a","on":["SD card"],"not_on":["USB stick"]}]}"#
        );
        assert_eq!(
            to_nonsense(None, "set/x", "no such topic"),
            r#"{"ok":false,"topic":"set/x","reason":"no such topic"}"#
        );
        assert!(to_nonsense(None, "command", &"ä".repeat(5000)).len() < 700);
    }
}
