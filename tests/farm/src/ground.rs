//! What all servers share: keys and users.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Throwaway users of this machine. Only root can make them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// Nothing special.
    Plain,
    /// May do everything through sudo, without a password.
    Sudo,
    /// May do everything through sudo, with a password.
    SudoPassword,
    /// Its login shell is fish.
    Fish,
    /// Its login shell is tcsh.
    Tcsh,
    /// Its login scripts print on both streams.
    Noisy,
}

impl User {
    /// All of them.
    pub const ALL: [User; 6] = [
        User::Plain,
        User::Sudo,
        User::SudoPassword,
        User::Fish,
        User::Tcsh,
        User::Noisy,
    ];

    /// The name to log in with.
    pub fn name(self) -> &'static str {
        match self {
            User::Plain => "nxplain",
            User::Sudo => "nxsudo",
            User::SudoPassword => "nxsudopw",
            User::Fish => "nxfish",
            User::Tcsh => "nxtcsh",
            User::Noisy => "nxnoisy",
        }
    }
}

/// What all servers of this process share.
pub struct Ground {
    folder: PathBuf,
    password: String,
    root: bool,
    /// Removes everything when nobody uses it any more; its standard input is open as long as we live.
    _keeper: Child,
}

/// Run by the keeper: takes part in using the ground, says so, and clears it away when it was the last.
/// Making and clearing happen under an exclusive lock, using under a shared one.
const KEEPER: &str = r#"
folder=$1; make=$2; clear=$3
exec 9>>"$folder.lock"
while :; do
  flock -s 9
  [ -e "$folder/made" ] && break
  flock -u 9; flock -x 9
  [ -e "$folder/made" ] || sh -eu -c "$make" make "$folder" || { echo failed; exit 1; }
  flock -u 9
done
echo ready
read -r _
if flock -xn 9; then sh -u -c "$clear" clear "$folder"; fi
"#;

/// Makes keys: who uses them may read them, nobody else.
const MAKE_KEYS: &str = r#"
folder=$1; keys=$folder/keys
rm -rf "$folder"; mkdir -p "$folder"; chmod 755 "$folder"; mkdir "$keys"; chmod 755 "$keys"
key() { name=$1; shift; ssh-keygen -q -C "farm-$name" -f "$keys/$name" "$@"; }
key id_ed25519 -t ed25519 -N ''
key id_other -t ed25519 -N ''
key id_rsa -t rsa -b 3072 -N ''
key id_ecdsa -t ecdsa -b 256 -N ''
key id_encrypted -t ed25519 -a 16 -N 'keypass'
key id_rsa_pem -t rsa -b 2048 -m PEM -N 'keypass'
key user_ca -t ed25519 -N ''
key host_ca -t ed25519 -N ''
key id_cert -t ed25519 -N ''
key host_ed25519 -t ed25519 -N ''
key host_ed25519_b -t ed25519 -N ''
key host_ecdsa -t ecdsa -b 256 -N ''
key host_rsa -t rsa -b 3072 -N ''
for name in id_ed25519 id_rsa id_ecdsa id_encrypted id_rsa_pem; do cat "$keys/$name.pub"; done >"$folder/authorized_keys"
chmod 644 "$folder/authorized_keys"
if command -v dropbearkey >/dev/null; then
  dropbearkey -t ed25519 -f "$keys/dropbear" >/dev/null 2>&1
  dropbearkey -y -f "$keys/dropbear" | grep '^ssh-' >"$keys/dropbear.pub"
fi
od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$folder/password"; chmod 600 "$folder/password"
"#;

/// Makes users, for root.
const MAKE_USERS: &str = r#"
password=$(cat "$folder/password")
make() {
  id "$1" >/dev/null 2>&1 || useradd -m -s "$2" "$1"
  echo "$1:$password" | chpasswd
  home=$(getent passwd "$1" | cut -d: -f6)
  install -d -m 700 -o "$1" -g "$1" "$home/.ssh"
  install -m 600 -o "$1" -g "$1" "$folder/authorized_keys" "$home/.ssh/authorized_keys"
}
shell() { command -v "$1" || echo /bin/sh; }
make nxplain /bin/bash; make nxsudo /bin/bash; make nxsudopw /bin/bash; make nxnoisy /bin/bash
make nxfish "$(shell fish)"; make nxtcsh "$(shell tcsh)"
home=$(getent passwd nxnoisy | cut -d: -f6)
printf 'echo "*** Welcome to the noisy host ***"\necho "warn: noisy stderr" >&2\n' >"$home/.bashrc"
if [ -d /etc/sudoers.d ]; then
  { echo "nxsudo ALL=(ALL) NOPASSWD: ALL"; echo "nxsudopw ALL=(ALL) ALL"; } >/etc/sudoers.d/nexus-farm
  chmod 440 /etc/sudoers.d/nexus-farm
