//! Whose results are used.

use crate::keys::{PublicKey, SecretKey};
use std::collections::BTreeMap;

/// Classes, the keys that may sign for each, and what is signed here.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Classes whose results are used, the preferred one first.
    pub accept: Vec<String>,
    /// Who may sign for a class. A key of one class signs for no other.
    pub keys: BTreeMap<String, Vec<PublicKey>>,
    /// Whether results without a signature are used, and written without a secret.
    pub unsigned: bool,
    /// The class of what is written from here.
    pub class: String,
    /// What signs it.
    pub secret: Option<SecretKey>,
}

impl Trust {
    /// The key of this class with these bytes.
    pub(crate) fn key(&self, class: &str, bytes: &[u8; 32]) -> Option<&PublicKey> {
        let keys = self.keys.get(class)?;
        keys.iter().find(|key| key.bytes() == *bytes)
    }
}

/// Whether this may be the name of a class: it becomes part of what is hashed and shown.
pub(crate) fn is_class(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.".contains(c);
    !name.is_empty() && name.len() <= 40 && name.chars().all(fits)
}
