//! HTTP with limits: connections that are kept, times, sizes, and every status with its meaning.

use super::{AGENT, verb};
use crate::backend::{Pace, Sink, Source, allowed};
use crate::fault::Fault;
use crate::settings::{Credentials, Settings};
use base64::Engine as _;
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{AUTHORIZATION, DATE, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

/// What is sent.
pub(crate) type Sent = BoxBody<Bytes, io::Error>;

/// Connecting takes no longer than this, whatever an answer may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Error pages are read up to this size, for what they say and so that the connection can be used
/// again.
const PAGE: usize = 16 << 10;

/// What an answer that is no success means: `None` when it says that there is nothing.
pub(crate) type Meaning = fn(&Method, &Answer) -> Option<Fault>;

/// An answer that is no success.
pub(crate) struct Answer {
    pub status: StatusCode,
    /// How long to stay away, if it said so.
    pub after: Option<Duration>,
    /// What it says, as far as it was read.
    pub page: Vec<u8>,
}

pub(crate) struct Client {
    client: legacy::Client<HttpsConnector<HttpConnector>, Sent>,
    authorization: Option<HeaderValue>,
    meaning: Meaning,
    timeout: Duration,
    /// The server's clock as it was last seen, in seconds ahead of ours.
    skew: Mutex<Option<i64>>,
}

impl Client {
    pub fn new(
        settings: &Settings,
        tls: bool,
        authorization: Option<HeaderValue>,
        meaning: Meaning,
    ) -> Result<Self, Fault> {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls_config(&settings.credentials, tls)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp(settings.timeout));
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .build(connector);
        Ok(Client {
            client,
            authorization,
            meaning,
            timeout: settings.timeout,
            skew: Mutex::new(None),
        })
    }

    /// Sends a request, and gives the answer when its head is here.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Sent,
    ) -> Result<Response<Incoming>, Fault> {
        let size = body.size_hint().lower();
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header(USER_AGENT, AGENT);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(value) = &self.authorization {
            request = request.header(AUTHORIZATION, value.clone());
        }
        let request = request
            .body(body)
            .map_err(|error| Fault::Failed(format!("its URL cannot be used: {error}")))?;
        let limit = allowed(self.timeout, size);
        let answer = tokio::time::timeout(limit, self.client.request(request)).await;
        let answer = match answer {
            Err(_) => {
                let limit = limit.as_secs_f64();
                return Err(Fault::Slow(format!("no answer in {limit:.1} s")));
            }
            Ok(Err(error)) => return Err(Fault::Unreachable(innermost(&error))),
            Ok(Ok(answer)) => answer,
        };
        self.note_clock(&answer);
        Ok(answer)
    }

    async fn fetch(&self, method: Method, url: &str) -> Result<Option<Response<Incoming>>, Fault> {
        let answer = self.send(method.clone(), url, Vec::new(), empty()).await?;
        if answer.status() == StatusCode::OK {
            return Ok(Some(answer));
        }
        match (self.meaning)(&method, &self.page(answer).await?) {
            None => Ok(None),
            Some(fault) => Err(fault),
        }
    }

    /// The whole of a small answer; `None` when there is nothing.
    pub async fn get(&self, url: &str, most: usize) -> Result<Option<Bytes>, Fault> {
        let mut all = Whole(Vec::new(), most);
        let found = self.stream(url, &mut all).await?;
        Ok(found.then(|| Bytes::from(all.0)))
    }

    /// Passes an answer on as it arrives; `false` when there is nothing.
    pub async fn stream(&self, url: &str, sink: &mut dyn Sink) -> Result<bool, Fault> {
        let mut pace = Pace::new(self.timeout);
        let Some(answer) = self.fetch(Method::GET, url).await? else {
            return Ok(false);
        };
        let mut body = answer.into_body();
        while let Some(frame) = pace.next(body.frame()).await? {
            let frame = frame.map_err(|error| Fault::Unreachable(innermost(&error)))?;
            if let Ok(data) = frame.into_data() {
                pace.count(data.len())?;
                sink.push(&data)?;
            }
        }
        Ok(true)
    }

    /// Whether something is there.
    pub async fn head(&self, url: &str) -> Result<bool, Fault> {
        Ok(self.fetch(Method::HEAD, url).await?.is_some())
    }

    /// Sends something, and gives the answer if that is no success.
    pub async fn put(
        &self,
        url: &str,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Sent,
    ) -> Result<Option<Answer>, Fault> {
        let answer = self.send(Method::PUT, url, headers, body).await?;
        let page = self.page(answer).await?;
        Ok((!page.status.is_success()).then_some(page))
    }

    /// Reads what is left of an answer that should be short.
    async fn page(&self, answer: Response<Incoming>) -> Result<Answer, Fault> {
        let after = answer.headers().get(RETRY_AFTER);
        let after = after.and_then(|after| after.to_str().ok()?.trim().parse().ok());
        let mut page = Answer {
            status: answer.status(),
            after: after.map(Duration::from_secs),
            page: Vec::new(),
        };
        let pace = Pace::new(self.timeout);
        let mut body = answer.into_body();
        while page.page.len() < PAGE {
            // What was to be known is known, even if the rest does not come.
            let Some(Ok(frame)) = pace.next(body.frame()).await? else {
                break;
            };
            if let Ok(data) = frame.into_data() {
                page.page.extend_from_slice(&data);
            }
        }
        Ok(page)
    }

    fn note_clock(&self, answer: &Response<Incoming>) {
        let date = answer
            .headers()
            .get(DATE)
            .and_then(|date| date.to_str().ok());
        let Some(theirs) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
            return;
        };
        let seconds = |time: SystemTime| {
            let since = time.duration_since(SystemTime::UNIX_EPOCH);
            since.map_or(0, |since| since.as_secs() as i64)
        };
        let skew = seconds(theirs) - seconds(SystemTime::now());
        *crate::inner::lock(&self.skew) = Some(skew);
    }

    /// The server's clock, in seconds ahead of ours, if it told.
    pub fn skew(&self) -> Option<i64> {
        *crate::inner::lock(&self.skew)
    }
}

