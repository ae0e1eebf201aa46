//! What to do about a value that does not fit.

use super::context::Checker;
use super::problem::{Place, Problem};
use super::tasks::full_path;
use crate::diagnostic::suggest::nearest;
use crate::hir::{Expr, ExprId, StrPart};
use crate::symbol::Symbol;
use crate::types::{Kind, RecordTy, Ty};

impl Checker<'_> {
    /// Adds what is to be written instead, where that can be told.
    pub(super) fn advise(
        &mut self,
        problem: Problem,
        id: ExprId,
        found: &Ty,
        wanted: &Ty,
    ) -> Problem {
        let here = Place::Expr(id);
        let wants = |kind: fn(&Kind) -> bool| wanted.members().iter().any(|m| kind(m.kind()));
        let text = match self.expr(id) {
            Expr::String(parts) => match &parts[..] {
                [StrPart::Text(text)] => Some(text.clone()),
                _ => None,
            },
            _ => None,
        };
        if let Some(text) = text {
            let number = text.parse::<i64>().is_ok();
            let bool = matches!(&text[..], "true" | "false");
            let unit = is_quantity(&text);
            let unquote = (number
                && wants(|k| matches!(k, Kind::Int | Kind::Float | Kind::Number(_))))
                || (bool && wants(|k| matches!(k, Kind::Bool)))
                || (unit && wants(|k| matches!(k, Kind::Duration | Kind::Size)));
            if unquote {
                return problem
                    .help(format!("write it without quotes: `{text}`"))
                    .fix("Remove the quotes", vec![(here, text.to_string())]);
            }
            let refs = |ty: &Ty| matches!(ty.kind(), Kind::List(element) if matches!(element.kind(), Kind::TaskRef));
            if wanted.members().iter().any(refs) {
                return match self.meant_task(&text) {
                    Some(path) => {
                        let fixed = format!("[ {} ]", full_path(&path));
                        problem
                            .help(format!("write `{fixed}`"))
                            .fix(format!("Replace with `{fixed}`"), vec![(here, fixed)])
                    }
                    None => problem.help("refer to tasks by their paths: `[ tasks.build ]`"),
                };
            }
            if self.is_task_or_namespace(wanted) {
                return problem.help("a task is a record: `{ run = \"…\"; }`").fix(
                    "Make it a task",
                    vec![
                        (Place::Before(id), "{ run = ".into()),
                        (Place::After(id), "; }".into()),
                    ],
                );
            }
            if matches!(&text[..], "yes" | "no" | "on" | "off")
                && wants(|k| matches!(k, Kind::Bool))
            {
                return problem.help("write `true` or `false`");
            }
        }
        if let Expr::Int(number) = self.expr(id) {
            if wants(|k| matches!(k, Kind::Duration)) {
                return problem
                    .help(format!("give it a unit: `{number}s`, `{number}m`, …"))
                    .fix("Make it seconds", vec![(here, format!("{number}s"))]);
            }
            if wants(|k| matches!(k, Kind::Size)) {
                return problem.help(format!("give it a unit: `{number}MB`, `{number}KiB`, …"));
            }
            if wants(|k| matches!(k, Kind::String)) && !wants(|k| matches!(k, Kind::List(_))) {
                return problem
                    .help(format!("write it as text: `\"{number}\"`"))
                    .fix("Put it in quotes", vec![(here, format!("\"{number}\""))]);
            }
        }
        // One element where a list is due.
        for member in wanted.members() {
            let member = self.unalias(member);
            if let Kind::List(element) = member.kind()
                && !matches!(found.kind(), Kind::List(_) | Kind::Function(..))
                && self.fits(found, element, None).is_ok()
            {
                return problem.help("put it into brackets: `[ … ]`").fix(
                    "Make it a list",
                    vec![
                        (Place::Before(id), "[ ".into()),
                        (Place::After(id), " ]".into()),
                    ],
                );
            }
        }
        let is_argument = self
            .subject
            .as_ref()
            .is_some_and(|s| s.starts_with("argument "));
        match (found.kind(), wanted.kind()) {
            (Kind::List(_), Kind::Function(..)) | (Kind::Function(..), Kind::List(_))
                if is_argument =>
            {
                problem.help("the function comes first, then the list: `map (x: …) list`")
            }
            (Kind::Function(from, _), _) if !matches!(wanted.kind(), Kind::Function(..)) => {
                let from = self.known(from);
                match from.kind() {
                    Kind::Any | Kind::Var(_) => problem.help("does the function lack an argument?"),
                    _ => problem.help(format!(
                        "does the function lack an argument? It takes {}",
                        self.describe(&from)
                    )),
                }
            }
            (Kind::Path, _) if wants(|k| matches!(k, Kind::String)) => {
                problem.help("write the path as text, relative to the project: `\"src/main.c\"`")
            }
            (Kind::Tasks(path), _) if wants(|k| matches!(k, Kind::String | Kind::Path)) => {
                self.help_outputs(problem, path)
            }
            (Kind::Null, _) => problem.help("leave the field out instead of setting it to null"),
            (Kind::List(element), _)
                if self.fits(element, wanted, None).is_ok()
                    && matches!(self.expr(id), Expr::List(elements) if elements.len() == 1) =>
            {
                problem.help("leave the brackets out")
            }
            _ => problem,
        }
    }

    /// `Task | Tasks`
    fn is_task_or_namespace(&self, wanted: &Ty) -> bool {
        wanted.members().iter().any(|m| {
            matches!(m.kind(), Kind::Alias(name) if name.as_str() == "Tasks")
                || matches!(m.kind(), Kind::Record(record) if self.is_task(record))
        })
    }

    /// The task a text most likely names.
    pub(super) fn meant_task(&self, text: &str) -> Option<Vec<Symbol>> {
        let path: Vec<Symbol> = text
            .trim_start_matches("tasks.")
            .split('.')
            .map(Symbol::new)
            .collect();
        if self.task_node(&path).is_some() {
            return Some(path);
        }
        if let Some(found) = path.last().and_then(|name| self.find_task(*name)) {
            return Some(found);
        }
        let super::tasks::Node::Namespace(record) = self.task_node(&[])? else {
            return None;
        };
        let names = record.fields.iter().take(1_000).map(|f| f.name.as_str());
        nearest(text, names).map(|near| vec![Symbol::new(near)])
    }
}

