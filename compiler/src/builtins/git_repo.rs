//! Reading a repository's state from its files, as gitrepository-layout(5) and
//! gitignore-free parts of git describe them; no program is run.

use crate::inputs::{FileKind, Inputs};
use std::path::{Path, PathBuf};

/// What is checked out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The branch, unless a commit is checked out by itself.
    pub branch: Option<String>,
    /// The commit, unless there is none yet.
    pub commit: Option<String>,
}

/// The folders of a repository: of this worktree, and of what all its worktrees share.
struct Repository {
    own: PathBuf,
    common: PathBuf,
}

fn text(inputs: &dyn Inputs, path: &Path) -> Option<String> {
    String::from_utf8(inputs.read(path).ok()?).ok()
}

fn open(inputs: &dyn Inputs, start: &Path) -> Option<Repository> {
    for folder in start.ancestors() {
        let git = folder.join(".git");
        let own = match inputs.kind(&git) {
            FileKind::Folder => git,
            // A worktree or submodule: a file that names the folder.
            FileKind::File => {
                let text = text(inputs, &git)?;
                let target = text.trim().strip_prefix("gitdir:")?.trim();
                crate::world::paths::resolve(folder, target)
            }
            _ => continue,
        };
        let common = match text(inputs, &own.join("commondir")) {
            Some(common) => crate::world::paths::resolve(&own, common.trim()),
            None => own.clone(),
        };
        return Some(Repository { own, common });
    }
    None
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// References refer to each other at most this often.
const MAX_HOPS: usize = 5;

impl Repository {
    /// The commit (or tag object) a reference names.
    fn resolve(&self, inputs: &dyn Inputs, reference: &str) -> Option<String> {
        let mut reference = reference.to_owned();
        for _ in 0..MAX_HOPS {
            let found = text(inputs, &self.own.join(&reference))
                .or_else(|| text(inputs, &self.common.join(&reference)))
                .or_else(|| self.packed(inputs, &reference).map(|(object, _)| object))?;
            let found = found.trim();
            if is_commit(found) {
                return Some(found.to_owned());
            }
            reference = found.strip_prefix("ref:")?.trim().to_owned();
        }
        None
    }

    /// From `packed-refs`: the object of a reference, and the commit when that is a tag object.
    fn packed(&self, inputs: &dyn Inputs, wanted: &str) -> Option<(String, Option<String>)> {
        let all = text(inputs, &self.common.join("packed-refs"))?;
        packed_refs(&all)
            .find(|(name, ..)| *name == wanted)
            .map(|(_, object, peeled)| (object.to_owned(), peeled.map(str::to_owned)))
    }
}

/// Name, object, and the commit behind a tag object.
fn packed_refs(all: &str) -> impl Iterator<Item = (&str, &str, Option<&str>)> {
    let mut lines = all.lines().filter(|l| !l.starts_with('#')).peekable();
    std::iter::from_fn(move || {
        loop {
            let line = lines.next()?;
            let Some((object, name)) = line.split_once(' ') else {
                continue;
            };
            let peeled = lines
                .next_if(|l| l.starts_with('^'))
                .and_then(|l| l.strip_prefix('^'));
            return Some((name.trim(), object, peeled.map(str::trim)));
        }
    })
}

/// What is checked out in the repository around a folder.
pub(super) fn head(inputs: &dyn Inputs, start: &Path) -> Result<Head, String> {
    let repository = open(inputs, start).ok_or("the project is not in a git repository")?;
    let head =
        text(inputs, &repository.own.join("HEAD")).ok_or("the repository has no readable HEAD")?;
    let head = head.trim();
    if is_commit(head) {
        return Ok(Head {
            branch: None,
            commit: Some(head.to_owned()),
        });
    }
    let reference = head
        .strip_prefix("ref:")
        .map(str::trim)
        .ok_or("the repository's HEAD is malformed")?;
    Ok(Head {
        branch: reference.strip_prefix("refs/heads/").map(str::to_owned),
        commit: repository.resolve(inputs, reference),
    })
}

/// The first tag, by name, of a commit. Annotated tags count when they are packed: their
/// objects are compressed and not read here.
pub(super) fn tag(inputs: &dyn Inputs, start: &Path, commit: &str) -> Option<String> {
    let repository = open(inputs, start)?;
    let mut tags = Vec::new();
    let folder = repository.common.join("refs/tags");
    for name in inputs.glob(&folder, "**").ok()?.files {
        if repository
            .resolve(inputs, &format!("refs/tags/{name}"))
            .is_some_and(|object| object == commit)
        {
            tags.push(name);
        }
    }
    if let Some(all) = text(inputs, &repository.common.join("packed-refs")) {
        for (name, object, peeled) in packed_refs(&all) {
            if let Some(name) = name.strip_prefix("refs/tags/")
                && peeled.unwrap_or(object) == commit
            {
                tags.push(name.to_owned());
            }
        }
    }
    tags.into_iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Memory;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn world(files: &[(&str, &str)]) -> Memory {
        files
            .iter()
            .fold(Memory::default(), |m, (path, text)| m.file(path, *text))
    }

    #[test]
    fn a_branch_with_a_loose_reference() {
        let world = world(&[
            ("/p/.git/HEAD", "ref: refs/heads/main\n"),
            ("/p/.git/refs/heads/main", &format!("{A}\n")),
            ("/p/.git/refs/tags/v2", &format!("{A}\n")),
            ("/p/.git/refs/tags/v1", &format!("{B}\n")),
        ]);
        let head = head(&world, Path::new("/p/sub")).unwrap();
        assert_eq!(head.branch.as_deref(), Some("main"));
        assert_eq!(head.commit.as_deref(), Some(A));
        assert_eq!(tag(&world, Path::new("/p"), A).as_deref(), Some("v2"));
    }

    #[test]
    fn packed_references_and_annotated_tags() {
        let world = world(&[
            ("/p/.git/HEAD", "ref: refs/heads/x/y\n"),
            (
                "/p/.git/packed-refs",
                &format!("# pack-refs with: peeled\n{A} refs/heads/x/y\n{B} refs/tags/v1\n^{A}\n"),
            ),
        ]);
        let head = head(&world, Path::new("/p")).unwrap();
        assert_eq!(head.branch.as_deref(), Some("x/y"));
        assert_eq!(head.commit.as_deref(), Some(A));
        assert_eq!(tag(&world, Path::new("/p"), A).as_deref(), Some("v1"));
    }

    #[test]
    fn worktrees_share_references() {
        let world = world(&[
            ("/w/.git", "gitdir: /p/.git/worktrees/w\n"),
            ("/p/.git/worktrees/w/HEAD", "ref: refs/heads/topic\n"),
            ("/p/.git/worktrees/w/commondir", "../..\n"),
            ("/p/.git/refs/heads/topic", &format!("{B}\n")),
        ]);
        let head = head(&world, Path::new("/w")).unwrap();
        assert_eq!(head.commit.as_deref(), Some(B));
    }

    #[test]
    fn detached_unborn_and_absent() {
        let detached = world(&[("/p/.git/HEAD", A)]);
        assert_eq!(head(&detached, Path::new("/p")).unwrap().branch, None);
        let unborn = world(&[("/p/.git/HEAD", "ref: refs/heads/main")]);
        assert_eq!(head(&unborn, Path::new("/p")).unwrap().commit, None);
        assert!(head(&world(&[]), Path::new("/p")).is_err());
    }
}
