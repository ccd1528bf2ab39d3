//! Storage that speaks S3: large files go in parts, and the service tells which it has; so a part is the most that is sent twice.
//!
//! Each part goes with its MD5, which the service checks before it takes it in (`Content-MD5`). The ETag of an upload is the MD5 of
//! its parts' MD5s; where a service makes another one, as with encryption by keys of its own, the file is read back.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>
//!
//! Runs on: delivery.
use super::digest::{Digest, Sum, hex, md5};
use super::failure::Failure;
use super::http::{Answer, Http};
use super::settings::{DeliverySettings, Secret, SettingsError};
use super::source::Outgoing;
use super::target::{Carrier, Parcel, Way};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusty_s3::actions::{CreateMultipartUpload, ListParts};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use std::collections::BTreeMap;
use std::time::Duration;

/// The smallest part that S3 allows: what a cut costs at most.
const PART: u64 = 5 << 20;
/// Parts of the largest file: S3 allows 10,000.
const MOST_PARTS: u64 = 9_000;
/// How long a request may be on its way before it begins.
const VALID: Duration = Duration::from_secs(900);

/// A bucket.
pub struct S3 {
    http: Http,
    bucket: Bucket,
    prefix: String,
    credentials: Option<Credentials>,
}

impl S3 {
    /// The bucket at `prefix`.
    ///
    /// # Errors
    /// The endpoint is no URL.
    pub fn new(settings: &DeliverySettings, name: &str, prefix: &str) -> Result<Self, SettingsError> {
        let fault = |fault: String| SettingsError::Target { key: "endpoint", fault };
        let url =
            settings.endpoint.parse().map_err(|error| fault(format!("{}: {error}", settings.endpoint)))?;
        let region = settings.region.clone();
        let bucket = Bucket::new(url, UrlStyle::Path, name.to_owned(), region);
        let bucket = bucket.map_err(|error| fault(format!("{}: {error:?}", settings.endpoint)))?;
        let credentials = match &settings.secret {
            Secret::Pair(key, secret) => Some(Credentials::new(key, secret)),
            _ => None,
        };
        Ok(Self { http: Http::new(), bucket, prefix: prefix.into(), credentials })
    }

    /// Whether the object is there and is the file.
    fn holds(&self, key: &str, parcel: &Parcel<'_>, way: &mut Way<'_>) -> Result<bool, Failure> {
        let url = self.bucket.head_object(self.credentials.as_ref(), key).sign(VALID);
        let answer = self.http.ask("HEAD", url.as_str(), &[])?;
        if answer.is_missing() {
            return Ok(false);
        }
        let answer = answer.done("asking what is there")?;
        if answer.length() != Some(parcel.source.length) {
            return Ok(false);
        }
        match answer.header("etag").and_then(tag) {
            Some(Tag::One(sum)) => Ok(sum == parcel.digest.whole),
            Some(Tag::Parts(text)) if text == combined(parcel.digest) => Ok(true),
            _ => self.read_back(key, parcel, way),
        }
    }

    fn read_back(&self, key: &str, parcel: &Parcel<'_>, way: &mut Way<'_>) -> Result<bool, Failure> {
        let url = self.bucket.get_object(self.credentials.as_ref(), key).sign(VALID);
        let answer = self.http.ask("GET", url.as_str(), &[])?.done("reading back")?;
        Ok(answer.sum(way.brake)? == (parcel.source.length, parcel.digest.whole))
    }

    /// Sends `from..end` of the file, whose MD5 is `sum`, to `url`.
    fn put(
        &self,
        url: &str,
        ((from, end), sum): ((u64, u64), &Sum),
        parcel: &Parcel<'_>,
        way: &mut Way<'_>,
    ) -> Result<(), Failure> {
        let headers = [("content-md5", STANDARD.encode(sum))];
        let body = Outgoing::new(parcel.source, (from, end), way.brake, way.sent);
        let answer = self.http.put(url, &headers, end - from, body)?.done("sending")?;
        match answer.header("etag").and_then(tag) {
            Some(Tag::One(other)) if other != *sum => {
                Err(Failure::Wrong(format!("{}: other bytes arrived than were sent", parcel.name)))
            }
            _ => Ok(()),
        }
    }

    /// Begins an upload in parts, or finds the one that was begun; what of it is there, by number from 1.
    fn upload(&self, key: &str, way: &mut Way<'_>) -> Result<(String, BTreeMap<u16, Part>), Failure> {
        if let Some(upload) = way.upload.clone() {
            if let Some(parts) = self.parts(key, &upload)? {
                return Ok((upload, parts));
            }
            (way.note)(None)?;
        }
        let url = self.bucket.create_multipart_upload(self.credentials.as_ref(), key).sign(VALID);
        let text = self.http.post(url.as_str(), "")?.done("beginning an upload")?.text()?;
        let upload = CreateMultipartUpload::parse_response(&text).map_err(unread)?.upload_id().to_owned();
        (way.note)(Some(&upload))?;
        Ok((upload, BTreeMap::new()))
    }

