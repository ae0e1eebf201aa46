//! Which algorithms are offered, in which order.
//!
//! What decides about the time that connecting takes is the exchange of keys: with Curve25519 less
//! than a millisecond of our time, with a Diffie-Hellman group of 4096 bits 50, with a group that the
//! server chooses up to 400. Ciphers matter for bulk data alone, and types of keys for nothing.

use crate::destination::Settings;
use crate::host_key::HostKeyCheck;
use russh::client::{Config, GexParams};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, SshId, cipher, compression, kex, mac};
use std::borrow::Cow;

/// The library's default puts groups chosen by the server before the fixed ones, and leaves out
/// elliptic curves of NIST, which some servers are restricted to.
const KEX: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_G14_SHA256,
    kex::DH_G16_SHA512,
    kex::DH_G18_SHA512,
    kex::DH_GEX_SHA256,
    kex::EXTENSION_SUPPORT_AS_CLIENT,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
];

/// Where the processor computes AES by itself, AES-GCM costs a third less time than ChaCha20.
const CIPHERS: &[cipher::Name] = &[
    cipher::AES_128_GCM,
    cipher::AES_256_GCM,
    cipher::CHACHA20_POLY1305,
    cipher::AES_128_CTR,
    cipher::AES_192_CTR,
    cipher::AES_256_CTR,
];

/// Where it does not, the other way round.
const CIPHERS_WITHOUT_AES: &[cipher::Name] = &[
    cipher::CHACHA20_POLY1305,
    cipher::AES_128_GCM,
    cipher::AES_256_GCM,
    cipher::AES_128_CTR,
    cipher::AES_192_CTR,
    cipher::AES_256_CTR,
];

const MACS: &[mac::Name] = &[
    mac::HMAC_SHA256_ETM,
    mac::HMAC_SHA512_ETM,
    mac::HMAC_SHA256,
    mac::HMAC_SHA512,
];

/// Types of host keys, without signatures over SHA-1.
pub(crate) const HOST_KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP256,
    },
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP384,
    },
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP521,
    },
    Algorithm::Rsa {
        hash: Some(HashAlg::Sha512),
    },
    Algorithm::Rsa {
        hash: Some(HashAlg::Sha256),
    },
];

/// The library's configuration of a connection.
pub(crate) fn config(settings: &Settings, check: &HostKeyCheck) -> Config {
    let certificates = if check.wants_certificates() {
        HOST_KEYS
    } else {
        &[]
    };
    let ciphers = if has_aes() {
        CIPHERS
    } else {
        CIPHERS_WITHOUT_AES
    };
    Config {
        client_id: SshId::Standard(Cow::Borrowed(concat!(
            "SSH-2.0-Nexus_",
            env!("CARGO_PKG_VERSION")
        ))),
        preferred: Preferred {
            kex: Cow::Borrowed(KEX),
            key: Cow::Owned(check.order(HOST_KEYS)),
            host_key_certificates: Cow::Borrowed(certificates),
            cipher: Cow::Borrowed(ciphers),
            mac: Cow::Borrowed(MACS),
            compression: Cow::Borrowed(&[compression::NONE]),
        },
        // The library computes such groups slowly, with its default of 8192 bits for 0.4 s.
        gex: GexParams::new(2048, 3072, 4096).unwrap_or_default(),
        keepalive_interval: Some(settings.keepalive).filter(|interval| !interval.is_zero()),
        keepalive_max: settings.keepalive_max as usize,
        nodelay: true,
        ..Config::default()
    }
}

fn has_aes() -> bool {
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    return std::arch::is_x86_feature_detected!("aes");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
    false
}
