//! Calls over one connection, with deadlines, and what their errors mean.

use crate::backend::allowed;
use crate::fault::Fault;
use crate::http::client::{authorization, innermost, tcp, tls_config};
use crate::settings::Settings;
use bazel_remote_apis::build::bazel::remote::execution::v2 as api;
use bazel_remote_apis::google::bytestream::byte_stream_client::ByteStreamClient;
use bazel_remote_apis::google::rpc;
use hyper_rustls::HttpsConnectorBuilder;
use prost::Message;
use std::future::Future;
use std::time::Duration;
use tonic::metadata::{AsciiMetadataValue, BinaryMetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};

/// Bytes that a message of a server may have: what is asked for is far below.
const MOST: usize = 8 << 20;

pub(super) struct Calls {
    channel: Channel,
    authorization: Option<AsciiMetadataValue>,
    /// Who is calling, for the server's logs.
    about: BinaryMetadataValue,
    pub timeout: Duration,
}

impl Calls {
    pub async fn connect(endpoint: &str, settings: &Settings) -> Result<Self, Fault> {
        let timeout = settings.timeout;
        let tls = endpoint.starts_with("https://");
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls_config(&settings.credentials, tls)?)
            .https_or_http()
            .enable_http2()
            .wrap_connector(tcp(timeout));
        let endpoint = Endpoint::from_shared(endpoint.to_string())
            .and_then(|endpoint| endpoint.user_agent(crate::http::AGENT))
            .map_err(|error| Fault::Failed(format!("its URL cannot be used: {error}")))?
            // Large blobs are not to wait for each window to be confirmed.
            .http2_adaptive_window(true);
        let connecting = endpoint.connect_with_connector(connector);
        let channel = match tokio::time::timeout(timeout, connecting).await {
            Ok(Ok(channel)) => channel,
            Ok(Err(error)) => return Err(Fault::Unreachable(innermost(&error))),
            Err(_) => return Err(Fault::Slow(no_answer(timeout))),
        };
        let refused = |_| Fault::Refused("the credentials fit no header".into());
        let authorization = match authorization(&settings.credentials)? {
            Some(value) => {
                let value = AsciiMetadataValue::try_from(value.as_bytes()).map_err(refused);
                let mut value = value?;
                value.set_sensitive(true);
                Some(value)
            }
            None => None,
        };
        let about = api::RequestMetadata {
            tool_details: Some(api::ToolDetails {
                tool_name: "nexus".into(),
                tool_version: env!("CARGO_PKG_VERSION").into(),
            }),
            ..api::RequestMetadata::default()
        };
        Ok(Calls {
            channel,
            authorization,
            about: BinaryMetadataValue::from_bytes(&about.encode_to_vec()),
            timeout,
        })
    }

    pub fn capabilities(&self) -> api::capabilities_client::CapabilitiesClient<Channel> {
        api::capabilities_client::CapabilitiesClient::new(self.channel.clone())
    }

    pub fn action_cache(&self) -> api::action_cache_client::ActionCacheClient<Channel> {
        api::action_cache_client::ActionCacheClient::new(self.channel.clone())
            .max_decoding_message_size(MOST)
    }

    pub fn storage(
        &self,
    ) -> api::content_addressable_storage_client::ContentAddressableStorageClient<Channel> {
        api::content_addressable_storage_client::ContentAddressableStorageClient::new(
            self.channel.clone(),
        )
        .max_decoding_message_size(MOST)
    }

    pub fn streams(&self) -> ByteStreamClient<Channel> {
        ByteStreamClient::new(self.channel.clone()).max_decoding_message_size(MOST)
    }

    /// A request that the server need not work on for longer than `limit`.
    pub fn request<T>(&self, message: T, limit: Duration) -> Request<T> {
        let mut request = self.request_without_deadline(message);
        request.set_timeout(limit);
        request
    }

    /// A request that takes as long as it takes.
    pub fn request_without_deadline<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        if let Some(value) = &self.authorization {
            metadata.insert("authorization", value.clone());
        }
        let about = "build.bazel.remote.execution.v2.requestmetadata-bin";
        metadata.insert_bin(about, self.about.clone());
        request
    }

    /// Waits for an answer, whatever the server thinks of deadlines.
    pub async fn answer<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Status> {
        match tokio::time::timeout(limit, call).await {
            Ok(answer) => answer.map(Response::into_inner),
            Err(_) => Err(Status::deadline_exceeded(no_answer(limit))),
        }
    }

    /// How long so many bytes may take.
    pub fn allowed(&self, bytes: u64) -> Duration {
        allowed(self.timeout, bytes)
    }
}

