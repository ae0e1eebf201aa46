//! A request on its way: from the handler through the queue to a thread, and the answer back.

use super::publish::Round;
use super::state::State;
use super::view::View;
use nexus_compiler::diagnostic::Diagnostic;
use nexus_compiler::ide::{Cancelled, Canceller, Planning};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};

/// What the queue holds.
pub(super) enum Event {
    /// Something that changes the state, in the order in which the client sent it.
    Change(Box<dyn FnOnce(&mut State) + Send>),
    /// Something that reads: to be done with what was sent before it, and nothing that was sent
    /// later.
    Read(Box<dyn Job>),
    /// A thread has done its work and takes more.
    Idle(usize),
    /// The work of a thread was in vain: to be done once more, after some files are read.
    Again(Box<dyn Job>, Vec<Arc<Path>>),
    /// What was found wrong.
    Found(Round),
    /// Projects as they were in some state of things, to be evaluated.
    Prepared(u64, Vec<Planning>),
    /// Projects could not be taken out in that state of things: something was being changed.
    Unprepared(u64),
    /// What evaluation has found in that state of things.
    Evaluated(u64, Vec<Diagnostic>),
}

/// A request of the client: what it takes, gives, and does.
pub(super) trait Request: Send + 'static {
    /// As the client sends them.
    type Params: Send + 'static;
    /// As the client gets it.
    type Answer: Send + 'static;
    /// The answer is about a whole file, so it is computed anew when the file has changed
    /// meanwhile; positions in other requests mean something else then.
    const WHOLE: bool = false;
    /// Somebody waits for it while typing.
    const URGENT: bool = false;

    /// Computes the answer.
    ///
    /// # Errors
    /// For the client, in words.
    fn answer(view: &View, params: &Self::Params) -> Result<Self::Answer>;
}

/// Something to be computed on a snapshot.
pub(super) trait Job: Send {
    /// Comes before others.
    fn is_urgent(&self) -> bool;

    /// Nobody wants it any more.
    fn is_cancelled(&self) -> bool;

    /// Something has changed before it was its turn. Gives it back if it is to be done all the
    /// same.
    fn overtaken(self: Box<Self>) -> Option<Box<dyn Job>>;

    /// Does it. Gives what is left to do.
    fn run(self: Box<Self>, view: View) -> After;
}

/// What is left to do.
pub(super) enum After {
    /// Nothing.
    Nothing,
    /// Everything, when these files are read.
    Again(Box<dyn Job>, Vec<Arc<Path>>),
    /// To tell what is wrong.
    Found(Round),
}

/// Whether a request is still wanted, and how to end the work on it.
#[derive(Default)]
pub(super) struct Wish(Mutex<(bool, Option<Canceller>)>);

impl Wish {
    fn lock(&self) -> std::sync::MutexGuard<'_, (bool, Option<Canceller>)> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// It is no longer wanted.
    pub(super) fn withdraw(&self) {
        let mut state = self.lock();
        state.0 = true;
        if let Some(canceller) = state.1.take() {
            canceller.cancel();
        }
    }

    pub(super) fn is_withdrawn(&self) -> bool {
        self.lock().0
    }

    /// Work begins. False when it need not.
    pub(super) fn begin(&self, canceller: Canceller) -> bool {
        let mut state = self.lock();
        state.1 = Some(canceller);
        !state.0
    }

    /// Work has ended.
    pub(super) fn end(&self) {
        self.lock().1 = None;
    }
}

/// Withdraws a wish when the handler that had it is dropped, as `$/cancelRequest` does.
pub(super) struct Waiting(pub(super) Arc<Wish>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.withdraw();
    }
}

/// A request in the queue.
pub(super) struct Asked<R: Request> {
    pub(super) params: R::Params,
    pub(super) answer: oneshot::Sender<Result<R::Answer>>,
    pub(super) wish: Arc<Wish>,
}

impl<R: Request> Job for Asked<R> {
    fn is_urgent(&self) -> bool {
        R::URGENT
    }

    fn is_cancelled(&self) -> bool {
        self.wish.is_withdrawn()
    }

    fn overtaken(self: Box<Self>) -> Option<Box<dyn Job>> {
        if R::WHOLE {
            return Some(self);
        }
        // Nobody waits any more when the request was cancelled.
        _ = self.answer.send(Err(modified()));
        None
    }

    fn run(self: Box<Self>, view: View) -> After {
        if !self.wish.begin(view.snapshot.canceller()) {
            return After::Nothing;
        }
        let work = AssertUnwindSafe(|| {
            view.snapshot.run(|snapshot| {
                let unread = snapshot.unread();
                match unread.is_empty() {
                    true => Ok(R::answer(&view, &self.params)),
                    false => Err(unread),
                }
            })
        });
        let outcome = std::panic::catch_unwind(work);
        self.wish.end();
        // Whoever reads the answer may change something at once.
        drop(view);
        let answer = match outcome {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(unread))) => return After::Again(self, unread),
            Ok(Err(Cancelled::Edited)) if R::WHOLE => return After::Again(self, Vec::new()),
            Ok(Err(Cancelled::Edited)) => Err(modified()),
            Ok(Err(Cancelled::Asked)) => Err(Error::request_cancelled()),
            Err(_) => Err(Error {
                code: ErrorCode::InternalError,
                message: "a bug in nexus; the log of the server says where".into(),
                data: None,
            }),
        };
        // Nobody waits any more when the request was cancelled.
        _ = self.answer.send(answer);
        After::Nothing
    }
}

fn modified() -> Error {
    Error {
        code: ErrorCode::ContentModified,
        message: "the text was changed meanwhile".into(),
        data: None,
    }
}
