//! The part of an `ActionResult` that is needed: a list of files and some bytes.

use crate::name::Name;
use bytes::Bytes;
use prost::Message;

#[derive(Clone, PartialEq, Message)]
struct ActionResult {
    #[prost(message, repeated, tag = "2")]
    output_files: Vec<OutputFile>,
    #[prost(bytes = "bytes", tag = "5")]
    stdout_raw: Bytes,
}

#[derive(Clone, PartialEq, Message)]
struct OutputFile {
    #[prost(string, tag = "1")]
    path: String,
    #[prost(message, optional, tag = "2")]
    digest: Option<Digest>,
}

#[derive(Clone, PartialEq, Message)]
struct Digest {
    #[prost(string, tag = "1")]
    hash: String,
    #[prost(int64, tag = "2")]
    size_bytes: i64,
}

pub(super) fn wrap(entry: &Bytes, needs: &[Name]) -> Bytes {
    let file = |name: &Name| OutputFile {
        path: name.hex(),
        digest: Some(Digest {
            hash: name.hex(),
            size_bytes: i64::try_from(name.size).unwrap_or(i64::MAX),
        }),
    };
    let result = ActionResult {
        output_files: needs.iter().map(file).collect(),
        stdout_raw: entry.clone(),
    };
    result.encode_to_vec().into()
}

pub(super) fn unwrap(bytes: &Bytes) -> Option<Bytes> {
    let result = ActionResult::decode(bytes.clone()).ok()?;
    Some(result.stdout_raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Hash;

    #[test]
    fn what_is_wrapped_comes_out_again() {
        let entry = Bytes::from_static(b"an entry");
        let name = Name::of(Hash::Sha256, b"x");
        let wrapped = wrap(&entry, &[name, name]);
        assert_eq!(unwrap(&wrapped), Some(entry));
        assert_eq!(unwrap(&Bytes::from_static(b"\xff\xff")), None);
    }
}
