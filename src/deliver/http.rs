//! Requests over HTTP and what becomes of them: the only home of the client.
//!
//! Runs on: delivery.
use super::brake::Brake;
use super::digest::{Sum, Summing};
use super::failure::Failure;
use super::source::{Outgoing, STEP};
use std::io::Read;
use std::time::Duration;
use ureq::http::{Request, Response, request};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, SendBody};

/// Longest time to reach the server.
const CONNECT: Duration = Duration::from_secs(20);
/// Longest time without a byte going or coming, and for an answer: S3 puts a large upload together in minutes.
const SILENCE: Duration = Duration::from_secs(120);
/// Longest answer that is read, in bytes: a thousand parts of an upload.
const LONGEST: u64 = 4 << 20;

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    response: Response<Body>,
}

/// The client. Redirections are not followed: nobody is told our secret but who is named.
pub struct Http(Agent);

impl Http {
    /// Trusts whom the system trusts.
    pub fn new() -> Self {
        let tls = TlsConfig::builder().provider(TlsProvider::NativeTls);
        let config = Agent::config_builder()
            .tls_config(tls.root_certs(RootCerts::PlatformVerifier).build())
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("vestry/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_per_write(Some(SILENCE))
            .timeout_per_read(Some(SILENCE));
        Self(config.build().new_agent())
    }

    /// Asks for something that has no body.
    ///
    /// # Errors
    /// There is no answer.
    pub fn ask(&self, method: &str, url: &str, headers: &[(&str, String)]) -> Result<Answer, Failure> {
        let request = built(method, url, headers).body(()).map_err(unfit)?;
        Answer::of(self.0.run(request))
    }

    /// Sends a text.
    ///
    /// # Errors
    /// There is no answer.
    pub fn post(&self, url: &str, text: &str) -> Result<Answer, Failure> {
        let request = built("POST", url, &[]).body(text).map_err(unfit)?;
        Answer::of(self.0.run(request))
    }

    /// Puts `bytes` bytes of a file.
    ///
    /// # Errors
    /// There is no answer, or it was told to end.
    pub fn put(
        &self,
        url: &str,
        headers: &[(&str, String)],
        bytes: u64,
        mut body: Outgoing<'_>,
    ) -> Result<Answer, Failure> {
        let length =
            [("content-length", bytes.to_string()), ("content-type", "application/octet-stream".into())];
        let headers: Vec<_> = headers.iter().cloned().chain(length).collect();
        let request = built("PUT", url, &headers);
        // Nothing to read would be sent as a body without an end.
        if bytes == 0 {
            return Answer::of(self.0.run(request.body(&[][..]).map_err(unfit)?));
        }
        Answer::of(self.0.run(request.body(SendBody::from_reader(&mut body)).map_err(unfit)?))
    }
}

fn built(method: &str, url: &str, headers: &[(&str, String)]) -> request::Builder {
    let request = Request::builder().method(method).uri(url);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
}

fn unfit(error: ureq::http::Error) -> Failure {
    Failure::Later(error.to_string())
}

impl Answer {
    fn of(result: Result<Response<Body>, ureq::Error>) -> Result<Self, Failure> {
        let response = result.map_err(|error| Failure::Later(error.to_string()))?;
        Ok(Self { status: response.status().as_u16(), response })
    }

    /// Whether it was done.
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether there is no such thing.
    pub fn is_missing(&self) -> bool {
        self.status == 404
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The length that it tells.
    pub fn length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }

    /// Itself if it was done, else what it says; `what` is what was asked for.
    ///
    /// # Errors
    /// It was not done.
    pub fn done(self, what: &str) -> Result<Self, Failure> {
        if self.is_good() { Ok(self) } else { Err(self.refusal(what)) }
    }

    /// What it says against `what`, on one line and not too long.
    pub fn refusal(self, what: &str) -> Failure {
        let status = self.status;
        let hint = match status {
            401 | 403 => " (delivery.credentials_file, or the clock)",
            507 => " (the target is full)",
            _ => "",
        };
        let text = self.text().unwrap_or_default();
        let short: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect();
        Failure::Later(format!("{what}: status {status}{hint} {short}").trim_end().to_owned())
    }

    /// All of it as a text.
    ///
    /// # Errors
    /// It breaks off.
    pub fn text(mut self) -> Result<String, Failure> {
        let read = self.response.body_mut().with_config().limit(LONGEST).read_to_string();
        read.map_err(|error| Failure::Later(error.to_string()))
    }

    /// Reads all of it at the pace of the brake; its length and MD5.
    ///
    /// # Errors
    /// It breaks off, or it was told to end.
    pub fn sum(mut self, brake: &mut Brake) -> Result<(u64, Sum), Failure> {
        let (mut sum, mut length, mut buffer) = (Summing::default(), 0, vec![0; STEP]);
        let mut reader = self.response.body_mut().with_config().limit(u64::MAX).reader();
        loop {
            let most = brake.step().min(STEP);
            let read = reader.read(buffer.get_mut(..most).unwrap_or_default());
            let read = read.map_err(|error| Failure::Later(format!("reading back: {error}")))?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            sum.add(bytes);
            length += read as u64;
            brake.pass(read as u64)?;
        }
        Ok((length, sum.end()))
    }
}
