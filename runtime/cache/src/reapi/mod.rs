//! The Remote Execution API over gRPC, of which only the cache is used.
//!
//! Blobs lie in the content-addressable storage, named by BLAKE3 where the server offers it and by
//! SHA-256 else. An entry travels in the `stdout_raw` of an `ActionResult` that lists the blobs it
//! needs, so that a server which keeps results and their content together knows what belongs to
//! what. The digest of the action is the slot: nobody asks a server for the action itself.
//!
//! Blobs are compressed before they are named, as for every kind of cache, so the compressors that
//! a server offers are not used.

mod calls;
mod offered;
mod stream;
#[cfg(test)]
mod tests;

use crate::backend::{Backend, Job, Sink, Source, allowed};
use crate::entry;
use crate::fault::Fault;
use crate::name::{Hash, Name};
use crate::settings::Settings;
use bazel_remote_apis::build::bazel::remote::execution::v2::{
    self as api, ActionResult, BatchReadBlobsRequest, BatchUpdateBlobsRequest,
    FindMissingBlobsRequest, GetActionResultRequest, OutputFile, UpdateActionResultRequest,
    batch_update_blobs_request,
};
use bytes::Bytes;
use calls::{Calls, fault_of, fault_of_part};
use nexus_graph::Digest;
use offered::Offered;
use std::collections::{HashMap, HashSet};
use tonic::Code;

/// The size that the digest of an action has here: it is no digest of anything that exists.
const SLOT_SIZE: i64 = 64;

/// Blobs that an entry lists; more make a message that servers refuse. What is not listed may be
/// dropped earlier by the server, and is then a result that is not there.
const LISTED: usize = 8000;

pub(crate) struct Reapi {
    calls: Calls,
    instance: String,
    offered: Offered,
}

impl Reapi {
    pub async fn connect(
        endpoint: &str,
        instance: &str,
        settings: &Settings,
    ) -> Result<Self, Fault> {
        let calls = Calls::connect(endpoint, settings).await?;
        let request = api::GetCapabilitiesRequest {
            instance_name: instance.to_string(),
        };
        let request = calls.request(request, calls.timeout);
        let mut client = calls.capabilities();
        let answer = client.get_capabilities(request);
        let answer = calls.answer(calls.timeout, answer).await;
        Ok(Reapi {
            offered: Offered::read(answer.map_err(|status| fault_of(&status))?)?,
            calls,
            instance: instance.to_string(),
        })
    }

    fn digest(&self, name: &Name) -> api::Digest {
        api::Digest {
            hash: name.hex(),
            size_bytes: i64::try_from(name.size).unwrap_or(i64::MAX),
        }
    }

    fn action(&self, slot: &Digest) -> Option<api::Digest> {
        Some(api::Digest {
            hash: slot.hex(),
            size_bytes: SLOT_SIZE,
        })
    }

    /// A server that takes no results is told of at the first attempt, before blobs are sent.
    fn writable(&self) -> Result<(), Fault> {
        match self.offered.updates {
            true => Ok(()),
            false => Err(Fault::Refused("it takes no results from clients".into())),
        }
    }

    async fn result(&self, slot: &Digest) -> Result<Option<ActionResult>, Fault> {
        let limit = self.calls.timeout;
        let request = GetActionResultRequest {
            instance_name: self.instance.clone(),
            action_digest: self.action(slot),
            inline_stdout: true,
            digest_function: self.offered.function(),
            ..GetActionResultRequest::default()
        };
        let request = self.calls.request(request, limit);
        let mut client = self.calls.action_cache();
        let answer = client.get_action_result(request);
        match self.calls.answer(limit, answer).await {
            Ok(result) => Ok(Some(result)),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(fault_of(&status)),
        }
    }

    /// The entry in a result, wherever the server put it.
    async fn unwrap(&self, result: ActionResult) -> Result<Option<Bytes>, Fault> {
        let lied = || Fault::Lied("an entry that cannot be read".into());
        if !result.stdout_raw.is_empty() {
            return match result.stdout_raw.len() <= entry::MOST {
                true => Ok(Some(result.stdout_raw.into())),
                false => Err(lied()),
            };
        }
        let digest = result.stdout_digest.ok_or_else(lied)?;
        let size = u64::try_from(digest.size_bytes).map_err(|_| lied())?;
        let bytes = Digest::from_hex(&digest.hash).ok_or_else(lied)?.0;
        if size > entry::MOST as u64 {
            return Err(lied());
        }
        let name = Name {
            hash: self.offered.hash,
            digest: bytes,
            size,
        };
        let found = self.read_small(vec![name]).await?;
        Ok(found.into_iter().next().flatten())
    }
}

impl Backend for Reapi {
    fn hash(&self) -> Hash {
        self.offered.hash
    }

    fn batch(&self) -> u64 {
        self.offered.batch
    }

