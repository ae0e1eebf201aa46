//! Streams that break and servers that ask for a pause, on a server in this process: those that can
//! be installed offer no BLAKE3 and do not break when they are told to.

use super::Reapi;
use crate::backend::{Backend, Sink, Source};
use crate::fault::Fault;
use crate::name::{Hash, Name};
use crate::settings::{Override, Settings};
use bazel_remote_apis::build::bazel::remote::execution::v2::{
    CacheCapabilities, GetCapabilitiesRequest, ServerCapabilities,
    capabilities_server::{Capabilities, CapabilitiesServer},
    digest_function,
};
use bazel_remote_apis::google::bytestream::{
    QueryWriteStatusRequest, QueryWriteStatusResponse, ReadRequest, ReadResponse, WriteRequest,
    WriteResponse,
    byte_stream_server::{ByteStream, ByteStreamServer},
};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

type Answer<T> = Result<Response<T>, Status>;

/// What the server has and how it behaves.
#[derive(Default)]
struct State {
    blobs: HashMap<String, Vec<u8>>,
    /// Streams end in an error after so many bytes; the first ones, so often.
    breaks: Vec<usize>,
    /// Where streams began.
    offsets: Vec<i64>,
}

#[derive(Clone, Default)]
struct Fragile(Arc<Mutex<State>>);

impl Fragile {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("whole")
    }

    fn next_break(&self) -> Option<usize> {
        self.state().breaks.pop()
    }
}

/// The part of a resource that a blob is known by.
fn blob(resource: &str) -> String {
    let at = resource.find("blobs/").expect("a blob");
    resource[at..].to_string()
}

#[tonic::async_trait]
impl Capabilities for Fragile {
    async fn get_capabilities(
        &self,
        request: Request<GetCapabilitiesRequest>,
    ) -> Answer<ServerCapabilities> {
        assert_eq!(request.get_ref().instance_name, "part");
        let metadata = request.metadata();
        assert_eq!(
            metadata.get("authorization").map(|v| v.as_bytes()),
            Some(&b"Bearer t"[..])
        );
        assert!(
            metadata.get("grpc-timeout").is_some(),
            "calls have deadlines"
        );
        let functions = [
            digest_function::Value::Sha256,
            digest_function::Value::Blake3,
        ];
        Ok(Response::new(ServerCapabilities {
            cache_capabilities: Some(CacheCapabilities {
                digest_functions: functions.map(|f| f as i32).to_vec(),
                ..CacheCapabilities::default()
            }),
            ..ServerCapabilities::default()
        }))
    }
}

#[tonic::async_trait]
impl ByteStream for Fragile {
    type ReadStream = futures_util::stream::Iter<std::vec::IntoIter<Result<ReadResponse, Status>>>;

    async fn read(&self, request: Request<ReadRequest>) -> Answer<Self::ReadStream> {
        let request = request.into_inner();
        let most = self.next_break();
        let mut state = self.state();
        state.offsets.push(request.read_offset);
        let content = state.blobs.get(&blob(&request.resource_name));
        let content = content.ok_or_else(|| Status::not_found("no such blob"))?;
        let rest = &content[request.read_offset as usize..];
        let given = &rest[..most.unwrap_or(rest.len()).min(rest.len())];
        let pieces = given.chunks(1000).map(|data| {
            Ok(ReadResponse {
                data: data.to_vec(),
            })
        });
        let mut pieces: Vec<_> = pieces.collect();
        if most.is_some() {
            pieces.push(Err(Status::unavailable("restarting")));
        }
        Ok(Response::new(futures_util::stream::iter(pieces)))
    }

    async fn write(&self, request: Request<Streaming<WriteRequest>>) -> Answer<WriteResponse> {
        let most = self.next_break();
        let mut stream = request.into_inner();
        let (mut name, mut taken) = (String::new(), 0);
        while let Some(piece) = stream.message().await? {
            let mut state = self.state();
            if name.is_empty() {
                name = blob(&piece.resource_name);
                state.offsets.push(piece.write_offset);
            }
            let content = state.blobs.entry(name.clone()).or_default();
            assert_eq!(
                content.len() as i64,
                piece.write_offset,
                "no gap, nothing twice"
            );
            content.extend(&piece.data);
            taken += piece.data.len();
            if most.is_some_and(|most| taken >= most) {
                return Err(Status::unavailable("restarting"));
            }
        }
        let committed_size = self.state().blobs[&name].len() as i64;
        Ok(Response::new(WriteResponse { committed_size }))
    }

