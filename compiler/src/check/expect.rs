//! Expressions of which something is expected: blame falls on the literal that is wrong.

use super::alternatives::heads_fit;
use super::context::Checker;
use super::problem::{Place, Problem};
use crate::diagnostic::registry::types::EMPTY_TASK;
use crate::hir::{BinaryOp, Expr, ExprId, Param, Record};
use crate::types::{Kind, RecordTy, Rest, Ty};

impl Checker<'_> {
    /// Checks an expression against a type, and reports what is wrong.
    pub(super) fn check(&mut self, id: ExprId, wanted: &Ty) {
        if !self.step() {
            return;
        }
        if let Kind::Alias(..) = wanted.kind() {
            let wanted = self.unalias(wanted);
            return self.check(id, &wanted);
        }
        if wanted.is_any() {
            // Nobody asks for what it is: it may be too large to be known.
            crate::types::watched(|| self.infer(id));
            return;
        }
        match self.expr(id) {
            Expr::Missing => {}
            Expr::Unbound(name) if self.word_without_quotes(id, *name, wanted) => {}
            Expr::Lambda { param, body } => self.check_lambda(id, param, *body, wanted),
            Expr::List(elements) => self.check_list(id, elements, wanted),
            Expr::Record(record) => self.check_record_literal(id, record, wanted),
            Expr::Let { locals, body } => {
                self.bind_here(locals.iter().copied());
                self.define_all(locals);
                self.check(*body, wanted);
            }
            Expr::WithScope { scope, body } => {
                self.open_scope(*scope);
                self.check(*body, wanted);
            }
            Expr::Assert { cond, body } => {
                self.condition(*cond, "the condition of `assert`");
                self.given(*cond, true, |c| c.check(*body, wanted));
            }
            Expr::If {
                cond,
                then,
                otherwise,
            } => {
                self.condition(*cond, "the condition of `if`");
                self.given(*cond, true, |c| c.check(*then, wanted));
                self.given(*cond, false, |c| c.check(*otherwise, wanted));
            }
            Expr::Binary(BinaryOp::Concat, left, right) => match self.list_of(wanted) {
                Some(element) => {
                    let list = Ty::list(element);
                    self.check_joined(*left, &list);
                    self.check_joined(*right, &list);
                }
                None => {
                    let found = self.infer(id);
                    self.expect(id, &found, wanted);
                }
            },
            Expr::Binary(BinaryOp::Update, left, right) => {
                self.check_update(id, *left, *right, wanted)
            }
            Expr::Apply {
                func,
                args,
                default: Some(default),
            } => {
                let found = self.apply(*func, args);
                self.expect(id, &found, wanted);
                self.check(*default, wanted);
            }
            Expr::Select {
                base,
                path,
                default: Some(default),
            } => {
                let found = self.infer_select_part(id, *base, path, true);
                self.expect(id, &found, wanted);
                self.check(*default, wanted);
            }
            Expr::Int(number) => {
                let same = |ty: &Ty| matches!(ty.kind(), Kind::Number(n) if n == number);
                let literals = |ty: &Ty| matches!(ty.kind(), Kind::Number(_));
                let members = wanted.members();
                if members.iter().any(literals) && !members.iter().any(same) {
                    let found = Ty::new(Kind::Number(*number));
                    return self.expect(id, &found, wanted);
                }
                self.expect(id, &Ty::int(), wanted);
            }
            _ => {
                let found = self.infer(id);
                self.expect(id, &found, wanted);
            }
        }
    }

    /// Demands that a type fits, and reports when it does not.
    pub(super) fn expect(&mut self, id: ExprId, found: &Ty, wanted: &Ty) {
        if let Err(mismatch) = self.fits(found, wanted, Some(Place::Expr(id))) {
            self.report_mismatch(id, *mismatch);
        }
    }

    /// What the elements of a list are to be, where a list is wanted.
    fn list_of(&mut self, wanted: &Ty) -> Option<Ty> {
        let wanted = self.unalias(wanted);
        let mut elements = Vec::new();
        for member in wanted.members() {
            let member = self.unalias(member);
            if let Kind::List(element) = member.kind() {
                elements.push(element.clone());
            }
        }
        match elements.len() {
            0 => None,
            _ => Some(Ty::union(elements)),
        }
    }

    /// A side of `++`.
    fn check_joined(&mut self, id: ExprId, wanted: &Ty) {
        let nested = matches!(
            self.expr(id),
            Expr::List(_) | Expr::If { .. } | Expr::Let { .. } | Expr::Binary(BinaryOp::Concat, ..)
        );
        if nested {
            return self.check(id, wanted);
        }
        let found = self.infer(id);
        if self.is_joined(id, &found) {
            self.expect(id, &found, wanted);
        }
    }

    fn check_list(&mut self, id: ExprId, elements: &[ExprId], wanted: &Ty) {
        let Some(element) = self.list_of(wanted) else {
            let found = self.infer(id);
            return self.expect(id, &found, wanted);
        };
        let subject = match &self.subject {
            Some(subject) if subject.starts_with("an element of") => subject.clone(),
            Some(subject) => format!("an element of {subject}"),
            None => "an element of this list".into(),
        };
        for (i, id) in elements.iter().enumerate() {
            let next = elements.get(i + 1).copied();
            self.about(subject.clone(), |c| c.check_element(*id, next, &element));
        }
    }

    fn check_element(&mut self, id: ExprId, next: Option<ExprId>, wanted: &Ty) {
        let plain = matches!(
            self.expr(id),
            Expr::Local(_) | Expr::Global(_) | Expr::Select { default: None, .. }
        );
        if !plain || next.is_none() {
            return self.check(id, wanted);
        }
        let found = self.infer(id);
        let known = self.known(&found);
        if let (Kind::Function(..), Some(next)) = (known.kind(), next)
            && !wanted
                .members()
                .iter()
                .any(|member| heads_fit(&known, member))
        {
            return self.application_in_list(id, next, true);
        }
        self.expect(id, &found, wanted);
    }

    fn check_record_literal(&mut self, id: ExprId, record: &Record, wanted: &Ty) {
        let known = self.unalias(wanted);
        let mut candidates: Vec<RecordTy> = Vec::new();
        for member in known.members() {
            let member = self.unalias(member);
            match member.kind() {
                Kind::Record(record) => candidates.push((**record).clone()),
                Kind::Any | Kind::Var(_) => {
                    let found = self.infer(id);
                    return self.expect(id, &found, wanted);
                }
                _ => {}
            }
        }
        match self.choose_record(record, &candidates) {
            Some(chosen) => self.check_record(id, record, &candidates[chosen], true),
            None => {
                let found = self.infer(id);
                self.expect(id, &found, wanted);
            }
        }
    }

    /// The member of a union that a literal is meant to be: the one with the fitting
    /// discriminant and the most fields in common; a dictionary when no field is shared, unless
    /// a name is nearly one of a record's.
    fn choose_record(&self, record: &Record, candidates: &[RecordTy]) -> Option<usize> {
        if candidates.len() <= 1 {
            return (!candidates.is_empty()).then_some(0);
        }
        let score = |candidate: &RecordTy| {
            let mut score = 0;
            for field in &record.fields {
                let Some(wanted) = candidate.field(field.name) else {
                    continue;
                };
                score += 4;
                if let Expr::Text(text) = self.expr(field.value) {
                    let texts = wanted.ty.members().iter();
                    let mut texts = texts.filter_map(|ty| match ty.kind() {
                        Kind::Text(text) => Some(text),
                        _ => None,
                    });
                    if let Some(first) = texts.next() {
                        let named = first == text || texts.any(|other| other == text);
                        score += if named { 100 } else { 0 };
                    }
                }
            }
            if score == 0 {
                score = match candidate.rest {
                    Rest::Dict(_) if !record.fields.is_empty() => 2,
                    _ => 0,
                };
                let slips = record.fields.iter().any(|field| {
                    !matches!(self.expr(field.value), Expr::Record(_))
                        && super::report::near_field(field.name, candidate).is_some()
                });
                if slips {
                    score = 3;
                }
            }
            score
        };
        let scores = candidates.iter().map(score).enumerate();
        // The first of equals.
        scores.rev().max_by_key(|(_, score)| *score).map(|(i, _)| i)
    }

    /// Checks the fields of a record. `whole`: nothing else adds fields to it.
    pub(super) fn check_record(
        &mut self,
        id: ExprId,
        record: &Record,
        wanted: &RecordTy,
        whole: bool,
    ) {
        self.bind_fields(record);
        for source in &record.sources {
            self.local_scheme(*source);
        }
        let mut slips = Vec::new();
        for (i, field) in record.fields.iter().enumerate() {
            let at = Place::Field(id, i as u32);
            let ty = match (wanted.field(field.name), &wanted.rest) {
                (Some(field), _) => Some(field.ty.clone()),
                (None, Rest::Dict(ty)) => Some(ty.clone()),
                (None, Rest::Open) => Some(Ty::any()),
                (None, Rest::Exact) => None,
            };
            let owner = self.owner.replace(at);
            let annotation = field
                .annotation()
                .map(|annotation| self.written(annotation));
            let subject = format!("`{}`", field.name);
            match (ty, annotation) {
                (None, _) => {
                    let near = super::elsewhere::field(field.name, wanted)
                        .map(|known| known.0)
                        .or_else(|| super::report::near_field(field.name, wanted).map(|n| n.name));
                    match near {
                        Some(_) => self.infer(field.value),
                        // Nobody knows what it is to be: one mistake, one message.
                        None => self.infer_quietly(field.value),
                    };
                    self.unknown_field(at, field.name, field.value, wanted);
                    slips.extend(near);
                }
                (Some(ty), Some(annotation)) => {
                    self.about(subject, |c| {
                        c.check(field.value, &annotation);
                        c.expect(field.value, &annotation, &ty);
                    });
                }
                (Some(ty), None) => self.about(subject, |c| c.check(field.value, &ty)),
            }
            self.owner = owner;
        }
        for (name, value) in &record.dynamic {
            self.field_name(*name);
            match &wanted.rest {
                Rest::Dict(ty) => self.check(*value, ty),
                _ => {
                    self.infer(*value);
                }
            }
        }
        if whole && record.dynamic.is_empty() {
            let has = |name| record.fields.iter().any(|field| field.name == name);
            let missing: Vec<_> = wanted
                .fields
                .iter()
                .filter(|field| !field.optional && !has(field.name))
                // What is misspelt is not missing as well.
                .filter(|field| !slips.contains(&field.name.as_str()))
                .cloned()
                .collect();
            if !missing.is_empty() {
                self.missing_fields(id, &missing, wanted);
            }
            if self.is_task(wanted) {
                self.check_task_does_something(id, record);
            }
        }
    }

    /// Whether a record type is the schema's `Task`.
    pub(super) fn is_task(&self, record: &RecordTy) -> bool {
        record.name.is_some_and(|name| name.as_str() == "Task")
            && matches!(self.schema.named("Task").kind(), Kind::Record(task) if std::sync::Arc::ptr_eq(&task.fields, &record.fields))
    }

    fn check_task_does_something(&mut self, id: ExprId, record: &Record) {
        let field = |name: &str| record.fields.iter().find(|f| f.name.as_str() == name);
        match (field("run"), field("deps")) {
            (Some(run), _) => {
                if let Expr::List(steps) = self.expr(run.value)
                    && steps.is_empty()
                {
                    self.report(
                        Problem::error(
                            EMPTY_TASK,
                            Place::Expr(run.value),
                            "`run` is empty, so the task does nothing",
                        )
                        .label("nothing to run")
                        .help("write what it runs: `run = \"make\";`")
                        .help("leave `run` out to make a group of the tasks in `deps`"),
                    );
                }
            }
            (None, Some(_)) => {}
            (None, None) => {
                // A slip in the name is reported by itself.
                let slip = record.fields.iter().any(|f| {
                    matches!(
                        super::report::near_task_field(f.name, self.schema).map(|near| near.name),
                        Some("run" | "deps")
                    ) || matches!(
                        super::elsewhere::task_field(f.name),
                        Some(("run" | "deps", _))
                    )
                });
                if slip {
                    return;
                }
                let at = self.owner.unwrap_or(Place::Expr(id));
                self.report(
                    Problem::error(
                        EMPTY_TASK,
                        at,
                        "this task does nothing: it has neither `run` nor `deps`",
                    )
                    .label("neither `run` nor `deps`")
                    .help("write what it runs: `run = \"make\";`")
                    .help("or make it a group of other tasks: `deps = [ tasks.build ];`"),
                );
            }
        }
    }

    /// `left // right`: the fields of the right side win.
    fn check_update(&mut self, id: ExprId, left: ExprId, right: ExprId, wanted: &Ty) {
        let known = self.unalias(wanted);
        let mut records = Vec::new();
        for member in known.members() {
            let member = self.unalias(member);
            match member.kind() {
                Kind::Record(record) => records.push((**record).clone()),
                Kind::Any | Kind::Var(_) => {
                    let found = self.update(id, left, right);
                    return self.expect(id, &found, wanted);
                }
                _ => {}
            }
        }
        let chosen = match self.expr(right) {
            Expr::Record(literal) => self.choose_record(literal, &records).map(|i| (literal, i)),
            _ => None,
        };
        let Some((literal, i)) = chosen else {
            let found = self.update(id, left, right);
            return self.expect(id, &found, wanted);
        };
        let wanted_record = &records[i];
        // The literal is checked where it stands; what comes from the left is checked as a
        // whole, without what the literal replaces.
        self.check_record(right, literal, wanted_record, false);
        let base = self.infer_record_like(left);
        let replaced = |name| literal.fields.iter().any(|field| field.name == name);
        let mut open = wanted_record.clone();
        open.fields = wanted_record
            .fields
            .iter()
            .map(|field| {
                let mut field = field.clone();
                field.optional |= replaced(field.name) || !literal.dynamic.is_empty();
                if replaced(field.name) {
                    field.ty = Ty::any();
                }
                field
            })
            .collect();
        self.expect(left, &base, &Ty::record(open));
    }

    fn check_lambda(&mut self, id: ExprId, param: &Param, body: ExprId, wanted: &Ty) {
        let known = self.unalias(wanted);
        let mut functions = Vec::new();
        for member in known.members() {
            let member = self.unalias(member);
            if let Kind::Function(from, to) = member.kind() {
                functions.push((from.clone(), to.clone()));
            }
        }
        let [(from, to)] = &functions[..] else {
            let found = self.infer(id);
            return self.expect(id, &found, wanted);
        };
        self.bind_expected(id, param, from);
        let subject = self
            .subject
            .as_ref()
            .map(|s| match s.starts_with("the result of") {
                true => s.clone(),
                false => format!("the result of {s}"),
            });
        let before = std::mem::replace(&mut self.subject, subject);
        self.check(body, to);
        self.subject = before;
    }
}
