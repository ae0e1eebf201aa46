//! What editors ask: where names lead, what is expected at a place, what a part of a text is.
//!
//! Plain functions and queries over the same database that checks; they speak the numbers of the
//! lowered form and byte offsets, and know nothing of editors' protocols.

mod above;
mod definition;
mod expected;
mod occurrence;
mod planning;
mod references;
mod scope;
mod scratch;
mod snapshot;
mod types;
mod value;
mod workspace;

pub use above::{Above, Parents, parents};
pub use definition::{Def, Resolver, field_of_local, import_target, innermost, place_of};
pub use expected::{Step, Wanted, expected, expected_fields, field_types, records_at, schema_doc};
pub use occurrence::{Mention, Occurrence, occurrence_at, occurrences};
pub use planning::Planning;
pub use references::{Reference, references};
pub use scope::{Visible, expr_at, visible_at};
pub use scratch::{Scratch, scratch};
pub use snapshot::{Cancelled, Canceller, Snapshot, diagnostics, project_files};
pub use types::{
    follow, type_of_def, type_of_expr, type_of_field, type_of_key, type_of_local, written_type,
};
pub use value::value_of;
pub use workspace::{PROJECT_FILE, Workspace};
