//! The thread that owns the database: it takes events in the order in which they come.

use super::client::Outbox;
use super::evaluate::Prepare;
use super::job::{Event, Job};
use super::pool::Pool;
use super::publish::Publish;
use super::state::State;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Instant;

/// Starts the thread. It ends when it is told that the client is gone.
pub(super) fn start(queue: Receiver<Event>, events: Sender<Event>, outbox: Outbox) {
    let started = nexus_compiler::stack::spawn("nexus-lsp-main", move || {
        let pool = Pool::start(&events);
        let main = Main {
            state: State::new(outbox),
            pool,
            waiting: VecDeque::new(),
            events,
        };
        main.run(&queue);
    });
    if let Err(error) = started {
        tracing::error!("no thread for the database: {error}");
    }
}

struct Main {
    state: State,
    pool: Pool,
    /// What reads and has no thread yet. It gets its snapshot with the thread: a snapshot that
    /// waits would keep changes waiting.
    waiting: VecDeque<Waiting>,
    events: Sender<Event>,
}

/// What reads, and the state of things when it was asked for.
struct Waiting {
    job: Box<dyn Job>,
    revision: u64,
}

impl Main {
    fn run(mut self, queue: &Receiver<Event>) {
        while let Ok(event) = self.wait(queue) {
            if let Some(event) = event {
                self.take(event);
            }
            // What has come meanwhile is older than anything computed now.
            while let Ok(event) = queue.try_recv() {
                self.take(event);
            }
            if self.state.is_over {
                return;
            }
            if let Some(projects) = self.state.begin_evaluation() {
                let events = self.events.clone();
                self.enqueue(Box::new(Prepare { projects, events }));
            }
            self.dispatch();
        }
    }

    /// Waits for the next event; nothing when it is time for something else before one comes.
    fn wait(&self, queue: &Receiver<Event>) -> Result<Option<Event>, RecvTimeoutError> {
        let Some(deadline) = self.state.evaluation.deadline() else {
            let event = queue.recv().map_err(|_| RecvTimeoutError::Disconnected);
            return event.map(Some);
        };
        match queue.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Timeout) => Ok(None),
            event => event.map(Some),
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Change(change) => change(&mut self.state),
            Event::Read(job) => self.enqueue(job),
            Event::Idle(id) => self.pool.freed(id),
            Event::Again(job, unread) => {
                self.state.need(&unread);
                self.enqueue(job);
            }
            Event::Found(round) => self.state.publish(round),
            Event::Prepared(revision, projects) => {
                let events = self.events.clone();
                self.state.evaluate(revision, projects, events);
            }
            Event::Unprepared(revision) => self.state.unprepared(revision),
            Event::Evaluated(revision, found) => self.state.evaluated(revision, found),
        }
    }

    fn enqueue(&mut self, job: Box<dyn Job>) {
        let urgent = job.is_urgent();
        let revision = self.state.revision();
        let waiting = Waiting { job, revision };
        match urgent {
            true => self.waiting.push_front(waiting),
            false => self.waiting.push_back(waiting),
        }
    }

    /// The next that is still to be done.
    fn next(&mut self) -> Option<Box<dyn Job>> {
        loop {
            let waiting = self.waiting.pop_front()?;
            if waiting.revision == self.state.revision() {
                return Some(waiting.job);
            }
            if let Some(job) = waiting.job.overtaken() {
                return Some(job);
            }
        }
    }

    fn dispatch(&mut self) {
        self.waiting.retain(|waiting| !waiting.job.is_cancelled());
        // What is wrong is told even when many questions are asked.
        while self.pool.is_free() {
            let job = match self.state.wants_round() {
                true => Box::new(Publish::new(self.state.begin_round(), self.events.clone()))
                    as Box<dyn Job>,
                false => match self.next() {
                    Some(job) => job,
                    None => break,
                },
            };
            let view = self.state.view();
            self.pool.give(job, view);
        }
    }
}
