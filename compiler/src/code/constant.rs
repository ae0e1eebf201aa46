//! Constants: expressions that need no running. Literal lists and records are made once, when they
//! are compiled, and shared by everybody who evaluates them.

use super::compiler::Compiler;
use crate::hir::{Expr, ExprId, Key, Module, Record};
use crate::symbol::Symbol;
use crate::value::{self, Site, Value};
use crate::world::paths;

/// Literals nested deeper than this are left to be computed: making constants is recursive.
const DEEPEST: u8 = 64;

/// For each expression that is a literal, or a list or record of literals, how deep it is nested;
/// 0 for all others. Children come before their parents, so one pass is enough.
pub(super) fn depths(hir: &Module) -> Vec<u8> {
    let mut depths: Vec<u8> = Vec::with_capacity(hir.exprs.len());
    for expr in &hir.exprs {
        let depth = match expr {
            Expr::Int(_)
            | Expr::Float(_)
            | Expr::Duration(_)
            | Expr::Size(_)
            | Expr::Text(_)
            | Expr::Path(_)
            | Expr::Global(_) => 1,
            Expr::List(items) => around(&depths, items.iter().copied()),
            Expr::Record(record) if is_plain(record) => {
                around(&depths, record.fields.iter().map(|field| field.value))
            }
            _ => 0,
        };
        depths.push(depth);
    }
    depths
}

fn around(depths: &[u8], inner: impl Iterator<Item = ExprId>) -> u8 {
    let mut deepest = 0;
    for expr in inner {
        match depths.get(expr.index()) {
            Some(&depth) if (1..DEEPEST).contains(&depth) => deepest = deepest.max(depth),
            _ => return 0,
        }
    }
    deepest + 1
}

fn is_plain(record: &Record) -> bool {
    !record.recursive && record.sources.is_empty() && record.dynamic.is_empty()
}

impl Compiler<'_> {
    /// The value of an expression that needs no running.
    pub(super) fn constant_value(&mut self, hir: &Module, expr: ExprId) -> Option<Value> {
        Some(match &hir.exprs[expr.index()] {
            Expr::Int(i) => Value::Int(*i),
            Expr::Float(f) => Value::Float(f.get()),
            Expr::Duration(d) => Value::Duration(*d),
            Expr::Size(s) => Value::Size(*s),
            Expr::Path(path) => {
                let path = paths::resolve(&self.folder, path);
                Value::Path(self.heap.new_str(&path.to_string_lossy()))
            }
            Expr::Text(text) => Value::Str(self.heap.new_str(text)),
            Expr::Global(name) => self.global(*name)?,
            Expr::List(items) if self.is_constant(expr) => {
                let items: Option<Vec<Value>> = items
                    .iter()
                    .map(|&item| self.constant_value(hir, item))
                    .collect();
                Value::List(self.heap.list(&items?))
            }
            Expr::Record(record) if self.is_constant(expr) => {
                self.constant_record(hir, expr, record)?
            }
            Expr::Select {
                base,
                path,
                default: None,
            } => {
                let Expr::Global(name) = &hir.exprs[base.index()] else {
                    return None;
                };
                let mut value = self.global(*name)?;
                for key in path.iter() {
                    let Key::Name(name) = key else { return None };
                    value = self.heap.get(value.record()?, *name)?;
                }
                if let Value::Thunk(_) = value {
                    return None;
                }
                value
            }
            _ => return None,
        })
    }

    fn is_constant(&self, expr: ExprId) -> bool {
        self.constants.get(expr.index()).is_some_and(|&d| d > 0)
    }

    fn constant_record(&mut self, hir: &Module, expr: ExprId, record: &Record) -> Option<Value> {
        let mut fields: Vec<(Symbol, Value)> = Vec::with_capacity(record.fields.len());
        for field in &record.fields {
            fields.push((field.name, self.constant_value(hir, field.value)?));
        }
        fields.sort_unstable_by_key(|field| field.0);
        let keys: Vec<Symbol> = fields.iter().map(|field| field.0).collect();
        let values: Vec<Value> = fields.iter().map(|field| field.1).collect();
        Some(Value::Record(value::Record {
            shape: self.heap.shapes.intern(&keys),
            start: self.heap.slots_from(&values),
            site: self.heap.sites.add(Site::Literal {
                module: self.module,
                expr,
            }),
        }))
    }
}
