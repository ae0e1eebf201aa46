//! Keys that results are signed with: Ed25519, as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use std::fmt;

const PUBLIC: &str = "ed25519:";
const SECRET: &str = "ed25519-secret:";

/// Tells who signed: `ed25519:` and 32 bytes in base64.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Signs: `ed25519-secret:` and 32 bytes in base64.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl PublicKey {
    /// Reads the text form.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with(SECRET) {
            return Err("it is a secret key, which must never stand in a project; make a new pair with `nexus cache keygen`".into());
        }
        let bytes = decode(text, PUBLIC)?;
        VerifyingKey::from_bytes(&bytes)
            .map(PublicKey)
            .map_err(|_| "it is no point of the curve".into())
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Whether `signature` is this key's under `message`. Keys and signatures of low order are
    /// refused, so nobody can make a signature that fits several messages.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", STANDARD.encode(self.bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl SecretKey {
    /// A new one, from the system's source of randomness.
    ///
    /// # Errors
    /// The system has none.
    pub fn generate() -> std::io::Result<Self> {
        let mut seed = [0; 32];
        let mut filled = 0;
        while filled < seed.len() {
            let flags = rustix::rand::GetRandomFlags::empty();
            filled += rustix::rand::getrandom(&mut seed[filled..], flags)?;
        }
        Ok(SecretKey(SigningKey::from_bytes(&seed)))
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence; the text itself is not repeated.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with(PUBLIC) {
            return Err("it is a public key; signing needs the secret one".into());
        }
        let bytes = decode(text, SECRET)?;
        Ok(SecretKey(SigningKey::from_bytes(&bytes)))
    }

    /// The text form. Whoever has it can sign.
    pub fn reveal(&self) -> String {
        format!("{SECRET}{}", STANDARD.encode(self.0.to_bytes()))
    }

    /// What others know it by.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the secret of {}", self.public())
    }
}

fn decode(text: &str, prefix: &str) -> Result<[u8; 32], String> {
    let Some(text) = text.strip_prefix(prefix) else {
        return Err(format!("it does not begin with `{prefix}`"));
    };
    let bytes = STANDARD.decode(text).map_err(|_| "it is not base64")?;
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| format!("it has {length} bytes and should have 32"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_and_read() {
        let secret = SecretKey::generate().expect("random");
        let again = SecretKey::parse(&secret.reveal()).expect("its own form");
        assert_eq!(again.public(), secret.public());
        let public = PublicKey::parse(&secret.public().to_string()).expect("its own form");
        let signature = secret.sign(b"message");
        assert!(public.verifies(b"message", &signature));
        assert!(!public.verifies(b"massage", &signature));
        assert!(!format!("{secret:?}").contains(&secret.reveal()));
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        let secret = SecretKey::generate().expect("random");
        for (text, says) in [
            ("", "begin"),
            ("ed25519:###", "base64"),
            ("ed25519:AAAA", "3 bytes"),
            (secret.reveal().as_str(), "secret"),
        ] {
            let error = PublicKey::parse(text).expect_err(text);
            assert!(error.contains(says), "{error}");
            assert!(!error.contains("AAAA"), "{error}");
        }
        let error = SecretKey::parse(&secret.public().to_string()).expect_err("public");
        assert!(error.contains("public"), "{error}");
    }
}
