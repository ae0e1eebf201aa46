//! One run: what all its tasks share, and the entry point.

use crate::Cancel;
use crate::clock::Clock;
use crate::dispatch::{Dispatcher, RunReport};
use crate::durable::Durable;
use crate::emit::Emitter;
use crate::error::EngineError;
use crate::guard::{GuardClient, GuardLost, GuardProcess};
use crate::limits;
use crate::message::{self, Sink};
use crate::options::RunOptions;
use crate::remote::{self, Sessions};
use crate::resume::Resumption;
use crate::shared::Shared;
use crate::slots::{Slot, Slots};
use crate::trace::Observer;
use nexus_executor::Executor;
use nexus_graph::{Digest, Event, Task, TaskGraph, TaskId};
use nexus_store::{Digests, SharedCache, Store};
use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

/// Threads for work that blocks: digests, the store, locks.
const BLOCKING_THREADS: usize = 8;

/// What the tasks of a run share on the dispatcher's thread.
pub(crate) struct Run {
    pub shared: Arc<Shared>,
    pub cancel: Cancel,
    /// For time limits.
    pub clock: Rc<Clock>,
    pub sink: Sink,
    /// Held by the tasks whose commands run. Getting ready and keeping results needs none, so that
    /// processors do not idle meanwhile.
    pub slots: Slots,
    /// Nothing new is started.
    pub stopping: Cell<bool>,
    /// The run that is gone on with.
    pub resumption: Option<Arc<Resumption>>,
    /// Finds out what one of the tasks uses.
    pub observer: Option<Arc<Observer>>,
    /// What identifies the results of the tasks that are over, by position in the graph.
    pub made: RefCell<Vec<Option<Digest>>>,
    /// What is open on other machines.
    pub sessions: Sessions,
    hold: Option<Hold>,
    guard: OnceCell<GuardClient>,
    ahead: Arc<Mutex<Option<GuardProcess>>>,
    guard_error: RefCell<Option<io::Error>>,
}

/// What a run uses and leaves for the next one.
#[derive(Clone)]
pub struct Context {
    /// Where results are kept.
    pub store: Arc<Store>,
    /// Digests known from earlier.
    pub digests: Arc<Digests>,
    /// Keys of tasks that are certainly up to date, as everything they depend on is, by position in
    /// the graph; may be shorter than the graph. These tasks are not looked at again, and their
    /// logs are not read.
    pub up_to_date: Vec<Option<Digest>>,
    /// When the graph is only the part of a project that is not up to date: the rest.
    pub besides: Besides,
    /// A guard started ahead, for the first run that needs one.
    pub guard: Arc<Mutex<Option<GuardProcess>>>,
    /// Makes what was told durable, for those who must not go on before.
    pub durable: Option<Arc<dyn Durable>>,
    /// Gives open files, when the first process is about to start, that the guard keeps open until
    /// nothing of the run is left, however the run ends: locks that belong to them are held as long.
    pub hold: Option<Hold>,
    /// The run to go on with.
    pub resumption: Option<Arc<Resumption>>,
    /// A cache shared with other machines.
    pub cache: Option<Arc<dyn SharedCache>>,
    /// Runs commands on other machines; closed at the end of the run.
    pub executor: Option<Arc<dyn Executor>>,
    /// Finds out what one of the tasks uses: it is executed, watched, and its result is not kept.
    pub observer: Option<Arc<Observer>>,
}

/// What of a project is not in the graph that is run.
#[derive(Clone, Default)]
pub struct Besides {
    /// Tasks that are wanted and up to date. They count in the summary.
    pub known: u32,
    /// Gives the whole graph, to explain a mistake.
    pub whole: Option<Whole>,
}

/// Gives files to be kept open.
pub type Hold = Arc<dyn Fn() -> Vec<OwnedFd> + Send + Sync>;

/// Gives a whole graph.
pub type Whole = Arc<dyn Fn() -> Option<TaskGraph> + Send + Sync>;

impl Context {
    /// Nothing known but the store.
    pub fn new(store: Arc<Store>) -> Self {
        Context {
            store,
            digests: Arc::default(),
            up_to_date: Vec::new(),
            besides: Besides::default(),
            guard: Arc::default(),
            durable: None,
            hold: None,
            resumption: None,
            cache: None,
            executor: None,
            observer: None,
        }
    }
}

impl Run {
    /// The guard, started when the first process is about to be: a run that finds everything up
    /// to date never starts it.
    pub fn guard(&self) -> Result<GuardClient, GuardLost> {
        if let Some(guard) = self.guard.get() {
            return Ok(guard.clone());
        }
        let options = &self.shared.options;
        let ahead = crate::shared::lock(&self.ahead).take().map(Ok);
        let start = || GuardProcess::start(&options.guard_program, &options.guard_arguments);
        let held = self.hold.iter().flat_map(|hold| hold());
        let hold = self.shared.store.share_locks().into_iter().chain(held);
        let attach = |guard| GuardClient::attach(guard, hold);
        match ahead.unwrap_or_else(start).and_then(attach) {
            Ok(guard) => Ok(self.guard.get_or_init(|| guard).clone()),
            Err(error) => {
                self.guard_error.replace(Some(error));
                Err(GuardLost)
            }
        }
    }

