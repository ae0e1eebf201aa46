//! Reading a step.

use super::raw::Text;
use super::read::{Owner, Reader, Stop};
use crate::diagnostic::registry::project as codes;
use crate::value::Value;
use nexus_graph::{Command, Jitter, Step};

impl Reader<'_, '_> {
    /// A string or a record with `cmd`. What its strings mention goes to `mentions`.
    pub(super) fn step(
        &mut self,
        owner: Owner,
        value: Value,
        mentions: &mut Vec<(String, u32)>,
    ) -> Result<Step, Stop> {
        if matches!(value, Value::Str(_)) {
            let line = self.scalar(owner, "run", value)?;
            mentions.extend(line.context);
            return Ok(Step::line(line.text));
        }
        let Some(record) = value.record() else {
            let message = format!(
                "a step of task `{}` must be a command or a record with `cmd`, but it is {}",
                owner.task,
                value.kind()
            );
            return Err(self.wrong(owner, "run", codes::WRONG_VALUE, message));
        };
        let owner = Owner {
            record,
            task: owner.task,
        };
        let mut note = |text: Text| {
            mentions.extend(text.context);
            text.text
        };
        if let Some(value) = self.field(record, "wait_for")? {
            let mut step = self.wait(owner, value, &mut note)?;
            step.name = self.string(owner, "name")?.map(&mut note);
            if let Some(limit) = self.duration(owner, "timeout")? {
                step.timeout = Some(limit);
            }
            step.continue_on_error = self.boolean(owner, "continue_on_error")?.unwrap_or(false);
            step.user = self.user_of(owner, &mut note)?;
            return Ok(step);
        }
        let command = match self.field(record, "cmd")? {
            Some(Value::List(list)) => {
                let items = self.vm.heap.items(list).to_vec();
                let mut argv = Vec::with_capacity(items.len());
                for item in items {
                    argv.push(note(self.scalar(owner, "cmd", item)?));
                }
                if argv.is_empty() {
                    let message = format!("a step of task `{}` has an empty `cmd`", owner.task);
                    return Err(self.wrong(owner, "cmd", codes::WRONG_VALUE, message));
                }
                Command::Argv(argv)
            }
            Some(value) => Command::Line(note(self.scalar(owner, "cmd", value)?)),
            None => {
                let message = format!("a step of task `{}` has no `cmd`", owner.task);
                return Err(self.wrong(owner, "cmd", codes::WRONG_VALUE, message));
            }
        };
        let mut step = Step::line("");
        step.command = command;
        step.name = self.string(owner, "name")?.map(&mut note);
        step.timeout = self.duration(owner, "timeout")?;
        step.retries = self.count(owner, "retries")?.unwrap_or(0);
        if let Some(delay) = self.duration(owner, "retry_delay")? {
            step.retry_delay = delay;
        }
        if let Some(jitter) = self.string(owner, "retry_jitter")? {
            let text = note(jitter);
            match Jitter::NAMES.iter().find(|(name, _)| *name == text) {
                Some((_, jitter)) => step.retry_jitter = *jitter,
                None => {
                    let names = Jitter::NAMES.map(|(name, _)| format!("\"{name}\""));
                    let message = format!(
                        "`retry_jitter` of task `{}` must be one of {}, but it is \"{text}\"",
                        owner.task,
                        names.join(", ")
                    );
                    return Err(self.wrong(owner, "retry_jitter", codes::WRONG_VALUE, message));
                }
            }
        }
        step.continue_on_error = self.boolean(owner, "continue_on_error")?.unwrap_or(false);
        step.creates = self.string(owner, "creates")?.map(&mut note);
        step.unless = self.string(owner, "unless")?.map(&mut note);
        step.depfile = self.string(owner, "depfile")?.map(&mut note);
        step.stdin = self.string(owner, "stdin")?.map(&mut note);
        step.pty = self.boolean(owner, "pty")?.unwrap_or(false);
        step.user = self.user_of(owner, &mut note)?;
        Ok(step)
    }

    /// `user`, or the administrator for `sudo = true`.
    fn user_of(
        &mut self,
        owner: Owner,
        note: &mut impl FnMut(Text) -> String,
    ) -> Result<Option<String>, Stop> {
        let sudo = self.boolean(owner, "sudo")?.unwrap_or(false);
        let user = self.string(owner, "user")?.map(note);
        Ok(user.or_else(|| sudo.then(|| "root".to_string())))
    }
}
