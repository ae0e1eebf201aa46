//! A file system of their own for the homes of the farm's users, of the kind that hosts have.
//!
//! Runners make some small files for each job, and what that costs is a matter of the file system. On
//! ext4 without a journal, as small virtual machines have it, whoever makes a file looks first at all
//! that were removed within the last minutes (`recently_deleted` in `fs/ext4/ialloc.c`): rounds that
//! follow each other would pay for what those before them tidied away.

use nexus_farm::{Ground, Sshd, User};
use std::fs::File;
use std::process::Command;
use tempfile::TempDir;

/// Only what the server starts sees it: it has mounts of its own.
const MOUNT: &str = r#"
image=$1; folder=$2; shift 2
mount -o loop "$image" "$folder" || exit
while [ "$1" != -- ]; do
  cp -a "$1" "$folder/" && mount --bind "$folder/${1##*/}" "$1" || exit
  shift
done
shift
exec "$@"
"#;

/// Large enough for a journal.
const SIZE: u64 = 128 << 20;

/// ext4 with a journal, in a file.
pub struct Disk {
    folder: TempDir,
}

impl Disk {
    /// Makes one and tries it; says why when that is not possible.
    pub fn new() -> Result<Disk, String> {
        if !Ground::get().has_users() {
            return Err("only root can mount".to_owned());
        }
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let disk = Disk { folder };
        std::fs::create_dir(disk.path("mounted")).map_err(|e| e.to_string())?;
        File::create(disk.path("image"))
            .and_then(|file| file.set_len(SIZE))
            .map_err(|e| e.to_string())?;
        let mut make = Command::new("mkfs.ext4");
        make.args(["-q", &disk.path("image")]);
        succeeds(&mut make)?;
        let mut words = disk.words();
        words.push("true".to_owned());
        succeeds(Command::new(&words[0]).args(&words[1..]))?;
        Ok(disk)
    }

    /// A server whose users have their homes there.
    pub fn under(&self, server: Sshd) -> Sshd {
        let words = self.words();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        server.under(&words)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = ["unshare", "--mount", "sh", "-c", MOUNT, "sh"]
            .map(str::to_owned)
            .into();
        words.extend([self.path("image"), self.path("mounted")]);
        for user in [User::Plain, User::Sudo] {
            let name = Ground::get().user(user);
            let known = nix::unistd::User::from_name(&name).ok().flatten();
            words.extend(known.map(|user| user.dir.to_string_lossy().into_owned()));
        }
        words.push("--".to_owned());
        words
    }
}

fn succeeds(command: &mut Command) -> Result<(), String> {
    let run = command.output().map_err(|e| e.to_string())?;
    match run.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&run.stderr).trim().to_owned()),
    }
}
