//! Certificates of hosts.

use super::name::Pattern;
use russh::keys::Certificate;
use russh::keys::ssh_key::certificate::CertType;
use std::time::{SystemTime, UNIX_EPOCH};

/// Whether a certificate vouches for a host now. The signature and the authority are somebody else's
/// matter.
///
/// # Errors
///
/// Why it does not.
pub(crate) fn check(certificate: &Certificate, host: &str, now: SystemTime) -> Result<(), String> {
    if certificate.cert_type() != CertType::Host {
        return Err("the certificate is one of a user, not of a host".to_owned());
    }
    let now = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    if now < certificate.valid_after() {
        return Err("the certificate is not valid yet".to_owned());
    }
    if now >= certificate.valid_before() {
        return Err("the certificate has expired".to_owned());
    }
    // None are defined for hosts, and what is critical must be understood.
    if let Some((name, _)) = certificate.critical_options().iter().next() {
        return Err(format!(
            "the certificate demands `{name}`, which is unknown"
        ));
    }
    let names = certificate.valid_principals();
    if !names.is_empty() && !names.iter().any(|name| Pattern(name).matches(host)) {
        return Err(format!(
            "the certificate is for {}, not for {host}",
            names.join(", ")
        ));
    }
    Ok(())
}
