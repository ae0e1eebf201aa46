//! Caches shared with other machines: folders, HTTP, the Remote Execution API, S3.
//!
//! *Invariant:* a shared cache is not trusted and not relied on. What comes out of it is signed by
//! somebody the project names, hashed again, and no larger and no other than what was declared;
//! whatever goes wrong costs a bounded time and one warning.
//!
//! What a cache holds, whatever kind it is:
//!
//! - *Blobs*: the bytes that outputs consist of, named by a hash of the bytes as they are stored.
//! - *Entries*: small signed records in *slots*. A slot is the hash of a key and a class, so that
//!   those who may write for one class cannot fill the slots of another. See [`entry`].
//!
//! A key whose task finds some of its inputs by running (compilers and headers) is reached in
//! steps: the slot of the key without these inputs holds the paths that were read, which give the
//! next key, and so on until a slot holds the result. Each slot is written once; no list grows.

mod backend;
mod blob;
mod body;
mod cache;
mod check;
pub mod doctor;
pub mod entry;
#[cfg(test)]
mod evil;
mod fault;
mod fetch;
mod folder;
mod health;
mod http;
mod inner;
pub mod keys;
mod name;
mod place;
mod push;
#[cfg(feature = "reapi")]
mod reapi;
#[cfg(feature = "s3")]
mod s3;
mod settings;
mod trust;

pub use cache::Cache;
pub use keys::{PublicKey, SecretKey};
pub use place::Place;
pub use settings::{Override, Settings, SettingsError};
pub use trust::Trust;
