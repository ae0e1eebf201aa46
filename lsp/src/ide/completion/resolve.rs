//! Documentation and type of a proposal that was made without.

use super::super::describe::{describe, standard};
use super::About;
use nexus_compiler::db::SourceFile;
use nexus_compiler::ide::{Mention, Resolver, Snapshot, visible_at};

/// Type and documentation (Markdown) of what a proposal is about.
pub fn resolve(
    snapshot: &Snapshot,
    file: SourceFile,
    about: &About,
) -> Option<(Option<String>, Option<String>)> {
    let description = match about {
        About::Standard(name) => standard(name)?,
        About::Name(offset, name) => {
            let db = snapshot.db();
            let visible = visible_at(db, file, *offset);
            let known = visible
                .locals
                .iter()
                .find(|(known, _)| known.as_str() == name)?;
            let mut defs = Resolver::new(db).mention(file, Mention::Local(known.1));
            describe(snapshot, &defs.pop()?, None)?
        }
    };
    let ty = description.code.split_once(" : ");
    Some((ty.map(|(_, ty)| ty.to_owned()), description.doc))
}
