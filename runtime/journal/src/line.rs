//! Lines that tell whether they are whole: the beginning of their BLAKE3 digest as 16 hexadecimal
//! digits, a blank, JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

const DIGITS: usize = 16;

/// Appends a line.
pub(crate) fn put<T: Serialize>(record: &T, buffer: &mut Vec<u8>) {
    let Ok(json) = serde_json::to_vec(record) else {
        // These types have no way to fail.
        return;
    };
    buffer.extend_from_slice(&blake3::hash(&json).to_hex().as_bytes()[..DIGITS]);
    buffer.push(b' ');
    buffer.extend_from_slice(&json);
    buffer.push(b'\n');
}

/// Reads a line without its end; `None` when it is not what was written.
pub(crate) fn take<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    let (digest, rest) = line.split_at_checked(DIGITS)?;
    let json = rest.strip_prefix(b" ")?;
    if &blake3::hash(json).to_hex().as_bytes()[..DIGITS] != digest {
        return None;
    }
    serde_json::from_slice(json).ok()
}
