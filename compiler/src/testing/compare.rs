//! Where two values differ.

use crate::eval::Evaluator;
use crate::value::Value;
use crate::vm::Failure;
use std::collections::BTreeSet;

/// Differences that are told.
pub const MOST: usize = 8;

/// Pairs looked at when differences are searched: values may hold themselves.
const LOOKED_AT: usize = 100_000;

/// One place where two values differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// From the outside in: `.servers[2].port`; empty for the whole.
    pub path: String,
    /// What is there; `None` when nothing is.
    pub actual: Option<String>,
    /// What should be there; `None` when nothing should.
    pub expected: Option<String>,
}

/// Computes both values; `None` when they are equal.
pub(super) fn compare(
    evaluator: &mut Evaluator<'_>,
    actual: Value,
    expected: Value,
) -> Result<Option<Vec<Difference>>, Failure> {
    let actual = evaluator.force_deep(actual)?;
    let expected = evaluator.force_deep(expected)?;
    if evaluator.equal(actual, expected)? {
        return Ok(None);
    }
    let mut search = Search {
        evaluator,
        found: Vec::new(),
        looked_at: 0,
        pending: vec![(String::new(), Some(actual), Some(expected))],
    };
    while let Some((path, actual, expected)) = search.pending.pop() {
        if search.found.len() >= MOST || search.looked_at >= LOOKED_AT {
            break;
        }
        search.looked_at += 1;
        search.pair(path, actual, expected)?;
    }
    Ok(Some(search.found))
}

struct Search<'e, 'w> {
    evaluator: &'e mut Evaluator<'w>,
    found: Vec<Difference>,
    looked_at: usize,
    pending: Vec<(String, Option<Value>, Option<Value>)>,
}

impl Search<'_, '_> {
    fn pair(
        &mut self,
        path: String,
        actual: Option<Value>,
        expected: Option<Value>,
    ) -> Result<(), Failure> {
        if let (Some(a), Some(b)) = (actual, expected) {
            if self.evaluator.equal(a, b)? {
                return Ok(());
            }
            let lists = (self.evaluator.as_list(a)?, self.evaluator.as_list(b)?);
            if let (Some(a), Some(b)) = lists {
                for i in (0..a.len().max(b.len())).rev() {
                    let at = format!("{path}[{i}]");
                    self.pending
                        .push((at, a.get(i).copied(), b.get(i).copied()));
                }
                return Ok(());
            }
            let records = (self.evaluator.as_record(a)?, self.evaluator.as_record(b)?);
            if let (Some(a), Some(b)) = records {
                let names: BTreeSet<&str> = a.iter().chain(&b).map(|f| f.0.as_str()).collect();
                let field = |fields: &[(crate::symbol::Symbol, Value)], name: &str| {
                    let found = fields.iter().find(|field| field.0.as_str() == name);
                    found.map(|field| field.1)
                };
                for name in names.into_iter().rev() {
                    let at = format!("{path}.{name}");
                    self.pending.push((at, field(&a, name), field(&b, name)));
                }
                return Ok(());
            }
        }
        let mut show = |value: Option<Value>| value.map(|v| self.evaluator.print(v)).transpose();
        let (actual, expected) = (show(actual)?, show(expected)?);
        self.found.push(Difference {
            path,
            actual,
            expected,
        });
        Ok(())
    }
}
