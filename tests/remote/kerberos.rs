//! Kerberos, with a key distribution centre of our own: tickets log in through the system's `ssh`, and the
//! built-in client says so.

use crate::fleet::settings;
use crate::support::{Project, Ran, wait_until};
use nexus_farm::{Ground, Server, Sshd, User};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const REALM: &str = "NEXUS.TEST";

/// A realm with its centre, until it is dropped.
struct Realm {
    folder: tempfile::TempDir,
    centre: Child,
}

impl Realm {
    fn start() -> Realm {
        let folder = tempfile::tempdir().expect("a folder");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), mode).expect("permissions");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let path = folder.path().display();
        let config = format!(
            "[libdefaults]\n default_realm = {REALM}\n dns_lookup_realm = false\n dns_lookup_kdc = false\n \
             dns_canonicalize_hostname = false\n rdns = false\n udp_preference_limit = 1\n\
             [realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n\
             [domain_realm]\n localhost = {REALM}\n"
        );
        let centre = format!(
            "[kdcdefaults]\n kdc_ports = \"\"\n kdc_listen = \"\"\n kdc_tcp_listen = 127.0.0.1:{port}\n kdc_tcp_ports = {port}\n\
             [realms]\n {REALM} = {{\n  database_name = {path}/principal\n  key_stash_file = {path}/stash\n  \
             acl_file = {path}/acl\n }}\n"
        );
        std::fs::write(folder.path().join("krb5.conf"), config).expect("written");
        std::fs::write(folder.path().join("kdc.conf"), centre).expect("written");
        let mut realm = Realm {
            centre: Command::new("true").spawn().expect("true runs"),
            folder,
        };
        realm.run("kdb5_util", &["create", "-s", "-r", REALM, "-P", "master"]);
        let user = User::Plain.name();
        realm.local(&format!("addprinc -pw secret {user}"));
        realm.local("addprinc -randkey host/localhost");
        realm.local(&format!("ktadd -k {} host/localhost", realm.file("keytab")));
        let _ = realm.centre.wait();
        realm.centre = realm
            .command("krb5kdc", &["-n"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("krb5kdc runs");
        wait_until("the centre listens", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        realm
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("KRB5_CONFIG", self.file("krb5.conf")),
            ("KRB5_KDC_PROFILE", self.file("kdc.conf")),
            ("KRB5_KTNAME", self.file("keytab")),
            ("KRB5CCNAME", format!("FILE:{}", self.file("tickets"))),
        ]
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .args(args)
            .envs(self.variables())
            .env("PATH", format!("{path}:/usr/sbin:/sbin"));
        command
    }

    fn run(&self, program: &str, args: &[&str]) {
        let output = self.command(program, args).output();
        let output = output.unwrap_or_else(|e| panic!("{program}: {e}"));
        assert!(output.status.success(), "{program} {args:?}: {output:?}");
    }

    fn local(&self, query: &str) {
        self.run("kadmin.local", &["-r", REALM, "-q", query]);
    }

    /// A ticket for the plain user.
    fn log_in(&self) {
        let mut kinit = self
            .command("kinit", &[User::Plain.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("kinit runs");
        let mut stdin = kinit.stdin.take().expect("a pipe");
        std::io::Write::write_all(&mut stdin, b"secret\n").expect("written");
        drop(stdin);
        assert!(kinit.wait().expect("kinit ends").success());
    }

    /// A server that takes tickets, and no keys of people.
    fn server(&self) -> Server {
        let mut program = vec!["env".to_owned()];
        program.extend(
            self.variables()
                .map(|(name, value)| format!("{name}={value}")),
        );
        let program: Vec<&str> = program.iter().map(String::as_str).collect();
        Sshd::new()
            .option("GSSAPIAuthentication", "yes")
            .option("GSSAPIStrictAcceptorCheck", "no")
            .option("PubkeyAuthentication", "no")
            .under(&program)
            .start()
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        let _ = self.centre.kill();
        let _ = self.centre.wait();
    }
}

fn there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(usual)
        .any(|folder| folder.join(program).exists())
}

#[test]
fn a_ticket_logs_in_through_the_systems_ssh() {
    if !Ground::get().users_or_skip() {
        return;
    }
    if !["krb5kdc", "kadmin.local", "kinit"]
        .iter()
        .all(|p| there(p))
    {
        // Past what the test harness holds back.
        let said =
            "skipped: Kerberos needs krb5-kdc, krb5-admin-server and krb5-user (scripts/test.sh)\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
        return;
    }
    let realm = Realm::start();
    let server = realm.server();
    let text = settings(&server, User::Plain);
    let text = text
        .replace(
            &format!(
                "identity = \"{}\"; ",
                Ground::get().key("id_ed25519").display()
            ),
            "",
        )
        .replace("config = false", "config = \"ssh_config\"");
    let project = Project::new(&format!(
        "{text} hosts.all = [ \"localhost\" ]; tasks.who = {{ on = hosts.all; run = [ \"id -un\" \"exit 0\" ]; }};"
    ))
    .write("ssh_config", "GSSAPIAuthentication yes\nPreferredAuthentications gssapi-with-mic\n")
    .write(".nexus/.keep", "");
    let run = |args: &[&str]| {
        let mut command = project.command(args);
        command
            .envs(realm.variables())
            .env_remove("SSH_AUTH_SOCK")
            .env("HOME", project.root());
        Ran::from(command.output().expect("nexus starts"))
    };
    // The built-in client has no tickets, and says who has.
    let ran = run(&["run", "who"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    for text in [
        "permission denied",
        "gssapi-with-mic",
        "transport = \"openssh\"",
    ] {
        assert!(ran.text().contains(text), "{text}\n{ran}");
    }
    let openssh = project
        .read("nexus.nx")
        .replace("config.ssh = {", "config.ssh = { transport = \"openssh\";");
    project.edit("nexus.nx", &openssh);
    // Without a ticket there is no way in.
    let ran = run(&["run", "who"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    realm.log_in();
    let ran = run(&["run", "who"]);
    assert_eq!(ran.code, Some(0), "{ran}\n{}", server.log());
    assert!(
        ran.stdout
            .contains(&format!("localhost  {}", User::Plain.name())),
        "{ran}"
    );
    assert!(
        server.log().contains("Accepted gssapi-with-mic"),
        "{}",
        server.log()
    );
}
