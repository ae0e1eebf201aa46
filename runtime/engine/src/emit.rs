//! Numbers events and hands them to the subscriber.

use nexus_graph::event::{Event, EventKind};
use std::time::{SystemTime, UNIX_EPOCH};

/// The one place where events get their run, number and time.
pub(crate) struct Emitter<'a> {
    run: String,
    sequence: u64,
    subscriber: &'a mut dyn FnMut(&Event),
}

impl<'a> Emitter<'a> {
    /// For a new run.
    pub fn new(subscriber: &'a mut dyn FnMut(&Event)) -> Self {
        // Sorts by time; the process id tells two runs of one microsecond apart.
        let run = format!("{:x}-{:x}", now(), std::process::id());
        Emitter {
            run,
            sequence: 0,
            subscriber,
        }
    }

    /// The run's name.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Emits one event.
    pub fn emit(&mut self, kind: EventKind) {
        let event = Event {
            run: self.run.clone(),
            sequence: self.sequence,
            time: now(),
            kind,
        };
        self.sequence += 1;
        (self.subscriber)(&event);
    }
}

/// Microseconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_micros() as u64)
}