/// Names other tools use.
pub(super) fn known_elsewhere(name: Symbol, record: &RecordTy) -> Option<String> {
    let pairs: &[(&[&str], &str, &str)] = match record.name?.as_str() {
        "Task" => &[
            (
                &[
                    "needs",
                    "depends_on",
                    "dependencies",
                    "requires",
                    "after",
                    "dependsOn",
                ],
                "deps",
                "[ tasks.build ]",
            ),
            (
                &[
                    "command", "cmd", "script", "steps", "commands", "exec", "shell",
                ],
                "run",
                "\"make\"",
            ),
            (
                &["sources", "srcs", "src", "files"],
                "inputs",
                "[ \"src/**\" ]",
            ),
            (
                &["artifacts", "generates", "targets", "produces", "outs"],
                "outputs",
                "[ \"out\" ]",
            ),
            (
                &["environment", "vars", "variables"],
                "env",
                "{ NAME = \"value\"; }",
            ),
            (
                &[
                    "dir",
                    "directory",
                    "workdir",
                    "working_directory",
                    "working-directory",
                    "folder",
                ],
                "cwd",
                "\"sub\"",
            ),
            (&["desc", "summary", "help", "doc"], "description", "\"…\""),
        ],
        "Step" => &[
            (
                &["run", "command", "script", "shell", "exec"],
                "cmd",
                "\"make\"",
            ),
            (&["retry", "attempts"], "retries", "3"),
            (&["become", "root", "as_root"], "sudo", "true"),
            (
                &["ignore_errors", "allow_failure", "continue-on-error"],
                "continue_on_error",
                "true",
            ),
            (&["delay", "backoff"], "retry_delay", "5s"),
        ],
        _ => return None,
    };
    let (_, right, example) = pairs
        .iter()
        .find(|(names, ..)| names.contains(&name.as_str()))?;
    Some(format!(
        "that is called `{right}` here: `{right} = {example};`"
    ))
}

fn is_quantity(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    digits.len() < text.len()
        && matches!(
            digits,
            "ms" | "s" | "m" | "h" | "d" | "B" | "kB" | "KB" | "MB" | "GB" | "KiB" | "MiB" | "GiB"
        )
}
