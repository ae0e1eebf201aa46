//! Results made elsewhere: asked for between "nothing is known here" and executing, and offered to
//! others afterwards.
//!
//! A task that finds some of its inputs by running is looked for in steps: what others left under
//! its static key are the paths they saw it read, which, with what these files are here, give the
//! next key, and so on. All of it is looked at again by the ordinary way of a known result.

use super::decide::Prepared;
use crate::key::{Discovered, digest_of, key_of};
use crate::resolve::discovered;
use crate::run::Run;
use crate::shared::{Shared, lock};
use nexus_graph::event::{EventKind, Origin};
use nexus_graph::key::Manifest;
use nexus_graph::{Digest, Task, TaskId};
use nexus_store::SharedCache;
use nexus_store::shared::{Answer, Offer, Pending, Question, SharedResult};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

/// Steps to a result; each stands for another set of files that was read.
const STEPS: usize = 8;

/// What a run knows about a shared cache.
#[derive(Default)]
pub(crate) struct Remote {
    /// The cache.
    pub cache: Option<Arc<dyn SharedCache>>,
    /// Where results that were fetched come from, by key.
    origins: Mutex<HashMap<Digest, Origin>>,
    /// Where the way from a static key ends, for those that were asked for.
    ends: Mutex<HashMap<Digest, Digest>>,
}

impl Remote {
    /// With a cache, or without.
    pub fn new(cache: Option<Arc<dyn SharedCache>>) -> Self {
        Remote {
            cache,
            ..Remote::default()
        }
    }

    /// Where the result of a key comes from, when it was fetched in this run; said once.
    pub fn take_origin(&self, key: &Digest) -> Option<Origin> {
        lock(&self.origins).remove(key)
    }

    /// Hands a result that was just stored over to others.
    pub fn offer(&self, task: &Task, static_key: Digest, key: Digest, run: &str) {
        let Some(cache) = self.cache.as_ref().filter(|cache| cache.writes()) else {
            return;
        };
        let end = lock(&self.ends).get(&static_key).copied();
        cache.offer(Offer {
            key,
            static_key,
            end: end.unwrap_or(static_key),
            task: task.path.clone(),
            run: run.to_string(),
        });
    }
}

/// Looks for the result of a task that is not known here. When it is found, it is known
/// afterwards.
pub(crate) async fn fetch(run: &Rc<Run>, id: TaskId, prepared: &Prepared) -> bool {
    let Some(cache) = run.shared.remote.cache.clone() else {
        return false;
    };
    let static_key = prepared.static_key;
    let (mut key, mut paths, mut seen) = (static_key, Vec::new(), Vec::new());
    loop {
        seen.push(key);
        let asked = ask(&cache, run.graph().task(id), key);
        let answer = tokio::select! {
            biased;
            answer = asked => answer,
            () = run.cancel.cancelled() => return false,
        };
        match answer {
            Answer::Nothing => {
                lock(&run.shared.remote.ends).insert(static_key, key);
                return false;
            }
            Answer::Result(result) => {
                let prepared = prepared.clone();
                let keep = move |shared: &Shared| keep(shared, id, &prepared, key, &paths, *result);
                return run.blocking(keep).await.unwrap_or(false);
            }
            Answer::Paths(next) => {
                let resolved = prepared.resolution.resolved.clone();
                let step = move |shared: &Shared| {
                    let (set, _) = discovered(&shared.options.root, &shared.digests, &next).ok()?;
                    let key = digest_of(shared.graph.task(id), &resolved, &set);
                    Some((key, next))
                };
                let Some((next_key, next)) = run.blocking(step).await.flatten() else {
                    return false;
                };
                if seen.len() == STEPS || seen.contains(&next_key) || !has_depfile(run, id) {
                    return false;
                }
                (key, paths) = (next_key, next);
            }
        }
    }
}

fn has_depfile(run: &Run, id: TaskId) -> bool {
    let mut steps = run.graph().task(id).steps.iter();
    steps.any(|step| step.depfile.is_some())
}

async fn ask(cache: &Arc<dyn SharedCache>, task: &Task, key: Digest) -> Answer {
    let outputs = task.outputs.iter().map(|output| output.path.clone());
    let question = Question {
        key,
        outputs: outputs.collect(),
    };
    let (answer, answered) = oneshot::channel();
    let tell = move |found: Answer| {
        // Nobody listens when the run was cancelled.
        let _ = answer.send(found);
    };
    cache.look_up(question, Box::new(tell));
    answered.await.unwrap_or(Answer::Nothing)
}

/// Makes a fetched result a known one; `false` when it is not the result of this key.
fn keep(
    shared: &Shared,
    id: TaskId,
    prepared: &Prepared,
    key: Digest,
    paths: &[String],
    found: SharedResult,
) -> bool {
    let task = shared.graph.task(id);
    let set = match discovered(&shared.options.root, &shared.digests, paths) {
        Ok((set, _)) => set,
        Err(_) => Discovered::new(),
    };
    // The parts as they are here: what the key stands for is not taken from others.
    let (here, manifest): (Digest, Manifest) = key_of(task, &prepared.resolution.resolved, &set);
    if here != key {
        return false;
    }
    let store = &shared.store;
    if task.steps.iter().any(|step| step.depfile.is_some()) {
        store.put_discovered(&prepared.static_key, paths);
    }
    store.put_manifest(&key, &manifest);
    store.put_action(&key, &found.result, None);
    store.flush();
    lock(&shared.remote.origins).insert(key, found.origin);
    true
}

/// Waits for what is being written, telling `emit` how far it is; not longer than the cache itself
/// allows, and not when the run is cancelled.
pub(crate) async fn settle(
    run: &Run,
    cache: &Arc<dyn SharedCache>,
    mut emit: impl FnMut(EventKind),
) {
    let (tell, mut told) = mpsc::unbounded_channel();
    cache.settle(Box::new(move |pending: Pending| {
        // Nobody listens when the run was cancelled.
        let _ = tell.send(pending);
    }));
    loop {
        let pending = tokio::select! {
            biased;
            () = run.cancel.cancelled() => return,
            pending = told.recv() => pending,
        };
        match pending {
            Some(Pending { results, bytes }) if results > 0 => {
                emit(EventKind::Uploading { results, bytes });
            }
            _ => return,
        }
    }
}