    /// The guard if it was started.
    pub fn started_guard(&self) -> Option<&GuardClient> {
        self.guard.get()
    }

    /// Why the guard is lost.
    pub fn guard_error(&self) -> EngineError {
        match self.guard_error.take() {
            Some(error) => EngineError::GuardStart(error),
            None => EngineError::GuardLost,
        }
    }

    /// The graph.
    pub fn graph(&self) -> &TaskGraph {
        &self.shared.graph
    }

    /// Waits for a task's turn; `None` when nothing new is to be started any more.
    pub async fn slot(&self, id: TaskId) -> Option<Slot<'_>> {
        let slot = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return None,
            slot = self.slots.take(self.graph(), id) => slot,
        };
        (!self.stopping.get()).then_some(slot)
    }

    /// Notes a failure before its slot is given to the next task.
    pub fn failed(&self) {
        if !self.shared.options.continue_on_error {
            self.stopping.set(true);
        }
    }

    /// Runs a job beside the dispatcher; `None` when it panicked, which is reported by the panic
    /// itself.
    pub async fn blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Shared) -> T + Send + 'static,
    ) -> Option<T> {
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || job(&shared)).await.ok()
    }

    /// Runs a job that looks at the files of one task: at once when these are few and small, else
    /// beside the dispatcher. Handing a job to a thread and its result back costs more than looking
    /// at a few files, and the threads that wake up are in the way of the tasks' processes: 7 % of
    /// the time of a run of trivial tasks.
    pub async fn looking<T: Send + 'static>(
        &self,
        id: TaskId,
        job: impl FnOnce(&Shared) -> T + Send + 'static,
    ) -> Option<T> {
        match self.shared.is_small(id) {
            true => Some(job(&self.shared)),
            false => self.blocking(job).await,
        }
    }
}

/// Runs `targets` of `graph` and everything they depend on, and returns when all of it is over
/// and no process of it is left. Blocks; to be called outside of any tokio runtime.
///
/// # Errors
/// When running is not possible at all; tasks that fail are part of the report.
pub fn run(
    graph: &Arc<TaskGraph>,
    targets: &[TaskId],
    options: &RunOptions,
    context: &Context,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(&Event),
) -> Result<RunReport, EngineError> {
    let mut options = options.clone();
    // More than there are tasks cannot run at once.
    let parallel = options.parallel.clamp(1, graph.tasks.len().max(1));
    let shortage = limits::make_room(parallel).err();
    if let Some(shortage) = &shortage {
        options.parallel = shortage.parallel;
    }
    // Results that are fetched are put into the store beside the dispatcher.
    let waiting = context
        .cache
        .as_ref()
        .map_or(0, |_| crate::dispatch::ASKING);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Beside the running tasks, those that wait for locks of other processes hold a thread.
        .max_blocking_threads(parallel * 4 + waiting + BLOCKING_THREADS)
        .build()
        .map_err(EngineError::Start)?;
    crate::slice::shorten();
    let hosts_at_once = graph.inventory.parallel;
    let hosts_at_once = hosts_at_once.map_or(remote::PARALLEL, |n| n as usize);
    let (sender, messages) = message::channel();
    let emitter = Emitter::new(on_event);
    let name = emitter.run().to_string();
    let slots = Slots::new(options.parallel, graph, options.parallel_with_hosts);
    let shared = Shared::new(graph.clone(), options, context, name);
    let mut made = context.up_to_date.clone();
    made.resize(graph.tasks.len(), None);
    // Inside the runtime, whose time it is.
    let clock = {
        let _inside = runtime.enter();
        Rc::new(Clock::new())
    };
    let run = Rc::new(Run {
        shared: Arc::new(shared),
        cancel: cancel.clone(),
        clock: clock.clone(),
        sink: Sink::new(sender),
        slots,
        stopping: Cell::new(false),
        resumption: context.resumption.clone(),
        observer: context.observer.clone(),
        made: RefCell::new(made),
        sessions: Sessions::new(
            context.executor.clone(),
            hosts_at_once,
            context.resumption.as_ref().map(|r| r.run.clone()),
            context.durable.is_some(),
        ),
        hold: context.hold.clone(),
        guard: OnceCell::new(),
        ahead: context.guard.clone(),
        guard_error: RefCell::new(None),
    });
    let local = tokio::task::LocalSet::new();
    let limited =
        |task: &Task| task.timeout.is_some() || task.steps.iter().any(|s| s.timeout.is_some());
    if graph.tasks.iter().any(limited) {
        local.spawn_local(async move { clock.run().await });
    }
    let dispatcher = Dispatcher::new(run, targets, context, emitter, shortage);
    let report = local.block_on(&runtime, dispatcher.all(targets, messages));
    drop(local);
    // A job that waits for another process's lock is not waited for.
    runtime.shutdown_background();
    report
}
