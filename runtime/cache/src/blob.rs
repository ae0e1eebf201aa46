//! Blobs on their way: from the local store to a cache and back.

use crate::backend::{Sink, Source};
use crate::body::{LEVEL, Stored};
use crate::fault::Fault;
use crate::name::{Hash, Hasher, Name};
use bytes::Bytes;
use nexus_graph::Digest;
use nexus_store::{Content, Incoming, Store};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Blobs up to this size are compressed in memory.
const IN_MEMORY: u64 = 4 << 20;

/// Below this, compression gains nothing.
const TINY: u64 = 256;

/// A blob that is ready to be written.
pub(crate) struct Ready {
    pub stored: Stored,
    pub source: Source,
    /// Removed when it is not needed any more.
    _scratch: Option<Scratch>,
}

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is collected later.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Reads a blob of the local store, names it and compresses it if that makes it smaller. Blocks.
pub(crate) fn prepare(
    store: &Store,
    digest: Digest,
    size: u64,
    hash: Hash,
    compress: bool,
) -> Option<Ready> {
    let content = store.content(&digest, size)?;
    if compress && size >= TINY {
        let packed = match &content {
            Content::Bytes(bytes) => in_memory(bytes),
            Content::File(path) if size <= IN_MEMORY => in_memory(&std::fs::read(path).ok()?),
            Content::File(path) => in_file(store, path, hash).ok(),
        };
        let packed = packed.filter(|packed| packed.size(hash) < size / 20 * 19);
        if let Some(packed) = packed {
            return Some(packed.ready(digest, size, hash));
        }
    }
    let (name, source) = match content {
        Content::Bytes(bytes) => (Name::of(hash, &bytes), Source::Bytes(bytes.into())),
        Content::File(path) => {
            let name = match hash {
                Hash::Blake3 => Name {
                    hash,
                    digest: digest.0,
                    size,
                },
                Hash::Sha256 => name_of_file(&path, hash).ok()?,
            };
            (name, Source::File(path))
        }
    };
    let stored = Stored {
        digest,
        size,
        name,
        packed: false,
    };
    Some(Ready {
        stored,
        source,
        _scratch: None,
    })
}

enum Packed {
    Memory(Vec<u8>),
    File(Name, Scratch),
}

impl Packed {
    fn size(&self, _hash: Hash) -> u64 {
        match self {
            Packed::Memory(bytes) => bytes.len() as u64,
            Packed::File(name, _) => name.size,
        }
    }

    fn ready(self, digest: Digest, size: u64, hash: Hash) -> Ready {
        let (name, source, scratch) = match self {
            Packed::Memory(bytes) => {
                let bytes = Bytes::from(bytes);
                (Name::of(hash, &bytes), Source::Bytes(bytes), None)
            }
            Packed::File(name, scratch) => (name, Source::File(scratch.0.clone()), Some(scratch)),
        };
        let stored = Stored {
            digest,
            size,
            name,
            packed: true,
        };
        Ready {
            stored,
            source,
            _scratch: scratch,
        }
    }
}

fn in_memory(bytes: &[u8]) -> Option<Packed> {
    zstd::bulk::compress(bytes, LEVEL).ok().map(Packed::Memory)
}

fn in_file(store: &Store, path: &Path, hash: Hash) -> io::Result<Packed> {
    let scratch = Scratch(store.scratch());
    let naming = Naming {
        file: File::create_new(&scratch.0)?,
        hasher: Hasher::new(hash),
    };
    let mut encoder = zstd::Encoder::new(naming, LEVEL)?;
    io::copy(&mut File::open(path)?, &mut encoder)?;
    let name = encoder.finish()?.hasher.finish();
    Ok(Packed::File(name, scratch))
}

/// Names what it writes.
struct Naming {
    file: File,
    hasher: Hasher,
}

impl Write for Naming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn name_of_file(path: &Path, hash: Hash) -> io::Result<Name> {
    let (mut file, mut hasher) = (File::open(path)?, Hasher::new(hash));
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            n => hasher.update(&buffer[..n]),
        }
    }
}

/// Takes a blob from a cache into the local store: unpacked, counted and hashed on the way.
pub(crate) struct Receiver<'s> {
    stage: Stage<'s>,
    /// Bytes that may still come.
    left: u64,
}

enum Stage<'s> {
    Plain(Box<Arriving<'s>>),
    Packed(Box<zstd::stream::write::Decoder<'static, Arriving<'s>>>),
}

struct Arriving<'s> {
    incoming: Incoming<'s>,
    /// What went wrong was this machine's fault.
    local: bool,
}

