//! Logging in.

use crate::destination::{Destination, Settings};
use crate::error::{Phase, Reason};
use crate::handler::Handler;
use russh::client::Handle;
use russh::keys::PrivateKeyWithHashAlg;
use std::path::Path;
use std::sync::Arc;
use tokio::time::timeout;

/// Logs in with what the destination names.
pub(crate) async fn authenticate(
    handle: &mut Handle<Handler>,
    destination: &Destination,
    settings: &Settings,
) -> Result<(), (Phase, Reason)> {
    let limit = settings.timeouts.authenticate;
    let reason = match timeout(limit, with_keys(handle, destination)).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(reason)) => reason,
        Err(_) => Reason::Timeout(limit),
    };
    Err((Phase::Authenticate, reason))
}

async fn with_keys(handle: &mut Handle<Handler>, destination: &Destination) -> Result<(), Reason> {
    let broken = |error: russh::Error| Reason::Protocol(error.to_string());
    for path in &destination.identities {
        let key = Arc::new(load(path).await?);
        let hash = if key.algorithm().is_rsa() {
            let best = handle.best_supported_rsa_hash().await.map_err(broken)?;
            best.flatten()
        } else {
            None
        };
        let key = PrivateKeyWithHashAlg::new(key, hash);
        let result = handle
            .authenticate_publickey(&destination.user, key)
            .await
            .map_err(broken)?;
        if result.success() {
            return Ok(());
        }
    }
    Err(Reason::Denied)
}

async fn load(path: &Path) -> Result<russh::keys::PrivateKey, Reason> {
    let failed = |problem: String| Reason::Identity {
        path: path.display().to_string(),
        problem,
    };
    let file = path.to_owned();
    let loaded = tokio::task::spawn_blocking(move || russh::keys::load_secret_key(file, None));
    match loaded.await {
        Ok(Ok(key)) => Ok(key),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}
