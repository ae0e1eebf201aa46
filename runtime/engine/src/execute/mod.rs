//! Executing the steps of one task: attempts, time limits, retries, output.

mod attempt;
mod reader;
mod steps;

pub(crate) use steps::{Execution, StepsEnd, left_behind};
