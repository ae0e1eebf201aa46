//! A shared cache as a run sees it. A thread of its own does the waiting; it is started with the
//! first question.

use crate::fault::Fault;
use crate::fetch::look_up;
use crate::inner::Inner;
use crate::push::push;
use crate::settings::Settings;
use nexus_graph::event::SharedTotals;
use nexus_store::shared::{Answer, Offer, Pending, Question};
use nexus_store::{SharedCache, Store, Warning};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Semaphore, oneshot};

/// Results that are written at the same time; the others wait as a few words each.
const WRITERS: usize = 4;

/// Time between two reports of what is still being written.
const REPORT: Duration = Duration::from_millis(200);

/// A cache that other machines use as well.
pub struct Cache {
    inner: Arc<Inner>,
    /// Whether the end of a run waits for what is being written.
    wait: bool,
    writers: Arc<Semaphore>,
    worker: OnceLock<Option<Worker>>,
    warned: AtomicBool,
}

/// The thread that waits for the network.
struct Worker {
    handle: Handle,
    /// Dropped, it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl Cache {
    /// Opens nothing yet. `wait` says whether the end of a run waits for what is being written.
    pub fn new(settings: Settings, store: Arc<Store>, wait: bool) -> Self {
        Cache {
            inner: Arc::new(Inner::new(settings, store)),
            wait,
            writers: Arc::new(Semaphore::new(WRITERS)),
            worker: OnceLock::new(),
            warned: AtomicBool::new(false),
        }
    }

    fn worker(&self) -> Option<&Worker> {
        let worker = self.worker.get_or_init(|| {
            let worker = Worker::start();
            if worker.is_none() {
                let fault = Fault::Failed("no thread can be started for it".into());
                self.inner.reads.failed(&fault);
                self.inner.reads.turn_off();
                self.inner.writes.turn_off();
            }
            worker
        });
        worker.as_ref()
    }
}

impl Worker {
    fn start() -> Option<Worker> {
        let runtime = Builder::new_current_thread().enable_all().build().ok()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("shared cache".into());
        let body = move || {
            // An error means that nobody is left to ask anything.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_background();
        };
        thread.spawn(body).ok()?;
        Some(Worker {
            handle,
            _stop: stop,
        })
    }
}

impl SharedCache for Cache {
    fn look_up(&self, question: Question, answer: Box<dyn FnOnce(Answer) + Send>) {
        let usable = !self.inner.reads.is_off() && self.inner.store.enabled();
        let worker = if usable { self.worker() } else { None };
        let Some(worker) = worker else {
            return answer(Answer::Nothing);
        };
        let inner = self.inner.clone();
        worker.handle.spawn(async move {
            answer(look_up(&inner, question).await);
        });
    }

    fn writes(&self) -> bool {
        self.inner.settings.write && !self.inner.writes.is_off() && self.inner.store.enabled()
    }

    fn offer(&self, offer: Offer) {
        let worker = if self.writes() { self.worker() } else { None };
        let Some(worker) = worker else {
            self.inner.count(|totals| totals.unwritten += 1);
            return;
        };
        self.inner.pending.fetch_add(1, Ordering::AcqRel);
        let (inner, writers) = (self.inner.clone(), self.writers.clone());
        worker.handle.spawn(async move {
            {
                // Never closed.
                let _turn = writers.acquire().await;
                push(&inner, offer).await;
            }
            inner.pending.fetch_sub(1, Ordering::AcqRel);
            inner.settled.notify_waiters();
        });
    }

    fn settle(&self, mut tell: Box<dyn FnMut(Pending) + Send>) {
        let pending = |inner: &Inner| inner.pending.load(Ordering::Acquire);
        let worker = match pending(&self.inner) {
            0 => None,
            _ => self.worker(),
        };
        let Some(worker) = worker else {
            return tell(Pending::default());
        };
        if !self.wait {
            self.inner.writes.turn_off();
        }
        let inner = self.inner.clone();
        worker.handle.spawn(async move {
            let enough = tokio::time::sleep(inner.settings.budget);
            tokio::pin!(enough);
            loop {
                let settled = inner.settled.notified();
                tokio::pin!(settled);
                settled.as_mut().enable();
                let results = pending(&inner);
                let bytes = inner.sent();
                tell(Pending { results, bytes });
                if results == 0 {
                    return;
                }
                tokio::select! {
                    () = settled => {}
                    () = tokio::time::sleep(REPORT) => {}
                    () = &mut enough, if !inner.writes.is_off() => {
                        let left = format!("{results} results were not written in time");
                        inner.writes.failed(&Fault::Slow(left));
                        inner.writes.turn_off();
                    }
                }
            }
        });
    }

    fn take_totals(&self) -> SharedTotals {
        self.inner.take_totals()
    }

    fn take_warning(&self) -> Option<Warning> {
        let inner = &self.inner;
        let name = inner.settings.name();
        let of = |health: &crate::health::Health, writing: bool| {
            let (fault, more) = health.take_fault()?;
            Some(fault.warning(&name, writing, more, health.is_off()))
        };
        // What concerns reading first: one thing is said, and once.
        let warning = of(&inner.reads, false).or_else(|| of(&inner.writes, true))?;
        (!self.warned.swap(true, Ordering::AcqRel)).then_some(warning)
    }
}
