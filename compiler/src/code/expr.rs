//! Expressions: computed now ([`Compiler::strict`]) or left for later ([`Compiler::lazy`]).

use super::compiler::{Compiler, Place};
use super::conversion::Conversion;
use super::op::{BinOp, Op};
use super::program::{Import, SelectSite};
use crate::hir::{BinaryOp, Expr, ExprId, Key, LocalId, Module, StrPart, TypeId, UnaryOp};
use crate::symbol::Symbol;
use crate::value::Value;
use crate::world::paths;

impl Compiler<'_> {
    /// Pushes the value of `expr`, computed; with `tail`, ends the chunk with it.
    pub(super) fn strict(&mut self, hir: &Module, expr: ExprId, tail: bool) {
        if !self.nested(|c| c.strict_inner(hir, expr, tail)) {
            let chunk = self.thunk_chunk(expr, None);
            self.mark(expr, None);
            self.push(Op::Thunk(chunk));
            self.emit(Op::Force);
            self.finish(tail);
        }
    }

    pub(super) fn push(&mut self, op: Op) {
        self.emit(op);
        self.depth += 1;
    }

    pub(super) fn finish(&mut self, tail: bool) {
        if tail {
            self.emit(Op::Return);
        }
    }

    fn strict_inner(&mut self, hir: &Module, expr: ExprId, tail: bool) {
        if let Some(value) = self.constant_value(hir, expr) {
            let index = self.constant(value);
            self.push(Op::Const(index));
            return self.finish(tail);
        }
        self.mark(expr, None);
        match &hir.exprs[expr.index()] {
            Expr::Missing => self.push(Op::FailMissing),
            Expr::Unbound(name) | Expr::Global(name) => self.unbound(*name),
            Expr::Local(local) => self.load(*local, true),
            Expr::With {
                name,
                scopes,
                global,
            } => self.with_name(expr, *name, scopes, *global),
            Expr::String(parts) => self.string(hir, expr, parts),
            Expr::List(items) => self.list(hir, items, None),
            Expr::Record(record) => self.record(hir, expr, record),
            Expr::Lambda { .. } => {
                let chunk = self.function_chunk(expr, None);
                self.push(Op::Function(chunk));
            }
            Expr::Select {
                base,
                path,
                default,
            } => return self.select(hir, expr, *base, path, *default, tail),
            Expr::Has { base, path } => self.has(hir, expr, *base, path),
            Expr::Conversion { value, ty } => {
                return self.conversion(hir, expr, *value, *ty, tail);
            }
            Expr::Apply {
                func,
                args,
                default,
            } => return self.apply(hir, expr, *func, args, *default, tail),
            Expr::Import(path) => {
                let path = paths::resolve(&self.folder, path);
                self.program.imports.push(Import { path });
                let index = (self.program.imports.len() - 1) as u32;
                self.push(Op::Import(index));
            }
            Expr::Unary(op, operand) => {
                self.strict(hir, *operand, false);
                self.mark(expr, None);
                self.emit(match op {
                    UnaryOp::Not => Op::Not,
                    UnaryOp::Negate => Op::Negate,
                });
            }
            Expr::Binary(op, a, b) => self.binary(hir, expr, *op, *a, *b),
            Expr::Let { locals, body } => {
                let start = self.depth;
                let values: Vec<_> = locals
                    .iter()
                    .filter_map(|&l| Some((l, hir.locals[l.index()].value?)))
                    .collect();
                self.bind(hir, &values, None);
                return self.scoped(hir, start, *body, tail);
            }
            Expr::WithScope { scope, body } => {
                let start = self.depth;
                match hir.locals[scope.index()].value {
                    Some(value) => self.lazy(hir, value, None),
                    None => self.push(Op::FailMissing),
                }
                self.places().insert(*scope, Place::Slot(start));
                return self.scoped(hir, start, *body, tail);
            }
            Expr::Assert { cond, body } => {
                self.strict(hir, *cond, false);
                self.mark(*cond, None);
                self.emit(Op::Assert);
                self.depth -= 1;
                return self.strict(hir, *body, tail);
            }
            Expr::If {
                cond,
                then,
                otherwise,
            } => return self.conditional(hir, *cond, *then, *otherwise, tail),
            Expr::Int(_)
            | Expr::Float(_)
            | Expr::Duration(_)
            | Expr::Size(_)
            | Expr::Text(_)
            | Expr::Path(_) => {
                unreachable!("constants are taken above")
            }
        }
        self.finish(tail);
    }

    /// The body of a `let` or `with` whose locals start at `start`.
    fn scoped(&mut self, hir: &Module, start: u32, body: ExprId, tail: bool) {
        let bound = self.depth - start;
        self.strict(hir, body, tail);
        if !tail && bound > 0 {
            self.emit(Op::Slide(bound));
        }
        self.depth = start + 1;
    }

    fn conditional(&mut self, hir: &Module, cond: ExprId, a: ExprId, b: ExprId, tail: bool) {
        let unless = match &hir.exprs[cond.index()] {
            Expr::Binary(op, a, b) => binary_op(*op)
                .filter(|op| super::op::is_comparison(*op))
                .map(|op| (op, *a, *b)),
            _ => None,
        };
        let mut quick = None;
        if let Some((op, a, b)) = unless {
            self.strict(hir, a, false);
            self.strict(hir, b, false);
            self.mark(cond, None);
            quick = Some(self.emit(Op::JumpUnless { op, target: 0 }));
            self.emit(Op::Binary(op));
            self.depth -= 1;
        } else {
            self.strict(hir, cond, false);
            self.mark(cond, None);
        }
        let no = self.emit(Op::JumpIfFalse(0));
        self.depth -= 1;
        self.strict(hir, a, tail);
        let end = (!tail).then(|| self.emit(Op::Jump(0)));
        self.depth -= 1;
        self.patch(no);
        if let Some(quick) = quick {
            self.patch(quick);
        }
        self.strict(hir, b, tail);
        if let Some(end) = end {
            self.patch(end);
        }
    }

    fn binary(&mut self, hir: &Module, expr: ExprId, op: BinaryOp, a: ExprId, b: ExprId) {
        if let BinaryOp::And | BinaryOp::Or = op {
            self.strict(hir, a, false);
            self.mark(a, None);
            let decided = self.emit(match op {
                BinaryOp::And => Op::JumpIfFalse(0),
                _ => Op::JumpIfTrue(0),
            });
            self.depth -= 1;
            self.strict(hir, b, false);
            self.mark(b, None);
            self.emit(Op::CheckBool);
            let end = self.emit(Op::Jump(0));
            self.patch(decided);
            let value = self.constant(Value::Bool(op == BinaryOp::Or));
            self.emit(Op::Const(value));
            return self.patch(end);
        }
        self.strict(hir, a, false);
        self.strict(hir, b, false);
        self.mark(expr, None);
        match binary_op(op) {
            Some(op) => {
                self.emit(Op::Binary(op));
            }
            None => {
                self.emit(Op::Equal);
                if op == BinaryOp::NotEqual {
                    self.emit(Op::Not);
                }
            }
        }
        self.depth -= 1;
    }

    fn apply(
        &mut self,
        hir: &Module,
        expr: ExprId,
        func: ExprId,
        args: &[ExprId],
        default: Option<ExprId>,
        tail: bool,
    ) {
        // A call with an alternative has room for so many arguments; earlier ones are applied
        // before.
        let split = match default {
            Some(_) => args.len().saturating_sub(u16::MAX as usize),
            None => 0,
        };
        let (before, args) = args.split_at(split);
        for &arg in args.iter().chain(before) {
            self.lazy(hir, arg, None);
        }
        self.strict(hir, func, false);
        self.mark(expr, None);
        if !before.is_empty() {
            self.emit(Op::Call(before.len() as u32));
            self.depth -= before.len() as u32;
        }
        let count = args.len() as u32;
        let Some(default) = default else {
            // A call into a library stays on the stack: it is the place that is told when
            // something goes wrong inside.
            self.emit(if tail && !is_of_library(hir, func) {
                Op::TailCall(count)
            } else {
                Op::Call(count)
            });
            self.depth -= count;
            return self.finish(tail);
        };
        let call = self.emit(Op::CallOr {
            args: count as u16,
            target: 0,
        });
        self.depth -= count;
        let end = self.emit(if tail { Op::Return } else { Op::Jump(0) });
        self.patch(call);
        self.depth -= 1;
        self.strict(hir, default, tail);
        if !tail {
            self.patch(end);
        }
    }

    /// `e as T`: a call of the operation that compares a value with a type.
    fn conversion(&mut self, hir: &Module, expr: ExprId, value: ExprId, ty: TypeId, tail: bool) {
        let number = self.program.conversions.len() as i64;
        self.program.conversions.push(Conversion::new(hir, ty));
        let number = self.constant(Value::Int(number));
        self.push(Op::Const(number));
        self.lazy(hir, value, None);
        let convert = self.constant(crate::builtins::convert());
        self.push(Op::Const(convert));
        self.mark(expr, None);
        self.emit(if tail { Op::TailCall(2) } else { Op::Call(2) });
        self.depth -= 2;
        self.finish(tail);
    }

    pub(super) fn select_site(&mut self, name: Symbol) -> u32 {
        self.program.selects.push(SelectSite {
            name,
            shape: u32::MAX,
            index: 0,
            target: 0,
        });
        (self.program.selects.len() - 1) as u32
    }

    pub(super) fn try_select_op(&mut self, name: Symbol) -> Op {
        Op::TrySelect(self.select_site(name))
    }

    fn select(
        &mut self,
        hir: &Module,
        expr: ExprId,
        base: ExprId,
        path: &[Key],
        default: Option<ExprId>,
        tail: bool,
    ) {
        self.strict(hir, base, false);
        let mut misses = Vec::new();
        for (i, key) in path.iter().enumerate() {
            match key {
                Key::Name(name) => {
                    let site = self.select_site(*name);
                    self.mark(expr, Some(i));
                    if default.is_some() {
                        misses.push(self.emit(Op::SelectOr(site)));
                    } else {
                        self.emit(Op::Select(site));
                    }
                }
                Key::Dynamic(name) => {
                    self.strict(hir, *name, false);
                    self.mark(expr, Some(i));
                    self.depth -= 1;
                    if default.is_some() {
                        misses.push(self.emit(Op::SelectDynamicOr(0)));
                    } else {
                        self.emit(Op::SelectDynamic);
                    }
                }
            }
        }
        let Some(default) = default else {
            return self.finish(tail);
        };
        let end = self.emit(if tail { Op::Return } else { Op::Jump(0) });
        self.depth -= 1;
        for miss in misses {
            self.patch(miss);
        }
        self.strict(hir, default, tail);
        if !tail {
            self.patch(end);
        }
    }

    fn has(&mut self, hir: &Module, expr: ExprId, base: ExprId, path: &[Key]) {
        self.strict(hir, base, false);
        let mut misses = Vec::new();
        let last = path.len().saturating_sub(1);
        for (i, key) in path.iter().enumerate() {
            match key {
                Key::Name(name) => {
                    let site = self.select_site(*name);
                    self.mark(expr, Some(i));
                    if i == last {
                        self.emit(Op::Has(site));
                    } else {
                        misses.push(self.emit(Op::SelectOr(site)));
                    }
                }
                Key::Dynamic(name) => {
                    self.strict(hir, *name, false);
                    self.mark(expr, Some(i));
                    self.depth -= 1;
                    if i == last {
                        self.emit(Op::HasDynamic);
                    } else {
                        misses.push(self.emit(Op::SelectDynamicOr(0)));
                    }
                }
            }
        }
        if misses.is_empty() {
            return;
        }
        let end = self.emit(Op::Jump(0));
        for miss in misses {
            self.patch(miss);
        }
        let no = self.constant(Value::Bool(false));
        self.emit(Op::Const(no));
        self.patch(end);
    }

    fn with_name(&mut self, expr: ExprId, name: Symbol, scopes: &[LocalId], global: bool) {
        let mut found = Vec::new();
        for &scope in scopes {
            self.mark(expr, None);
            self.load(scope, true);
            let site = self.select_site(name);
            found.push(self.emit(Op::WithTry(site)));
            self.depth -= 1;
        }
        match self.global(name).filter(|_| global) {
            Some(value) => {
                let index = self.constant(value);
                self.push(Op::Const(index));
            }
            None => self.unbound(name),
        }
        for at in found {
            self.patch(at);
        }
        self.emit(Op::Force);
    }

    fn unbound(&mut self, name: Symbol) {
        let name = self.text_constant(name.as_str());
        self.push(Op::FailUnbound(name));
    }

    fn string(&mut self, hir: &Module, expr: ExprId, parts: &[StrPart]) {
        for part in parts {
            match part {
                StrPart::Text(text) => {
                    let text = self.text_constant(text);
                    self.push(Op::Const(text));
                }
                StrPart::Expr(part) => self.strict(hir, *part, false),
            }
        }
        self.mark(expr, None);
        self.emit(Op::Concat(parts.len() as u32));
        self.depth = self.depth + 1 - parts.len() as u32;
    }

    pub(super) fn list(&mut self, hir: &Module, items: &[ExprId], name: Option<Symbol>) {
        for &item in items {
            self.lazy(hir, item, name);
        }
        self.emit(Op::List(items.len() as u32));
        self.depth = self.depth + 1 - items.len() as u32;
    }

    /// Pushes the value of a name.
    pub(super) fn load(&mut self, local: LocalId, force: bool) {
        let op = match (self.locate(local), force) {
            (Some(Place::Slot(slot)), true) => Op::SlotForce(slot),
            (Some(Place::Slot(slot)), false) => Op::Slot(slot),
            (Some(Place::Env(index)), true) => Op::EnvForce(index),
            (Some(Place::Env(index)), false) => Op::Env(index),
            (Some(Place::Const(index)), _) => Op::Const(index),
            (None, _) => {
                let name = self.hir.locals[local.index()].name;
                return self.unbound(name);
            }
        };
        self.push(op);
    }

    /// Pushes `expr` without computing it, unless that costs nothing.
    pub(super) fn lazy(&mut self, hir: &Module, expr: ExprId, name: Option<Symbol>) {
        let done = self.nested(|c| {
            if let Some(value) = c.constant_value(hir, expr) {
                let index = c.constant(value);
                return c.push(Op::Const(index));
            }
            match &hir.exprs[expr.index()] {
                Expr::Local(local) => c.load(*local, false),
                Expr::Lambda { .. } => {
                    let chunk = c.function_chunk(expr, name);
                    c.push(Op::Function(chunk));
                }
                Expr::List(items) => c.list(hir, items, name),
                Expr::Record(record) if record.dynamic.is_empty() => c.record(hir, expr, record),
                _ if c.is_quick(hir, expr) => c.quickly(hir, expr, name),
                _ => {
                    if let Some(code) = c.quick_code(hir, expr) {
                        c.emit(Op::Quick(code));
                    }
                    let chunk = c.thunk_chunk(expr, name);
                    c.push(Op::Thunk(chunk));
                }
            }
        });
        if !done {
            let chunk = self.thunk_chunk(expr, name);
            self.push(Op::Thunk(chunk));
        }
    }
}

