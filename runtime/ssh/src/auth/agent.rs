//! The agent.

use crate::handler::Handler;
use russh::client::{AuthResult, Handle};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::signature::Signer as _;
use russh::keys::ssh_encoding::Encode as _;
use russh::keys::ssh_key::private::KeypairData;
use russh::keys::{HashAlg, PrivateKey, PublicKey};
use russh::{AgentAuthError, Signer};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// An agent that says nothing is given up after this time.
const LISTING: Duration = Duration::from_secs(3);

/// An agent and the keys it has.
pub(super) struct AgentKeys {
    client: AgentClient<UnixStream>,
    pub identities: Vec<AgentIdentity>,
}

impl AgentKeys {
    /// Asks an agent for its keys.
    ///
    /// # Errors
    ///
    /// Why it does not tell.
    pub async fn list(socket: &Path, handle: &Handle<Handler>) -> Result<Self, String> {
        let listing = async {
            let mut client = AgentClient::connect_uds(socket)
                .await
                .map_err(|error| format!("cannot be reached: {error}"))?;
            if let Some(binding) = handle.agent_session_binding() {
                // Keys that are bound to destinations need it; other agents know nothing of it.
                let _ = client.bind_session(binding, false).await;
            }
            let identities = client
                .request_identities()
                .await
                .map_err(|error| format!("does not tell its keys: {error}"))?;
            Ok(AgentKeys { client, identities })
        };
        timeout(LISTING, listing)
            .await
            .unwrap_or_else(|_| Err("does not answer".to_owned()))
    }

    /// Logs in with one of its keys.
    pub async fn authenticate(
        &mut self,
        handle: &mut Handle<Handler>,
        user: String,
        identity: &AgentIdentity,
        hash: Option<HashAlg>,
    ) -> Result<AuthResult, AgentAuthError> {
        match identity {
            AgentIdentity::PublicKey { key, .. } => {
                let key: PublicKey = key.clone();
                handle
                    .authenticate_publickey_with(user, key, hash, &mut self.client)
                    .await
            }
            AgentIdentity::Certificate { certificate, .. } => {
                handle
                    .authenticate_certificate_with(
                        user,
                        certificate.clone(),
                        hash,
                        &mut self.client,
                    )
                    .await
            }
        }
    }
}

/// Signs nothing, but remembers that it was asked to: the server would accept the key.
#[derive(Default)]
pub(super) struct Probe {
    pub asked: bool,
}

impl Signer for Probe {
    type Error = AgentAuthError;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        _: Option<HashAlg>,
        _: Vec<u8>,
    ) -> Result<Vec<u8>, AgentAuthError> {
        self.asked = true;
        Err(russh::SendError {}.into())
    }
}

/// Signs with a key at hand. The library's own way signs for RSA certificates with a hash that it has
/// not told the server before.
pub(super) struct AtHand(pub Arc<PrivateKey>);

impl Signer for AtHand {
    type Error = AgentAuthError;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        hash: Option<HashAlg>,
        mut to_sign: Vec<u8>,
    ) -> Result<Vec<u8>, AgentAuthError> {
        let signature = match self.0.key_data() {
            KeypairData::Rsa(key) => (key, hash).try_sign(&to_sign),
            key => key.try_sign(&to_sign),
        };
        let encoded = signature
            .map_err(russh::keys::Error::from)
            .and_then(|signature| {
                let mut encoded = Vec::new();
                signature.encode(&mut encoded)?;
                encoded.encode(&mut to_sign)?;
                Ok(())
            });
        encoded?;
        Ok(to_sign)
    }
}
