//! Circles of imports.

use crate::db::{Db, Project, SourceFile, import_paths};
use crate::defs::components;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

/// Longer circles are not written out.
const LONGEST_WAY: usize = 64;

/// Files that import each other.
#[derive(Debug, PartialEq, Eq)]
struct Circles {
    /// For every file reached: the first file of its circle, if it is in one, and how many are.
    of: FxHashMap<SourceFile, Option<(SourceFile, usize)>>,
}

/// How an import leads back to the file it is in.
pub(super) struct Way {
    /// The files on the way, the file itself first and last; empty when there are many.
    pub(super) files: Vec<Arc<Path>>,
    /// How many files import each other.
    pub(super) size: usize,
}

/// The circles among everything the project imports.
#[salsa::tracked(returns(clone))]
fn project_circles(db: &dyn Db, project: Project) -> Arc<Circles> {
    Arc::new(circles(db, &project.roots(db)))
}

/// The circles among everything a file imports.
#[salsa::tracked(returns(clone))]
fn file_circles(db: &dyn Db, file: SourceFile) -> Arc<Circles> {
    Arc::new(circles(db, &[file]))
}

/// Whether no circle of imports can be reached from a file. Unlike [`project_circles`] this
/// depends on nothing but what the file reaches, so an edit elsewhere leaves it alone.
#[salsa::tracked(returns(copy), cycle_result = is_cyclic)]
fn is_acyclic(db: &dyn Db, file: SourceFile) -> bool {
    let imports = import_paths(db, file);
    imports.iter().all(|path| is_acyclic(db, db.file(path)))
}

fn is_cyclic(_: &dyn Db, _: salsa::Id, _: SourceFile) -> bool {
    false
}

/// The circle a file is in: its first file, and how many there are.
#[salsa::tracked(returns(copy))]
fn circle_of(db: &dyn Db, file: SourceFile) -> Option<(SourceFile, usize)> {
    if let Some(project) = Project::try_get(db)
        && let Some(circle) = project_circles(db, project).of.get(&file)
    {
        return *circle;
    }
    *file_circles(db, file).of.get(&file)?
}

fn circles(db: &dyn Db, roots: &[SourceFile]) -> Circles {
    let mut numbers: FxHashMap<SourceFile, u32> = FxHashMap::default();
    let mut files: Vec<SourceFile> = Vec::new();
    let mut number = |files: &mut Vec<SourceFile>, file| {
        *numbers.entry(file).or_insert_with(|| {
            files.push(file);
            files.len() as u32 - 1
        })
    };
    for root in roots {
        number(&mut files, *root);
    }
    let mut edges: Vec<Vec<u32>> = Vec::new();
    while edges.len() < files.len() {
        let imports = import_paths(db, files[edges.len()]);
        let imports = imports.iter();
        edges.push(
            imports
                .map(|path| number(&mut files, db.file(path)))
                .collect(),
        );
    }
    let mut of = FxHashMap::default();
    for component in components(&edges) {
        let first = component[0];
        let is_circle = component.len() > 1 || edges[first as usize].contains(&first);
        // Whichever file the search began with.
        let members = component.iter().map(|file| files[*file as usize]);
        let first = members
            .min_by_key(|file| file.path(db))
            .filter(|_| is_circle);
        let circle = first.map(|first| (first, component.len()));
        for file in component {
            of.insert(files[file as usize], circle);
        }
    }
    Circles { of }
}

/// How imports lead from `target` back to `file`, which imports it.
pub(super) fn way_back(db: &dyn Db, file: SourceFile, target: SourceFile) -> Option<Way> {
    if is_acyclic(db, target) {
        return None;
    }
    let (first, size) = circle_of(db, file)?;
    if circle_of(db, target)?.0 != first {
        return None;
    }
    let mut way = Way {
        files: Vec::new(),
        size,
    };
    let mut reached_from: FxHashMap<SourceFile, SourceFile> = FxHashMap::default();
    let mut queue = VecDeque::from([target]);
    reached_from.insert(target, file);
    while let Some(at) = queue.pop_front() {
        if at == file {
            way.files.push(file.path(db));
            let mut at = reached_from[&at];
            while at != file {
                way.files.push(at.path(db));
                at = reached_from[&at];
            }
            way.files.push(file.path(db));
            way.files.reverse();
            break;
        }
        if reached_from.len() > LONGEST_WAY {
            break;
        }
        for path in import_paths(db, at).iter() {
            let next = db.file(path);
            reached_from.entry(next).or_insert_with(|| {
                queue.push_back(next);
                at
            });
        }
    }
    Some(way)
}