    fn entry(&self, slot: Digest) -> Job<'_, Option<Bytes>> {
        Box::pin(async move {
            match self.result(&slot).await? {
                Some(result) => self.unwrap(result).await,
                None => Ok(None),
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
            self.writable()?;
            // The protocol has no condition.
            if !replace && self.result(&slot).await?.is_some() {
                return Ok(());
            }
            let file = |name: &Name| OutputFile {
                path: name.hex(),
                digest: Some(self.digest(name)),
                ..OutputFile::default()
            };
            let limit = self.calls.timeout;
            let request = UpdateActionResultRequest {
                instance_name: self.instance.clone(),
                action_digest: self.action(&slot),
                action_result: Some(ActionResult {
                    output_files: needs.iter().take(LISTED).map(file).collect(),
                    stdout_raw: entry.to_vec(),
                    ..ActionResult::default()
                }),
                digest_function: self.offered.function(),
                ..UpdateActionResultRequest::default()
            };
            let request = self.calls.request(request, limit);
            let mut client = self.calls.action_cache();
            let answer = client.update_action_result(request);
            match self.calls.answer(limit, answer).await {
                Ok(_) => Ok(()),
                Err(status) if status.code() == Code::AlreadyExists => Ok(()),
                Err(status) if status.code() == Code::Unimplemented => {
                    Err(Fault::Refused("it takes no results from clients".into()))
                }
                Err(status) => Err(fault_of(&status)),
            }
        })
    }

    fn missing(&self, names: Vec<Name>) -> Job<'_, Vec<Name>> {
        Box::pin(async move {
            self.writable()?;
            let limit = self.calls.timeout;
            let request = FindMissingBlobsRequest {
                instance_name: self.instance.clone(),
                blob_digests: names.iter().map(|name| self.digest(name)).collect(),
                digest_function: self.offered.function(),
            };
            let request = self.calls.request(request, limit);
            let mut client = self.calls.storage();
            let answer = client.find_missing_blobs(request);
            let answer = self.calls.answer(limit, answer).await;
            let answer = answer.map_err(|status| fault_of(&status))?;
            let missing: HashSet<String> = answer
                .missing_blob_digests
                .into_iter()
                .map(|digest| digest.hash)
                .collect();
            let gone = |name: &Name| missing.contains(&name.hex());
            Ok(names.into_iter().filter(gone).collect())
        })
    }

    fn read<'a>(&'a self, name: Name, sink: &'a mut dyn Sink) -> Job<'a, bool> {
        Box::pin(async move {
            let resource = self.offered.resource(&self.instance, &name);
            stream::read(&self.calls, resource, sink).await
        })
    }

    fn write(&self, name: Name, source: Source) -> Job<'_, ()> {
        Box::pin(async move {
            self.writable()?;
            self.offered.fits(name.size)?;
            let resource = self.offered.upload(&self.instance, &name)?;
            stream::write(&self.calls, resource, name.size, &source).await
        })
    }

    fn read_small(&self, names: Vec<Name>) -> Job<'_, Vec<Option<Bytes>>> {
        Box::pin(async move {
            let size = names.iter().map(|name| name.size).sum();
            let limit = allowed(self.calls.timeout, size);
            let request = BatchReadBlobsRequest {
                instance_name: self.instance.clone(),
                digests: names.iter().map(|name| self.digest(name)).collect(),
                digest_function: self.offered.function(),
                ..BatchReadBlobsRequest::default()
            };
            let request = self.calls.request(request, limit);
            let mut client = self.calls.storage();
            let answer = client.batch_read_blobs(request);
            let answer = self.calls.answer(limit, answer).await;
            let answer = answer.map_err(|status| fault_of(&status))?;
            let mut found: HashMap<String, Bytes> = HashMap::new();
            for part in answer.responses {
                match part.status {
                    Some(status) if status.code == Code::NotFound as i32 => continue,
                    Some(status) if status.code != 0 => return Err(fault_of_part(&status)),
                    _ => {}
                }
                if let Some(digest) = part.digest {
                    found.insert(digest.hash, part.data.into());
                }
            }
            let one = |name: &Name| found.get(&name.hex()).cloned();
            Ok(names.iter().map(one).collect())
        })
    }

    fn write_small(&self, blobs: Vec<(Name, Bytes)>) -> Job<'_, ()> {
        Box::pin(async move {
            self.writable()?;
            let size = blobs.iter().map(|(name, _)| name.size).sum();
            let limit = allowed(self.calls.timeout, size);
            let one = |(name, bytes): &(Name, Bytes)| batch_update_blobs_request::Request {
                digest: Some(self.digest(name)),
                data: bytes.to_vec(),
                ..batch_update_blobs_request::Request::default()
            };
            let request = BatchUpdateBlobsRequest {
                instance_name: self.instance.clone(),
                requests: blobs.iter().map(one).collect(),
                digest_function: self.offered.function(),
            };
            let request = self.calls.request(request, limit);
            let mut client = self.calls.storage();
            let answer = client.batch_update_blobs(request);
            let answer = self.calls.answer(limit, answer).await;
            let answer = answer.map_err(|status| fault_of(&status))?;
            let fine = [Code::Ok as i32, Code::AlreadyExists as i32];
            let mut statuses = answer.responses.iter().filter_map(|r| r.status.as_ref());
            match statuses.find(|status| !fine.contains(&status.code)) {
                Some(status) => Err(fault_of_part(status)),
                None => Ok(()),
            }
        })
    }

    fn describe(&self) -> Vec<(&'static str, String)> {
        self.offered.describe()
    }
}
