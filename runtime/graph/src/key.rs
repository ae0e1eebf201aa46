//! Content keys: one walk over a task writes to any [`KeyWriter`], so the key and the manifest
//! that explains it cannot drift apart.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Changes whenever the meaning or encoding of a key changes; old entries then simply miss.
pub const KEY_VERSION: u32 = 2;

/// A BLAKE3 digest. In formats for people (JSON) it is its hexadecimal form, else 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&self.hex())
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let hex = String::deserialize(deserializer)?;
            Digest::from_hex(&hex)
                .ok_or_else(|| serde::de::Error::custom("expected 64 hexadecimal digits"))
        } else {
            Ok(Digest(<[u8; 32]>::deserialize(deserializer)?))
        }
    }
}

impl Digest {
    /// Digest of a byte string.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(*blake3::hash(bytes).as_bytes())
    }

    /// Lower-case hexadecimal, 64 digits.
    pub fn hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(hex: &str) -> Option<Self> {
        Some(Digest(*blake3::Hash::from_hex(hex).ok()?.as_bytes()))
    }

    /// The first 12 digits, enough for a person.
    pub fn short(&self) -> String {
        self.hex()[..12].to_string()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

/// Receives the parts of a key, in a fixed order, each under a section and a name.
///
/// Sections group parts for people (`input`, `env`, `command`, …); the pair (section, name) is
/// unique within one key.
pub trait KeyWriter {
    /// One part of the key.
    fn part(&mut self, section: &str, name: &str, value: &[u8]);
}

/// The sink that makes the key: a canonical, length-prefixed encoding fed to BLAKE3.
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// A hasher that has absorbed the key version.
    pub fn new() -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("nexus task key");
        hasher.update(&KEY_VERSION.to_le_bytes());
        Hasher(hasher)
    }

    /// The finished key.
    pub fn finish(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl KeyWriter for Hasher {
    fn part(&mut self, section: &str, name: &str, value: &[u8]) {
        for field in [section.as_bytes(), name.as_bytes(), value] {
            self.0.update(&(field.len() as u64).to_le_bytes());
            self.0.update(field);
        }
    }
}

/// The sink that remembers the parts, so that two keys can be compared afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// (section, name, value as text) in the order of the walk.
    pub parts: Vec<(String, String, String)>,
}

impl KeyWriter for Manifest {
    fn part(&mut self, section: &str, name: &str, value: &[u8]) {
        self.parts.push((
            section.to_string(),
            name.to_string(),
            String::from_utf8_lossy(value).into_owned(),
        ));
    }
}

/// Feeds two sinks in one walk.
pub struct Both<'a>(pub &'a mut Hasher, pub &'a mut Manifest);

impl KeyWriter for Both<'_> {
    fn part(&mut self, section: &str, name: &str, value: &[u8]) {
        self.0.part(section, name, value);
        self.1.part(section, name, value);
    }
}

/// One difference between two manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Section of the part: `input`, `env`, …
    pub section: String,
    /// Name of the part: a path, a variable, …
    pub name: String,
    /// Value before; `None` when the part is new.
    pub before: Option<String>,
    /// Value now; `None` when the part is gone.
    pub after: Option<String>,
}

impl Manifest {
    /// What differs between `self` (before) and `now`, in the order of `now`, then what is gone.
    pub fn changes(&self, now: &Manifest) -> Vec<Change> {
        use std::collections::HashMap;
        let index = |m: &Manifest| -> HashMap<(String, String), String> {
            m.parts
                .iter()
                .map(|(s, n, v)| ((s.clone(), n.clone()), v.clone()))
                .collect()
        };
        let (old, new) = (index(self), index(now));
        let mut changes = Vec::new();
        for (section, name, value) in &now.parts {
            let before = old.get(&(section.clone(), name.clone()));
            if before != Some(value) {
                changes.push(Change {
                    section: section.clone(),
                    name: name.clone(),
                    before: before.cloned(),
                    after: Some(value.clone()),
                });
            }
        }
        for (section, name, value) in &self.parts {
            if !new.contains_key(&(section.clone(), name.clone())) {
                changes.push(Change {
                    section: section.clone(),
                    name: name.clone(),
                    before: Some(value.clone()),
                    after: None,
                });
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_unambiguous() {
        let key = |parts: &[(&str, &str, &str)]| {
            let mut h = Hasher::new();
            for (s, n, v) in parts {
                h.part(s, n, v.as_bytes());
            }
            h.finish()
        };
        assert_ne!(key(&[("env", "A", "BC")]), key(&[("env", "AB", "C")]));
        assert_ne!(
            key(&[("env", "A", "")]),
            key(&[("env", "A", ""), ("", "", "")])
        );
        assert_eq!(key(&[("env", "A", "B")]), key(&[("env", "A", "B")]));
    }

    #[test]
    fn changes_name_what_differs() {
        let m = |parts: &[(&str, &str)]| Manifest {
            parts: parts
                .iter()
                .map(|(n, v)| ("input".into(), n.to_string(), v.to_string()))
                .collect(),
        };
        let changes = m(&[("a", "1"), ("b", "2")]).changes(&m(&[("a", "9"), ("c", "3")]));
        let names: Vec<_> = changes.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["a", "c", "b"]);
        assert_eq!(changes[2].after, None);
    }
}
