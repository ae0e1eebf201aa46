//! What changes in texts when files are renamed.

use super::Edits;
use super::source::Source;
use nexus_compiler::ide::{Mention, Snapshot, import_target, occurrences};
use std::path::{Component, Path, PathBuf};

/// The changes that keep every import and path literal pointing to what it points to, when files
/// or folders get other names.
pub fn renamed(snapshot: &Snapshot, renames: &[(PathBuf, PathBuf)]) -> Edits {
    let moved = |path: &Path| -> PathBuf {
        for (old, new) in renames {
            if let Ok(rest) = path.strip_prefix(old) {
                return match rest.as_os_str().is_empty() {
                    true => new.clone(),
                    false => new.join(rest),
                };
            }
        }
        path.to_path_buf()
    };
    let mut edits = Edits::default();
    for file in snapshot.files() {
        let own = file.path(snapshot.db()).to_path_buf();
        let own_after = moved(&own);
        let source = Source::new(snapshot, file);
        for occurrence in occurrences(source.db, file).iter() {
            let (Mention::Import(expr) | Mention::Path(expr)) = occurrence.mention else {
                continue;
            };
            let Some(target) = import_target(source.db, file, &source.module, expr) else {
                continue;
            };
            let target_after = moved(&target);
            if target_after == *target && own_after == own {
                continue;
            }
            let folder = own_after.parent().unwrap_or(Path::new("/"));
            let Some(new) = relative(folder, &target_after) else {
                continue;
            };
            let same = nexus_compiler::db::resolve(&own_after, source.slice(occurrence.span));
            if same != target_after {
                edits.add(&own, occurrence.span, new);
            }
        }
    }
    edits
}

/// A path literal that leads from a folder to a path.
fn relative(folder: &Path, to: &Path) -> Option<String> {
    let from: Vec<Component<'_>> = folder.components().collect();
    let to: Vec<Component<'_>> = to.components().collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts: Vec<String> = vec!["..".into(); from.len() - shared];
    for component in &to[shared..] {
        parts.push(component.as_os_str().to_str()?.to_owned());
    }
    let text = parts.join("/");
    Some(match text.starts_with("../") {
        true => text,
        false => format!("./{text}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_from_folders_to_files() {
        for (folder, to, text) in [
            ("/p", "/p/a.nx", "./a.nx"),
            ("/p", "/p/x/a.nx", "./x/a.nx"),
            ("/p/x", "/p/a.nx", "../a.nx"),
            ("/p/x/y", "/p/z/a.nx", "../../z/a.nx"),
        ] {
            assert_eq!(
                relative(Path::new(folder), Path::new(to)).as_deref(),
                Some(text)
            );
        }
    }
}
