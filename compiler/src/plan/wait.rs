//! Reading a step that waits for something.

use super::raw::Text;
use super::read::{Owner, Reader, Stop};
use crate::diagnostic::registry::project as codes;
use crate::value::Value;
use nexus_graph::{Step, Wait, WaitFor};

/// How long is waited unless the step says so, and how long between two attempts: nanoseconds.
const LIMIT: u64 = 60_000_000_000;
const INTERVAL: u64 = 1_000_000_000;

impl Reader<'_, '_> {
    /// What `wait_for` stands for, without the options that all steps have.
    pub(super) fn wait(
        &mut self,
        owner: Owner,
        value: Value,
        note: &mut impl FnMut(Text) -> String,
    ) -> Result<Step, Stop> {
        let until = match value {
            Value::Int(_) => self.wait_port(owner, "wait_for", value, None)?,
            Value::Str(_) | Value::Path(_) => {
                let line = note(self.scalar(owner, "wait_for", value)?);
                match line.starts_with("http://") || line.starts_with("https://") {
                    true => WaitFor::Http {
                        url: line,
                        status: None,
                    },
                    false => WaitFor::Command(line),
                }
            }
            _ => {
                let Some(record) = value.record() else {
                    let message = format!(
                        "`wait_for` of task `{}` must be a command, a port or an address over HTTP, but it is {}",
                        owner.task,
                        value.kind()
                    );
                    return Err(self.wrong(owner, "wait_for", codes::WRONG_VALUE, message));
                };
                let inner = Owner {
                    record,
                    task: owner.task,
                };
                match self.field(record, "port")? {
                    Some(port) => {
                        let host = self.string(inner, "host")?.map(&mut *note);
                        self.wait_port(inner, "port", port, host)?
                    }
                    None => {
                        let Some(url) = self.string(inner, "http")?.map(&mut *note) else {
                            let message = format!(
                                "`wait_for` of task `{}` has neither `port` nor `http`",
                                owner.task
                            );
                            return Err(self.wrong(owner, "wait_for", codes::WRONG_VALUE, message));
                        };
                        let status = self.count(inner, "status")?;
                        WaitFor::Http {
                            url,
                            status: status.and_then(|status| u16::try_from(status).ok()),
                        }
                    }
                }
            }
        };
        let mut step = Step::line("");
        step.command = until.probe();
        step.timeout = Some(LIMIT);
        let interval = self.duration(owner, "interval")?.unwrap_or(INTERVAL);
        step.wait = Some(Wait { until, interval });
        Ok(step)
    }

    fn wait_port(
        &mut self,
        owner: Owner,
        field: &str,
        value: Value,
        host: Option<String>,
    ) -> Result<WaitFor, Stop> {
        match value {
            Value::Int(port @ 1..=65535) => Ok(WaitFor::Port {
                address: host.unwrap_or_else(|| "localhost".to_string()),
                port: port as u16,
            }),
            _ => {
                let message = format!(
                    "`{field}` of task `{}` must be a port from 1 to 65535",
                    owner.task
                );
                Err(self.wrong(owner, field, codes::WRONG_VALUE, message))
            }
        }
    }
}
