//! From a session to the engine: one run of one graph, shown as it goes.

use super::{How, Planned, Session};
use crate::error::{CliError, Exit};
use crate::history::{self, About, Flushed};
use crate::render::reporter::Reporter;
use crate::render::warning;
use crate::resume::Resumption;
use nexus_cache::Cache;
use nexus_engine::guard::GuardProcess;
use nexus_engine::{Cancel, RunReport};
use nexus_graph::event::EventKind;
use nexus_graph::{Event, TaskId};
use nexus_store::{SharedCache, Store};
use std::cell::OnceCell;
use std::sync::{Arc, Mutex};

/// When the events of a run reach the user.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Always,
    /// Runs for planning are silent when everything is known already.
    WhenExecuting,
}

pub(super) struct Engine<'a> {
    pub session: &'a Session<'a>,
    pub how: How,
    pub cancel: Cancel,
    pub store: Arc<Store>,
    /// Started ahead.
    pub guard: Arc<Mutex<Option<GuardProcess>>>,
    /// The cache shared with other machines, once a graph told of it.
    pub cache: OnceCell<Option<Arc<Cache>>>,
}

impl Engine<'_> {
    /// The cache shared with other machines, if there is one. What the first graph says counts:
    /// graphs that planning needs are of the same project.
    fn cache(&self, planned: &Planned) -> Result<Option<Arc<dyn SharedCache>>, CliError> {
        let cache = match self.cache.get() {
            Some(cache) => cache,
            None => {
                let root = &self.session.project.root;
                let options = &self.session.shared;
                let settings = options.settings(planned.graph.cache.as_ref(), root)?;
                let open = |settings| {
                    let cache = Cache::new(settings, self.store.clone(), !options.no_wait);
                    Arc::new(cache)
                };
                self.cache.get_or_init(|| settings.map(open))
            }
        };
        Ok(cache.clone().map(|cache| cache as Arc<dyn SharedCache>))
    }

    /// Whether this is the summary, for people, of a run without failures.
    fn ended_well(&self, event: &Event) -> bool {
        match &event.kind {
            EventKind::RunFinished { summary, .. } => {
                summary.complete() && !self.session.context.json()
            }
            _ => false,
        }
    }

    pub fn run(
        &self,
        planned: &Planned,
        targets: &[TaskId],
        reporter: &Reporter,
        shown: Shown,
        resumption: Option<&Resumption>,
    ) -> Result<RunReport, CliError> {
        let mut options = self.session.options(planned, self.how);
        options.force = self.how.force && shown == Shown::Always;
        let mut context = nexus_engine::Context::new(self.store.clone());
        context.digests = self.session.digests.clone();
        context.guard = self.guard.clone();
        context.cache = self.cache(planned)?;
        context.observer = self.session.observer.clone();
        if !self.how.again() && context.observer.is_none() {
            context.up_to_date = self.session.up_to_date(planned);
        }
        if let Some(part) = &planned.part {
            context.besides = part.besides.clone();
        }
        let graph = crate::hosts::limited(&planned.graph, &self.session.hosts)?;
        let mut wanted = graph.closure(targets).into_iter();
        if wanted.any(|id| graph.task(id).remote.is_some()) {
            context.executor = Some(super::executor(&self.session.project.root));
        }
        reporter.graph(graph.clone());
        let mut held: Option<Vec<Event>> = (shown == Shown::WhenExecuting).then(Vec::new);
        let root = &self.session.project.root;
        let mut about = About::default();
        if shown == Shown::Always {
            about.asked = self.session.asked.clone();
            about.sources = planned.source_digests(root);
        }
        if let Some(resumption) = resumption {
            about.before = Some((resumption.run.clone(), resumption.left.clone()));
            context.resumption = Some(Arc::new(resumption.engine()));
        }
        let (notifier, look) = (reporter.notifier(), self.session.context.err.clone());
        let trouble = move |error: &std::io::Error| {
            let warning = warning::render(&history::not_written(error), &look);
            notifier.say(&warning.unwrap_or_default());
        };
        let journal = history::recorder(root, graph.clone(), about, trouble);
        if let Some(journal) = &journal {
            context.durable = Some(Arc::new(Flushed(journal.clone())));
            let journal = journal.clone();
            context.hold = Some(Arc::new(move || journal.hold().into_iter().collect()));
        }
        let mut show = |event: &Event| match &mut held {
            Some(events) => {
                events.push(event.clone());
                if matches!(
                    event.kind,
                    EventKind::TaskStarted { .. } | EventKind::Warning { .. }
                ) {
                    for event in held.take().unwrap_or_default() {
                        reporter.event(event);
                    }
                }
            }
            // One run for the user: its last line is that of the tasks asked for.
            None if shown == Shown::WhenExecuting && self.ended_well(event) => {}
            None => reporter.event(event.clone()),
        };
        let mut on_event = |event: &Event| {
            if let Some(journal) = &journal {
                journal.record(event);
            }
            show(event);
        };
        nexus_engine::run(
            &graph,
            targets,
            &options,
            &context,
            &self.cancel,
            &mut on_event,
        )
        .map_err(|error| {
            CliError::new(error.code(), error.to_string())
                .help(error.help())
                .exit(Exit::TaskFailed)
        })
    }
}
