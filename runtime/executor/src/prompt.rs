//! Asking the person at the terminal.

use crate::Pending;

/// Asks a person. Questions may come from many hosts at the same time; they are asked one after the
/// other, and an answer is not remembered here: whoever asks for a secret keeps it for as long as
/// it is good for.
pub trait Prompt: Send + Sync {
    /// A secret, typed without being shown; `None` when there is nobody to ask, or no answer.
    fn secret<'a>(&'a self, question: &'a Question) -> Pending<'a, Option<Secret>>;

    /// Yes or no; `None` when there is nobody to ask.
    fn confirm<'a>(&'a self, question: &'a Question) -> Pending<'a, Option<bool>>;
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Lines of explanation above the question, which may have come from a server: shown with
    /// control characters made visible.
    pub about: Vec<String>,
    /// The question itself: `Password of deploy on web-1`, without a colon.
    pub text: String,
    /// Whether the answer may be seen while it is typed (a one-time code, say).
    pub shown: bool,
}

/// Something that must not be printed. Overwritten when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps it.
    pub fn new(text: String) -> Self {
        Secret(text)
    }

    /// The text, for whoever must send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Nobody is there to answer.
pub struct Nobody;

impl Prompt for Nobody {
    fn secret<'a>(&'a self, _: &'a Question) -> Pending<'a, Option<Secret>> {
        Box::pin(std::future::ready(None))
    }

    fn confirm<'a>(&'a self, _: &'a Question) -> Pending<'a, Option<bool>> {
        Box::pin(std::future::ready(None))
    }
}
