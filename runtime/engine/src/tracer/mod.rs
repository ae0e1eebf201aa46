//! The tracer: runs one program, follows all its processes and threads, and tells which files they
//! used. It finds out what a task reads and writes, and what a sandbox has refused.
//!
//! Two processes of this program take part. The *tracer* (`__trace`) stands where the step's
//! process would; it starts the *traced* one (`__traced`), which asks to be traced, takes on the
//! sandbox, installs a filter that stops it at system calls that name files, and becomes the step's
//! program. Between these calls the program runs at full speed.

mod calls;
mod memory;
mod observed;
mod process;
mod traced;

pub use observed::{Access, Report};

use crate::sandbox::Policy;
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// The argument with which this program is started as the tracer; a file with the [`Order`] follows.
pub const ARGUMENT: &str = "__trace";

/// The argument with which the tracer starts the traced process.
pub const TRACED_ARGUMENT: &str = "__traced";

/// Exit code when nothing could be traced, as shells use it for programs that cannot be executed.
const CANNOT: u8 = 126;

/// What is to be traced.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The program file; absolute.
    pub program: OsString,
    /// Its arguments, the name first.
    pub argv: Vec<String>,
    /// The sandbox to run it in.
    pub policy: Option<Policy>,
    /// Where the [`Report`] goes.
    pub report: OsString,
}

impl Order {
    /// Writes it to a file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let bytes = postcard::to_allocvec(self).map_err(io::Error::other)?;
        std::fs::write(file, bytes)
    }

    fn read(file: &OsStr) -> io::Result<Order> {
        postcard::from_bytes(&std::fs::read(file)?).map_err(io::Error::other)
    }
}

impl Report {
    /// Reads what the tracer wrote.
    ///
    /// # Errors
    /// There is none: the tracer could not do its work.
    pub(crate) fn read(file: &Path) -> io::Result<Report> {
        postcard::from_bytes(&std::fs::read(file)?).map_err(io::Error::other)
    }

    fn write(&self, file: &OsStr) -> io::Result<()> {
        std::fs::write(file, postcard::to_allocvec(self).map_err(io::Error::other)?)
    }
}

/// The process that was started with [`ARGUMENT`] or [`TRACED_ARGUMENT`].
pub fn main(argument: &str, file: Option<OsString>) -> ExitCode {
    let ended = file
        .ok_or_else(|| io::Error::other("no order"))
        .and_then(|file| match argument {
            ARGUMENT => Order::read(&file).and_then(|order| process::trace(&order, &file)),
            _ => Order::read(&file).and_then(|order| traced::become_program(&order)),
        });
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("cannot trace: {error}");
            ExitCode::from(CANNOT)
        }
    }
}
