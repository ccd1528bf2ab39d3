//! Between those who ask for a delivery, the box and the thread that delivers.
//!
//! Runs on: supervisor.
use super::super::policy::{Action, Severity};
use super::Recorder;
use crate::deliver::DeliveryEvent;
use crate::panel::Pace;
use crate::telemetry::{DeliverWish, DeliveryTold, Occurrence};

/// Why nothing is delivered.
const NO_TARGET: &str = "nothing is delivered from this box: delivery.target names where takes go";

impl Recorder<'_> {
    /// Tells delivery how the box does, and others how delivery does.
    pub(super) fn deliveries(&mut self) {
        let inside = &mut self.inside;
        let Some(deliveries) = &mut inside.delivery else { return };
        let held = inside.lights.shown().any(|light| light.pace != Pace::Ok);
        let status = inside.writers.status();
        for event in deliveries.look(status.first(), held, inside.policy.recording) {
            told(event).into_iter().for_each(|action| {
                self.act(action);
            });
        }
    }

    /// Does what somebody wants of it; without a take, nothing that waits is delivered.
    ///
    /// # Errors
    /// Why nothing comes of it.
    pub(super) fn deliver(&self, wish: Option<&DeliverWish>) -> Result<(), String> {
        let deliveries = self.inside.delivery.as_ref().ok_or(NO_TARGET)?;
        let Some(wish) = wish else {
            deliveries.stop();
            return Ok(());
        };
        let takes = &self.inside.policy.writings.takes;
        deliveries.deliver(&wish.take, takes.names().filter(|take| takes.has(0, take)))
    }
}

/// In words, and as an event.
pub(super) fn told(event: DeliveryEvent) -> Vec<Action> {
    let about = |take: String, reason: Option<String>| {
        let told = DeliveryTold { take, delivered: reason.is_none(), reason };
        Action::Tell(None, Occurrence::Delivery(told))
    };
    match event {
        DeliveryEvent::Delivered { take } => {
            vec![Action::Say(Severity::Info, format!("delivered {take}")), about(take, None)]
        }
        DeliveryEvent::Failed { take, reason } => {
            let text = format!("could not deliver {take}: {reason}");
            vec![Action::Say(Severity::Warn, text), about(take, Some(reason))]
        }
        DeliveryEvent::Fault { reason } => {
            vec![Action::Say(Severity::Warn, format!("delivery waits: {reason}"))]
        }
        DeliveryEvent::Recovered => vec![Action::Say(Severity::Info, "delivery goes on".into())],
    }
}
