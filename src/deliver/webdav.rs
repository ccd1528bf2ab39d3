//! A WebDAV server: a file goes under another name, in pieces where the server takes pieces (`PUT` with `Content-Range`, RFC 9110 section
//! 14.5), is read back and compared, and then gets its name (`MOVE`, RFC 4918). A server that takes no pieces gets each file at once;
//! then a file that is cut short goes again.
//!
//! Runs on: delivery.
use super::brake::Brake;
use super::failure::Failure;
use super::http::{Answer, Http};
use super::settings::Secret;
use super::source::Outgoing;
use super::target::{Carrier, Parcel, Way};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A piece: what a cut costs at most.
const PIECE: u64 = 4 << 20;
/// The same while it is not known whether the server takes pieces.
const PROBE: u64 = 64 << 10;

/// A folder on a server.
pub struct WebDav {
    http: Http,
    /// With a slash at its end.
    url: String,
    headers: Vec<(&'static str, String)>,
    /// Whether the server takes pieces; none while that is not known.
    pieces: Option<bool>,
}

impl WebDav {
    /// The folder at `url`, as the user of `secret`.
    pub fn new(url: &str, secret: &Secret) -> Self {
        let headers = match secret {
            Secret::Pair(user, password) => {
                let text = STANDARD.encode(format!("{user}:{password}"));
                vec![("authorization", format!("Basic {text}"))]
            }
            _ => Vec::new(),
        };
        Self { http: Http::new(), url: url.into(), headers, pieces: None }
    }

    fn url(&self, take: &str, name: &str) -> String {
        format!("{}{}/{}", self.url, escaped(take), escaped(name))
    }

    fn ask(&self, method: &str, url: &str, more: &[(&str, String)]) -> Result<Answer, Failure> {
        let headers: Vec<_> = self.headers.iter().chain(more).cloned().collect();
        self.http.ask(method, url, &headers)
    }

    /// How long the file at `url` is; none where there is none.
    fn length(&self, url: &str) -> Result<Option<u64>, Failure> {
        let answer = self.ask("HEAD", url, &[])?;
        if answer.is_missing() {
            return Ok(None);
        }
        let answer = answer.done("asking what is there")?;
        // A length that is not told is one that fits nothing.
        Ok(Some(answer.length().unwrap_or(u64::MAX)))
    }

    /// Whether the file at `url` is the one that is sent.
    fn is_there(&self, url: &str, parcel: &Parcel<'_>, way: &mut Way<'_>) -> Result<bool, Failure> {
        if self.length(url)? != Some(parcel.source.length) {
            return Ok(false);
        }
        let answer = self.ask("GET", url, &[])?.done("reading back")?;
        Ok(answer.sum(way.brake)? == (parcel.source.length, parcel.digest.whole))
    }

    /// Puts `from..end` of the file to `url`.
    fn put(
        &self,
        url: &str,
        (from, end): (u64, u64),
        parcel: &Parcel<'_>,
        way: &mut Way<'_>,
    ) -> Result<Answer, Failure> {
        let range = format!("bytes {from}-{}/{}", end.saturating_sub(1), parcel.source.length);
        let range = (from > 0).then_some(("content-range", range));
        let headers: Vec<_> = self.headers.iter().cloned().chain(range).collect();
        let body = Outgoing::new(parcel.source, (from, end), way.brake, way.sent);
        self.http.put(url, &headers, end - from, body)
    }

    /// Sends what `url` has not yet.
    fn fill(&mut self, url: &str, parcel: &Parcel<'_>, way: &mut Way<'_>) -> Result<(), Failure> {
        let length = parcel.source.length;
        let there = self.length(url)?.filter(|there| *there <= length).unwrap_or(0);
        let mut at = if self.pieces == Some(false) { 0 } else { there };
        (way.sent)(at);
        while at < length || length == 0 {
            let piece = match self.pieces {
                None => PROBE,
                Some(true) => PIECE,
                Some(false) => length,
            };
            let end = length.min(at.saturating_add(piece));
            let answer = self.put(url, (at, end), parcel, way)?;
            if at > 0 && self.pieces.is_none() {
                let taken = answer.is_good() && self.length(url)? == Some(end);
                if !taken && !refuses_pieces(&answer) {
                    return Err(answer.refusal("sending a piece"));
                }
                self.pieces = Some(taken);
                if !taken {
                    // From the start, at once.
                    tracing::info!("delivery: the server takes no pieces: each file goes at once");
                    return self.fill(url, parcel, way);
                }
            } else {
                answer.done("sending")?;
            }
            at = end;
            if length == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Gives it its name.
    fn name(&self, from: &str, to: &str) -> Result<(), Failure> {
        let headers = [("destination", to.to_owned()), ("overwrite", "T".to_owned())];
        self.ask("MOVE", from, &headers)?.done("giving a file its name").map(drop)
    }
}

/// What servers say to a piece that they do not take; and 2xx of one that took it for the whole.
fn refuses_pieces(answer: &Answer) -> bool {
    answer.is_good() || matches!(answer.status, 400 | 405 | 411 | 415 | 416 | 501)
}

/// For a URL: all but letters, digits and `-._~` as `%XX` (RFC 3986).
fn escaped(name: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    name.bytes().map(escape).collect()
}

impl Carrier for WebDav {
    fn part_bytes(&self, _length: u64) -> u64 {
        PIECE
    }

    fn begin(&mut self, take: &str, brake: &mut Brake) -> Result<(), Failure> {
        brake.wait()?;
        let answer = self.ask("MKCOL", &format!("{}{}/", self.url, escaped(take)), &[])?;
        match answer.status {
            // It is there already.
            405 => Ok(()),
            404 | 409 => {
                Err(answer.refusal("making the take's folder: is the folder of delivery.target there?"))
            }
            _ => answer.done("making the take's folder").map(drop),
        }
    }

    fn deliver(&mut self, parcel: &Parcel<'_>, way: &mut Way<'_>) -> Result<(), Failure> {
        let url = self.url(parcel.take, parcel.name);
        if self.is_there(&url, parcel, way)? {
            (way.sent)(parcel.source.length);
            return Ok(());
        }
        let part = self.url(parcel.take, &format!("{}.part", parcel.name));
        self.fill(&part, parcel, way)?;
        if !self.is_there(&part, parcel, way)? {
            // What is wrong is not to be gone on with.
            let _ = self.ask("DELETE", &part, &[])?;
            return Err(Failure::Wrong(format!(
                "{}: the target has something else than was sent",
                parcel.name
            )));
        }
        self.name(&part, &url)?;
        match self.length(&url)? {
            Some(length) if length == parcel.source.length => Ok(()),
            _ => Err(Failure::Wrong(format!("{}: it is not there under its name", parcel.name))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_for_a_url() {
        assert_eq!(escaped("01_Pult ä?.wav"), "01_Pult%20%C3%A4%3F.wav");
        assert_eq!(escaped("2026-11-26_101500_0007"), "2026-11-26_101500_0007");
    }
}