/// Whether an expression names something of a library written in `.nx`.
fn is_of_library(hir: &Module, expr: ExprId) -> bool {
    let Expr::Select {
        base,
        path,
        default: None,
    } = &hir.exprs[expr.index()]
    else {
        return false;
    };
    let Expr::Global(root) = &hir.exprs[base.index()] else {
        return false;
    };
    if root.as_str() != "std" {
        return false;
    }
    let mut name = String::from("std");
    for key in path.iter() {
        let Key::Name(part) = key else { return false };
        name.push('.');
        name.push_str(part.as_str());
    }
    crate::library::names().contains_key(&name)
}

/// The machine's operator; `None` for those compiled otherwise.
pub(super) fn binary_op(op: BinaryOp) -> Option<BinOp> {
    Some(match op {
        BinaryOp::Add => BinOp::Add,
        BinaryOp::Subtract => BinOp::Subtract,
        BinaryOp::Multiply => BinOp::Multiply,
        BinaryOp::Divide => BinOp::Divide,
        BinaryOp::Concat => BinOp::Concat,
        BinaryOp::Update => BinOp::Update,
        BinaryOp::Less => BinOp::Less,
        BinaryOp::LessEqual => BinOp::LessEqual,
        BinaryOp::Greater => BinOp::Greater,
        BinaryOp::GreaterEqual => BinOp::GreaterEqual,
        BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::And | BinaryOp::Or => return None,
    })
}
