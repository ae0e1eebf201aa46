//! `nexus hosts scan` and `nexus hosts verify`: the keys of hosts.

use crate::context::Context;
use crate::error::{CliError, Exit};
use crate::hosts::chosen;
use crate::project::Project;
use crate::render::failure::help_line;
use crate::render::hosts::explain;
use crate::render::look::Role;
use crate::render::text::count;
use crate::session::planned;
use nexus_executor::FailureKind;
use nexus_graph::Host;
use nexus_graph::event::HostFailure;
use nexus_ssh::{HostKey, Recorded, Shown, Standing, survey};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `nexus hosts scan`.
#[derive(Debug, clap::Args)]
pub struct ScanArgs {
    /// Groups, hosts or tags; without any, all hosts of the project
    #[arg(value_name = "HOST")]
    pub hosts: Vec<String>,
    /// Write keys of hosts that nothing is known about to .nexus/known_hosts
    #[arg(long)]
    pub add: bool,
}

/// Arguments of `nexus hosts verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// Groups, hosts or tags; without any, all hosts of the project
    #[arg(value_name = "HOST")]
    pub hosts: Vec<String>,
}

/// A host and what it shows.
type Asked = (Arc<Host>, Result<Shown, nexus_executor::Failure>);

/// The hosts named, asked.
fn ask(context: &Context, words: &[String]) -> Result<(PathBuf, Vec<Asked>), CliError> {
    let project = Project::find(context.global.config.as_deref())?;
    let planned = planned(context)?;
    let inventory = &planned.graph.inventory;
    let all = ["all".to_string()];
    let words = if words.is_empty() { &all[..] } else { words };
    let hosts: Vec<Arc<Host>> = chosen(inventory, words)?
        .into_iter()
        .filter_map(|at| inventory.hosts.get(at as usize).cloned())
        .collect();
    let shown = survey(&project.root, &hosts)
        .map_err(|error| CliError::new("NX0790", format!("hosts cannot be asked: {error}")))?;
    Ok((project.root, hosts.into_iter().zip(shown).collect()))
}

/// Shows keys, and adds them.
///
/// # Errors
/// As [`ask`]; a key that cannot be written down.
pub fn scan(context: &Context, args: &ScanArgs) -> Result<Exit, CliError> {
    let (root, asked) = ask(context, &args.hosts)?;
    let file = root.join(".nexus/known_hosts");
    let mut report = Report::new(context);
    for (host, shown) in &asked {
        let Some(shown) = report.host(host, shown) else {
            continue;
        };
        // A host of which something is known is not added to unasked: this key may be a forged one.
        let none_known = shown.keys.iter().all(|(_, s)| *s == Standing::Unknown);
        for (key, standing) in &shown.keys {
            let word = match standing {
                Standing::Known => "known",
                Standing::Refused(_) => report.refused(),
                Standing::Unknown if args.add && none_known => match shown.record(key, &file) {
                    Ok(Recorded::Added) => "added",
                    Ok(Recorded::Already) => "known",
                    Err(error) => {
                        let text = error.to_string();
                        return Err(CliError::new("NX0709", text));
                    }
                },
                Standing::Unknown => "unknown",
            };
            report.key(host, key, word, standing);
        }
        report.strangers += u32::from(none_known);
    }
    if !args.add && report.strangers > 0 {
        report.help =
            Some("`nexus hosts scan --add` writes down the keys of hosts of which none is known");
    }
    report.end(&asked, "scanned")
}

/// Compares keys with those on record.
///
/// # Errors
/// As [`ask`].
pub fn verify(context: &Context, args: &VerifyArgs) -> Result<Exit, CliError> {
    let (_, asked) = ask(context, &args.hosts)?;
    let mut report = Report::new(context);
    for (host, shown) in &asked {
        let Some(shown) = report.host(host, shown) else {
            continue;
        };
        let any_known = shown.keys.iter().any(|(_, s)| *s == Standing::Known);
        for (key, standing) in &shown.keys {
            let word = match standing {
                Standing::Known => "known",
                Standing::Refused(_) => report.refused(),
                Standing::Unknown => "unknown",
            };
            report.key(host, key, word, standing);
        }
        if !any_known {
            report.unknown += 1;
        }
    }
    report.end(&asked, "verified")
}