impl Write for Arriving<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        match self.incoming.push(piece) {
            Ok(true) => Ok(piece.len()),
            Ok(false) => Err(io::Error::other("more than was promised")),
            Err(error) => {
                self.local = true;
                Err(error)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'s> Receiver<'s> {
    pub fn new(store: &'s Store, stored: &Stored) -> Result<Self, Fault> {
        let local = |error: io::Error| local_fault(store, error);
        let arriving = Arriving {
            incoming: store.receive(stored.digest, stored.size).map_err(local)?,
            local: false,
        };
        let stage = match stored.packed {
            false => Stage::Plain(Box::new(arriving)),
            true => Stage::Packed(Box::new(
                zstd::stream::write::Decoder::new(arriving).map_err(local)?,
            )),
        };
        Ok(Receiver {
            stage,
            left: stored.name.size,
        })
    }

    /// Keeps the blob if it is the right one.
    pub fn finish(self, store: &Store) -> Result<(), Fault> {
        let arriving = match self.stage {
            Stage::Plain(arriving) => *arriving,
            Stage::Packed(mut decoder) => {
                decoder.flush().map_err(|_| wrong_bytes())?;
                decoder.into_inner()
            }
        };
        match arriving.incoming.finish() {
            Ok(true) => Ok(()),
            Ok(false) => Err(wrong_bytes()),
            Err(error) => Err(local_fault(store, error)),
        }
    }
}

impl Sink for Receiver<'_> {
    fn push(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let Some(left) = self.left.checked_sub(piece.len() as u64) else {
            return Err(wrong_bytes());
        };
        self.left = left;
        let (written, local) = match &mut self.stage {
            Stage::Plain(arriving) => (arriving.write_all(piece), arriving.local),
            Stage::Packed(decoder) => {
                let written = decoder.write_all(piece);
                (written, decoder.get_ref().local)
            }
        };
        match written {
            Ok(()) => Ok(()),
            Err(_) if local => Err(Fault::Local),
            Err(_) => Err(wrong_bytes()),
        }
    }
}

fn wrong_bytes() -> Fault {
    Fault::Lied("content that is not what its name says".into())
}

fn local_fault(store: &Store, error: io::Error) -> Fault {
    store.note_unwritten(error);
    Fault::Local
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_survive_the_way_there_and_back() {
        let folder = tempfile::tempdir().expect("folder");
        let here = Store::open(&folder.path().join("here"));
        let large = b"a line that repeats\n".repeat(400_000);
        let noise: Vec<u8> = (0..20_000u32)
            .flat_map(|n| Digest::of(&n.to_le_bytes()).0[..4].to_vec())
            .collect();
        for (number, data) in [&b""[..], b"x", &large[..9_000], &large, &noise]
            .iter()
            .enumerate()
        {
            let (digest, size) = (here.put_bytes(data), data.len() as u64);
            here.flush();
            for (hash, compress) in [
                (Hash::Blake3, false),
                (Hash::Sha256, false),
                (Hash::Blake3, true),
                (Hash::Sha256, true),
            ] {
                let there = folder
                    .path()
                    .join(format!("there-{number}-{hash:?}-{compress}"));
                let there = Store::open(&there);
                let ready = prepare(&here, digest, size, hash, compress).expect("there");
                let bytes = match &ready.source {
                    Source::Bytes(bytes) => bytes.to_vec(),
                    Source::File(path) => std::fs::read(path).expect("readable"),
                };
                assert_eq!(Name::of(hash, &bytes), ready.stored.name);
                let compressible = size > 1000 && number != 4;
                assert_eq!(ready.stored.packed, compress && compressible);
                let receive = |bytes: &[u8]| {
                    let mut receiver = Receiver::new(&there, &ready.stored)?;
                    for piece in bytes.chunks(1000) {
                        receiver.push(piece)?;
                    }
                    receiver.finish(&there)
                };
                if let Some((last, rest)) = bytes.split_last() {
                    assert!(receive(rest).is_err(), "cut");
                    let longer = [&bytes[..], b"x"].concat();
                    assert!(receive(&longer).is_err(), "longer");
                    let other = [rest, &[last ^ 1]].concat();
                    assert!(receive(&other).is_err(), "other");
                }
                assert_eq!(receive(&bytes), Ok(()));
                there.flush();
                assert_eq!(there.get_bytes(&digest).as_deref(), Some(*data));
            }
        }
        let litter = std::fs::read_dir(here.root().join("tmp"))
            .expect("tmp")
            .count();
        assert_eq!(litter, 0);
    }
}
