//! What a server says it can do, and what follows from it.

use crate::fault::Fault;
use crate::name::{Hash, Name};
use bazel_remote_apis::build::bazel::remote::execution::v2::{
    ServerCapabilities, compressor, digest_function,
};

/// A message may have so many bytes unless both sides agree on more, which nobody can ask for.
const MESSAGE: u64 = 4 << 20;

/// What the names of blobs and the frame of a message take of it.
const FRAME: u64 = 16 << 10;

pub(super) struct Offered {
    /// What blobs are named by.
    pub hash: Hash,
    /// Bytes of blobs in one message; 0 when they travel one by one.
    pub batch: u64,
    /// Whether results may be written.
    pub updates: bool,
    /// Bytes that a blob may have.
    largest: u64,
    version: String,
    compressors: String,
}

impl Offered {
    pub fn read(all: ServerCapabilities) -> Result<Offered, Fault> {
        let Some(cache) = all.cache_capabilities else {
            return Err(Fault::Failed("it says that it has no cache".into()));
        };
        let functions = &cache.digest_functions;
        let has = |function: digest_function::Value| functions.contains(&(function as i32));
        let hash = match () {
            () if has(digest_function::Value::Blake3) => Hash::Blake3,
            // Servers from before there was a choice say nothing.
            () if has(digest_function::Value::Sha256) || functions.is_empty() => Hash::Sha256,
            () => {
                return Err(Fault::Failed(
                    "it names blobs by neither BLAKE3 nor SHA-256".into(),
                ));
            }
        };
        // 0 stands for no limit of its own.
        let limit = |bytes: i64| u64::try_from(bytes).ok().filter(|bytes| *bytes > 0);
        let batch = limit(cache.max_batch_total_size_bytes).unwrap_or(MESSAGE);
        let updates = cache.action_cache_update_capabilities;
        let version = all.high_api_version.or(all.deprecated_api_version);
        let compressors = cache.supported_compressors.iter();
        let compressors: Vec<String> = compressors
            .filter_map(|value| compressor::Value::try_from(*value).ok())
            .map(|value| value.as_str_name().to_lowercase())
            .collect();
        Ok(Offered {
            hash,
            batch: batch.min(MESSAGE).saturating_sub(FRAME),
            updates: updates.is_none_or(|updates| updates.update_enabled),
            largest: limit(cache.max_cas_blob_size_bytes).unwrap_or(u64::MAX),
            version: match version {
                Some(version) => format!("{}.{}", version.major, version.minor),
                None => "unknown".into(),
            },
            compressors: compressors.join(", "),
        })
    }

    /// The number of the hash in requests.
    pub fn function(&self) -> i32 {
        match self.hash {
            Hash::Blake3 => digest_function::Value::Blake3 as i32,
            Hash::Sha256 => digest_function::Value::Sha256 as i32,
        }
    }

    /// What a blob is called when it is read as a stream.
    pub fn resource(&self, instance: &str, name: &Name) -> String {
        let instance = prefix(instance);
        format!("{instance}blobs/{}", self.path(name))
    }

    /// What a blob is called when it is written as a stream.
    pub fn upload(&self, instance: &str, name: &Name) -> Result<String, Fault> {
        let instance = prefix(instance);
        let id = unique().map_err(|error| Fault::Failed(error.to_string()))?;
        Ok(format!("{instance}uploads/{id}/blobs/{}", self.path(name)))
    }

    /// SHA-256 is told by the length of the hash, and BLAKE3 needs its name.
    fn path(&self, name: &Name) -> String {
        let function = match self.hash {
            Hash::Blake3 => "blake3/",
            Hash::Sha256 => "",
        };
        format!("{function}{}/{}", name.hex(), name.size)
    }

    /// Whether a blob may be written at all.
    pub fn fits(&self, size: u64) -> Result<(), Fault> {
        match size <= self.largest {
            true => Ok(()),
            false => Err(Fault::TooLarge(format!(
                "content of {size} bytes is more than its {}",
                self.largest
            ))),
        }
    }

    pub fn describe(&self) -> Vec<(&'static str, String)> {
        let names = match self.hash {
            Hash::Blake3 => "BLAKE3",
            Hash::Sha256 => "SHA-256",
        };
        let mut facts = vec![
            ("version", self.version.clone()),
            ("names", names.to_string()),
            ("batches", format!("of {} bytes", self.batch)),
        ];
        if !self.compressors.is_empty() {
            facts.push(("compressors", format!("{}, unused", self.compressors)));
        }
        if !self.updates {
            facts.push(("results", "may not be written".to_string()));
        }
        facts
    }
}

fn prefix(instance: &str) -> String {
    match instance {
        "" => String::new(),
        instance => format!("{instance}/"),
    }
}

/// A random UUID (version 4, RFC 9562).
fn unique() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    let mut filled = 0;
    while filled < bytes.len() {
        let flags = rustix::rand::GetRandomFlags::empty();
        filled += rustix::rand::getrandom(&mut bytes[filled..], flags)?;
    }
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let (a, b, c, d, e) = (
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    );
    Ok(format!("{a}-{b}-{c}-{d}-{e}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bazel_remote_apis::build::bazel::remote::execution::v2::CacheCapabilities;

    fn offered(functions: &[digest_function::Value], batch: i64) -> Result<Offered, Fault> {
        Offered::read(ServerCapabilities {
            cache_capabilities: Some(CacheCapabilities {
                digest_functions: functions.iter().map(|f| *f as i32).collect(),
                max_batch_total_size_bytes: batch,
                ..CacheCapabilities::default()
            }),
            ..ServerCapabilities::default()
        })
    }

    #[test]
    fn the_better_hash_is_taken_and_the_limits_are_kept() {
        use digest_function::Value::{Blake3, Md5, Sha256};
        for (functions, batch, hash, allowed) in [
            (&[Sha256, Blake3][..], 0, Hash::Blake3, MESSAGE - FRAME),
            (&[Md5, Sha256], 65_536, Hash::Sha256, 65_536 - FRAME),
            (&[], 1 << 40, Hash::Sha256, MESSAGE - FRAME),
            (&[Sha256], 1000, Hash::Sha256, 0),
        ] {
            let offered = offered(functions, batch).expect("usable");
            assert_eq!((offered.hash, offered.batch), (hash, allowed));
        }
        assert!(offered(&[Md5], 0).is_err());
        assert!(Offered::read(ServerCapabilities::default()).is_err());
    }

    #[test]
    fn streams_are_named_as_the_protocol_says() {
        let names = |functions, hash| {
            let offered = offered(functions, 0).expect("usable");
            let name = Name::of(hash, b"x");
            let upload = offered.upload("a/b", &name).expect("random");
            (offered.resource("", &name), upload, name.hex())
        };
        let (read, write, hex) = names(&[digest_function::Value::Sha256], Hash::Sha256);
        assert_eq!(read, format!("blobs/{hex}/1"));
        let id = write.strip_prefix("a/b/uploads/").expect("instance first");
        let (id, rest) = id.split_once('/').expect("an id");
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(rest, format!("blobs/{hex}/1"));
        let (read, _, hex) = names(&[digest_function::Value::Blake3], Hash::Blake3);
        assert_eq!(read, format!("blobs/blake3/{hex}/1"));
    }
}
