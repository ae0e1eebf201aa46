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

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// No server shows such a one, unless somebody tries it on.
    #[test]
    fn a_certificate_of_a_user_vouches_for_no_host() {
        let folder = tempfile::tempdir().expect("a folder");
        let keygen = |args: &[&str]| {
            let mut command = Command::new("ssh-keygen");
            let done = command.arg("-q").args(args).current_dir(&folder).status();
            assert!(done.expect("ssh-keygen runs").success(), "{args:?}");
        };
        keygen(&["-t", "ed25519", "-N", "", "-f", "authority"]);
        keygen(&["-t", "ed25519", "-N", "", "-f", "key"]);
        for (options, expected) in [
            (
                &["-n", "web-1"][..],
                Err("the certificate is one of a user, not of a host"),
            ),
            (&["-h", "-n", "web-1"], Ok(())),
            (
                &["-h", "-n", "web-2"],
                Err("the certificate is for web-2, not for web-1"),
            ),
        ] {
            let mut all = vec!["-s", "authority", "-I", "test"];
            all.extend(options);
            all.push("key.pub");
            keygen(&all);
            let text = std::fs::read_to_string(folder.path().join("key-cert.pub"));
            let certificate = Certificate::from_openssh(&text.expect("a certificate"));
            let certificate = certificate.expect("it is read");
            let checked = check(&certificate, "web-1", SystemTime::now());
            assert_eq!(checked, expected.map_err(str::to_owned));
        }
    }
}