    /// What is there of an upload; none where the service has forgotten it.
    fn parts(&self, key: &str, upload: &str) -> Result<Option<BTreeMap<u16, Part>>, Failure> {
        let (mut parts, mut after) = (BTreeMap::new(), None);
        loop {
            let mut list = self.bucket.list_parts(self.credentials.as_ref(), key, upload);
            if let Some(after) = after {
                list.set_part_number_marker(after);
            }
            let answer = self.http.ask("GET", list.sign(VALID).as_str(), &[])?;
            if answer.is_missing() {
                return Ok(None);
            }
            let text = answer.done("asking for the parts of an upload")?.text()?;
            // Some services call it by another name than Amazon.
            let text = text.replace("ListPartsResponse", "ListPartsResult");
            let Ok(page) = ListParts::parse_response(&text) else {
                tracing::warn!("delivery: the service does not tell which parts it has: the file goes anew");
                return Ok(None);
            };
            for part in page.parts {
                parts.insert(part.number, Part { etag: part.etag, bytes: part.size });
            }
            // A service that tells the same page again would be asked for ever.
            match page.next_part_number_marker.filter(|next| Some(*next) > after) {
                Some(next) => after = Some(next),
                None => return Ok(Some(parts)),
            }
        }
    }

    fn in_parts(&self, key: &str, parcel: &Parcel<'_>, way: &mut Way<'_>) -> Result<(), Failure> {
        let (upload, there) = self.upload(key, way)?;
        let mut tags = Vec::new();
        for (at, sum) in parcel.digest.parts.iter().enumerate() {
            let (from, end) = parcel.digest.range(at, parcel.source.length);
            let number =
                u16::try_from(at + 1).map_err(|_| Failure::Bad(format!("{}: too large", parcel.name)))?;
            let own = format!("\"{}\"", hex(sum));
            if there.get(&number).is_some_and(|part| part.is(sum, end - from)) {
                (way.sent)(end - from);
            } else {
                let action = self.bucket.upload_part(self.credentials.as_ref(), key, number, &upload);
                self.put(action.sign(VALID).as_str(), ((from, end), sum), parcel, way)?;
            }
            tags.push(own);
        }
        let tags: Vec<_> = tags.iter().map(String::as_str).collect();
        let complete = self.bucket.complete_multipart_upload(
            self.credentials.as_ref(),
            key,
            &upload,
            tags.iter().copied(),
        );
        let url = complete.sign(VALID);
        let answer = self.http.post(url.as_str(), &complete.body())?;
        // It forgets an upload that is complete, so one that is unknown may be just that: what is there is compared anyway.
        let ended = if answer.is_missing() { Ok(()) } else { finished(answer) };
        ended.and_then(|()| (way.note)(None))
    }
}

/// A part that is there.
struct Part {
    etag: String,
    bytes: u64,
}

impl Part {
    fn is(&self, sum: &Sum, bytes: u64) -> bool {
        self.bytes == bytes && matches!(tag(&self.etag), Some(Tag::One(own)) if own == *sum)
    }
}

/// What an ETag says.
enum Tag {
    /// The MD5 of what was sent at once.
    One(Sum),
    /// The MD5 of the parts' MD5s, and how many there are.
    Parts(String),
}

fn tag(etag: &str) -> Option<Tag> {
    let text = etag.trim().trim_matches('"');
    if text.contains('-') {
        return Some(Tag::Parts(text.into()));
    }
    let digit = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
    let mut sum = Sum::default();
    for (at, byte) in sum.iter_mut().enumerate() {
        *byte = digit(at)?;
    }
    (text.len() == 32).then_some(Tag::One(sum))
}

/// The ETag of all parts put together.
fn combined(digest: &Digest) -> String {
    format!("{}-{}", hex(&md5(&digest.parts.concat())), digest.parts.len())
}

/// S3 may say 200 first and find the fault afterwards.
fn finished(answer: Answer) -> Result<(), Failure> {
    let text = answer.done("ending an upload")?.text()?;
    if text.contains("<Error>") {
        let short: String = text.chars().take(200).collect();
        return Err(Failure::Later(format!("ending an upload: {short}")));
    }
    Ok(())
}

fn unread(error: impl std::fmt::Display) -> Failure {
    Failure::Later(format!("the answer is none of S3: {error}"))
}

impl Carrier for S3 {
    fn part_bytes(&self, length: u64) -> u64 {
        PART.max(length.div_ceil(MOST_PARTS))
    }

    fn begin(&mut self, _take: &str, brake: &mut super::brake::Brake) -> Result<(), Failure> {
        brake.wait()
    }

    fn deliver(&mut self, parcel: &Parcel<'_>, way: &mut Way<'_>) -> Result<(), Failure> {
        let key = format!("{}{}/{}", self.prefix, parcel.take, parcel.name);
        if self.holds(&key, parcel, way)? {
            (way.sent)(parcel.source.length);
            return Ok(());
        }
        match parcel.digest.parts.as_slice() {
            [sum] => {
                let url = self.bucket.put_object(self.credentials.as_ref(), &key).sign(VALID);
                self.put(url.as_str(), ((0, parcel.source.length), sum), parcel, way)?;
            }
            _ => self.in_parts(&key, parcel, way)?,
        }
        if self.holds(&key, parcel, way)? {
            return Ok(());
        }
        Err(Failure::Wrong(format!("{}: the target has something else than was sent", parcel.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_is_told_for_what_it_is() {
        let sum = md5(b"x");
        assert!(matches!(tag(&format!("\"{}\"", hex(&sum))), Some(Tag::One(own)) if own == sum));
        assert!(matches!(tag("\"abc-2\""), Some(Tag::Parts(text)) if text == "abc-2"));
        assert!(tag("\"zz\"").is_none() && tag("").is_none() && tag(&format!("{}00", hex(&sum))).is_none());
        // As S3 has it for parts "a" and "b": the MD5 of their MD5s.
        let digest = Digest { whole: sum, parts: vec![md5(b"a"), md5(b"b")], part_bytes: 1 };
        assert_eq!(combined(&digest), format!("{}-2", hex(&md5(&[md5(b"a"), md5(b"b")].concat()))));
    }
}
