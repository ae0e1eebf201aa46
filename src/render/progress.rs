//! What is going on right now: a bar and the running tasks on a terminal, and an occasional line
//! where nothing can be redrawn.

use super::look::{Look, Role};
use super::text::{columns, count, duration, fit, fit_command, one_line};
use nexus_graph::event::EventKind;
use nexus_graph::{Event, TaskId};

/// Running tasks that are named; more are counted.
const ROWS: usize = 8;
/// Without a terminal, this much silence in microseconds is broken by a line.
const SILENCE: u64 = 30_000_000;

/// The state behind the picture. Pure: time comes from outside.
#[derive(Debug, Default)]
pub struct Board {
    total: u32,
    done: u32,
    started: u64,
    running: Vec<Row>,
    last_sign: u64,
    /// Results that are still being written to a shared cache.
    uploading: u32,
}

#[derive(Debug)]
struct Row {
    id: TaskId,
    task: String,
    command: String,
    since: u64,
}

impl Board {
    /// Takes note of `event`.
    pub fn note(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted { tasks, .. } => {
                *self = Board {
                    total: *tasks,
                    started: event.time,
                    last_sign: event.time,
                    ..Board::default()
                };
            }
            EventKind::TaskCached { .. } | EventKind::TaskKept { .. } => self.done += 1,
            EventKind::TaskStarted { id, task, .. } => {
                self.running.retain(|row| row.id != *id);
                self.running.push(Row {
                    id: *id,
                    task: task.clone(),
                    command: String::new(),
                    since: event.time,
                });
            }
            EventKind::StepStarted { id, command, .. } => {
                if let Some(row) = self.running.iter_mut().find(|row| row.id == *id) {
                    row.command.clone_from(command);
                }
            }
            EventKind::Uploading { results, .. } => self.uploading = *results,
            EventKind::TaskFinished { id, .. } => {
                self.running.retain(|row| row.id != *id);
                self.done += 1;
            }
            _ => {}
        }
    }

    /// How many tasks are done, and of how many.
    pub fn position(&self) -> (u64, u64) {
        (self.done.into(), self.total.max(self.done).into())
    }

    /// Beside the bar: what runs, and for how long.
    pub fn status(&self, now: u64, look: &Look) -> String {
        let running = match self.running.len() {
            0 if self.uploading > 0 => {
                let results = count(self.uploading as usize, "result");
                format!("{}writing {results} to the shared cache", look.dot())
            }
            0 => String::new(),
            n => format!("{}{n} running", look.dot()),
        };
        let took = duration(now.saturating_sub(self.started));
        format!("{running}{}{took}", look.dot())
    }

    /// One line for each running task, the longest running first.
    pub fn rows(&self, now: u64, height: usize, look: &Look) -> Vec<String> {
        let most = ROWS.min(height.max(1));
        let shown = if self.running.len() > most {
            most - 1
        } else {
            self.running.len()
        };
        let mut rows: Vec<String> = self.running[..shown]
            .iter()
            .map(|row| {
                let took = duration(now.saturating_sub(row.since));
                let command = one_line(&row.command, look);
                let room = look.width.unwrap_or(80).saturating_sub(2);
                let name = fit(&row.task, room.saturating_sub(columns(&took) + 2), look);
                let rest = room.saturating_sub(columns(&name) + columns(&took) + 4);
                let command = if rest < 8 {
                    String::new()
                } else {
                    format!(
                        "  {}",
                        look.paint(Role::Dim, &fit_command(&command, rest, look))
                    )
                };
                format!("  {}{command}  {took}", look.paint(Role::Strong, &name))
            })
            .collect();
        if self.running.len() > shown {
            rows.push(format!("  and {} more", self.running.len() - shown));
        }
        rows
    }

    /// Everything that runs, for somebody who asks.
    pub fn state(&self, now: u64, look: &Look) -> String {
        let (done, total) = self.position();
        let mut text = format!("{done} of {total} done{}\n", self.status(now, look));
        for row in &self.running {
            let took = duration(now.saturating_sub(row.since));
            text += &format!(
                "  {} ({took}): {}\n",
                row.task,
                one_line(&row.command, look)
            );
        }
        text
    }

    /// Something was printed at `now`.
    pub fn printed(&mut self, now: u64) {
        self.last_sign = now;
    }

    /// A sign of life after a long silence.
    pub fn heartbeat(&mut self, now: u64, look: &Look) -> Option<String> {
        if self.running.is_empty() || now.saturating_sub(self.last_sign) < SILENCE {
            return None;
        }
        self.last_sign = now;
        let mut names: Vec<String> = self
            .running
            .iter()
            .take(ROWS)
            .map(|row| {
                let took = duration(now.saturating_sub(row.since));
                format!("{} ({took})", row.task)
            })
            .collect();
        if self.running.len() > ROWS {
            names.push(format!("and {} more", self.running.len() - ROWS));
        }
        let (done, total) = self.position();
        Some(format!(
            "still running{}{done} of {total} done: {}\n",
            look.dot(),
            names.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::Glyphs;
    use super::super::script::{Script, at};
    use super::*;
    use expect_test::expect;

    fn board(tasks: u32) -> Board {
        let mut script = Script::new(&["all"], tasks);
        for i in 0..tasks {
            script.start(i, &format!("obj.part_{i}"));
            script.step(
                i,
                0,
                &format!("cc -O2 -c src/part_{i}.c -o build/part_{i}.o"),
            );
        }
        let mut board = Board::default();
        for event in script.events() {
            board.note(event);
        }
        board
    }

    #[test]
    fn rows_fit_the_terminal() {
        let board = board(3);
        let show = |width| {
            let look = Look::test(Glyphs::Unicode, Some(width));
            // Every row begins with blanks, which an expectation would not keep.
            format!("|{}\n", board.rows(at(12_000), 24, &look).join("\n|"))
        };
        expect![[r#"
            |  obj.part_0  cc -O2 -c src/part_0.c -o build/part_0.o  12.0s
            |  obj.part_1  cc -O2 -c src/part_1.c -o build/part_1.o  12.0s
            |  obj.part_2  cc -O2 -c src/part_2.c -o build/part_2.o  12.0s
        "#]]
        .assert_eq(&show(80));
        expect![[r#"
            |  obj.part_0  cc … part_0.o  12.0s
            |  obj.part_1  cc … part_1.o  12.0s
            |  obj.part_2  cc … part_2.o  12.0s
        "#]]
        .assert_eq(&show(34));
        expect![[r#"
            |  obj.part_0  12.0s
            |  obj.part_1  12.0s
            |  obj.part_2  12.0s
        "#]]
        .assert_eq(&show(20));
    }

    #[test]
    fn many_tasks_are_counted() {
        let look = Look::test(Glyphs::Unicode, Some(80));
        let rows = board(40).rows(at(1), 24, &look);
        assert_eq!(rows.len(), ROWS);
        assert_eq!(rows.last().unwrap(), "  and 33 more");
        assert_eq!(board(40).rows(at(1), 2, &look).len(), 2);
        assert_eq!(board(40).status(at(1_500), &look), " · 40 running · 1.5s");
    }

    #[test]
    fn silence_is_broken_now_and_then() {
        let look = Look::plain();
        let mut board = board(2);
        assert_eq!(board.heartbeat(at(29_000), &look), None);
        expect!["still running, 0 of 2 done: obj.part_0 (31.0s), obj.part_1 (31.0s)\n"]
            .assert_eq(&board.heartbeat(at(31_000), &look).unwrap());
        assert_eq!(board.heartbeat(at(32_000), &look), None);
        board.printed(at(60_000));
        assert_eq!(board.heartbeat(at(61_500), &look), None);
    }
}
