//! Bytecode: what the lowered form becomes before it runs.
//!
//! Names are resolved to stack slots and captured values, curried functions are merged, and
//! expressions that cost no more than making a thunk are computed at once. A function or thunk is
//! a *chunk*; chunks are compiled one after another from a queue, so the native stack does not
//! grow with the nesting of the program.

mod binding;
mod compiler;
mod constant;
mod conversion;
mod expr;
mod function;
mod op;
mod program;
mod quick;
mod speculate;

pub use compiler::{Compiler, ModuleContext};
pub use conversion::Conversion;
pub use op::{BinOp, Op};
pub use program::{
    Capture, Chunk, DefaultSite, Import, ModuleInfo, Pattern, PcSpan, Program, RecordSite,
    SelectSite,
};
pub use quick::{QUICK_DEPTH, QuickOp};
