//! What to say when something does not fit.

use super::context::Checker;
use super::elsewhere;
use super::infer::did_you_mean;
use super::phrases::{self, with_article};
use super::problem::{Place, Problem};
use super::subtype::{Mismatch, Reason};
use super::tasks::full_path;
use crate::diagnostic::registry::types::{
    BAD_OPERANDS, MISSING_FIELD, NOT_A_RECORD, NOT_A_TASK, NOT_ALLOWED, TYPE_MISMATCH,
    UNKNOWN_FIELD,
};
use crate::diagnostic::suggest::{Near, enumerate, nearest};
use crate::hir::{Expr, ExprId, LocalId};
use crate::symbol::Symbol;
use crate::types::schema::Schema;
use crate::types::show::show;
use crate::types::{FieldTy, Kind, RecordTy, Rest, Ty};

impl Checker<'_> {
    /// A value does not fit where it is used.
    pub(super) fn report_mismatch(&mut self, id: ExprId, mismatch: Mismatch) {
        let used = Place::Expr(id);
        // The value itself is to blame where it is known; where it is used explains why.
        let (here, id) = match (mismatch.origin, self.culprit(id, &mismatch)) {
            (Some(Place::Expr(origin)), _) => (Place::Expr(origin), origin),
            (_, Some((place, id))) => (place, id),
            _ => (used, id),
        };
        let because = mismatch.because.filter(|at| *at != here && *at != used);
        let subject = match (mismatch.field, mismatch.element) {
            (Some(field), true) => Some(format!("an element of `{field}`")),
            (Some(field), false) => Some(format!("`{field}`")),
            (None, true) => Some(match &self.subject {
                Some(subject) if subject.starts_with("an element") => subject.clone(),
                Some(subject) => format!("an element of {subject}"),
                None => "an element of this list".into(),
            }),
            (None, false) => self.subject.clone(),
        };
        let mut problem = match &mismatch.reason {
            Reason::Kind => self.wrong_kind(here, id, &mismatch, subject, here != used),
            Reason::Missing(name) => {
                let what = self.describe(&mismatch.found);
                let problem = Problem::error(
                    MISSING_FIELD,
                    here,
                    format!("{what} without the field `{name}` cannot be used here"),
                )
                .label(format!("`{name}` is missing"));
                match mismatch.found.kind() {
                    Kind::Record(record) => match nearest(name.as_str(), record.names()) {
                        Some(near) => {
                            problem.help(format!("it has `{near}`; is that what is meant?"))
                        }
                        None if record.fields.is_empty() => problem.note("it has no fields"),
                        None => problem.note(format!("it has {}", enumerate(record.names(), 12))),
                    },
                    _ => problem,
                }
            }
            Reason::MayLack(name) => {
                let what = self.describe(&mismatch.found);
                Problem::error(
                    MISSING_FIELD,
                    here,
                    format!("{what} that may lack the field `{name}` cannot be used here"),
                )
                .label(format!("`{name}` may be missing"))
                .help(format!(
                    "say what else: `.{name} or …`, or ask first: `… ? {name}`"
                ))
            }
            Reason::NoRecord => {
                let what = self.describe(&mismatch.found);
                Problem::error(
                    NOT_A_RECORD,
                    here,
                    format!("a field is selected by a computed name, and this is {what}"),
                )
            }
            Reason::Merged => {
                let what = self.describe(&mismatch.found);
                Problem::error(
                    BAD_OPERANDS,
                    here,
                    format!("`//` merges records, and this is {what}"),
                )
            }
            Reason::NoOperand(op) => {
                let what = self.describe(&mismatch.found);
                let sign = super::operator::sign(*op);
                Problem::error(
                    BAD_OPERANDS,
                    here,
                    format!("`{sign}` works on numbers, and this is {what}"),
                )
            }
            Reason::Combined(op) => {
                let (left, right) = (
                    self.describe(&mismatch.wanted),
                    self.describe(&mismatch.found),
                );
                let sign = super::operator::sign(*op);
                Problem::error(
                    BAD_OPERANDS,
                    here,
                    format!("`{sign}` cannot combine {left} and {right}"),
                )
            }
            Reason::Compared => {
                let (a, b) = (
                    self.describe(&mismatch.found),
                    self.describe(&mismatch.wanted),
                );
                Problem::error(
                    BAD_OPERANDS,
                    here,
                    format!("{a} and {b} cannot be compared"),
                )
            }
            Reason::Unknown(name) => match self.beyond(here, used, because, *name, &mismatch) {
                (problem, true) => return self.report(problem),
                (problem, false) => problem,
            },
        };
        if here != used {
            problem = problem.related(used, "it is used here");
        }
        if let Some(because) = because {
            problem = problem.related(because, "expected because of this");
        }
        self.report(problem);
    }

    fn wrong_kind(
        &mut self,
        here: Place,
        id: ExprId,
        mismatch: &Mismatch,
        subject: Option<String>,
        located: bool,
    ) -> Problem {
        let (found, wanted) = (&mismatch.found, &mismatch.wanted);
        let subject = subject.unwrap_or_else(|| "this".into());
        if let Kind::TaskRef = wanted.kind() {
            return self.not_a_task(id, found, &subject);
        }
        if let Some(problem) = self.not_allowed(here, found, wanted, &subject) {
            return problem;
        }
        let found_text = self.describe(found);
        let wanted_text = self.wanted(wanted);
        let problem = Problem::error(
            TYPE_MISMATCH,
            here,
            format!("{subject} must be {wanted_text}, and this is {found_text}"),
        )
        .label(match mismatch.field {
            // It could not be found where it is written.
            Some(field) if !located => format!("its `{field}` is {found_text}"),
            _ => format!("this is {found_text}"),
        });
        self.advise(problem, id, found, wanted)
    }

    /// What is wanted, as a phrase.
    fn wanted(&mut self, ty: &Ty) -> String {
        let steps = {
            let named = ["Step", "Wait"].map(|name| self.schema.named(name));
            Ty::union([Ty::string()].into_iter().chain(named))
        };
        if *ty == self.schema.named("Run") {
            return "a command, a step, a list of these, or a function of the target".into();
        }
        if *ty == steps {
            return "a command or a step".into();
        }
        if *ty == Ty::union([steps.clone(), Ty::list(steps)]) {
            return "a command, a step, or a list of these".into();
        }
        if *ty == self.schema.named("Hosts") {
            return "a host, or a list of hosts and groups".into();
        }
        match ty.kind() {
            Kind::Function(..) if ty.has_vars() => "a function".into(),
            Kind::Function(..) => format!("a function `{}`", show(ty)),
            Kind::Record(record)
                if matches!(&record.rest, Rest::Dict(ty)
                    if ty.members().iter().any(|m| matches!(m.kind(), Kind::Alias(..)))) =>
            {
                "a record of tasks".into()
            }
            Kind::List(element) => {
                let element = self.unalias(element);
                match element.kind() {
                    Kind::TaskRef => "a list of task references".into(),
                    Kind::Any | Kind::Var(_) => "a list".into(),
                    _ => format!("a list `{}`", show(ty)),
                }
            }
            Kind::Record(record) if record.name.is_none() && record.fields.is_empty() => {
                format!("a record `{}`", show(ty))
            }
            Kind::Union(members) if members.iter().any(|m| matches!(m.kind(), Kind::Alias(..))) => {
                "a task, or a namespace of tasks".into()
            }
            Kind::Alias(name, _) if name.as_str() == "Tasks" => "a record of tasks".into(),
            Kind::Union(members) if phrases::is_interpolable(members) => {
                "something that can be put into a string".into()
            }
            Kind::Text(_) => format!("the text {}", show(ty)),
            _ => self.describe(ty),
        }
    }

    /// A text that is none of the words allowed.
    fn not_allowed(
        &mut self,
        here: Place,
        found: &Ty,
        wanted: &Ty,
        subject: &str,
    ) -> Option<Problem> {
        let Kind::Text(text) = found.kind() else {
            return None;
        };
        let words: Vec<&str> = wanted
            .members()
            .iter()
            .filter_map(|member| match member.kind() {
                Kind::Text(word) => Some(&**word),
                _ => None,
            })
            .collect();
        if words.is_empty() {
            return None;
        }
        let problem = Problem::error(
            NOT_ALLOWED,
            here,
            format!("{subject} cannot be {}", show(found)),
        )
        .label("none of the allowed words")
        .note(format!("it can be {}", phrases::either(wanted.members())));
        Some(match nearest(text, words.iter().copied()) {
            Some(near) => {
                let quoted = show(&Ty::text(near.name));
                let quoted = Near {
                    name: &quoted,
                    clear: near.clear,
                };
                did_you_mean(problem, here, quoted)
            }
            None => problem,
        })
    }

    fn not_a_task(&mut self, id: ExprId, found: &Ty, subject: &str) -> Problem {
        let here = Place::Expr(id);
        let what = self.describe(found);
        let problem = Problem::error(
            NOT_A_TASK,
            here,
            format!("{subject} must be a task reference, and this is {what}"),
        )
        .label("not a task reference");
        let Kind::Text(text) = found.kind() else {
            return problem.help("refer to a task by its path: `tasks.build`");
        };
        match self.meant_task(text) {
            Some(path) => {
                let full = full_path(&path);
                problem
                    .help(format!("write `{full}`"))
                    .fix(format!("Replace with `{full}`"), vec![(here, full)])
            }
            None => problem.help("refer to a task by its path: `tasks.build`"),
        }
    }

    /// A literal has a field that its type does not know.
    pub(super) fn unknown_field(
        &mut self,
        at: Place,
        name: Symbol,
        value: ExprId,
        wanted: &RecordTy,
    ) {
        let owner_phrase = self.owner_phrase(wanted);
        let mut problem = Problem::error(
            UNKNOWN_FIELD,
            at,
            format!("{owner_phrase} has no field `{name}`"),
        )
        .label("unknown field");
        let is_project = wanted.name.is_some_and(|name| name.as_str() == "Project");
        if let Some((right, example)) = elsewhere::field(name, wanted) {
            problem = problem
                .help(format!(
                    "that is called `{right}` here: `{right} = {example};`"
                ))
                .fix(format!("Replace with `{right}`"), vec![(at, right.into())]);
        } else if let Some(near) = near_field(name, wanted) {
            problem = did_you_mean(problem, at, near);
        } else if let Some(help) = self.field_of_other(name, wanted) {
            problem = problem.help(help);
        } else if is_project {
            let task = matches!(self.expr(value), Expr::Record(record)
                if record.fields.iter().any(|f| is_task_field(f.name, self.schema)));
            if is_task_field(name, self.schema) {
                problem = problem.help(format!(
                    "`{name}` is a field of a task: `tasks.build.{name} = …;`"
                ));
            } else {
                problem = match task {
                    true => problem
                        .help(format!("tasks go under `tasks`: `tasks.{name}`"))
                        .fix(
                            format!("Replace with `tasks.{name}`"),
                            vec![(at, format!("tasks.{name}"))],
                        ),
                    false => problem.help(format!(
                        "helpers go before the first field of the file: `let {name} = …; in`"
                    )),
                };
            }
        }
        problem = problem.note(fields_note(wanted));
        self.report(problem);
    }

    /// The field exists, but in a step rather than in a task, or the other way round.
    fn field_of_other(&self, name: Symbol, wanted: &RecordTy) -> Option<String> {
        let has = |other: &str| matches!(self.schema.named(other).kind(), Kind::Record(record) if record.field(name).is_some());
        match wanted.name?.as_str() {
            "Task" if has("Step") => Some(format!(
                "`{name}` is an option of a step: `run = {{ cmd = \"…\"; {name} = …; }};`"
            )),
            "Step" if has("Task") => Some(format!(
                "`{name}` is a field of the task: write it beside `run`"
            )),
            _ => None,
        }
    }

    /// A literal lacks fields that its type requires.
    pub(super) fn missing_fields(&mut self, id: ExprId, missing: &[FieldTy], wanted: &RecordTy) {
        let at = match self.expr(id) {
            Expr::Record(record) if record.fields.is_empty() => Place::Expr(id),
            _ => self.owner.unwrap_or(Place::Expr(id)),
        };
        let names = enumerate(missing.iter().map(|f| f.name.as_str()), 8);
        let field = if missing.len() == 1 {
            "the field"
        } else {
            "the fields"
        };
        let problem = Problem::error(
            MISSING_FIELD,
            at,
            format!("{} needs {field} {names}", self.owner_phrase(wanted)),
        )
        .label(format!("{names} missing"));
        let first = &missing[0];
        let problem = problem.help(match first.ty.kind() {
            Kind::Any | Kind::Var(_) => format!("add `{} = …;`", first.name),
            _ => format!("add `{} = …;`: {}", first.name, self.wanted(&first.ty)),
        });
        self.report(problem);
    }

    fn owner_phrase(&self, record: &RecordTy) -> String {
        match (record.name, &self.subject) {
            (None, Some(subject)) => subject.clone(),
            _ => owner(record),
        }
    }

    /// The pattern of a function does not fit what it is given.
    pub(super) fn report_pattern(
        &mut self,
        id: ExprId,
        fields: &[(Symbol, LocalId)],
        mismatch: Mismatch,
    ) {
        let given = match mismatch.found.kind() {
            Kind::Record(record) => Some(record.clone()),
            _ => None,
        };
        match (&mismatch.reason, given) {
            (Reason::Missing(name), Some(record)) => {
                let place = fields.iter().find(|field| field.0 == *name);
                let at = place.map_or(Place::Expr(id), |field| Place::Local(field.1));
                let problem = Problem::error(
                    UNKNOWN_FIELD,
                    at,
                    format!("{} has no field `{name}`", owner(&record)),
                );
                let problem = problem.label("no such field");
                let problem = match near_field(*name, &record) {
                    // The name is used in the body, too.
                    Some(near) => problem.help(format!("did you mean `{near}`?")),
                    None => problem.note(fields_note(&record)),
                };
                self.report(problem);
            }
            (Reason::Unknown(name), Some(record)) => {
                let last = fields.last().map_or(Place::Expr(id), |f| Place::Local(f.1));
                let problem = Problem::error(
                    UNKNOWN_FIELD,
                    last,
                    format!(
                        "the function is also given `{name}`, and its pattern takes nothing else"
                    ),
                )
                .label("the pattern ends here")
                .help("end the pattern with `...`: `{ name, ... }:`")
                .note(fields_note(&record));
                self.report(problem);
            }
            _ => self.report_mismatch(id, mismatch),
        }
    }
}

