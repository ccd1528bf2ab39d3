//! From a message to what it asks for: all of it, or a reason why nothing.
//!
//! Runs on: mqtt.
use super::control::Control;
use super::setters;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Largest payload, in bytes.
pub const MAX_PAYLOAD: usize = 16 * 1024;
/// Most commands that are sent as one.
pub const MAX_BATCH: usize = 64;
/// Longest "id", in bytes.
pub const MAX_ID: usize = 64;
/// Longest label of a marker, in characters.
const MAX_LABEL: usize = 64;

/// A message for this box.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// `command` or `set/...`.
    pub topic: &'a str,
    /// As it came.
    pub payload: &'a [u8],
    /// Kept by the broker, who knows since when.
    pub retained: bool,
}

/// What a message asks for, to be applied together.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// What the answer has to bear.
    pub id: Option<String>,
    /// 1..=[`MAX_BATCH`] of them.
    pub controls: Vec<Control>,
}

/// Why nothing of a message is applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// What the answer has to bear, if it could be read.
    pub id: Option<String>,
    /// In one line.
    pub reason: Reason,
}

/// What is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It may be from yesterday.
    #[error("retained: a command is sent without the retain flag")]
    Retained,
    /// Its payload is too large.
    #[error("{0} bytes: a command has {MAX_PAYLOAD} at most")]
    Oversized(usize),
    /// Too many commands.
    #[error("{0} commands: a batch has {MAX_BATCH} at most")]
    TooMany(usize),
    /// It is not JSON, or not of the right form.
    #[error("{0}")]
    Malformed(String),
    /// No such topic.
    #[error("unknown topic: there is command, set/record, set/input/1/gain and the like")]
    UnknownTopic,
    /// More wait already than is good.
    #[error("busy: {0} requests are waiting")]
    Busy(usize),
}

impl Reason {
    pub(super) fn malformed(text: impl Into<String>) -> Self {
        Self::Malformed(text.into())
    }
}

/// What `message` asks for. `inputs` are the inputs' names, by which they may be selected.
pub fn parse(message: Message<'_>, inputs: &[String]) -> Result<Wish, Refusal> {
    let nameless = |reason| Refusal { id: None, reason };
    if message.retained {
        return Err(nameless(Reason::Retained));
    }
    if message.payload.len() > MAX_PAYLOAD {
        return Err(nameless(Reason::Oversized(message.payload.len())));
    }
    if message.topic == "command" {
        return batch(message.payload);
    }
    let text = std::str::from_utf8(message.payload);
    let text = text.map_err(|_| nameless(Reason::malformed("the payload is no UTF-8 text")))?;
    let topic = message.topic.strip_prefix("set/").ok_or(nameless(Reason::UnknownTopic))?;
    let control = setters::control(topic, text.trim(), inputs).and_then(checked).map_err(nameless)?;
    Ok(Wish { id: None, controls: vec![control] })
}

/// `{...}`, `[{...}, ...]`, `{"id": "7", ...}` or `{"id": "7", "commands": [{...}, ...]}`.
fn batch(payload: &[u8]) -> Result<Wish, Refusal> {
    let read =
        serde_json::from_slice(payload).map_err(|error| Reason::Malformed(format!("no JSON: {error}")));
    let (id, body) = match read.map_err(|reason| Refusal { id: None, reason })? {
        Value::Object(mut object) => (id(&mut object), Value::Object(object)),
        other => (Ok(None), other),
    };
    let id = id.map_err(|reason| Refusal { id: None, reason })?;
    match items(body).and_then(controls) {
        Ok(controls) => Ok(Wish { id, controls }),
        Err(reason) => Err(Refusal { id, reason }),
    }
}

fn id(object: &mut Map<String, Value>) -> Result<Option<String>, Reason> {
    match object.remove("id") {
        None => Ok(None),
        Some(Value::String(id)) if id.len() <= MAX_ID => Ok(Some(id)),
        Some(_) => Err(Reason::Malformed(format!("id: must be a text of {MAX_ID} bytes at most"))),
    }
}

fn items(body: Value) -> Result<Vec<Value>, Reason> {
    let items = match body {
        Value::Array(items) => items,
        Value::Object(mut object) => match object.remove("commands") {
            None => vec![Value::Object(object)],
            Some(Value::Array(items)) if object.is_empty() => items,
            Some(Value::Array(_)) => return Err(Reason::malformed("beside \"commands\" goes \"id\" alone")),
            Some(_) => return Err(Reason::malformed("commands: must be an array")),
        },
        _ => return Err(Reason::malformed("must be a command or an array of commands")),
    };
    match items.len() {
        0 => Err(Reason::malformed("there is no command in it")),
        1..=MAX_BATCH => Ok(items),
        more => Err(Reason::TooMany(more)),
    }
}

fn controls(items: Vec<Value>) -> Result<Vec<Control>, Reason> {
    let alone = items.len() == 1;
    let numbered = |at: usize, reason: Reason| match reason {
        Reason::Malformed(text) if !alone => Reason::Malformed(format!("command {at}: {text}")),
        reason => reason,
    };
    let read = |(at, item): (usize, Value)| control(item).map_err(|reason| numbered(at, reason));
    (1..).zip(items).map(read).collect()
}

fn control(item: Value) -> Result<Control, Reason> {
    if !item.is_object() {
        return Err(Reason::malformed("must be an object such as {\"command\": \"split\"}"));
    }
    let name = item.get("command").and_then(Value::as_str).map(str::to_owned);
    let named = |error: serde_json::Error| match name {
        // The list of all commands is of no help to who has sent a right one.
        Some(name) if !error.to_string().starts_with("unknown variant") => format!("{name}: {error}"),
        _ => error.to_string(),
    };
    checked(Control::deserialize(item).map_err(|error| Reason::Malformed(named(error)))?)
}

/// What no box could do, however it is configured; ranges are the supervisor's.
fn checked(control: Control) -> Result<Control, Reason> {
    if control.number().is_some_and(|number| !number.is_finite()) {
        return Err(Reason::Malformed(format!("{}: the number is too large", control.name())));
    }
    if let Control::Marker { label: Some(label) } = &control {
        let long = !(1..=MAX_LABEL).contains(&label.chars().count());
        if long || label.contains(char::is_control) {
            return Err(Reason::Malformed(format!(
                "marker: label must have 1..{MAX_LABEL} characters and no control characters"
            )));
        }
    }
    Ok(control)
}

#[cfg(test)]
mod every;
#[cfg(test)]
mod tests;
