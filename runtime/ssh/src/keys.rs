//! Private keys in files: read once, unlocked once, for all connections.

use crate::patience::Patience;
use nexus_executor::{Prompt, Question};
use russh::keys::{PrivateKey, PublicKey};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How often a passphrase is asked for.
const PROMPTS: u32 = 3;

/// A key as it is in its file.
#[derive(Clone)]
pub(crate) enum Loaded {
    /// There is no such file.
    Missing,
    /// It cannot be used.
    Unusable(String),
    /// It needs a passphrase. The public half is known most of the time.
    Encrypted(Option<PublicKey>),
    /// It can be used.
    Ready(Arc<PrivateKey>),
}

/// The keys that were read until now.
#[derive(Default)]
pub(crate) struct Keys {
    files: Mutex<HashMap<PathBuf, Arc<Slot>>>,
}

/// Whoever reads or unlocks a key holds it, so that a passphrase is asked for once.
type Slot = tokio::sync::Mutex<Option<Loaded>>;

impl Keys {
    fn slot(&self, path: &Path) -> Arc<Slot> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.entry(path.to_owned()).or_default().clone()
    }

    /// Reads a key.
    pub async fn load(&self, path: &Path) -> Loaded {
        let slot = self.slot(path);
        let mut known = slot.lock().await;
        load_into(path, &mut known).await
    }

    /// Reads a key and asks for its passphrase if it has one.
    ///
    /// # Errors
    ///
    /// Why it cannot be used.
    pub async fn unlock(
        &self,
        path: &Path,
        prompt: &dyn Prompt,
        patience: &Patience,
    ) -> Result<Arc<PrivateKey>, String> {
        let slot = self.slot(path);
        // Others wait here while one asks: for them that is waiting for a person as well.
        let mut known = patience.asking(slot.lock()).await;
        match load_into(path, &mut known).await {
            Loaded::Ready(key) => return Ok(key),
            Loaded::Missing => return Err("there is no such file".to_owned()),
            Loaded::Unusable(problem) => return Err(problem),
            Loaded::Encrypted(_) => {}
        }
        let mut about = Vec::new();
        for _ in 0..PROMPTS {
            let question = Question {
                about: std::mem::take(&mut about),
                text: format!("Passphrase of the key {}", path.display()),
                shown: false,
            };
            let answer = patience.asking(prompt.secret(&question)).await;
            let Some(secret) = answer else {
                return Err(
                    "it is encrypted, and there is nobody to ask for its passphrase".to_owned(),
                );
            };
            let file = path.to_owned();
            // Turning a passphrase into a key takes up to half a second of computing.
            let read = tokio::task::spawn_blocking(move || {
                russh::keys::load_secret_key(file, Some(secret.expose()))
            });
            match read.await {
                Ok(Ok(key)) => {
                    let key = Arc::new(key);
                    *known = Some(Loaded::Ready(key.clone()));
                    return Ok(key);
                }
                Ok(Err(_)) => about = vec!["That is not its passphrase.".to_owned()],
                Err(error) => return Err(error.to_string()),
            }
        }
        Err(format!("its passphrase was wrong {PROMPTS} times"))
    }
}

async fn load_into(path: &Path, known: &mut Option<Loaded>) -> Loaded {
    if let Some(loaded) = known {
        return loaded.clone();
    }
    let file = path.to_owned();
    let loaded = match tokio::task::spawn_blocking(move || read(&file)).await {
        Ok(loaded) => loaded,
        Err(error) => Loaded::Unusable(error.to_string()),
    };
    // What is wrong may be mended while we run.
    if matches!(loaded, Loaded::Ready(_) | Loaded::Encrypted(_)) {
        *known = Some(loaded.clone());
    }
    loaded
}

fn read(path: &Path) -> Loaded {
    let data = match fs::metadata(path) {
        Ok(data) => data,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Loaded::Missing,
        Err(error) => return Loaded::Unusable(error.to_string()),
    };
    if data.uid() == nix::unistd::getuid().as_raw() && data.mode() & 0o077 != 0 {
        return Loaded::Unusable(format!(
            "others may read it (mode {:03o}); `chmod 600` it",
            data.mode() & 0o777
        ));
    }
    match russh::keys::load_secret_key(path, None) {
        Ok(key) => Loaded::Ready(Arc::new(key)),
        Err(russh::keys::Error::KeyIsEncrypted) => Loaded::Encrypted(public_half(path)),
        Err(russh::keys::Error::IO(error)) => Loaded::Unusable(error.to_string()),
        Err(error) => Loaded::Unusable(format!("it is not a private key ({error})")),
    }
}

/// The public half of an encrypted key: in its own file, or in the one beside it.
fn public_half(path: &Path) -> Option<PublicKey> {
    if let Ok(key) = PrivateKey::read_openssh_file(path) {
        return Some(key.public_key().clone());
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".pub");
    PublicKey::read_openssh_file(&beside).ok()
}