fn no_answer(limit: Duration) -> String {
    format!("no answer in {:.1} s", limit.as_secs_f64())
}

/// What an error means.
pub(super) fn fault_of(status: &Status) -> Fault {
    let source = std::error::Error::source(status);
    let text = match source {
        // The connection; what the library says of it is less than what the system says.
        Some(source) => innermost(source),
        None => text(status.code(), status.message()),
    };
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => Fault::Refused(text),
        // No room and too many calls look the same.
        Code::ResourceExhausted => Fault::Busy(text, pause(status.details())),
        Code::Unavailable => match pause(status.details()) {
            Some(pause) => Fault::Busy(text, Some(pause)),
            None => Fault::Unreachable(text),
        },
        Code::DeadlineExceeded if status.message().starts_with("no answer") => {
            Fault::Slow(status.message().to_string())
        }
        Code::DeadlineExceeded | Code::Cancelled => Fault::Slow(text),
        Code::Unknown | Code::Internal if source.is_some() => Fault::Unreachable(text),
        _ => match between(status.message()) {
            Some(page @ ("401 Unauthorized" | "403 Forbidden")) => Fault::Refused(page.to_string()),
            Some(page) => Fault::Failed(page.to_string()),
            None => Fault::Failed(text),
        },
    }
}

/// The status of a page that something between us and the server gave instead of its answer; the
/// library mentions it at the end of its own complaint.
fn between(message: &str) -> Option<&str> {
    let (_, status) = message.rsplit_once("while receiving response with status: ")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ';
    (status.len() < 60 && status.chars().all(plain)).then_some(status)
}

/// What the error of one blob among several means.
pub(super) fn fault_of_part(status: &rpc::Status) -> Fault {
    let details = status.encode_to_vec().into();
    let code = Code::from_i32(status.code);
    fault_of(&Status::with_details(code, status.message.clone(), details))
}

/// The name of the code and what the server adds, of which nothing is believed: one line, no more
/// than fits a warning, nothing a terminal would obey.
fn text(code: Code, message: &str) -> String {
    let line = message.lines().next().unwrap_or_default().trim();
    let mut line: String = line.chars().filter(|c| !c.is_control()).take(160).collect();
    if line.is_empty() {
        line = code.description().to_string();
    }
    format!("{code:?}: {line}")
}

/// How long the server asks us to stay away: `google.rpc.RetryInfo` among the details.
fn pause(details: &[u8]) -> Option<Duration> {
    let status = rpc::Status::decode(details).ok()?;
    let mut infos = status.details.iter();
    let info = infos.find(|any| any.type_url.ends_with("/google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(info.value.as_slice()).ok()?.retry_delay?;
    let seconds = u64::try_from(delay.seconds).ok()?;
    let nanos = u32::try_from(delay.nanos).ok()?;
    Some(Duration::new(
        seconds.min(u64::from(u32::MAX)),
        nanos.min(999_999_999),
    ))
}

/// `google/rpc/error_details.proto`
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google/protobuf/duration.proto`
#[derive(Clone, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_that_the_server_asks_for_is_read() {
        let info = RetryInfo {
            retry_delay: Some(Delay {
                seconds: 2,
                nanos: 500_000_000,
            }),
        };
        let any = bazel_remote_apis::google::protobuf::Any {
            type_url: "type.googleapis.com/google.rpc.RetryInfo".into(),
            value: info.encode_to_vec(),
        };
        let status = rpc::Status {
            code: Code::ResourceExhausted as i32,
            message: "enough \u{1b}[31m\nfor now".into(),
            details: vec![any],
        };
        let text = "ResourceExhausted: enough [31m".to_string();
        let after = Some(Duration::from_millis(2500));
        assert_eq!(fault_of_part(&status), Fault::Busy(text, after));
        let none = Status::resource_exhausted("");
        assert!(matches!(fault_of(&none), Fault::Busy(_, None)));
        let page = "protocol error: received message with invalid compression flag: 60 (valid flags \
                    are 0 and 1) while receiving response with status: 401 Unauthorized";
        let refused = Fault::Refused("401 Unauthorized".into());
        assert_eq!(fault_of(&Status::internal(page)), refused);
        let broken = Status::with_details(Code::Unavailable, "", vec![255; 9].into());
        assert!(matches!(fault_of(&broken), Fault::Unreachable(_)));
    }
}
