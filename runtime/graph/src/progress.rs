//! How far a task came in a run that broke off, and where it goes on.
//!
//! A command that is known to have succeeded is not repeated, as long as it and everything before it
//! are still the commands they were and work on what they worked on. Of a command that was begun and
//! of which no end is known, nobody can say what it did: a task that may be repeated repeats it, of
//! any other somebody has to decide.

use crate::event::LogLine;
use crate::key::{Digest, Hasher, KeyWriter};
use crate::task::{Command, Step, Task};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far a task came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What it was made of besides its commands; see the event that starts a task.
    pub basis: Option<Digest>,
    /// Its steps that were begun, by position.
    #[serde(with = "pairs")]
    pub steps: BTreeMap<u32, StepProgress>,
    /// It came to its end and did what it should.
    pub finished: bool,
    /// What completed steps printed, when the result of the task includes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<(u32, LogLine)>,
    /// How far it came on each of its hosts, by name. Its own steps are empty then.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, HostProgress>,
}

/// How far a task came on a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostProgress {
    /// Its steps there.
    pub progress: Progress,
    /// The step begun last was given to the host, and no end of it was heard of: the host knows.
    pub given: bool,
    /// The run that named the job of that step.
    pub run: String,
    /// Which attempt it was.
    pub attempt: u32,
    /// Identifies the time since the host was started, as it was then.
    pub boot: Option<String>,
}

/// How far a step came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepProgress {
    /// What was run; see [`step_digest`].
    pub digest: Digest,
    /// How far it came.
    pub state: StepState,
}

/// Numbers are no keys in JSON, so a map is written as a list of pairs.
mod pairs {
    use super::StepProgress;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::collections::BTreeMap;

    type Steps = BTreeMap<u32, StepProgress>;

    pub fn serialize<S: Serializer>(steps: &Steps, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(steps)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Steps, D::Error> {
        Vec::<(u32, StepProgress)>::deserialize(from).map(|pairs| pairs.into_iter().collect())
    }
}

/// What is known of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It was begun; how it ended is not known.
    Begun,
    /// It did what the next step needs: it succeeded, was not needed, or its failure was to be
    /// ignored.
    Completed,
    /// It failed.
    Failed,
}

/// What somebody decided about the commands of a task that must not be repeated unasked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// Nothing.
    #[default]
    None,
    /// They may be repeated.
    Repeat,
    /// What was begun is done: it goes on after that.
    Done,
}

/// Where a task goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuation {
    /// Everything was done.
    Done,
    /// At this step.
    From(u32),
    /// Somebody has to decide first.
    Ask(Doubt),
}

/// Why somebody has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// This command was begun; how it ended is not known.
    Unfinished {
        /// Position of the step.
        step: u32,
    },
    /// This command was completed, but it or one before it is another one now.
    Changed {
        /// Position of the step.
        step: u32,
    },
    /// Commands were completed, but with other inputs or dependencies.
    Basis,
}

/// Identifies what a step runs: command, user, folder, environment.
pub fn step_digest(task: &Task, step: &Step) -> Digest {
    let mut hasher = Hasher::new();
    match &step.command {
        Command::Line(line) => hasher.part("line", "", line.as_bytes()),
        Command::Argv(argv) => {
            for word in argv {
                hasher.part("word", "", word.as_bytes());
            }
        }
    }
    if let Some(user) = &step.user {
        hasher.part("user", "", user.as_bytes());
    }
    hasher.part("cwd", "", task.cwd.as_bytes());
    for (name, value) in &task.env {
        hasher.part("env", name, value.as_bytes());
    }
    hasher.finish()
}

impl Progress {
    /// Whether a command was completed.
    pub fn completed(&self) -> bool {
        let mut states = self.steps.values();
        let mut hosts = self.hosts.values();
        states.any(|step| step.state == StepState::Completed)
            || hosts.any(|host| host.progress.completed())
    }

    /// The step that was begun last, if it is the next one of `task` and the same as then.
    pub fn begun(&self, task: &Task) -> Option<u32> {
        let next = self.done(task);
        let step = task.steps.get(next as usize)?;
        let known = self.steps.get(&next)?;
        let same = known.state == StepState::Begun && known.digest == step_digest(task, step);
        same.then_some(next)
    }

    /// How many steps at the beginning of `task` are completed, and the same as then.
    fn done(&self, task: &Task) -> u32 {
        let same = |(at, step): &(usize, &Step)| {
            self.steps.get(&(*at as u32)).is_some_and(|known| {
                known.state == StepState::Completed && known.digest == step_digest(task, step)
            })
        };
        task.steps.iter().enumerate().take_while(same).count() as u32
    }

    /// The first step whose effect would be doubled if the task went on at `from`.
    fn repeated(&self, from: u32) -> Option<u32> {
        let matters = |step: &StepProgress| step.state != StepState::Failed;
        self.steps
            .range(from..)
            .find(|(_, step)| matters(step))
            .map(|(at, _)| *at)
    }