    async fn query_write_status(
        &self,
        request: Request<QueryWriteStatusRequest>,
    ) -> Answer<QueryWriteStatusResponse> {
        let state = self.state();
        let content = state.blobs.get(&blob(&request.get_ref().resource_name));
        Ok(Response::new(QueryWriteStatusResponse {
            committed_size: content.map_or(0, |content| content.len() as i64),
            complete: false,
        }))
    }
}

async fn connect(server: &Fragile) -> Reapi {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("bound");
    let serving = tonic::transport::Server::builder()
        .add_service(CapabilitiesServer::new(server.clone()))
        .add_service(ByteStreamServer::new(server.clone()))
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::spawn(serving);
    let variable = |name: &str| match name {
        "NEXUS_CACHE_URL" => Some(format!("grpc://{address}/part")),
        "NEXUS_CACHE_UNSIGNED" => Some("1".to_string()),
        "NEXUS_CACHE_TOKEN" => Some("t".to_string()),
        _ => None,
    };
    let settings = Settings::new(None, &variable, &Override::default(), Path::new("/"));
    let settings = settings.expect("right").expect("one");
    Reapi::connect(&format!("http://{address}"), "part", &settings)
        .await
        .expect("connected")
}

struct All(Vec<u8>);

impl Sink for All {
    fn push(&mut self, piece: &[u8]) -> Result<(), Fault> {
        self.0.extend_from_slice(piece);
        Ok(())
    }
}

fn content() -> Vec<u8> {
    (0..3_000_000u32)
        .map(|n| (n.wrapping_mul(n) >> 5) as u8)
        .collect()
}

#[tokio::test]
async fn broken_streams_are_taken_up_where_they_broke() {
    let server = Fragile::default();
    let backend = connect(&server).await;
    assert_eq!(backend.hash(), Hash::Blake3);
    let content = content();
    let name = Name::of(Hash::Blake3, &content);
    server.state().breaks = vec![900_000, 1_000_000];
    let source = Source::Bytes(content.clone().into());
    backend.write(name, source).await.expect("written at last");
    {
        let mut state = server.state();
        let stored = format!("blobs/blake3/{}/{}", name.hex(), content.len());
        assert!(state.blobs[&stored] == content);
        let offsets = std::mem::take(&mut state.offsets);
        assert_eq!(offsets.len(), 3);
        assert!(offsets[0] == 0 && offsets[1] >= 1_000_000 && offsets[2] > offsets[1]);
        state.breaks = vec![1_000, 900_000];
    }
    let mut all = All(Vec::new());
    assert_eq!(backend.read(name, &mut all).await, Ok(true));
    assert!(all.0 == content);
    assert_eq!(server.state().offsets, [0, 900_000, 901_000]);
    let absent = Name::of(Hash::Blake3, b"never written");
    assert_eq!(backend.read(absent, &mut All(Vec::new())).await, Ok(false));
}

#[tokio::test]
async fn a_stream_that_gets_nowhere_is_given_up() {
    let server = Fragile::default();
    let backend = connect(&server).await;
    let content = content();
    let name = Name::of(Hash::Blake3, &content);
    backend
        .write(name, Source::Bytes(content.into()))
        .await
        .expect("written");
    server.state().breaks = vec![0; 9];
    let found = backend.read(name, &mut All(Vec::new())).await;
    assert!(matches!(found, Err(Fault::Unreachable(_))), "{found:?}");
    server.state().breaks = vec![10; 9];
    let found = backend.read(name, &mut All(Vec::new())).await;
    assert!(matches!(found, Err(Fault::Unreachable(_))), "{found:?}");
    assert_eq!(server.state().breaks.len(), 5, "three more attempts");
}
