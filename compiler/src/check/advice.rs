//! What to do about a value that does not fit.

use super::context::Checker;
use super::problem::{Place, Problem};
use super::tasks::full_path;
use crate::defs::Shape;
use crate::diagnostic::suggest::nearest;
use crate::hir::{Expr, ExprId};
use crate::symbol::Symbol;
use crate::types::{Kind, Ty};

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
            Expr::Text(text) => Some(text.clone()),
            _ => None,
        };
        if let Some(text) = text {
            let number = text.parse::<i64>().is_ok();
            let bool = matches!(&text[..], "true" | "false");
            let unit = quantity(&text);
            let quantities = wants(|k| matches!(k, Kind::Duration | Kind::Size));
            let bare = match unit {
                _ if number
                    && wants(|k| matches!(k, Kind::Int | Kind::Float | Kind::Number(_))) =>
                {
                    Some(text.to_string())
                }
                _ if bool && wants(|k| matches!(k, Kind::Bool)) => Some(text.to_string()),
                Some(unit)
                    if quantities && unit.contains('B') == wants(|k| matches!(k, Kind::Size)) =>
                {
                    Some(unit)
                }
                _ => None,
            };
            if let Some(bare) = bare {
                return problem
                    .help(format!("write it without quotes: `{bare}`"))
                    .fix("Remove the quotes", vec![(here, bare)]);
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
            if wants(|k| matches!(k, Kind::Bool)) {
                let word = match &text[..] {
                    "yes" | "on" | "1" | "True" | "TRUE" => "true",
                    "no" | "off" | "0" | "False" | "FALSE" => "false",
                    _ => return problem.help("write `true` or `false`"),
                };
                return problem
                    .help(format!("write `{word}`"))
                    .fix(format!("Replace with `{word}`"), vec![(here, word.into())]);
            }
        }
        if let Expr::Int(number @ (0 | 1)) = self.expr(id)
            && wants(|k| matches!(k, Kind::Bool))
        {
            let word = if *number == 1 { "true" } else { "false" };
            return problem
                .help(format!("write `{word}`"))
                .fix(format!("Replace with `{word}`"), vec![(here, word.into())]);
        }
        if let Expr::Int(number) = self.expr(id) {
            if wants(|k| matches!(k, Kind::Duration)) {
                return problem
                    .help(format!("give it a unit: `{number}s`, `{number}m`, …"))
                    .proposal("Make it seconds", vec![(here, format!("{number}s"))]);
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
        if let Expr::List(_) = self.expr(id)
            && self.is_task_or_namespace(wanted)
        {
            return problem
                .help("a task is a record: `{ run = [ … ]; }`")
                .proposal(
                    "Make it a task",
                    vec![
                        (Place::Before(id), "{ run = ".into()),
                        (Place::After(id), "; }".into()),
                    ],
                );
        }
        // One element where a list is due.
        for member in wanted.members() {
            let member = self.unalias(member);
            if let Kind::List(element) = member.kind()
                && !matches!(
                    found.kind(),
                    Kind::List(_) | Kind::Function(..) | Kind::Record(_)
                )
                && self.fits(found, element, None).is_ok()
            {
                let value = self.spelled(id).unwrap_or_else(|| "…".into());
                return problem
                    .help(format!("put it into brackets: `[ {value} ]`"))
                    .fix(
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
            (_, Kind::Function(..)) if is_argument && !matches!(found.kind(), Kind::Function(..)) => {
                problem.help("the function comes first")
            }
            (Kind::Record(_), Kind::List(_)) => {
                problem.help("`std.record.values` gives the values of a record as a list, `std.record.names` the names")
            }
            (Kind::List(_), _) if wants(|k| matches!(k, Kind::Record(_))) && !self.is_task_or_namespace(wanted) => {
                problem.help("a record is written `{ name = value; }`")
            }
            (Kind::Text(_) | Kind::String, _)
                if is_only_record(wanted) && !self.is_task_or_namespace(wanted) =>
            {
                problem.help("a record is written `{ name = value; }`")
            }
            (Kind::Float, _) if wants(|k| matches!(k, Kind::Duration)) => {
                problem.help("write whole numbers with a unit: `90s`, `1h30m`")
            }
            (Kind::Size, _) if wants(|k| matches!(k, Kind::Duration)) => {
                problem.help("the units of durations are `ns us ms s m h d`")
            }
            (Kind::Duration, _) if wants(|k| matches!(k, Kind::Size)) => {
                problem.help("the units of sizes are `B kB MB GB TB KiB MiB GiB TiB`")
            }
            (Kind::Duration | Kind::Size, _) if wants(|k| matches!(k, Kind::Int)) => {
                problem.help("write a plain number, without a unit")
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
                let problem = problem.help("leave the brackets out");
                match self.expr(id) {
                    Expr::List(elements) => problem.fix(
                        "Remove the brackets",
                        vec![
                            (Place::Until(id, elements[0]), String::new()),
                            (Place::Beyond(id, elements[0]), String::new()),
                        ],
                    ),
                    _ => problem,
                }
            }
            _ => problem,
        }
    }

    /// `Task | Tasks`
    fn is_task_or_namespace(&self, wanted: &Ty) -> bool {
        wanted.members().iter().any(|m| {
            matches!(m.kind(), Kind::Alias(name, _) if name.as_str() == "Tasks")
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
        if self.tasks_shape(&path).is_some() {
            return Some(path);
        }
        if let Some(found) = path.last().and_then(|name| self.find_task(*name)) {
            return Some(found);
        }
        let Shape::Namespace(fields) = &*self.tasks_shape(&[])? else {
            return None;
        };
        let names = fields
            .names
            .iter()
            .take(1_000)
            .map(|(name, _)| name.as_str());
        nearest(text, names).map(|near| vec![Symbol::new(near.name)])
    }
}

/// Nothing but a record will do.
fn is_only_record(wanted: &Ty) -> bool {
    let mut members = wanted.members().iter();
    members.all(|m| matches!(m.kind(), Kind::Record(_)))
}

/// A duration or size in quotes, as it is written without: `5m` for "5 min".
pub(super) fn quantity(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text.trim();
    let mut units = 0;
    while !rest.is_empty() {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let (number, unit) = rest.split_at(rest.len() - unit.len());
        let unit = unit.trim_start();
        let letters = unit.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let (word, after) = unit.split_at(unit.len() - letters.len());
        let word = match word {
            "s" | "sec" | "secs" | "second" | "seconds" => "s",
            "m" | "min" | "mins" | "minute" | "minutes" => "m",
            "h" | "hour" | "hours" => "h",
            "d" | "day" | "days" => "d",
            "KB" => "kB",
            "ms" | "us" | "ns" | "B" | "kB" | "MB" | "GB" | "TB" | "KiB" | "MiB" | "GiB"
            | "TiB" => word,
            _ => return None,
        };
        if number.is_empty() || number.len() > 9 {
            return None;
        }
        out += number;
        out += word;
        units += 1;
        rest = after.trim_start();
    }
    match units {
        0 => None,
        1 => Some(out),
        // Sizes are not combined.
        _ => (!out.contains('B')).then_some(out),
    }
}
