//! The report in the logs of a CI service: each task folded with what it printed, failures open
//! and annotated.

mod github;
mod gitlab;
mod page;

pub use page::Page;

use super::failure::{Failure, ended_short};
use super::look::{Look, Role};
use super::summary::{self, Skipped};
use super::text::{duration, one_line, tame};
use super::track::{Running, Track};
use super::{Renderer, warning};
use nexus_graph::event::{EventKind, Outcome};
use nexus_graph::{Event, TaskGraph};
use std::sync::Arc;

/// A service whose log has folds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
}

impl Service {
    /// The service whose runner started this process.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Service> {
        let set = |name: &str| variable(name).is_some_and(|value| value == "true");
        match () {
            () if set("GITHUB_ACTIONS") => Some(Service::GitHub),
            () if set("GITLAB_CI") => Some(Service::GitLab),
            () => None,
        }
    }
}

/// See the module.
pub struct Folded {
    service: Service,
    look: Look,
    graph: Option<Arc<TaskGraph>>,
    track: Track,
    failures: Vec<Failure>,
    skipped: Skipped,
}

impl Folded {
    /// A report for `service`.
    pub fn new(service: Service, look: Look) -> Self {
        Folded {
            service,
            look,
            graph: None,
            track: Track::with_lines(),
            failures: Vec::new(),
            skipped: Skipped::default(),
        }
    }

    /// The commands of a task and what they printed.
    fn body(&self, running: &Running) -> String {
        let mut text = String::new();
        for step in &running.steps {
            let command = one_line(&step.command, &self.look);
            text += &self.look.paint(Role::Dim, &format!("$ {command}"));
            if let Some(because) = &step.skipped {
                text += &format!(" (not needed: {because})");
            }
            text.push('\n');
            for line in step.lines.iter() {
                text += &tame(&line.text, self.look.color);
                text.push('\n');
            }
        }
        text
    }

    fn finished(&mut self, event: &Event, out: &mut String) {
        let EventKind::TaskFinished {
            id,
            task,
            outcome,
            micros,
            idle,
            ..
        } = &event.kind
        else {
            return;
        };
        let running = self.track.take(*id);
        if *idle {
            *out += &format!("{} {task} unchanged\n", self.look.ok());
            return;
        }
        let body = running.as_ref().map(|running| self.body(running));
        let body = body.unwrap_or_default();
        let took = duration(*micros);
        let (head, open) = match outcome {
            Outcome::Succeeded => (format!("{} {task} {took}", self.look.ok()), false),
            Outcome::Failed { status, .. } => {
                let how = ended_short(*status);
                let head = format!("{} {task} {how} after {took}", self.look.failed());
                (head, true)
            }
            Outcome::Hosts { counts, .. } => {
                let head = format!("{} {task} {counts} after {took}", self.look.failed());
                (head, true)
            }
            Outcome::Broken { code, .. } => {
                let head = format!("{} {task} {code} after {took}", self.look.failed());
                (head, true)
            }
            Outcome::Skipped { because } => return self.skipped.add(because, task),
            Outcome::Cancelled => return,
        };
        let since = event.time.saturating_sub(*micros);
        match self.service {
            Service::GitHub => github::block(&head, &body, open, out),
            Service::GitLab => gitlab::block(&head, task, &body, open, (since, event.time), out),
        }
        if *outcome != Outcome::Succeeded {
            let failure = Failure::new(task, outcome, *micros, running, true);
            self.failures
                .push(failure.declared_in(self.graph.as_deref()));
        }
    }
}

impl Renderer for Folded {
    fn graph(&mut self, graph: Arc<TaskGraph>) {
        self.graph = Some(graph);
    }