struct Report<'a> {
    context: &'a Context,
    out: String,
    values: Vec<Value>,
    unreachable: u32,
    refused: u32,
    unknown: u32,
    /// Hosts of which no key was known.
    strangers: u32,
    help: Option<&'static str>,
}

impl<'a> Report<'a> {
    fn new(context: &'a Context) -> Self {
        Report {
            context,
            out: String::new(),
            values: Vec::new(),
            unreachable: 0,
            refused: 0,
            unknown: 0,
            strangers: 0,
            help: None,
        }
    }

    fn refused(&mut self) -> &'static str {
        self.refused += 1;
        "refused"
    }

    /// The keys of a host, or why there are none.
    fn host<'s>(
        &mut self,
        host: &Host,
        shown: &'s Result<Shown, nexus_executor::Failure>,
    ) -> Option<&'s Shown> {
        let look = &self.context.out;
        match shown {
            Ok(shown) => {
                self.out += &format!("{}\n", look.paint(Role::Strong, &host.name));
                Some(shown)
            }
            Err(failure) => {
                self.unreachable += 1;
                let name = look.paint(Role::Strong, &host.name);
                let (mark, title) = (look.failed(), &failure.title);
                self.out += &format!("{mark} {name}: {title} [{}]\n", failure.code);
                let told = HostFailure {
                    title: failure.title.clone(),
                    message: failure.message.clone(),
                    help: failure.help.clone(),
                    ..HostFailure::default()
                };
                explain(&told, look, &mut self.out);
                self.values.push(json!({
                    "host": host.name, "code": failure.code, "error": failure.title,
                    "timed_out": failure.kind == FailureKind::Timeout,
                }));
                None
            }
        }
    }

    fn key(&mut self, host: &Host, key: &HostKey, word: &str, standing: &Standing) {
        let look = &self.context.out;
        let (mark, role) = match word {
            "known" | "added" => (look.ok(), Role::Dim),
            "refused" => (look.failed(), Role::Bad),
            _ => (look.skipped(), Role::Warn),
        };
        let word_painted = look.paint(role, word);
        self.out += &format!(
            "  {mark} {} {}  {word_painted}\n",
            key.kind, key.fingerprint
        );
        let mut why = None;
        if let Standing::Refused(error) = standing {
            let text = error.to_string();
            text.lines()
                .for_each(|line| self.out += &format!("    {line}\n"));
            why = Some(text);
        }
        self.values.push(json!({
            "host": host.name, "kind": key.kind, "fingerprint": key.fingerprint, "state": word,
            "why": why,
        }));
    }

    fn end(mut self, asked: &[Asked], done: &str) -> Result<Exit, CliError> {
        if self.context.json() {
            self.context.print_json(&Value::from(self.values))?;
        } else {
            let look = &self.context.out;
            let dot = look.dot();
            let parts = [
                (self.refused, "refused"),
                (self.unknown, "not known"),
                (self.unreachable, "unreachable"),
            ];
            let parts = parts.iter().filter(|(n, _)| *n > 0);
            let parts: String = parts.map(|(n, what)| format!("{dot}{n} {what}")).collect();
            let mark = match parts.is_empty() {
                true => look.ok(),
                false => look.failed(),
            };
            let hosts = count(asked.len(), "host");
            self.out += &format!("{mark} {hosts} {done}{parts}\n");
            if let Some(help) = self.help {
                help_line(help, look, &mut self.out);
            }
            self.context.print(&self.out)?;
        }
        Ok(match (self.refused + self.unknown, self.unreachable) {
            (0, 0) => Exit::Done,
            (0, _) => Exit::Connection,
            _ => Exit::TaskFailed,
        })
    }
}
