//! From letters to MQTT's messages.
//!
//! Runs on: mqtt.
use super::super::buffer::{Letter, To};
use super::super::discovery::Home;
use super::super::topics::Topics;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Publish, PublishProperties};

/// A letter as it goes out; none for Home Assistant where there is none.
pub(super) fn publish(letter: &Letter, topics: &Topics, home: Option<&Home>) -> Option<Publish> {
    let (topic, qos, retain) = match &letter.to {
        To::Availability => (topics.availability(), QoS::AtLeastOnce, true),
        To::Discovery => (home?.config.clone(), QoS::AtLeastOnce, true),
        To::State => (topics.of("state"), QoS::AtLeastOnce, true),
        To::Health => (topics.of("health"), QoS::AtLeastOnce, true),
        To::Meters => (topics.of("meters"), QoS::AtMostOnce, false),
        To::Event => (topics.of("event"), QoS::AtLeastOnce, false),
        To::Answer { topic, .. } => (topic.clone(), QoS::AtLeastOnce, false),
    };
    let properties = match &letter.to {
        To::Answer { correlation: Some(data), .. } => Some(PublishProperties {
            correlation_data: Some(data.clone().into()),
            ..PublishProperties::default()
        }),
        _ => None,
    };
    let mut publish = Publish::new(topic, qos, letter.payload.as_bytes().to_vec(), properties);
    publish.retain = retain;
    Some(publish)
}

/// No less than what the message takes up on the wire, in bytes.
pub(super) fn size(publish: &Publish) -> usize {
    let correlation = publish.properties.as_ref().and_then(|properties| properties.correlation_data.as_ref());
    publish.topic.len() + publish.payload.len() + correlation.map_or(0, |data| data.len()) + 32
}