    /// Where `task` goes on. `basis` is what it is made of now; `None` when that is not known yet,
    /// and is taken to be what it was.
    pub fn continuation(
        &self,
        task: &Task,
        basis: Option<Option<Digest>>,
        consent: Consent,
    ) -> Continuation {
        let all = task.steps.len() as u32;
        let same_basis = basis.is_none_or(|now| now == self.basis);
        let done = match same_basis {
            true => self.done(task),
            false => 0,
        };
        if self.finished && done == all {
            return Continuation::Done;
        }
        if consent == Consent::Done {
            let last = self.steps.keys().next_back().map_or(0, |last| last + 1);
            return Continuation::From(last.min(all));
        }
        if task.idempotent {
            return Continuation::From(done);
        }
        let Some(step) = self.repeated(done) else {
            return Continuation::From(done);
        };
        let begun = self.steps.get(&step).map(|s| s.state) == Some(StepState::Begun);
        match consent {
            Consent::Repeat | Consent::Done => Continuation::From(done),
            Consent::None if !same_basis => Continuation::Ask(Doubt::Basis),
            Consent::None if step == done && begun => Continuation::Ask(Doubt::Unfinished { step }),
            Consent::None => Continuation::Ask(Doubt::Changed { step }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn task(lines: &[u8], idempotent: bool) -> Task {
        let mut task = Task::new("t");
        task.steps = lines.iter().map(|n| Step::line(format!("c{n}"))).collect();
        task.idempotent = idempotent;
        task
    }

    fn any_state() -> impl Strategy<Value = StepState> {
        prop_oneof![
            Just(StepState::Begun),
            Just(StepState::Completed),
            Just(StepState::Failed)
        ]
    }

    fn any_consent() -> impl Strategy<Value = Consent> {
        prop_oneof![
            Just(Consent::None),
            Just(Consent::Repeat),
            Just(Consent::Done)
        ]
    }

    /// What a run leaves: completed steps, then perhaps one that is not.
    fn any_progress() -> impl Strategy<Value = (Vec<u8>, Progress)> {
        let lines = proptest::collection::vec(0u8..3, 1..5);
        (lines, any_state(), any::<proptest::sample::Index>(), 0u8..2).prop_map(
            |(lines, last, reached, basis)| {
                let then = task(&lines, true);
                let reached = reached.index(lines.len() + 1);
                let mut steps = BTreeMap::new();
                for (at, step) in then.steps.iter().enumerate().take(reached) {
                    let state = match at + 1 == reached {
                        true => last,
                        false => StepState::Completed,
                    };
                    let digest = step_digest(&then, step);
                    steps.insert(at as u32, StepProgress { digest, state });
                }
                let progress = Progress {
                    basis: Some(Digest([basis; 32])),
                    finished: reached == lines.len() && last == StepState::Completed,
                    steps,
                    ..Progress::default()
                };
                (lines, progress)
            },
        )
    }

    proptest! {
        /// Whatever the project looks like now: without consent no command of such a task that may
        /// have had an effect is run a second time.
        #[test]
        fn what_must_not_be_repeated_is_not(
            (_, progress) in any_progress(), now in proptest::collection::vec(0u8..3, 1..5), basis in 0u8..2,
        ) {
            let now = task(&now, false);
            let basis = Some(Some(Digest([basis; 32])));
            if let Continuation::From(from) = progress.continuation(&now, basis, Consent::None) {
                let again = progress.steps.range(from..).find(|(_, s)| s.state != StepState::Failed);
                prop_assert!(again.is_none(), "{again:?} is repeated");
            }
        }

        /// Nothing that was not completed is left out, unless somebody said it is done.
        #[test]
        fn nothing_is_lost(
            (_, progress) in any_progress(), now in proptest::collection::vec(0u8..3, 1..5),
            idempotent: bool, consent in any_consent(), basis in 0u8..2,
        ) {
            prop_assume!(consent != Consent::Done);
            let now = task(&now, idempotent);
            let basis = Some(Some(Digest([basis; 32])));
            let from = match progress.continuation(&now, basis, consent) {
                Continuation::Done => now.steps.len() as u32,
                Continuation::From(from) => from,
                Continuation::Ask(_) => return Ok(()),
            };
            for at in 0..from {
                let known = progress.steps.get(&at).copied();
                let digest = step_digest(&now, &now.steps[at as usize]);
                prop_assert_eq!(known, Some(StepProgress { digest, state: StepState::Completed }));
            }
        }

        /// With an unchanged project a task goes on exactly behind its last completed command.
        #[test]
        fn an_unchanged_task_goes_on_where_it_was((lines, progress) in any_progress(), idempotent: bool) {
            let now = task(&lines, idempotent);
            let completed = progress.steps.values().filter(|s| s.state == StepState::Completed).count() as u32;
            let begun = progress.steps.values().any(|s| s.state == StepState::Begun);
            let found = progress.continuation(&now, Some(progress.basis), Consent::None);
            let expected = match (progress.finished, begun && !idempotent) {
                (true, _) => Continuation::Done,
                (false, true) => Continuation::Ask(Doubt::Unfinished { step: completed }),
                (false, false) => Continuation::From(completed),
            };
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn consent_decides() {
        let now = task(&[1, 2, 3], false);
        let mut progress = Progress::default();
        for (at, state) in [(0, StepState::Completed), (1, StepState::Begun)] {
            let digest = step_digest(&now, &now.steps[at as usize]);
            progress.steps.insert(at, StepProgress { digest, state });
        }
        let of = |consent| progress.continuation(&now, None, consent);
        assert_eq!(
            of(Consent::None),
            Continuation::Ask(Doubt::Unfinished { step: 1 })
        );
        assert_eq!(of(Consent::Repeat), Continuation::From(1));
        assert_eq!(of(Consent::Done), Continuation::From(2));
        let other = progress.continuation(&now, Some(Some(Digest::of(b"x"))), Consent::None);
        assert_eq!(other, Continuation::Ask(Doubt::Basis));
    }
}
