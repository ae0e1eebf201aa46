//! The summary of a step that GitHub Actions shows on the page of a workflow run: Markdown appended
//! to the file that `GITHUB_STEP_SUMMARY` names.

use crate::render::failure::ended_short;
use crate::render::look::Look;
use crate::render::summary;
use crate::render::text::duration;
use nexus_graph::Event;
use nexus_graph::event::{EventKind, Outcome};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

/// Slowest tasks that are listed.
const LISTED: usize = 10;

/// Gathers what the page says, and writes it when the run ends.
pub struct Page {
    file: PathBuf,
    /// Task, how it ended unless it succeeded, microseconds.
    tasks: Vec<(String, Option<String>, u64)>,
}

impl Page {
    /// For this file.
    pub fn new(file: PathBuf) -> Self {
        Page {
            file,
            tasks: Vec::new(),
        }
    }

    /// Takes note of `event`.
    pub fn note(&mut self, event: &Event) {
        match &event.kind {
            EventKind::TaskFinished {
                task,
                outcome,
                micros,
                ..
            } => {
                let failure = match outcome {
                    Outcome::Succeeded => None,
                    Outcome::Failed { status, .. } => Some(ended_short(*status)),
                    Outcome::Hosts { counts, .. } => Some(counts.to_string()),
                    Outcome::Broken { code, .. } => Some(code.clone()),
                    Outcome::Skipped { .. } | Outcome::Cancelled => return,
                };
                self.tasks.push((task.clone(), failure, *micros));
            }
            EventKind::RunFinished {
                summary, micros, ..
            } => {
                let line = summary::last_line(summary, *micros, &Look::plain());
                let text = self.text(line.trim_end());
                let file = std::fs::OpenOptions::new()
                    .append(true)
                    .create(true)
                    .open(&self.file);
                if let Err(error) = file.and_then(|mut file| file.write_all(text.as_bytes())) {
                    tracing::warn!(%error, "the step summary cannot be written");
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, line: &str) -> String {
        let mut text = format!("### Nexus\n\n{line}\n\n");
        let mut tasks = std::mem::take(&mut self.tasks);
        // Failures first, then the slowest.
        tasks.sort_by(|a, b| b.1.is_some().cmp(&a.1.is_some()).then(b.2.cmp(&a.2)));
        if tasks.is_empty() {
            return text;
        }
        text += "| task | | time |\n|---|---|---|\n";
        let failed = tasks.iter().filter(|task| task.1.is_some()).count();
        for (task, failure, micros) in tasks.iter().take(LISTED.max(failed)) {
            let how = failure
                .as_deref()
                .map_or("ok".to_string(), |how| format!("**{how}**"));
            _ = writeln!(text, "| `{task}` | {how} | {} |", duration(*micros));
        }
        text.push('\n');
        text
    }
}
