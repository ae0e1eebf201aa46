//! Files and folders.

use super::super::source::Source;
use super::{Item, Kind};
use std::path::Path;

/// The most entries of a folder that are proposed.
const MOST: usize = 1_000;

/// What a path literal may go on with.
pub(super) fn items(source: &Source<'_>, typed: &str, is_import: bool, out: &mut Vec<Item>) {
    let own = source.path();
    let folder = own.parent().unwrap_or(Path::new("/"));
    let written = typed.rfind('/').map_or("", |i| &typed[..i]);
    let only = if is_import { Some("nx") } else { None };
    entries(&folder.join(written), only, Some(&own), out);
    if written.split('/').all(|part| part == "." || part == "..") {
        out.push(Item::new("..", Kind::Folder, 90).insert("../"));
    }
}

/// The entries of a folder, hidden ones left out.
pub(super) fn entries(
    folder: &Path,
    extension: Option<&str>,
    except: Option<&Path>,
    out: &mut Vec<Item>,
) {
    let Ok(found) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in found.flatten().take(MOST) {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || except == Some(path.as_path()) {
            continue;
        }
        if path.is_dir() {
            out.push(Item::new(name.clone(), Kind::Folder, 20).insert(format!("{name}/")));
        } else if extension.is_none_or(|wanted| path.extension().is_some_and(|e| e == wanted)) {
            out.push(Item::new(name, Kind::File, 10));
        }
    }
}