/// Whose fields they are, as a phrase.
pub(super) fn owner(record: &RecordTy) -> String {
    match record.name.map(|name| name.as_str()) {
        Some("Project") => "the project file".into(),
        Some("Config") => "`config`".into(),
        Some("Task") => "a task".into(),
        Some("Step") => "a step".into(),
        Some("Wait") => "a step that waits".into(),
        Some("Host") => "a host".into(),
        Some("Ssh") => "`ssh`".into(),
        Some("ConfigSsh") => "`config.ssh`".into(),
        Some("TargetHost") => "the host".into(),
        Some("Target") => "the target".into(),
        Some(name) => with_article(name),
        None => "this record".into(),
    }
}

pub(super) fn fields_note(record: &RecordTy) -> String {
    if record.fields.is_empty() {
        return "it takes no fields".into();
    }
    let names = enumerate(record.names(), 20);
    match record.name {
        Some(_) => format!("{} has {names}", owner(record)),
        None => format!("it has {names}"),
    }
}

/// The field of a record that a person most likely meant.
pub(super) fn near_field(name: Symbol, record: &RecordTy) -> Option<Near<'static>> {
    nearest(name.as_str(), record.names())
}

pub(crate) fn near_task_field(name: Symbol, schema: &Schema) -> Option<Near<'static>> {
    match schema.named("Task").kind() {
        Kind::Record(task) => near_field(name, task),
        _ => None,
    }
}

fn is_task_field(name: Symbol, schema: &Schema) -> bool {
    matches!(schema.named("Task").kind(), Kind::Record(task) if task.field(name).is_some())
}
