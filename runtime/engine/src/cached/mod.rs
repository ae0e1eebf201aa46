//! Tasks whose results are reused: deciding whether to run, running, keeping the result.

mod decide;
mod finish;
mod flow;
mod outputs;

pub(crate) use decide::{Peek, peek};
pub(crate) use flow::{check_outputs, run};
