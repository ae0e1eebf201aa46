//! What git says about the files of a project. It is asked as a program: it knows best how its
//! repositories are meant, and what the user has configured.

use crate::error::CliError;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What branches that everything is merged into are called, when the remote does not say.
const USUAL: [&str; 4] = ["origin/main", "origin/master", "main", "master"];

/// A work tree.
pub struct Repository {
    /// Its uppermost folder, canonical.
    pub top: PathBuf,
    shallow: bool,
}

/// A commit to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Its name in full.
    pub commit: String,
    /// How it came about, for people.
    pub shown: String,
}

/// How a path differs between a commit and the work tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The commit has it.
    pub before: bool,
    /// Git tracks it now, or did at the commit.
    pub tracked: bool,
}

impl Repository {
    /// The one that `folder` lies in.
    ///
    /// # Errors
    /// NX0745 when there is none, NX0749 when git cannot be run or refuses.
    pub fn of(folder: &Path) -> Result<Repository, CliError> {
        let args = ["rev-parse", "--is-shallow-repository", "--show-toplevel"];
        let ran = run(folder, args)?;
        if !ran.ok {
            return Err(if ran.says.contains("not a git repository") {
                let message = format!("`{}` is in no git repository", folder.display());
                CliError::new("NX0745", message).help(
                    "`--affected` asks git what has changed; `git init` and a first commit make a repository, without one `nexus run` finds by itself what is not up to date",
                )
            } else {
                failed(&ran.says)
            });
        }
        let (shallow, top) = cut(&ran.out, b'\n').unwrap_or_default();
        let top = top.strip_suffix(b"\n").unwrap_or(top);
        let top = PathBuf::from(OsStr::from_bytes(top));
        if top.as_os_str().is_empty() {
            let message = format!("the repository of `{}` has no files", folder.display());
            return Err(CliError::new("NX0745", message).help("use a work tree of it"));
        }
        Ok(Repository {
            top: top.canonicalize().unwrap_or(top),
            shallow: shallow == b"true",
        })
    }

    /// What `revision` means: with `...` behind it, where HEAD and it have parted; without any, where
    /// HEAD and the default branch have.
    ///
    /// # Errors
    /// NX0746 for an unknown revision, NX0747 when the history that would tell is not here, NX0748
    /// when there is no default branch.
    pub fn base(&self, revision: Option<&str>) -> Result<Base, CliError> {
        if let Some(text) = revision {
            let (name, parted) = match text.strip_suffix("...") {
                Some(name) => (name, true),
                None => (text, false),
            };
            let Some(commit) = self.commit(name)? else {
                return Err(self.unknown(name));
            };
            return match parted {
                true => self.parted(name),
                false => Ok(Base {
                    shown: name.to_string(),
                    commit,
                }),
            };
        }
        if self.commit("HEAD")?.is_none() {
            let message = "there is no commit yet to compare with";
            return Err(CliError::new("NX0746", message).help("commit first"));
        }
        let remote = self.ask(["symbolic-ref", "-q", "--short", "refs/remotes/origin/HEAD"])?;
        let remote = remote.map(|text| text.trim().to_string());
        let usual = USUAL.map(str::to_string);
        let upstream = "@{upstream}".to_string();
        for name in remote.into_iter().chain(usual).chain([upstream]) {
            if self.commit(&name)?.is_some() {
                return self.parted(&name);
            }
        }
        if self.shallow {
            return Err(shallow("the default branch is not in this shallow clone"));
        }
        let message = "there is no default branch to compare with: neither `origin/HEAD` nor `main` nor `master` nor an upstream";
        Err(CliError::new("NX0748", message)
            .help("name a revision: `--affected=REV`; `git remote set-head origin --auto` asks the remote which one is its default"))
    }

    fn parted(&self, name: &str) -> Result<Base, CliError> {
        let found = self.ask(["merge-base", "--end-of-options", "HEAD", name])?;
        match found.as_deref().map(str::trim) {
            Some(commit) if !commit.is_empty() => Ok(Base {
                commit: commit.to_string(),
                shown: format!("{} of {name}", commit.get(..9).unwrap_or(commit)),
            }),
            _ if self.shallow => {
                let message =
                    format!("where HEAD and `{name}` have parted is not in this shallow clone");
                Err(shallow(&message))
            }
            _ => {
                let message = format!("HEAD and `{name}` have no commit in common");
                let help =
                    format!("compare with the files of `{name}` as they are: `--affected={name}`");
                Err(CliError::new("NX0746", message).help(help))
            }
        }
    }

