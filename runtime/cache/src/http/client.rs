//! HTTP with limits: connections that are kept, times, sizes, and every status with its meaning.

use super::verb;
use crate::backend::{Pace, Sink, Source, allowed};
use crate::fault::Fault;
use crate::settings::{Credentials, Settings};
use base64::Engine as _;
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{AUTHORIZATION, DATE, HeaderName, HeaderValue, USER_AGENT};
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

pub(crate) struct Client {
    client: legacy::Client<HttpsConnector<HttpConnector>, Sent>,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    /// The server's clock as it was last seen, in seconds ahead of ours.
    skew: Mutex<Option<i64>>,
}

impl Client {
    pub fn new(
        settings: &Settings,
        tls: bool,
        authorization: Option<HeaderValue>,
    ) -> Result<Self, Fault> {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT.min(settings.timeout)));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls_config(&settings.credentials, tls)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .build(connector);
        Ok(Client {
            client,
            authorization,
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
            .header(USER_AGENT, concat!("nexus/", env!("CARGO_PKG_VERSION")));
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
        match answer.status() {
            StatusCode::OK => Ok(Some(answer)),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            status => Err(fault_of(status, &method)),
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

    /// Whether something is there: `OK` or `NOT_FOUND`.
    pub async fn head(&self, url: &str) -> Result<StatusCode, Fault> {
        let found = self.fetch(Method::HEAD, url).await?;
        Ok(found.map_or(StatusCode::NOT_FOUND, |answer| answer.status()))
    }

    /// Writes something; that it is there already is fine.
    pub async fn put(
        &self,
        url: &str,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Sent,
    ) -> Result<(), Fault> {
        let answer = self.send(Method::PUT, url, headers, body).await?;
        let status = answer.status();
        // So that the connection can be used again.
        let pace = Pace::new(self.timeout);
        let mut body = answer.into_body();
        while let Some(Ok(_)) = pace.next(body.frame()).await? {}
        match status {
            status if status.is_success() => Ok(()),
            StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => Ok(()),
            status => Err(fault_of(status, &Method::PUT)),
        }
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

/// What a status means that is no success.
pub(crate) fn fault_of(status: StatusCode, method: &Method) -> Fault {
    let text = format!("{} gave {status}", verb(method));
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Fault::Refused(text),
        StatusCode::METHOD_NOT_ALLOWED if *method == Method::PUT => Fault::Refused(text),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Fault::Busy(text),
        StatusCode::INSUFFICIENT_STORAGE | StatusCode::PAYLOAD_TOO_LARGE => Fault::Full(text),
        _ => Fault::Failed(text),
    }
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
