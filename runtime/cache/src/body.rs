//! What an entry says, packed: postcard in a zstd frame.

use crate::name::Name;
use nexus_graph::Digest;
use nexus_graph::event::LogLine;
use nexus_graph::key::Manifest;
use nexus_store::OutputEntry;
use serde::{Deserialize, Serialize};
use std::io::Read;

/// Bytes that a body may have, unpacked: a folder of 100,000 files and a long log fit.
pub(crate) const MOST: u64 = 64 << 20;

/// Paths that a task can be seen to read.
pub(crate) const MOST_PATHS: usize = 100_000;

/// The level of compression: faster than most networks.
pub(crate) const LEVEL: i32 = 3;

/// What an entry says. New variants go to the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Body {
    /// The result of the key.
    Result(Recorded),
    /// The paths that a task with this key was seen to read.
    Paths(Vec<String>),
}

/// A result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    /// The task that was executed.
    pub task: String,
    /// The run that executed it.
    pub run: String,
    /// Seconds since the epoch.
    pub at: u64,
    /// How long it took, in microseconds.
    pub micros: u64,
    /// As declared, in order.
    pub outputs: Vec<OutputEntry>,
    /// What it printed.
    pub log: Vec<LogLine>,
    /// What made up the key.
    pub manifest: Manifest,
    /// Every blob that the outputs consist of, trees first.
    pub blobs: Vec<Stored>,
}

/// A blob and how it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    /// What it is.
    pub digest: Digest,
    /// Its size.
    pub size: u64,
    /// What the cache calls it.
    pub name: Name,
    /// Whether what is stored is a zstd frame.
    pub packed: bool,
}

impl Body {
    pub fn pack(&self) -> Option<Vec<u8>> {
        let plain = postcard::to_allocvec(self).ok()?;
        if plain.len() as u64 > MOST {
            return None;
        }
        zstd::bulk::compress(&plain, LEVEL).ok()
    }

    pub fn unpack(bytes: &[u8]) -> Option<Body> {
        let mut plain = Vec::new();
        zstd::Decoder::new(bytes)
            .ok()?
            .take(MOST + 1)
            .read_to_end(&mut plain)
            .ok()?;
        if plain.len() as u64 > MOST {
            return None;
        }
        let body: Body = postcard::from_bytes(&plain).ok()?;
        let few = |paths: &Vec<String>| paths.len() <= MOST_PATHS;
        match &body {
            Body::Paths(paths) if !few(paths) => None,
            _ => Some(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_without_end_is_refused() {
        let bomb = zstd::bulk::compress(&vec![0; MOST as usize + 1], LEVEL).expect("packed");
        assert!(bomb.len() < 100_000);
        assert_eq!(Body::unpack(&bomb), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            let packed = zstd::bulk::compress(&bytes, LEVEL).expect("packed");
            for bytes in [bytes, packed] {
                if let Some(body) = Body::unpack(&bytes) {
                    let again = body.pack().and_then(|bytes| Body::unpack(&bytes));
                    proptest::prop_assert_eq!(again, Some(body));
                }
            }
        }
    }
}
