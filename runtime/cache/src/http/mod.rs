//! `GET`, `HEAD` and `PUT` of `/ac/…` and `/cas/…`, as bazel-remote and any server of files with
//! uploads understand it. Blobs are named by SHA-256, and an entry travels in the `stdout_raw` of
//! an `ActionResult` that lists the blobs it needs, so that a server which checks either finds what
//! it expects.

pub(crate) mod client;
mod wire;

use crate::backend::{Backend, Job, Sink, Source};
use crate::entry;
use crate::fault::Fault;
use crate::name::{Hash, Name};
use crate::settings::Settings;
use bytes::Bytes;
use client::{Answer, Client, authorization, bytes_body, fault_of, source_body};
use futures_util::{StreamExt as _, TryStreamExt as _};
use hyper::header::{HeaderValue, IF_NONE_MATCH};
use hyper::{Method, StatusCode};
use nexus_graph::Digest;

/// What servers see in their logs.
pub(crate) const AGENT: &str = concat!("nexus/", env!("CARGO_PKG_VERSION"));

/// Largest entry with its wrapping: the blobs it needs are listed.
const MOST: usize = entry::MOST + (16 << 20);

/// Questions that one request to a cache may become at once.
const AT_ONCE: usize = 16;

pub(crate) struct Http {
    base: String,
    client: Client,
}

impl Http {
    pub fn new(base: &str, settings: &Settings) -> Result<Self, Fault> {
        let tls = base.starts_with("https://");
        Ok(Http {
            base: base.to_string(),
            client: Client::new(
                settings,
                tls,
                authorization(&settings.credentials)?,
                client::meaning,
            )?,
        })
    }

    fn blob(&self, name: &Name) -> String {
        format!("{}/cas/{}", self.base, name.hex())
    }

    fn slot(&self, slot: &Digest) -> String {
        format!("{}/ac/{}", self.base, slot.hex())
    }
}

impl Backend for Http {
    fn hash(&self) -> Hash {
        Hash::Sha256
    }

    fn entry(&self, slot: Digest) -> Job<'_, Option<Bytes>> {
        Box::pin(async move {
            match self.client.get(&self.slot(&slot), MOST).await? {
                None => Ok(None),
                Some(bytes) => match wire::unwrap(&bytes) {
                    Some(entry) => Ok(Some(entry)),
                    None => Err(Fault::Lied("an entry that cannot be read".into())),
                },
            }
        })
    }

    fn put_entry(
        &self,
        slot: Digest,
        entry: Bytes,
        needs: Vec<Name>,
        replace: bool,
    ) -> Job<'_, ()> {
        Box::pin(async move {
            let (url, mut headers) = (self.slot(&slot), Vec::new());
            if !replace {
                // Many servers of files do not know the condition.
                if self.client.head(&url).await? {
                    return Ok(());
                }
                headers.push((IF_NONE_MATCH, HeaderValue::from_static("*")));
            }
            let body = bytes_body(wire::wrap(&entry, &needs));
            match self.client.put(&url, headers, body).await? {
                Some(answer) if answer.status == StatusCode::PRECONDITION_FAILED => Ok(()),
                answer => written(answer),
            }
        })
    }

    fn missing(&self, names: Vec<Name>) -> Job<'_, Vec<Name>> {
        Box::pin(async move {
            let look = |name: Name| async move { self.client.head(&self.blob(&name)).await };
            absent(names, look).await
        })
    }

    fn read<'a>(&'a self, name: Name, sink: &'a mut dyn Sink) -> Job<'a, bool> {
        Box::pin(async move { self.client.stream(&self.blob(&name), sink).await })
    }

    fn write(&self, name: Name, source: Source) -> Job<'_, ()> {
        Box::pin(async move {
            let body = source_body(source)?;
            written(self.client.put(&self.blob(&name), Vec::new(), body).await?)
        })
    }

    fn describe(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("names", "SHA-256".to_string())];
        if let Some(skew) = self.client.skew() {
            facts.push(("clock", client::skew_text(skew)));
        }
        facts
    }
}

/// Looks for each of these, several at once; gives those that are not there.
pub(crate) async fn absent<T: Future<Output = Result<bool, Fault>>>(
    names: Vec<Name>,
    look: impl Fn(Name) -> T,
) -> Result<Vec<Name>, Fault> {
    let each = names.into_iter().map(|name| {
        let looking = look(name);
        async move { Ok((!looking.await?).then_some(name)) }
    });
    let found = futures_util::stream::iter(each).buffered(AT_ONCE);
    let found: Vec<Option<Name>> = found.try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

fn written(answer: Option<Answer>) -> Result<(), Fault> {
    match answer {
        None => Ok(()),
        // What nginx says when it may not make the folder that a file would lie in.
        Some(answer) if answer.status == StatusCode::CONFLICT => Err(fault_of(
            &Method::PUT,
            &answer,
            "it may have to be allowed to make folders",
        )),
        Some(answer) => Err(fault_of(&Method::PUT, &answer, "")),
    }
}

/// What was done, for messages.
pub(crate) fn verb(method: &Method) -> &'static str {
    match *method {
        Method::PUT => "writing",
        Method::HEAD => "looking",
        _ => "reading",
    }
}
