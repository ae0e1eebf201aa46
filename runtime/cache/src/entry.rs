//! Entries: what stands in a slot of a shared cache, and who says so.
//!
//! ```text
//! "nexus-shared-1\n"  key  class  signer  signature  body or where the body is
//! ```
//!
//! The signature covers the key, the class and the body, so an entry can neither be moved to
//! another slot nor be given another class. A body that is large is a blob, named in the entry.

use crate::body::Stored;
use crate::fault::Fault;
use crate::trust::Trust;
use nexus_graph::Digest;
use serde::{Deserialize, Serialize};

const MAGIC: &[u8] = b"nexus-shared-1\n";

/// What is signed begins with this, so that a signature made for anything else fits nothing here.
const DOMAIN: &[u8] = b"nexus shared result 1\0";

/// Bodies up to this size are part of the entry.
pub(crate) const INLINE: usize = 64 << 10;

/// Bytes that an entry may have.
pub(crate) const MOST: usize = 1 << 20;

/// Where what is known about a key stands, written for a class.
pub fn slot(key: &Digest, class: &str) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key("nexus shared cache slot");
    hasher.update(&key.0);
    hasher.update(class.as_bytes());
    Digest(*hasher.finalize().as_bytes())
}

/// An entry whose signature was checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Opened {
    /// Its packed body.
    Body(Vec<u8>),
    /// The body is this blob.
    Elsewhere(Stored),
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    key: [u8; 32],
    class: String,
    signer: Option<[u8; 32]>,
    signature: Option<Vec<u8>>,
    content: Content,
}

#[derive(Serialize, Deserialize)]
enum Content {
    Inline(Vec<u8>),
    Elsewhere(Stored),
}

fn message(key: &[u8; 32], class: &str, body: &Digest) -> Vec<u8> {
    let length = (class.len() as u64).to_le_bytes();
    [DOMAIN, key, &length, class.as_bytes(), &body.0].concat()
}

/// Makes an entry. `elsewhere` is where the body lies when it is too large to be a part of it.
pub(crate) fn seal(
    trust: &Trust,
    key: &Digest,
    body: Vec<u8>,
    elsewhere: Option<Stored>,
) -> Option<Vec<u8>> {
    let class = trust.class.clone();
    let message = message(&key.0, &class, &Digest::of(&body));
    let secret = trust.secret.as_ref();
    let envelope = Envelope {
        key: key.0,
        class,
        signer: secret.map(|secret| secret.public().bytes()),
        signature: secret.map(|secret| secret.sign(&message).to_vec()),
        content: match elsewhere {
            Some(stored) => Content::Elsewhere(stored),
            None => Content::Inline(body),
        },
    };
    postcard::to_extend(&envelope, MAGIC.to_vec()).ok()
}

/// Reads an entry that was found in the slot of `key` and `class`.
pub(crate) fn open(
    trust: &Trust,
    key: &Digest,
    class: &str,
    bytes: &[u8],
) -> Result<Opened, Fault> {
    let lied = |what: &str| Err(Fault::Lied(format!("an entry {what}")));
    let envelope = bytes
        .strip_prefix(MAGIC)
        .and_then(|rest| postcard::from_bytes::<Envelope>(rest).ok());
    let Some(envelope) = envelope else {
        return lied("that cannot be read");
    };
    if envelope.key != key.0 {
        return lied("of another key");
    }
    if envelope.class != class {
        return Err(Fault::Untrusted(format!(
            "a result of class `{}` where one of class `{class}` should be",
            printable(&envelope.class)
        )));
    }
    let body = match &envelope.content {
        Content::Inline(body) => Digest::of(body),
        Content::Elsewhere(stored) => stored.digest,
    };
    check_signature(trust, &envelope, &message(&key.0, class, &body))?;
    Ok(match envelope.content {
        Content::Inline(body) => Opened::Body(body),
        Content::Elsewhere(stored) => Opened::Elsewhere(stored),
    })
}

