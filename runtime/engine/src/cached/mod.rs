//! Tasks whose results are reused: deciding whether to run, running, keeping the result.

mod decide;
mod finish;
mod flow;
mod outputs;
mod reason;
mod remote;

pub(crate) use flow::{check_outputs, run};
pub(crate) use outputs::clear;
pub(crate) use reason::{Beyond, Peek, beyond, peek};
pub(crate) use remote::{Remote, settle};
