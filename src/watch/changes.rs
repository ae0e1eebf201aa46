//! Changes of watched folders as they are told by the system.

use super::{Interest, Weight};
use nexus_engine::Cancel;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Programs save in several steps: so much silence ends a change …
const SILENCE: Duration = Duration::from_millis(10);
/// … but it is not waited for longer than this.
const PATIENCE: Duration = Duration::from_millis(200);
/// How often a request to end is looked for while nothing changes.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Default)]
struct State {
    interest: Interest,
    changed: BTreeMap<PathBuf, Weight>,
    last: Option<Instant>,
    /// The run that a change makes obsolete.
    running: Option<Cancel>,
}

/// Gathers changes that matter.
pub struct Changes {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    shared: Arc<(Mutex<State>, Condvar)>,
}

fn lock(mutex: &Mutex<State>) -> MutexGuard<'_, State> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Changes {
    /// Nothing is watched yet.
    ///
    /// # Errors
    /// When the system cannot watch files.
    pub fn new() -> notify::Result<Changes> {
        let shared: Arc<(Mutex<State>, Condvar)> = Arc::default();
        let tell = shared.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            let mut state = lock(&tell.0);
            for path in event.paths {
                let Some(weight) = state.interest.weight(&path) else {
                    continue;
                };
                let known = state.changed.entry(path).or_insert(weight);
                *known = weight.max(*known);
                state.last = Some(Instant::now());
                if weight == Weight::Input
                    && let Some(run) = &state.running
                {
                    run.cancel();
                }
                tell.1.notify_all();
            }
        })?;
        Ok(Changes {
            watcher,
            watched: BTreeSet::new(),
            shared,
        })
    }

    /// From now on watches what `interest` says.
    ///
    /// # Errors
    /// When a folder cannot be watched, as a rule because there are too many.
    pub fn watch(&mut self, interest: Interest) -> notify::Result<()> {
        for gone in self.watched.difference(&interest.folders) {
            // It may not exist any more.
            let _ = self.watcher.unwatch(gone);
        }
        for new in interest.folders.difference(&self.watched) {
            match self.watcher.watch(new, RecursiveMode::NonRecursive) {
                Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => {}
                other => other?,
            }
        }
        self.watched.clone_from(&interest.folders);
        lock(&self.shared.0).interest = interest;
        Ok(())
    }

    /// What has changed until now.
    pub fn take(&self) -> BTreeMap<PathBuf, Weight> {
        std::mem::take(&mut lock(&self.shared.0).changed)
    }

    /// A run begins: a change of its inputs cancels it.
    pub fn begin(&self, run: Cancel) {
        let mut state = lock(&self.shared.0);
        if state
            .changed
            .values()
            .any(|weight| *weight == Weight::Input)
        {
            run.cancel();
        }
        state.running = Some(run);
    }

    /// The run is over.
    pub fn end(&self) {
        lock(&self.shared.0).running = None;
    }

    /// Notes a change that was found otherwise.
    pub fn add(&self, path: PathBuf) {
        lock(&self.shared.0).changed.insert(path, Weight::Input);
    }

    /// Waits until something has changed and whoever changes it pauses. `false` when `stop` says so
    /// first.
    pub fn wait(&self, stop: impl Fn() -> bool) -> bool {
        let mut state = lock(&self.shared.0);
        while state.changed.is_empty() {
            if stop() {
                return false;
            }
            let waited = self.shared.1.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let limit = Instant::now() + PATIENCE;
        loop {
            let quiet = state.last.map_or(SILENCE, |last| last.elapsed());
            if quiet >= SILENCE || Instant::now() >= limit {
                return true;
            }
            let waited = self.shared.1.wait_timeout(state, SILENCE - quiet);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
