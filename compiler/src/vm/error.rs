//! How evaluation fails.

use crate::diagnostic::registry::evaluation as codes;
use crate::diagnostic::{Code, Diagnostic};
use crate::value::TaskPath;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Why there is no value. Kept in the thunk that failed: asking again gives the same.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The program is wrong: at least one diagnostic.
    Errors(Arc<[Diagnostic]>),
    /// These tasks have to be built first; then evaluation can be tried again.
    NeedsTasks(Arc<BTreeSet<TaskPath>>),
}

/// A failure on its way: where it happened is not yet known.
#[derive(Debug)]
pub enum Raise {
    /// Something new.
    Fault(Box<Fault>),
    /// Something that already has its place.
    Failure(Failure),
}

/// What went wrong.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which kind.
    pub code: Code,
    /// One sentence that stands alone.
    pub message: String,
    /// Facts.
    pub notes: Vec<String>,
    /// What to do.
    pub helps: Vec<String>,
    /// A look-up found nothing: an `or` right behind it takes over.
    pub nothing: bool,
    /// The call is to blame, not the place inside the function.
    pub caller: bool,
}

impl Fault {
    /// A fault with a code and a sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Fault {
            code,
            message: message.into(),
            notes: Vec::new(),
            helps: Vec::new(),
            nothing: false,
            caller: false,
        }
    }

    /// A look-up that found nothing.
    pub fn nothing(message: impl Into<String>) -> Self {
        Fault {
            nothing: true,
            ..Fault::new(codes::NOTHING_FOUND, message)
        }
    }

    /// Adds advice.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Adds a fact.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Blames the caller.
    pub fn blame_caller(mut self) -> Self {
        self.caller = true;
        self
    }
}

impl From<Fault> for Raise {
    fn from(fault: Fault) -> Self {
        Raise::Fault(Box::new(fault))
    }
}

impl From<Failure> for Raise {
    fn from(failure: Failure) -> Self {
        Raise::Failure(failure)
    }
}
