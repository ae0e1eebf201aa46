//! A record has a field that its type does not know.

use super::context::Checker;
use super::problem::{Place, Problem};
use super::report::{fields_note, near_field, owner};
use super::subtype::Mismatch;
use crate::diagnostic::registry::types::UNKNOWN_FIELD;
use crate::diagnostic::suggest::enumerate;
use crate::symbol::Symbol;
use crate::types::Kind;

impl Checker<'_> {
    /// What to say about a field, and whether that is complete, with its places. It is when nobody
    /// slipped: the record is right, and used where it does not belong.
    pub(super) fn beyond(
        &self,
        here: Place,
        used: Place,
        because: Option<Place>,
        name: Symbol,
        mismatch: &Mismatch,
    ) -> (Problem, bool) {
        let Kind::Record(record) = mismatch.wanted.kind() else {
            let title = format!("this record has no field `{name}`");
            let problem = Problem::error(UNKNOWN_FIELD, here, title);
            return (problem.label("unknown field"), false);
        };
        let title = format!("{} has no field `{name}`", owner(record));
        let has = format!("this has a field `{name}`");
        if let Some(near) = near_field(name, record) {
            let label = match here == used {
                true => has,
                false => "unknown field".into(),
            };
            let problem = Problem::error(UNKNOWN_FIELD, here, title).label(label);
            return (problem.help(format!("did you mean `{near}`?")), false);
        }
        let mut problem = match record.name {
            Some(known) => {
                let problem = Problem::error(UNKNOWN_FIELD, used, title).label(has);
                match self.outside.type_names().contains(&known) {
                    true => problem.help(format!(
                        "`...` at the end of the type `{known}` allows other fields"
                    )),
                    false => problem,
                }
                .note(fields_note(record))
            }
            None => {
                let title = format!("a record with the field `{name}` cannot be used here");
                let problem = Problem::error(UNKNOWN_FIELD, used, title).label(has);
                problem.note(match record.fields.is_empty() {
                    true => "what is wanted is the empty record".into(),
                    false => format!(
                        "what is wanted has {} and nothing else",
                        enumerate(record.names(), 20)
                    ),
                })
            }
        };
        if here != used {
            problem = problem.related(here, "it is set here");
        }
        if let Some(because) = because {
            problem = problem.related(because, "expected because of this");
        }
        (problem, true)
    }
}
