//! What a project says about the cache it shares with other machines.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `config.cache`, as written; what is not set is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheConfig {
    /// Where it is: a folder, `file://`, `http(s)://`, `grpc(s)://`, `s3://bucket/prefix`.
    pub url: Option<String>,
    /// Whether results made here are written to it.
    pub write: Option<bool>,
    /// The class of what is written from here.
    pub class: Option<String>,
    /// Classes whose results are used.
    pub accept: Option<Vec<String>>,
    /// Public keys by the class they may sign for.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Whether results without a signature are written and used.
    pub unsigned: Option<bool>,
    /// How long one request may take, in milliseconds.
    pub timeout: Option<u64>,
    /// How long a run may wait in vain, in milliseconds.
    pub budget: Option<u64>,
    /// Whether what is written is compressed.
    pub compress: Option<bool>,
    /// Name of the instance on a server of the Remote Execution API.
    pub instance: Option<String>,
    /// The region of an S3 bucket.
    pub region: Option<String>,
    /// The address of a server that speaks the protocol of S3.
    pub endpoint: Option<String>,
    /// Bytes that a result may have at most.
    pub max_size: Option<u64>,
}
