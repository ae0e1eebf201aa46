//! Tasks whose results are reused: deciding whether to run, running, keeping the result.

mod decide;
mod finish;
mod flow;
mod outputs;
mod reason;
mod remote;

pub(crate) use decide::{basis_of, locks, prepare};
pub(crate) use finish::{discovered_paths, look_at_outputs};
pub(crate) use flow::{check_outputs, run, unless_cancelled};
pub(crate) use outputs::clear;
pub(crate) use reason::{Beyond, Peek, beyond, peek};
pub(crate) use remote::{Remote, settle};
