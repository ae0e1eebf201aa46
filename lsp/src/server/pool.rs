//! Threads that compute answers. They have big stacks, since the database recurses.

use super::job::{After, Event, Job};
use super::view::View;
use std::sync::mpsc::{Receiver, Sender, channel};

/// The most threads there are; each may wait for a query that another computes.
const MOST: usize = 4;

/// Threads, and which of them have nothing to do.
pub(super) struct Pool {
    workers: Vec<Sender<(Box<dyn Job>, View)>>,
    idle: Vec<usize>,
}

impl Pool {
    /// Starts the threads; they tell `events` what became of their work.
    pub(super) fn start(events: &Sender<Event>) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let mut workers = Vec::new();
        for id in 0..processors.clamp(2, MOST) {
            let (sender, receiver) = channel();
            let events = events.clone();
            let started = nexus_compiler::stack::spawn("nexus-lsp-worker", move || {
                work(id, &receiver, &events);
            });
            match started {
                Ok(_) => workers.push(sender),
                Err(error) => {
                    tracing::error!("no thread for answers: {error}");
                    break;
                }
            }
        }
        let idle = (0..workers.len()).collect();
        Pool { workers, idle }
    }

    /// Whether a thread has nothing to do.
    pub(super) fn is_free(&self) -> bool {
        !self.idle.is_empty()
    }

    /// A thread has nothing to do any more.
    pub(super) fn freed(&mut self, id: usize) {
        self.idle.push(id);
    }

    /// Gives a free thread something to do.
    pub(super) fn give(&mut self, job: Box<dyn Job>, view: View) {
        if let Some(id) = self.idle.pop() {
            // A thread ends only together with this.
            _ = self.workers[id].send((job, view));
        }
    }
}

fn work(id: usize, jobs: &Receiver<(Box<dyn Job>, View)>, events: &Sender<Event>) {
    while let Ok((job, view)) = jobs.recv() {
        let event = match job.run(view) {
            After::Nothing => None,
            After::Again(job, unread) => Some(Event::Again(job, unread)),
            After::Found(round) => Some(Event::Found(round)),
        };
        // Without the queue nobody waits for anything.
        if let Some(event) = event {
            _ = events.send(event);
        }
        if events.send(Event::Idle(id)).is_err() {
            break;
        }
    }
}