    fn commit(&self, name: &str) -> Result<Option<String>, CliError> {
        let name = format!("{name}^{{commit}}");
        let args = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &name,
        ];
        let found = self.ask(args)?;
        // Older ones repeat the option.
        let commit = found.as_deref().and_then(|text| text.lines().last());
        Ok(commit.map(str::to_string).filter(|text| !text.is_empty()))
    }

    fn unknown(&self, name: &str) -> CliError {
        let message = format!("git knows no revision `{name}`");
        if self.shallow {
            return shallow(&format!("{message} in this shallow clone"));
        }
        CliError::new("NX0746", message).help(
            "`git log --oneline --all` shows what there is, `git fetch` brings what others have",
        )
    }

    /// Everything that differs between a commit and the work tree, absolute: what git tracks or
    /// tracked, and new files that it does not ignore.
    ///
    /// # Errors
    /// NX0749 when git refuses.
    pub fn changes(&self, base: &Base) -> Result<BTreeMap<PathBuf, Change>, CliError> {
        let mut changes = BTreeMap::new();
        let differ = [
            "diff",
            "--name-status",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-relative",
            "--ignore-submodules=none",
            &base.commit,
            "--",
        ];
        let out = self.must(differ)?;
        let mut parts = out.split(|byte| *byte == 0);
        while let (Some(status), Some(path)) = (parts.next(), parts.next()) {
            let change = Change {
                before: status != b"A",
                tracked: true,
            };
            changes.insert(self.top.join(OsStr::from_bytes(path)), change);
        }
        let new = self.must([
            "ls-files",
            "--others",
            "--exclude-standard",
            "--full-name",
            "-z",
        ])?;
        for path in new.split(|byte| *byte == 0).filter(|path| !path.is_empty()) {
            // A repository inside this one is told as a folder.
            let path = path.strip_suffix(b"/").unwrap_or(path);
            let change = Change {
                before: false,
                tracked: false,
            };
            let path = self.top.join(OsStr::from_bytes(path));
            changes.entry(path).or_insert(change);
        }
        let links = self.links(&changes)?;
        changes.extend(links);
        Ok(changes)
    }

    /// Links that lead to something that changed, or through a folder where something changed.
    fn links(
        &self,
        changes: &BTreeMap<PathBuf, Change>,
    ) -> Result<BTreeMap<PathBuf, Change>, CliError> {
        let mut links: BTreeSet<PathBuf> = BTreeSet::new();
        let staged = self.must(["ls-files", "--stage", "-z"])?;
        for entry in staged.split(|byte| *byte == 0) {
            if let (true, Some((_, path))) = (entry.starts_with(b"120000 "), cut(entry, b'\t')) {
                links.insert(self.top.join(OsStr::from_bytes(path)));
            }
        }
        let new = changes.iter().filter(|(_, change)| !change.tracked);
        links.extend(new.map(|(path, _)| path.clone()).filter(|p| p.is_symlink()));
        let mut found = BTreeMap::new();
        for link in links {
            let Ok(target) = link.canonicalize() else {
                continue;
            };
            for (path, change) in changes.range(target.clone()..) {
                let Ok(rest) = path.strip_prefix(&target) else {
                    break;
                };
                let through = match rest.as_os_str().is_empty() {
                    true => link.clone(),
                    false => link.join(rest),
                };
                found.insert(through, *change);
            }
        }
        Ok(found)
    }

    /// A file of a commit, absolute; `None` when it has none there.
    pub fn content(&self, base: &Base, path: &Path) -> Option<Vec<u8>> {
        let inside = path.strip_prefix(&self.top).ok()?;
        let mut object = OsString::from(&base.commit);
        object.push(":");
        object.push(inside);
        let args = [OsStr::new("cat-file"), OsStr::new("blob"), &object];
        run(&self.top, args)
            .ok()
            .filter(|ran| ran.ok)
            .map(|r| r.out)
    }

    /// The answer, or `None` when git says no.
    fn ask<const N: usize>(&self, args: [&str; N]) -> Result<Option<String>, CliError> {
        let ran = run(&self.top, args)?;
        Ok(ran
            .ok
            .then(|| String::from_utf8_lossy(&ran.out).into_owned()))
    }

    fn must<const N: usize>(&self, args: [&str; N]) -> Result<Vec<u8>, CliError> {
        let ran = run(&self.top, args)?;
        match ran.ok {
            true => Ok(ran.out),
            false => Err(failed(&ran.says)),
        }
    }
}

struct Ran {
    ok: bool,
    out: Vec<u8>,
    says: String,
}

fn run(folder: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Ran, CliError> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        // Nothing is written, not even what would make the next question faster.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            let reason = crate::error::reason(&error);
            let message = format!("git cannot be run: {reason}");
            CliError::new("NX0749", message)
                .help("`--affected` asks git what has changed: install it")
        })?;
    Ok(Ran {
        ok: output.status.success(),
        out: output.stdout,
        says: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn failed(says: &str) -> CliError {
    let mut lines = says.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("it gives no reason");
    let first = first.strip_prefix("fatal: ").unwrap_or(first);
    let error = CliError::new(
        "NX0749",
        format!("git cannot say what has changed: {first}"),
    );
    lines.fold(error, |error, line| error.help(line))
}

fn shallow(message: &str) -> CliError {
    CliError::new("NX0747", message)
        .help("fetch the history: `git fetch --unshallow`; in a pipeline, `fetch-depth: 0` (GitHub) or `GIT_DEPTH: 0` (GitLab)")
}

fn cut(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = bytes.iter().position(|byte| *byte == at)?;
    Some((&bytes[..place], &bytes[place + 1..]))
}
