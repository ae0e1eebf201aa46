//! Names of blobs.

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// What a cache names blobs by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Hash {
    /// Wherever names are ours to choose, and on servers that offer it.
    Blake3,
    /// What servers of Bazel's protocols have always.
    Sha256,
}

/// The name of a blob: a hash of the bytes as they are stored, and how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    /// What made `digest`.
    pub hash: Hash,
    /// The hash.
    pub digest: [u8; 32],
    /// Bytes as stored.
    pub size: u64,
}

impl Name {
    /// Of bytes that are at hand.
    pub fn of(hash: Hash, bytes: &[u8]) -> Name {
        let mut hasher = Hasher::new(hash);
        hasher.update(bytes);
        hasher.finish()
    }

    /// Lower-case hexadecimal.
    pub fn hex(&self) -> String {
        nexus_graph::Digest(self.digest).hex()
    }
}

/// Makes a name of bytes that come in pieces.
pub(crate) enum Hasher {
    Blake3(Box<blake3::Hasher>, u64),
    Sha256(sha2::Sha256, u64),
}

impl Hasher {
    pub fn new(hash: Hash) -> Self {
        match hash {
            Hash::Blake3 => Hasher::Blake3(Box::default(), 0),
            Hash::Sha256 => Hasher::Sha256(sha2::Sha256::new(), 0),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Blake3(hasher, size) => {
                hasher.update(bytes);
                *size += bytes.len() as u64;
            }
            Hasher::Sha256(hasher, size) => {
                hasher.update(bytes);
                *size += bytes.len() as u64;
            }
        }
    }

    pub fn finish(self) -> Name {
        match self {
            Hasher::Blake3(hasher, size) => Name {
                hash: Hash::Blake3,
                digest: *hasher.finalize().as_bytes(),
                size,
            },
            Hasher::Sha256(hasher, size) => Name {
                hash: Hash::Sha256,
                digest: hasher.finalize().into(),
                size,
            },
        }
    }
}
