//! Other threads that ask the database the same question about other files.

use super::{Database, Db, SourceFile};
use crate::stack::on_big_stack;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;

/// Fewer files are not worth another thread.
const WORTH: usize = 8;

/// The most threads there are; most of what they do waits for the memory of the machine.
const MOST: usize = 4;

/// How many threads a number of files is worth.
fn threads(files: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    (files / WORTH).clamp(1, processors.min(MOST))
}

/// Asks about all of some files, each thread taking the next one. The answers are in no order.
pub(super) fn ask_all<T: Send>(
    db: &Database,
    files: Vec<SourceFile>,
    question: fn(&dyn Db, SourceFile) -> T,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = |db: Database| {
        let mut found = Vec::new();
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.push(question(&db, *file));
        }
        found
    };
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads(files.len()))
            .filter_map(|_| {
                let db = db.clone();
                let thread = std::thread::Builder::new();
                // Without it there is more to do for the others.
                let started = thread.spawn_scoped(scope, || on_big_stack(|| work(db)));
                started.ok()
            })
            .collect();
        let own = db.clone();
        let mut found = on_big_stack(|| work(own));
        for helper in helpers {
            match helper.join() {
                Ok(more) => found.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        found
    })
}

/// Threads that answer in rounds, between which the database changes. They are started when a
/// round is worth it.
pub(super) struct Helpers<'scope, 'env, T> {
    scope: &'scope Scope<'scope, 'env>,
    question: fn(&dyn Db, SourceFile) -> T,
    running: Vec<Helper<T>>,
}

/// What a thread is given, and what it answers.
struct Helper<T> {
    given: Sender<(Database, Vec<SourceFile>)>,
    answers: Receiver<Vec<T>>,
}

impl<'scope, 'env, T: Send + 'scope> Helpers<'scope, 'env, T> {
    pub(super) fn new(
        scope: &'scope Scope<'scope, 'env>,
        question: fn(&dyn Db, SourceFile) -> T,
    ) -> Self {
        Helpers {
            scope,
            question,
            running: Vec::new(),
        }
    }

    /// The answers about some files, in their order. On this thread there must be a big stack.
    pub(super) fn ask(&mut self, db: &Database, files: &[SourceFile]) -> Vec<T> {
        let wanted = threads(files.len());
        while self.running.len() + 1 < wanted && self.start().is_ok() {}
        let threads = wanted.min(self.running.len() + 1);
        let mut parts = files.chunks(files.len().div_ceil(threads).max(1));
        let own = parts.next().unwrap_or_default();
        let asked: Vec<&Helper<T>> = parts
            .zip(&self.running)
            .map(|(part, helper)| {
                // A thread that is gone is found out below.
                _ = helper.given.send((db.clone(), part.to_vec()));
                helper
            })
            .collect();
        let mut found: Vec<T> = own.iter().map(|file| (self.question)(db, *file)).collect();
        for helper in asked {
            match helper.answers.recv() {
                Ok(more) => found.extend(more),
                // It has panicked, and so does the scope when this ends.
                Err(_) => break,
            }
        }
        found
    }

    fn start(&mut self) -> io::Result<()> {
        let (given, work) = channel::<(Database, Vec<SourceFile>)>();
        let (done, answers) = channel();
        let question = self.question;
        std::thread::Builder::new().spawn_scoped(self.scope, move || {
            on_big_stack(move || {
                while let Ok((db, files)) = work.recv() {
                    let found = files.iter().map(|file| question(&db, *file)).collect();
                    // The database cannot change as long as this is there.
                    drop(db);
                    if done.send(found).is_err() {
                        break;
                    }
                }
            });
        })?;
        self.running.push(Helper { given, answers });
        Ok(())
    }
}
