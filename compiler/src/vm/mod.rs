//! The machine that runs bytecode.
//!
//! *Invariant:* the native stack never grows with the program. Calls, thunks being forced and
//! built-ins that call back are frames of an explicit stack on the heap.

mod apply;
mod args;
mod arith;
mod coerce;
mod compare;
mod deep;
mod describe;
mod drive;
mod equal;
mod error;
mod expose;
mod frame;
mod machine;
mod quick;
mod run;
mod select;
mod trace;

pub use args::Arg;
pub use deep::DeepForce;
pub use error::{Failure, Fault, Raise};
pub use frame::{Action, Args, Frame, Native, Step};
pub use machine::{Limits, Loaded, Modules, Vm, World};
