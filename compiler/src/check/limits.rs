//! What a unit may cost, and what is said when that is not enough.
//!
//! Types grow with what is written, but a few lines can make one that doubles with every use.
//! Every step of inference is paid for; what cannot be paid is left unlooked at, taken to be
//! right, and reported.

use super::context::Checker;
use super::problem::{Place, Problem};
use crate::defs::Root;
use crate::diagnostic::registry::types::TOO_INVOLVED;
use crate::hir::LocalId;

/// Steps that a unit may take for each of its expressions: constraints solved, and nodes of types
/// visited, copied or compared.
const FOR_AN_EXPRESSION: u64 = 60;

/// Steps that the units of a file share, besides: each may take an equal part of it.
const FOR_A_FILE: u64 = 4_000_000;

/// The most and the least that such a part is.
const PART: (u64, u64) = (200_000, 8_000);

/// Chains of variables longer than this are not followed.
pub(super) const LONGEST_CHAIN: u32 = 500;

/// The steps that a unit of so many expressions may take. `units` is the number of units in the
/// file, rounded so that it seldom changes.
pub(super) fn budget(exprs: u32, units: u64) -> u64 {
    let part = (FOR_A_FILE / units.max(1)).clamp(PART.1, PART.0);
    part + FOR_AN_EXPRESSION * u64::from(exprs)
}

impl Checker<'_> {
    /// Pays for a step; false when there is nothing left.
    pub(super) fn step(&mut self) -> bool {
        self.pay(1)
    }

    /// Pays for several steps; false when there is nothing left.
    pub(super) fn pay(&mut self, steps: usize) -> bool {
        let steps = steps as u64;
        if self.budget < steps {
            self.steps += self.budget;
            self.budget = 0;
            self.give_up();
            return false;
        }
        self.budget -= steps;
        self.steps += steps;
        true
    }

    /// Notes that something is not followed any further, and where that was.
    pub(super) fn give_up(&mut self) {
        if self.gave_up.is_none() {
            self.gave_up = Some(self.owner.unwrap_or_else(|| self.unit_place()));
        }
    }

    /// Says that types are not followed to their end.
    pub(super) fn report_limits(&mut self) {
        let Some(at) = self.gave_up else { return };
        let name = match at {
            Place::Local(local) => Some(self.module.locals[local.index()].name),
            Place::Field(record, i) => match self.expr(record) {
                crate::hir::Expr::Record(record) => {
                    record.fields.get(i as usize).map(|field| field.name)
                }
                _ => None,
            },
            _ => None,
        };
        // The binders of `with` and `inherit (e)` have no names.
        let name = name.filter(|name| !matches!(name.as_str(), "with" | "inherit"));
        let (subject, help) = match name {
            Some(name) => (
                format!("the type of `{name}`"),
                format!(
                    "write the type of `{name}`, or of what it uses, such as `{name} : Any = …;`"
                ),
            ),
            None => (
                "the type of this".into(),
                "give parts of it names and types in a `let`".into(),
            ),
        };
        self.problems.push(
            Problem::warning(
                TOO_INVOLVED,
                at,
                format!("{subject} is too involved to be followed to its end"),
            )
            .label("not checked any further")
            .help(help),
        );
    }

    /// The unit as a whole.
    fn unit_place(&self) -> Place {
        match self.body.root {
            Root::Project(record) | Root::Tasks(record) => Place::Field(record, 0),
            Root::Bindings { count: 0, record } => match record {
                Some(record) => Place::Expr(record),
                None => Place::Local(LocalId(0)),
            },
            Root::Bindings { .. } => Place::Local(LocalId(0)),
            Root::Whole => match self.module.root {
                Some(root) => Place::Expr(root),
                None => Place::Local(LocalId(0)),
            },
        }
    }
}
