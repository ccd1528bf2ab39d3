//! The iXML chunk: track names, taps and markers, for DAWs and field recorders.
//!
//! Runs on: writer.
use super::{Format, Spec};
use std::fmt::Write;

/// What an iXML chunk says.
#[derive(Clone, Debug, Default)]
pub struct Ixml<'a> {
    /// Number of the take.
    pub take: u64,
    /// Folder name of the take: the same for all files that belong together.
    pub family: &'a str,
    /// Frames from midnight to the first frame of the file.
    pub time_reference: u64,
    /// Name and tap of every channel.
    pub tracks: Vec<(&'a str, &'a str)>,
    /// Frame in the file and text of every marker.
    pub markers: Vec<(u64, &'a str)>,
}

const END: &str = "</BWFXML>\n";

impl Ixml<'_> {
    /// The text, with as many markers as fit `room` bytes.
    pub fn text(&self, spec: &Spec, room: usize) -> String {
        let mut text = self.intro(spec);
        self.track_list(&mut text);
        let mut points = String::new();
        let mut count = 0;
        for marker in &self.markers {
            let point = sync_point(marker);
            if text.len() + points.len() + point.len() + 120 + END.len() > room {
                break;
            }
            points.push_str(&point);
            count += 1;
        }
        if count > 0 {
            let _ = write!(
                text,
                "<SYNC_POINT_LIST><SYNC_POINT_COUNT>{count}</SYNC_POINT_COUNT>\n{points}</SYNC_POINT_LIST>\n"
            );
        }
        text + END
    }

    fn intro(&self, spec: &Spec) -> String {
        let (rate, time) = (spec.sample_rate, self.time_reference);
        let bits = match spec.format {
            Format::Pcm24 => 24,
            Format::Float32 => 32,
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BWFXML>\n<IXML_VERSION>2.10</IXML_VERSION>\n\
             <PROJECT>Vestry</PROJECT>\n<TAPE>{family}</TAPE>\n<TAKE>{take}</TAKE>\n\
             <SPEED><FILE_SAMPLE_RATE>{rate}</FILE_SAMPLE_RATE><AUDIO_BIT_DEPTH>{bits}</AUDIO_BIT_DEPTH>\
             <DIGITIZER_SAMPLE_RATE>{rate}</DIGITIZER_SAMPLE_RATE>\
             <TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>{high}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>\
             <TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>{low}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>\
             <TIMESTAMP_SAMPLE_RATE>{rate}</TIMESTAMP_SAMPLE_RATE></SPEED>\n",
            family = escape(self.family),
            take = self.take,
            high = time >> 32,
            low = time & 0xFFFF_FFFF,
        )
    }

    fn track_list(&self, text: &mut String) {
        let _ = writeln!(text, "<TRACK_LIST><TRACK_COUNT>{}</TRACK_COUNT>", self.tracks.len());
        for (place, (name, tap)) in self.tracks.iter().enumerate() {
            let _ = writeln!(
                text,
                "<TRACK><CHANNEL_INDEX>{0}</CHANNEL_INDEX><INTERLEAVE_INDEX>{0}</INTERLEAVE_INDEX>\
                 <NAME>{1}</NAME><FUNCTION>{2}</FUNCTION></TRACK>",
                place + 1,
                escape(name),
                escape(tap)
            );
        }
        text.push_str("</TRACK_LIST>\n");
    }
}

fn sync_point((frame, label): &(u64, &str)) -> String {
    format!(
        "<SYNC_POINT><SYNC_POINT_TYPE>RELATIVE</SYNC_POINT_TYPE><SYNC_POINT_FUNCTION>MARKER</SYNC_POINT_FUNCTION>\
         <SYNC_POINT_COMMENT>{}</SYNC_POINT_COMMENT><SYNC_POINT_LOW>{}</SYNC_POINT_LOW>\
         <SYNC_POINT_HIGH>{}</SYNC_POINT_HIGH><SYNC_POINT_EVENT_DURATION>0</SYNC_POINT_EVENT_DURATION></SYNC_POINT>\n",
        escape(label),
        frame & 0xFFFF_FFFF,
        frame >> 32
    )
}

/// Text between tags: at most 64 characters of it, no control characters.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars().filter(|char| !char.is_control()).take(64) {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_give_way_when_room_is_short() {
        let spec = Spec { format: Format::Pcm24, channels: 1, sample_rate: 48_000 };
        let markers = vec![(1 << 33, "a < b & c"); 500];
        let ixml = Ixml { tracks: vec![("Altar", "pre")], markers, ..Ixml::default() };
        let text = ixml.text(&spec, 8_000);
        assert!(text.len() <= 8_000 && text.ends_with(END));
        assert!(text.contains("a &lt; b &amp; c") && text.contains("<SYNC_POINT_HIGH>2<"));
    }
}
