//! What follows when more is known of the order of the card's channels: for people, for the technician, for the take. Pure.
//!
//! Runs on: supervisor.
use super::policy::{Action, Severity};
use super::sentry::Channels;
use crate::guard::Order;
use crate::record::{At, RecordCommand};
use crate::telemetry::{ChannelsReport, Occurrence};

/// From `before` to `now`; `take` is where a running take is.
pub fn changed(before: &Channels, now: &Channels, take: Option<At>) -> Vec<Action> {
    let mut actions = Vec::new();
    let at = if let Some(At::Frame(at)) = take { at } else { now.since };
    if now.order != before.order || now.fault != before.fault {
        actions.push(tell(at, word(now), now));
    }
    // FAULT itself says why, on the panel and as an event.
    if now.fault.is_some() && now.fault != before.fault {
        actions.extend(mark(take, format!("channel order wrong since frame {}", now.since)));
    }
    if now.order == Order::Right && before.order != Order::Right {
        actions.push(Action::Say(Severity::Info, "the channels are in order".into()));
    }
    let news = now.same.iter().filter(|pair| !before.same.contains(pair));
    actions.extend(news.map(|(one, other)| {
        let text = format!("channels {} and {} carry the same", one + 1, other + 1);
        Action::Say(Severity::Warn, text)
    }));
    if now.loopback == Some(false) && before.loopback != now.loopback {
        let text = "the loopback tone does not come back: is the cable there?";
        actions.push(Action::Say(Severity::Warn, text.into()));
    }
    actions
}

/// Inputs are read `rotation` channels further on from absolute frame `position`.
pub fn rotated(channels: &mut Channels, position: u64, rotation: u8, take: Option<At>) -> Vec<Action> {
    let rotation = usize::from(rotation);
    if std::mem::replace(&mut channels.rotation, rotation) == rotation {
        return Vec::new();
    }
    // The frame itself: a marker comes later where the writer is past it already.
    let since = channels.since;
    let text = format!("channels realigned by {rotation} from frame {position}, wrong since frame {since}");
    let mut actions = vec![Action::Say(Severity::Warn, text.clone()), tell(position, "realigned", channels)];
    actions.extend(mark(take, text));
    actions
}

/// As telemetry tells it.
pub fn report(channels: &Channels) -> ChannelsReport {
    ChannelsReport {
        order: word(channels).into(),
        since: channels.since,
        rotation: channels.rotation,
        same: channels.same.iter().map(|(one, other)| [one + 1, other + 1]).collect(),
        reason: channels.fault.clone(),
        loopback: channels.loopback,
    }
}

/// Channels that became the same are out of order whatever else is known.
fn word(channels: &Channels) -> &'static str {
    if channels.fault.is_some() { "wrong" } else { channels.order.word() }
}

fn tell(at: u64, order: &str, channels: &Channels) -> Action {
    Action::Tell(
        None,
        Occurrence::ChannelOrder {
            at,
            order: order.into(),
            since: channels.since,
            rotation: channels.rotation,
            reason: channels.fault.clone(),
        },
    )
}

fn mark(take: Option<At>, label: String) -> Option<Action> {
    take.map(|at| Action::Record(RecordCommand::Marker { at, label }))
}
