//! Cuts a file into units anew of which the value of one binding was replaced: that unit is made
//! anew, and the others are where they are now.

use super::body::{File, Kind, Member, NONE};
use super::extent::{Extent, Starts};
use super::split::{LONGEST_QUESTION, is_namespace, plain};
use super::tree::form;
use super::walk::{Part, parts};
use super::{Body, Definitions, Name, Outer, Root, Unit};
use crate::db::Role;
use crate::hir::{BinaryOp, Expr, ExprId, Field, LocalId, Module, Param, UnaryOp};
use crate::lower::Step;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// The units of a file after a step. Nothing when more than one of them may be different: the
/// outcome is what [`super::split`] gives.
pub(crate) fn split_again(
    before: &Definitions,
    module: &Module,
    role: Role,
    step: &Step,
) -> Option<Definitions> {
    let is_replaced = |unit: &Arc<Unit>| {
        let only = unit.origin.only();
        only.is_some_and(|from| {
            from.exprs.start <= step.from.exprs && step.old.exprs <= from.exprs.end
        })
    };
    let at = before.units.iter().position(is_replaced)?;
    let unit = remade(before, &before.units[at], module, role, step)?;
    let mut units = before.units.clone();
    if step.moves() {
        for one in &mut units {
            if let Some(origin) = one.origin.moved(step) {
                *one = Arc::new(Unit {
                    name: one.name.clone(),
                    body: one.body.clone(),
                    origin,
                });
            }
        }
    }
    let groups = match Arc::ptr_eq(&unit.body, &before.units[at].body) {
        true => before.groups.clone(),
        false => before.groups.with(&unit),
    };
    units[at] = Arc::new(unit);
    Some(Definitions {
        units,
        index: before.index.clone(),
        fields: before.fields.clone(),
        open: before.open,
        names: before.names.clone(),
        binders: before.binders.clone(),
        tasks: before.tasks,
        namespaces: before.namespaces.clone(),
        groups,
    })
}

/// The unit in which a value was replaced.
fn remade(
    before: &Definitions,
    old: &Unit,
    module: &Module,
    role: Role,
    step: &Step,
) -> Option<Unit> {
    let kind = match old.body.root {
        Root::Project(_) => Kind::Project,
        Root::Tasks(_) => Kind::Tasks,
        Root::Bindings { .. } => Kind::Bindings,
        Root::Whole => return None,
    };
    let is_tasks = |name: &Name| matches!(name, Name::Field(name) if name.as_str() == "tasks");
    if old.body.members.len() != 1
        || matches!(old.name, Name::Computed)
        || (role == Role::Project && is_tasks(&old.name))
    {
        return None;
    }
    let (record, index) = old.origin.field()?;
    let record = ExprId(step.expr(record.0));
    let Expr::Record(within) = &module.exprs[record.index()] else {
        return None;
    };
    let field = &within.fields[index as usize];
    let old_field = only_field(&old.body)?;
    let old_extent = old.origin.only()?;
    let value = ExprId(step.expr(old_extent.exprs.end - 1));
    let (old_value, new_value) = (
        &old.body.module.exprs[old_field.value.index()],
        &module.exprs[value.index()],
    );
    if field.value != value
        || field.annotation().is_some()
        || old_field.annotation().is_some()
        || form(old_value) != form(new_value)
    {
        return None;
    }
    if kind == Kind::Tasks && plain(module, field).is_some_and(|inner| is_namespace(module, inner))
    {
        return None;
    }
    let local = old.origin.binder();
    let exprs = old_extent.exprs.start..value.0 + 1;
    let old_exprs = old_extent.exprs.len();
    if local.is_some()
        && (may_be_question(&old.body.module, old_field.value, old_exprs)
            || may_be_question(module, value, exprs.len()))
    {
        return None;
    }
    let old_types = match old_extent.types.is_empty() {
        true => step.from.types..step.old.types,
        false => old_extent.types.clone(),
    };
    let types_start = old_types.start.min(step.from.types);
    let types = types_start..step.ty(old_types.end).max(step.new.types);
    let starts = Starts::within(module, exprs.clone(), types);
    let extent = starts.extent(module, value, None);
    if extent.exprs != exprs || mentions_question(before, module, &extent) {
        return None;
    }
    let member = Member {
        name: old.name.clone(),
        local,
        value,
        annotation: None,
        extent,
        field: Some((record, index)),
    };
    let mut unit = file(before, module, starts, member).unit(&[0], kind);
    // Definitions that need each other are units together.
    if kind == Kind::Bindings && outers(&old.body) != outers(&unit.body) {
        return None;
    }
    if unit.body == old.body {
        unit.body = old.body.clone();
    }
    Some(unit)
}

/// The field that a unit consists of.
fn only_field(body: &Body) -> Option<&Field> {
    let record = match body.root {
        Root::Project(record) | Root::Tasks(record) => record,
        Root::Bindings { record, .. } => record?,
        Root::Whole => return None,
    };
    match &body.module.exprs[record.index()] {
        Expr::Record(record) => record.fields.first(),
        _ => None,
    }
}

/// What a unit needs of others.
fn outers(body: &Body) -> FxHashSet<&Outer> {
    body.outers.iter().collect()
}

/// A file of which one member is known, and what all binders stand for.
fn file<'a>(before: &Definitions, module: &'a Module, starts: Starts, member: Member) -> File<'a> {
    let mut owners = vec![NONE; module.locals.len()];
    let mut places = vec![None];
    for binder in before.binders.iter() {
        owners[binder.local.index()] = places.len() as u32;
        let (unit, position) = binder.place;
        places.push(Some((before.units[unit as usize].name.clone(), position)));
    }
    File {
        module,
        starts,
        members: vec![member],
        owners,
        is_question: vec![false; places.len()],
        places,
        tasks: before.tasks,
        type_names: module.type_defs.iter().map(|def| def.name).collect(),
    }
}

/// Whether conditions would come along.
fn mentions_question(before: &Definitions, module: &Module, extent: &Extent) -> bool {
    let is_question = |local: LocalId| {
        let at = before.binders.binary_search_by_key(&local, |b| b.local);
        at.is_ok_and(|at| before.binders[at].is_question)
    };
    let mut found = false;
    for expr in &module.exprs[extent.exprs.start as usize..extent.exprs.end as usize] {
        parts(expr, &mut |part| {
            if let Part::Mentions(local) = part {
                found |= is_question(local);
            }
        });
    }
    found
}

/// Whether a definition might be a condition, or a function that gives one: then others depend on
/// what it says.
fn may_be_question(module: &Module, value: ExprId, exprs: usize) -> bool {
    if exprs > LONGEST_QUESTION {
        return false;
    }
    let mut at = value;
    while let Expr::Lambda { param, body } = &module.exprs[at.index()]
        && let Param::Name(_) = **param
    {
        at = *body;
    }
    use BinaryOp::{And, Equal, NotEqual, Or};
    match &module.exprs[at.index()] {
        Expr::Has { .. }
        | Expr::Unary(UnaryOp::Not, _)
        | Expr::Binary(And | Equal | NotEqual | Or, ..) => true,
        Expr::Apply { args, .. } => args.len() == 1,
        _ => false,
    }
}
