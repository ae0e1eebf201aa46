//! Diagnostic codes.

use super::registry::{self, CodeInfo};
use std::fmt;
use std::str::FromStr;

/// The number of a diagnostic: `NX0201`. A code never changes its meaning once assigned.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

impl Code {
    /// Its row in the [registry].
    pub fn info(self) -> Option<&'static CodeInfo> {
        registry::find(self)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NX{:04}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Code {
    type Err = ();

    /// Reads `NX0201`, `nx201` or `201`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text
            .trim_start_matches(['N', 'n'])
            .trim_start_matches(['X', 'x']);
        digits.parse().map(Code).map_err(|_| ())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