fn check_signature(trust: &Trust, envelope: &Envelope, message: &[u8]) -> Result<(), Fault> {
    let class = &envelope.class;
    let (Some(signer), Some(signature)) = (&envelope.signer, &envelope.signature) else {
        return match trust.unsigned {
            true => Ok(()),
            false => Err(Fault::Untrusted(format!(
                "a result of class `{class}` without a signature"
            ))),
        };
    };
    let Some(key) = trust.key(class, signer) else {
        // Without any keys a signature says nothing, and nothing is asked of it.
        let indifferent = trust.unsigned && trust.keys.is_empty();
        return match indifferent {
            true => Ok(()),
            false => Err(Fault::Untrusted(format!(
                "a result of class `{class}` signed by a key that is not one of that class"
            ))),
        };
    };
    let right = <&[u8; 64]>::try_from(signature.as_slice())
        .is_ok_and(|signature| key.verifies(message, signature));
    match right {
        true => Ok(()),
        false => Err(Fault::Untrusted(format!(
            "a result of class `{class}` with a wrong signature"
        ))),
    }
}

fn printable(text: &str) -> String {
    let short = text.chars().take(40);
    short
        .map(|c| if c.is_ascii_graphic() { c } else { '?' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SecretKey;
    use std::collections::BTreeMap;

    fn trust(class: &str, secret: Option<&SecretKey>, keys: &[(&str, &SecretKey)]) -> Trust {
        let mut by_class: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for (class, key) in keys {
            by_class
                .entry(class.to_string())
                .or_default()
                .push(key.public());
        }
        Trust {
            accept: vec!["main".into()],
            keys: by_class,
            unsigned: false,
            class: class.into(),
            secret: secret.cloned(),
        }
    }

    #[test]
    fn entries_are_believed_only_where_they_belong() {
        let (ci, other) = (
            SecretKey::generate().expect("random"),
            SecretKey::generate().expect("random"),
        );
        let keys = [("main", &ci), ("pull_request", &other)];
        let (key, wrong) = (Digest::of(b"key"), Digest::of(b"other key"));
        let body = b"body".to_vec();
        let reader = trust("developer", None, &keys);
        let main = trust("main", Some(&ci), &keys);
        let good = seal(&main, &key, body.clone(), None).expect("sealed");
        assert_eq!(
            open(&reader, &key, "main", &good),
            Ok(Opened::Body(body.clone()))
        );
        assert!(matches!(
            open(&reader, &wrong, "main", &good),
            Err(Fault::Lied(_))
        ));
        assert!(open(&reader, &key, "pull_request", &good).is_err());
        // The key of pull requests signs for `main`.
        let forged = trust("main", Some(&other), &keys);
        let forged = seal(&forged, &key, body.clone(), None).expect("sealed");
        assert!(matches!(
            open(&reader, &key, "main", &forged),
            Err(Fault::Untrusted(_))
        ));
        let unsigned = trust("main", None, &keys);
        let unsigned = seal(&unsigned, &key, body.clone(), None).expect("sealed");
        assert!(matches!(
            open(&reader, &key, "main", &unsigned),
            Err(Fault::Untrusted(_))
        ));
        let mut careless = reader.clone();
        careless.unsigned = true;
        assert!(open(&careless, &key, "main", &unsigned).is_ok());
        // Keys are named, so a signature must be right even where none is needed.
        assert!(open(&careless, &key, "main", &forged).is_err());
    }

    #[test]
    fn one_other_bit_makes_it_worthless() {
        let ci = SecretKey::generate().expect("random");
        let trust = trust("main", Some(&ci), &[("main", &ci)]);
        let key = Digest::of(b"key");
        let good = seal(&trust, &key, b"some body".to_vec(), None).expect("sealed");
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                assert!(
                    open(&trust, &key, "main", &bad).is_err(),
                    "byte {at}, bit {bit}"
                );
            }
        }
        for length in 0..good.len() {
            assert!(
                open(&trust, &key, "main", &good[..length]).is_err(),
                "cut at {length}"
            );
        }
    }

    #[test]
    fn slots_of_classes_are_apart() {
        let key = Digest::of(b"key");
        assert_ne!(slot(&key, "main"), slot(&key, "pull_request"));
        assert_ne!(slot(&key, "main"), slot(&Digest::of(b"k"), "main"));
    }
}
