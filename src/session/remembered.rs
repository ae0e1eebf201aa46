//! What the last run left behind, and what this one leaves for the next.

use super::{How, Planned, Session};
use crate::noop::{Last, search_path};
use crate::observed::Observed;
use nexus_engine::{Besides, RunReport};
use nexus_graph::{Digest, TaskId};
use nexus_store::snapshot::SnapshotBuilder;
use std::sync::Arc;

/// What a graph that is only a part of the last snapshot's has to do with the whole.
pub(super) struct Affected {
    /// Numbers in the whole graph.
    pub ids: Vec<u32>,
    /// Keys of what is up to date.
    pub keys: Vec<Option<Digest>>,
    /// What was asked for and is not up to date.
    pub targets: Vec<TaskId>,
    pub besides: Besides,
}

impl Session<'_> {
    /// The part of the last run's plan that is not up to date, if nothing the plan read has
    /// changed. For reports that need to know nothing of the other tasks.
    pub(super) fn affected(&self, how: How) -> Option<Planned> {
        let last = self.last.as_ref().filter(|last| last.plan_holds)?;
        let brief = self.context.mode().is_brief();
        if how.again()
            || self.observer.is_some()
            || how.chosen
            || self.going_on.is_some()
            || !brief
            || !last.same_search_path()
            || last.check.unknown.is_some()
        {
            return None;
        }
        let part = last.snapshot.part(&last.check)?;
        let snapshot = last.snapshot.clone();
        Some(Planned {
            graph: Arc::new(part.graph),
            parallel: last.snapshot.plan.parallel,
            settings: Vec::new(),
            warnings: Vec::new(),
            observed: Some(self.observed(last)),
            missing: Vec::new(),
            same_graph: true,
            part: Some(Affected {
                ids: part.ids,
                keys: part.keys,
                targets: part.targets,
                besides: Besides {
                    known: part.besides,
                    whole: Some(Arc::new(move || snapshot.graph())),
                },
            }),
        })
    }

    fn observed(&self, last: &Last) -> Observed {
        Observed {
            plan: last.snapshot.plan.clone(),
            files: last.snapshot.plan_files().collect(),
        }
    }

    /// The plan of the last run, if nothing it read has changed.
    pub(super) fn remembered(&self) -> Option<Planned> {
        let last = self.last.as_ref().filter(|last| last.plan_holds)?;
        Some(Planned {
            graph: Arc::new(last.snapshot.graph()?),
            parallel: last.snapshot.plan.parallel,
            settings: Vec::new(),
            warnings: Vec::new(),
            observed: Some(self.observed(last)),
            missing: Vec::new(),
            same_graph: true,
            part: None,
        })
    }

    /// Writes the snapshot. A failure costs only the time it would have saved.
    pub(super) fn remember(&self, planned: &Planned, report: RunReport) {
        let Some(observed) = &planned.observed else {
            return;
        };
        let whole_id = |id: TaskId| match &planned.part {
            Some(part) => part.ids[id.index()],
            None => id.0,
        };
        let states = report.states.into_iter();
        let states: Vec<_> = states.map(|(id, state)| (whole_id(id), state)).collect();
        let last = self.same_graph(planned);
        let file = self.project.snapshot_file(&self.cache);
        let written = match last.map(|last| last.snapshot.amend(&file, &last.check, &states)) {
            Some(Ok(true)) => Ok(()),
            Some(Err(error)) => Err(error),
            Some(Ok(false)) | None => {
                let whole = planned.part.as_ref().and(last);
                let whole = whole.and_then(|last| last.snapshot.graph());
                let mut builder = SnapshotBuilder::new(
                    &self.project.root,
                    whole.as_ref().unwrap_or(&planned.graph),
                    last.map(|last| &*last.snapshot),
                    observed.plan.clone(),
                    observed.files.iter().cloned(),
                    search_path(),
                );
                for (id, state) in &states {
                    builder.task(*id, state);
                }
                builder.carry_over();
                builder.write(&file)
            }
        };
        if let Err(error) = written {
            tracing::warn!(%error, "the snapshot could not be written");
        }
    }

    /// The last run, if it was about the same graph in the same search path.
    pub(super) fn same_graph(&self, planned: &Planned) -> Option<&Last> {
        self.last
            .as_ref()
            .filter(|last| planned.same_graph && last.same_search_path())
    }

    /// Keys of the tasks that are certainly up to date, by position in the graph.
    pub(super) fn up_to_date(&self, planned: &Planned) -> Vec<Option<Digest>> {
        if let Some(part) = &planned.part {
            return part.keys.clone();
        }
        let Some(last) = self.same_graph(planned) else {
            return Vec::new();
        };
        (0..last.snapshot.tasks())
            .map(|id| {
                last.check.clean[id as usize]
                    .then(|| last.snapshot.key(id))
                    .flatten()
            })
            .collect()
    }
}
