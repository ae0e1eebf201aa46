//! Names and types of modules.
//!
//! Bidirectional outside: where a type is expected, as everywhere in a project file, literals
//! are checked against it one by one. Where nothing is expected, types are inferred with
//! variables and subtyping, and every definition is as general as it can be. What cannot be
//! known is [`Any`](crate::types::Kind::Any): a correct program has no errors.

mod advice;
mod apply;
mod context;
mod elsewhere;
mod expect;
mod generalize;
mod globals;
mod infer;
mod lambda;
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
mod warnings;

pub use context::Outside;
pub use globals::is_global;
pub use problem::{Place, Problem};
pub use query::{Checked, check, diagnostics, file_type};
