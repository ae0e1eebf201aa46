//! What is sent to the client unasked.

use tokio::runtime::Handle;
use tower_lsp::Client;
use tower_lsp::ls_types::{Diagnostic, MessageType, Registration, Uri};

/// Where threads put what is to be sent. Never waits for the client.
#[derive(Clone)]
pub(super) struct Outbox {
    client: Client,
    runtime: Option<Handle>,
    ordered: tokio::sync::mpsc::UnboundedSender<Note>,
}

/// What is sent in the order in which it was put in.
enum Note {
    Diagnostics(Uri, Vec<Diagnostic>, Option<i32>),
    Log(MessageType, String),
}

impl Outbox {
    /// For a client. To be called inside a tokio runtime.
    pub(super) fn new(client: Client) -> Self {
        let (ordered, mut notes) = tokio::sync::mpsc::unbounded_channel();
        let runtime = Handle::try_current().ok();
        let to = client.clone();
        if let Some(runtime) = &runtime {
            runtime.spawn(async move {
                while let Some(note) = notes.recv().await {
                    match note {
                        Note::Diagnostics(uri, found, version) => {
                            to.publish_diagnostics(uri, found, version).await;
                        }
                        Note::Log(kind, text) => to.log_message(kind, text).await,
                    }
                }
            });
        }
        Outbox {
            client,
            runtime,
            ordered,
        }
    }

    /// What is wrong with a file.
    pub(super) fn diagnostics(&self, uri: Uri, found: Vec<Diagnostic>, version: Option<i32>) {
        // A client that is gone wants to know nothing.
        _ = self.ordered.send(Note::Diagnostics(uri, found, version));
    }

    /// For the log of the editor.
    pub(super) fn log(&self, kind: MessageType, text: String) {
        _ = self.ordered.send(Note::Log(kind, text));
    }

    /// Asks the client for notifications.
    pub(super) fn register(&self, what: Vec<Registration>) {
        self.ask(|client| async move {
            _ = client.register_capability(what).await;
        });
    }

    /// Tells the client that answers that depend on other files may be different now.
    pub(super) fn refresh(&self, what: super::settings::Refreshes) {
        self.ask(|client| async move {
            if what.diagnostics {
                _ = client.workspace_diagnostic_refresh().await;
            }
            if what.tokens {
                _ = client.semantic_tokens_refresh().await;
            }
            if what.hints {
                _ = client.inlay_hint_refresh().await;
            }
            if what.lenses {
                _ = client.code_lens_refresh().await;
            }
        });
    }

    /// A client may take its time for an answer; nothing waits for it.
    fn ask<F>(&self, question: impl FnOnce(Client) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(question(self.client.clone()));
        }
    }
}