/// How far the clocks are apart, for people.
pub(crate) fn skew_text(skew: i64) -> String {
    match skew {
        // A date has no fractions, and the way takes time.
        -2..=2 => "as here".into(),
        s if s > 0 => format!("{s} s ahead of ours"),
        s => format!("{} s behind ours", -s),
    }
}

/// What an answer means that is no success, as servers of files use them.
pub(crate) fn meaning(method: &Method, answer: &Answer) -> Option<Fault> {
    match answer.status {
        StatusCode::NOT_FOUND | StatusCode::GONE if *method != Method::PUT => None,
        _ => Some(fault_of(method, answer, "")),
    }
}

/// The fault that a status stands for; `more` is what else is known about it.
pub(crate) fn fault_of(method: &Method, answer: &Answer, more: &str) -> Fault {
    let more = match more {
        "" => String::new(),
        more => format!(" ({more})"),
    };
    let text = format!("{} gave {}{more}", verb(method), answer.status);
    match answer.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Fault::Refused(text),
        StatusCode::METHOD_NOT_ALLOWED if *method == Method::PUT => Fault::Refused(text),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Fault::Busy(text, answer.after)
        }
        StatusCode::INSUFFICIENT_STORAGE | StatusCode::PAYLOAD_TOO_LARGE => Fault::Full(text),
        _ => Fault::Failed(text),
    }
}

/// Opens connections.
pub(crate) fn tcp(timeout: Duration) -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.set_connect_timeout(Some(CONNECT.min(timeout)));
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp
}

/// `Authorization`, from a token or a name and a password.
pub(crate) fn authorization(credentials: &Credentials) -> Result<Option<HeaderValue>, Fault> {
    let text = match (&credentials.token, &credentials.user) {
        (Some(token), _) => format!("Bearer {token}"),
        (None, Some((user, password))) => {
            let both = format!("{user}:{password}");
            let encoded = base64::engine::general_purpose::STANDARD.encode(both);
            format!("Basic {encoded}")
        }
        (None, None) => return Ok(None),
    };
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| Fault::Refused("the credentials have characters no header can have".into()))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// TLS with the system's certificates and one file of further ones; `wanted` is false where
/// nothing is encrypted, and then no certificate is read.
pub(crate) fn tls_config(
    credentials: &Credentials,
    wanted: bool,
) -> Result<rustls::ClientConfig, Fault> {
    let mut roots = rustls::RootCertStore::empty();
    if wanted {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = &credentials.authority {
            let unreadable = |error: String| {
                let path = path.display();
                Fault::Refused(format!(
                    "the certificates in `{path}` cannot be used: {error}"
                ))
            };
            let certificates = CertificateDer::pem_file_iter(path)
                .map_err(|error| unreadable(error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                roots
                    .add(certificate)
                    .map_err(|error| unreadable(error.to_string()))?;
            }
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
        .map_err(|error| Fault::Failed(error.to_string()))
}

/// The cause that says most.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}

fn empty() -> Sent {
    Empty::new().map_err(|never| match never {}).boxed()
}

pub(crate) fn bytes_body(bytes: Bytes) -> Sent {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

pub(crate) fn source_body(source: Source) -> Result<Sent, Fault> {
    match source {
        Source::Bytes(bytes) => Ok(bytes_body(bytes)),
        Source::File(path) => {
            let opened = File::open(path).and_then(|file| {
                let left = file.metadata()?.len();
                Ok(FileBody { file, left })
            });
            Ok(opened.map_err(|_| Fault::Local)?.boxed())
        }
    }
}

/// A file, read as it is sent.
struct FileBody {
    file: File,
    left: u64,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut buffer = vec![0; self.left.min(128 << 10) as usize];
        let read = match self.file.read(&mut buffer) {
            Ok(0) => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            other => other,
        };
        Poll::Ready(Some(read.map(|read| {
            buffer.truncate(read);
            self.left -= read as u64;
            Frame::data(buffer.into())
        })))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Collects an answer up to a size.
struct Whole(Vec<u8>, usize);

impl Sink for Whole {
    fn push(&mut self, piece: &[u8]) -> Result<(), Fault> {
        if self.0.len() + piece.len() > self.1 {
            return Err(Fault::Lied("an entry larger than any can be".into()));
        }
        self.0.extend_from_slice(piece);
        Ok(())
    }
}