fi
mkdir -p /run/sshd; chmod 755 /run/sshd
"#;

const CLEAR_USERS: &str = r#"
for user in nxplain nxsudo nxsudopw nxfish nxtcsh nxnoisy; do userdel -f -r "$user" >/dev/null 2>&1; done
rm -f /etc/sudoers.d/nexus-farm
"#;

impl Ground {
    /// The ground of this process, made when it is first needed.
    ///
    /// # Panics
    ///
    /// OpenSSH is not installed, or keys or users cannot be made.
    pub fn get() -> &'static Ground {
        static GROUND: OnceLock<Ground> = OnceLock::new();
        GROUND.get_or_init(Ground::make)
    }

    fn make() -> Ground {
        let uid = nix::unistd::geteuid();
        let root = uid.is_root();
        let (folder, make, clear) = if root {
            let make = format!("{MAKE_KEYS}{MAKE_USERS}touch \"$folder/made\"\n");
            let clear = format!("folder=$1\n{CLEAR_USERS}rm -rf \"$folder\"\n");
            (PathBuf::from("/run/nexus-farm"), make, clear)
        } else {
            let folder = std::env::temp_dir().join(format!("nexus-farm-{uid}"));
            let make = format!("{MAKE_KEYS}touch \"$folder/made\"\n");
            (folder, make, "rm -rf \"$1\"\n".to_owned())
        };
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&folder)
            .args([make, clear])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh runs");
        let said = keeper.stdout.take().expect("a pipe");
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(said), &mut line)
            .expect("the keeper says something");
        assert_eq!(line, "ready\n", "keys and users cannot be made: see above");
        let password = fs::read_to_string(folder.join("password")).expect("a password");
        Ground {
            folder,
            password,
            root,
            _keeper: keeper,
        }
    }

    /// The file of a private key: `id_ed25519`, `id_rsa`, `id_ecdsa`, `id_encrypted` and `id_rsa_pem`
    /// (passphrase `keypass`) may log in; `id_other` may not; `id_cert` may with a certificate by
    /// `user_ca`. Servers have `host_ed25519`, `host_ed25519_b`, `host_ecdsa`, `host_rsa`, `dropbear`.
    pub fn key(&self, name: &str) -> PathBuf {
        self.folder.join("keys").join(name)
    }

    /// The public key of a private one, as its type and its base64.
    ///
    /// # Panics
    ///
    /// There is no such key.
    pub fn public_key(&self, name: &str) -> String {
        let path = self.key(&format!("{name}.pub"));
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut words = text.split_whitespace();
        let (kind, key) = (words.next().expect("a type"), words.next().expect("a key"));
        format!("{kind} {key}")
    }

    /// The keys that may log in.
    pub fn authorized_keys(&self) -> PathBuf {
        self.folder.join("authorized_keys")
    }

    /// The password of all throwaway users.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Whether there are throwaway users, which only root can make.
    pub fn has_users(&self) -> bool {
        self.root
    }

    /// Whether there are throwaway users; if not, says on standard error, past what the test harness
    /// holds back, that the test of this thread shows nothing.
    pub fn users_or_skip(&self) -> bool {
        if !self.root {
            let thread = std::thread::current();
            let test = thread.name().unwrap_or("a test");
            let said =
                format!("skipped: {test} needs users of its own, which only root can make\n");
            let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
        }
        self.root
    }

    /// The name of a throwaway user; the current user's when there are none.
    pub fn user(&self, user: User) -> String {
        if self.root {
            user.name().to_owned()
        } else {
            nix::unistd::User::from_uid(nix::unistd::geteuid())
                .ok()
                .flatten()
                .map_or_else(|| "root".to_owned(), |user| user.name)
        }
    }

    /// Signs a public key in a folder of the caller's: makes `NAME-cert.pub` beside a copy of the key.
    /// `options` are those of `ssh-keygen -s` (`-n` principals, `-V` validity, `-h`).
    ///
    /// # Panics
    ///
    /// `ssh-keygen` fails.
    pub fn sign(&self, authority: &str, key: &str, folder: &Path, options: &[&str]) -> PathBuf {
        let copy = folder.join(key);
        for end in ["", ".pub"] {
            let to = folder.join(format!("{key}{end}"));
            fs::copy(self.key(&format!("{key}{end}")), &to).expect("a key is copied");
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).expect("permissions");
        }
        let done = Command::new("ssh-keygen")
            .args(["-q", "-I", key, "-s"])
            .arg(self.key(authority))
            .args(options)
            .arg(folder.join(format!("{key}.pub")))
            .status()
            .expect("ssh-keygen runs");
        assert!(done.success(), "ssh-keygen cannot sign");
        copy
    }
}
