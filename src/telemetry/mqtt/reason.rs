//! What went wrong, in words that say what to look at.
//!
//! Runs on: mqtt.
use super::tls::brief;
use rumqttc::TlsError;
use rumqttc::v5::mqttbytes::v5::{ConnectReturnCode, PubAck, PubAckReason, SubAck, SubscribeReasonCode};
use rumqttc::v5::{ConnectionError, StateError};

/// Why there is no connection, or none any more. The same cause has the same words.
pub(super) fn of_connection(error: &ConnectionError) -> String {
    match error {
        ConnectionError::Timeout(_) => "no answer".into(),
        ConnectionError::Io(error) => error.to_string(),
        ConnectionError::Tls(TlsError::NativeTls(error)) => format!("TLS: {}", brief(error)),
        ConnectionError::Tls(TlsError::Io(error)) => format!("TLS: {error}"),
        ConnectionError::ConnectionRefused(code) => refused(*code),
        ConnectionError::MqttState(error) => of_state(error),
        other => other.to_string(),
    }
}

fn refused(code: ConnectReturnCode) -> String {
    match code {
        ConnectReturnCode::BadUserNamePassword => "user or password is wrong (mqtt.credentials_file)".into(),
        ConnectReturnCode::NotAuthorized => {
            "not allowed to connect: user or password is wrong or missing (mqtt.credentials_file)".into()
        }
        ConnectReturnCode::UnsupportedProtocolVersion | ConnectReturnCode::RefusedProtocolVersion => {
            "the broker does not speak MQTT 5".into()
        }
        code => format!("the broker refuses: {code:?}"),
    }
}

fn of_state(error: &StateError) -> String {
    match error {
        StateError::Io(error) => error.to_string(),
        StateError::AwaitPingResp => "no sign of life".into(),
        StateError::ConnectionAborted => "the broker closed the connection".into(),
        StateError::ServerDisconnect { reason_code, .. } => format!("the broker ended it: {reason_code:?}"),
        StateError::Deserialization(error) => format!("{error}"),
        other => other.to_string(),
    }
}

/// What we may not hear.
pub(super) fn of_subscription(suback: &SubAck) -> Option<String> {
    let failed = |code: &&SubscribeReasonCode| !matches!(code, SubscribeReasonCode::Success(_));
    let code = suback.return_codes.iter().find(failed)?;
    Some(format!("the broker does not let us hear commands: {code:?}"))
}

/// What we may not say.
pub(super) fn of_publication(puback: &PubAck) -> Option<String> {
    let fine = matches!(puback.reason, PubAckReason::Success | PubAckReason::NoMatchingSubscribers);
    (!fine).then(|| format!("the broker takes a message not: {:?}", puback.reason))
}
