//! Keys of buttons, lamps, display and broker that have to fit one another.
//!
//! Runs on: main.
use super::check::Check;
use super::key::Key;
use super::outside::Line;

/// Longest name of a box in topics.
const LONGEST_ID: usize = 32;

impl Check<'_> {
    /// What is on the outside.
    pub(super) fn outside(&mut self) {
        let height = self.config.display.height;
        self.rule(&Key::dotted("display.height"), "", [32, 64].contains(&height), || {
            "must be 32 or 64 rows".into()
        });
        self.lines();
        self.topics();
        self.tls();
    }

    /// Each line once, or the kernel would refuse the second.
    fn lines(&mut self) {
        let panel = &self.config.panel;
        let buttons = [
            ("rec", &panel.rec),
            ("mark", &panel.mark),
            ("select", &panel.select),
            ("page", &panel.page),
            ("mute", &panel.mute),
        ];
        let lamps = [("rec_led", &panel.rec_led), ("fault_led", &panel.fault_led)];
        let buttons = buttons.into_iter().filter_map(|(name, button)| Some((name, &button.as_ref()?.line)));
        let lamps = lamps.into_iter().filter_map(|(name, lamp)| Some((name, &lamp.as_ref()?.line)));
        let lines: Vec<(&str, &Line)> = buttons.chain(lamps).collect();
        for (at, (name, line)) in lines.iter().enumerate() {
            let other = lines.iter().take(at).find(|(_, other)| other == line);
            self.rule(&Key::dotted("panel").name(name).name("line"), "", other.is_none(), || {
                format!("is panel.{} already: each line once", other.map_or("", |(name, _)| name))
            });
        }
    }

    fn topics(&mut self) {
        let mqtt = &self.config.mqtt;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        let id = (1..=LONGEST_ID).contains(&mqtt.id.len()) && mqtt.id.chars().all(fits);
        self.rule(&Key::dotted("mqtt.id"), "", id, || {
            format!("must be 1..{LONGEST_ID} of a-z, 0-9, _ and -")
        });
        let bad = |c: char| c == '+' || c == '#' || c.is_whitespace() || c.is_control();
        let prefix = !mqtt.discovery_prefix.is_empty() && !mqtt.discovery_prefix.contains(bad);
        self.rule(&Key::dotted("mqtt.discovery_prefix"), "", prefix, || {
            "must be a topic without +, # and spaces".into()
        });
        let bad = |c: char| c.is_whitespace() || c == '/';
        let host = mqtt.host.as_deref().is_none_or(|host| !host.is_empty() && !host.contains(bad));
        self.rule(&Key::dotted("mqtt.host"), "", host, || {
            "must be a name or an address, such as \"broker.local\"".into()
        });
    }

    /// Files that would silently do nothing are faults.
    fn tls(&mut self) {
        let mqtt = &self.config.mqtt;
        let (cert, key) = (mqtt.client_cert_file.is_some(), mqtt.client_key_file.is_some());
        let files =
            [("ca_file", mqtt.ca_file.is_some()), ("client_cert_file", cert), ("client_key_file", key)];
        for (name, given) in files {
            self.rule(&Key::dotted("mqtt").name(name), "mqtt.tls", mqtt.tls || !given, || {
                "needs mqtt.tls = true".into()
            });
        }
        self.rule(&Key::dotted("mqtt.client_key_file"), "mqtt.client_cert_file", key || !cert, || {
            "must be given with mqtt.client_cert_file".into()
        });
        self.rule(&Key::dotted("mqtt.client_cert_file"), "mqtt.client_key_file", cert || !key, || {
            "must be given with mqtt.client_key_file".into()
        });
    }
}