    fn event(&mut self, event: &Event, out: &mut String) {
        self.track.note(event);
        match &event.kind {
            EventKind::TaskFinished { .. } => self.finished(event, out),
            EventKind::Warning { .. } if self.service == Service::GitHub => {
                let text = warning::render(&event.kind, &Look::plain()).unwrap_or_default();
                github::annotate("warning", None, "warning", &text, out);
            }
            EventKind::SharedCache(totals) => {
                *out += &summary::shared_cache(totals, &self.look).unwrap_or_default();
            }
            EventKind::RunFinished {
                summary, micros, ..
            } => {
                for failure in self.failures.drain(..) {
                    out.push('\n');
                    failure.render(&self.look, out);
                    if self.service == Service::GitHub {
                        let mut text = String::new();
                        failure.render(&Look::plain(), &mut text);
                        let title = format!("{} failed", failure.task);
                        github::annotate("error", failure.place(), &title, &text, out);
                    }
                }
                std::mem::take(&mut self.skipped).render(&self.look, out);
                *out += &summary::last_line(summary, *micros, &self.look);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::script::{Script, terminal};
    use expect_test::{Expect, expect};

    fn script() -> Script {
        let mut s = Script::new(&["all"], 4);
        s.start(0, "build")
            .step(0, 0, "make")
            .print(0, 0, "compiling")
            .print(0, 0, "::error::not from nexus")
            .end_step(0, 0, nexus_graph::event::Status::Exit(0), 1200)
            .finish(0, Outcome::Succeeded, 1200)
            .start(1, "test")
            .step(1, 0, "make test")
            .print(1, 0, "50% done, then: broken")
            .end_step(1, 0, nexus_graph::event::Status::Exit(2), 300)
            .fail(1, 0, 2, 300)
            .done();
        s
    }

    fn check(service: Service, expected: Expect) {
        let text = script().render(Folded::new(service, terminal()));
        // Escapes as people read them.
        expected.assert_eq(&text.replace('\x1b', "^[").replace('\r', "^M"));
    }

    #[test]
    fn folds_of_github() {
        check(
            Service::GitHub,
            expect![[r#"
            ::group::✔ build 1.2s
            ::stop-commands::421db83666bb5515ffb78238c16fe2bdaee6fb7a5d5274f8cb70121b649894c9
            $ make
            compiling
            ::error::not from nexus
            ::421db83666bb5515ffb78238c16fe2bdaee6fb7a5d5274f8cb70121b649894c9::
            ::endgroup::
            ✘ test exit 2 after 300ms
            $ make test
            50% done, then: broken

            error[NX0501]: task `test` failed: `make test` exited with code 2 after 300ms
            ::error title=test failed::error[NX0501]: task `test` failed: `make test` exited with code 2 after 300ms
            ✘ 2 tasks · 1 run, 1 failed · 1.8s
        "#]],
        );
    }

    #[test]
    fn sections_of_gitlab() {
        check(
            Service::GitLab,
            expect![[r#"
            ^[[0Ksection_start:1700000000:nexus_build[collapsed=true]^M^[[0K✔ build 1.2s
            $ make
            compiling
            ::error::not from nexus
            ^[[0Ksection_end:1700000001:nexus_build^M^[[0K
            ^[[0Ksection_start:1700000001:nexus_test^M^[[0K✘ test exit 2 after 300ms
            $ make test
            50% done, then: broken
            ^[[0Ksection_end:1700000001:nexus_test^M^[[0K

            error[NX0501]: task `test` failed: `make test` exited with code 2 after 300ms
            ✘ 2 tasks · 1 run, 1 failed · 1.8s
        "#]],
        );
    }

    #[test]
    fn the_service_is_told_by_its_variable() {
        let of = |name: &'static str, value: &'static str| {
            Service::of(move |asked| (asked == name).then(|| value.to_string()))
        };
        assert_eq!(of("GITHUB_ACTIONS", "true"), Some(Service::GitHub));
        assert_eq!(of("GITLAB_CI", "true"), Some(Service::GitLab));
        assert_eq!(of("GITHUB_ACTIONS", "false"), None);
    }
}
