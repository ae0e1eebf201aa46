//! Names and types of modules.
//!
//! Bidirectional outside: where a type is expected, as everywhere in a project file, literals
//! are checked against it one by one. Where nothing is expected, types are inferred with
//! variables and subtyping, and every definition is as general as it can be. What depends on a
//! type that is not known yet waits for it. [`Any`](crate::types::Kind::Any) is what a person
//! wrote, what comes from outside, and what is left of an expression that is reported wrong.

mod advice;
mod alternatives;
mod apply;
mod beyond;
mod circle;
mod context;
mod deferred;
mod elsewhere;
mod expect;
mod files;
mod found;
mod generalize;
mod globals;
mod infer;
mod lambda;
mod limits;
mod narrow;
mod operator;
mod origin;
mod phrases;
mod problem;
mod query;
mod record;
mod report;
mod select;
mod subtype;
mod tasks;
mod units;
mod warnings;
mod with;

pub use context::Outside;
pub use found::{Facts, facts, named_in};
pub use globals::{global, is_global, names as global_names, signature_of};
pub use problem::{Place, Problem};
pub use query::{
    Checked, Inferred, check, check_unit, diagnostics, file_type, member_types, steps, task,
};
pub(crate) use report::near_task_field;
pub use units::{BoundPlaces, Known, Member, Shift};
