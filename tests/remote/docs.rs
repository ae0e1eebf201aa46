//! The walks of `docs/remote.md`, from zero, as somebody new would take them: every project and every
//! command of the page, with the machines of the page being addresses of a real server.

use crate::fleet::settings;
use crate::support::{Project, Ran};
use nexus_farm::{Ground, Sshd, User};
use std::io::{Read, Write};
use std::path::Path;

/// The blocks of the page below a heading: language and text.
fn blocks(heading: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/remote.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let (_, section) = page
        .split_once(&format!("## {heading}\n"))
        .expect("the heading");
    let section = section.split("\n## ").next().unwrap_or(section);
    let mut blocks = Vec::new();
    for (at, part) in section.split("```").enumerate() {
        if at % 2 == 1 {
            let (language, text) = part.split_once('\n').expect("a language");
            blocks.push((language.to_string(), text.to_string()));
        }
    }
    blocks
}

/// Runs the lines of a block as they stand on the page.
fn shell(project: &Project, text: &str) -> Ran {
    let folder = Path::new(env!("CARGO_BIN_EXE_nexus"))
        .parent()
        .expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = project.command(&[]);
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-ec", text]).current_dir(project.root());
    for (name, value) in command.envs(std::iter::empty::<(&str, &str)>()).get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("HOME", project.root())
        .env_remove("SSH_AUTH_SOCK");
    Ran::from(shell.output().expect("the shell starts"))
}

#[test]
fn the_first_remote_task() {
    let server = Sshd::new().everywhere().start();
    let user = Ground::get().user(User::Plain);
    let port = server.port();
    // Where the page relies on the reader's own keys and configuration, the project names a key.
    let known = settings(&server, User::Plain).replace("accept_new", "strict");
    let known = known.replace("known_hosts = \".nexus/known_hosts\"; ", "");
    let mut project = None;
    for (language, text) in blocks("The first remote task") {
        if language == "nx" {
            let text = text
                .replace(
                    "deploy@web-1.example.com",
                    &format!("{user}@127.0.0.1:{port}"),
                )
                .replace(
                    "deploy@web-2.example.com:2222",
                    &format!("{user}@127.0.0.2:{port}"),
                );
            project = Some(Project::new(&format!("{known}{text}")));
            continue;
        }
        let ran = shell(project.as_ref().expect("a project first"), &text);
        assert_eq!(ran.code, Some(0), "{text}\n{ran}");
        assert!(ran.stdout.contains("127.0.0.2"), "{text}\n{ran}");
    }
}

/// A server that answers every request with 200.
fn healthy() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    port
}

#[test]
fn the_first_deployment() {
    if !Ground::get().users_or_skip() {
        return;
    }
    let server = Sshd::new().everywhere().start();
    let port = healthy().to_string();
    let page = &blocks("The first deployment")[0].1;
    // What the page takes for granted: a service, tests, machines.
    let text = page
        .replace("systemctl restart shop", "test $(id -u) = 0")
        .replace("npm test", "true")
        .replace("\"web-1\" \"web-2\"", "\"127.0.0.1\" \"127.0.0.2\"")
        .replace("10.0.0.3", "127.0.0.3")
        .replace("9090", &port)
        .replace("8080", &port);
    assert!(
        text.contains("test $(id -u) = 0") && text.contains("127.0.0.3"),
        "{page}"
    );
    let project = Project::new(&format!("{}{text}", settings(&server, User::Sudo)));
    let ran = project.ok(&["run", "deploy", "--dry-run"]);
    assert!(
        ran.stdout
            .contains("on 127.0.0.1, 127.0.0.2, web-3, one after the other"),
        "{ran}"
    );
    project.ok(&["run", "deploy", "--hosts", "127.0.0.1"]);
    let ran = project.ok(&["run", "deploy"]);
    assert!(ran.stdout.contains("3 hosts"), "{ran}");
}

/// The sample of what is printed on the page of a code.
fn sample(code: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/errors/{code}.md"));
    let page = std::fs::read_to_string(path).expect("the page");
    let (_, rest) = page.split_once("```text\n").expect("a sample");
    rest.split("\n```").next().unwrap_or(rest).to_string()
}

/// What the pages show of failures of hosts is what is printed.
#[test]
fn pages_show_what_is_printed() {
    let server = Sshd::new().everywhere().start();
    let user = Ground::get().user(User::Plain);
    let strict = settings(&server, User::Plain)
        .replace("accept_new", "strict")
        .replace("connect_attempts = 1", "connect_attempts = 3");
    let project = Project::new(&format!(
        "{strict} hosts.web = [ {{ name = \"web-1\"; address = \"127.0.0.1\"; }} ];\n\
         hosts.dead = [ {{ name = \"db-1\"; address = \"127.0.0.2\"; port = 1; }} {{ name = \"db-2\"; address = \"127.0.0.3\"; port = 1; }} ];\n\
         tasks.unknown = {{ on = hosts.web; run = \"true\"; }};\n\
         tasks.refused = {{ on = hosts.dead; run = \"true\"; }};\n"
    ));
    let ran = project.nexus(&["run", "unknown"]);
    let key = ran.text();
    let (_, key) = key.split_once("SHA256:").expect("a fingerprint");
    let key: String = key.chars().take_while(|c| !c.is_whitespace()).collect();
    let expected = sample("NX0808")
        .replace(
            "deploy@web-1.example.com:22",
            &format!("{user}@127.0.0.1:{}", server.port()),
        )
        .replace(
            "web-1.example.com",
            &format!("[127.0.0.1]:{}", server.port()),
        )
        .replace("SHA256:4yoX1…", &format!("SHA256:{key}"));
    assert!(ran.text().contains(&expected), "{expected}\n{ran}");
    let ran = project.nexus(&["-q", "run", "refused"]);
    // Of the page about tasks that fail on hosts: the part about hosts that refuse.
    let sample = sample("NX0856");
    let at = sample.find("  ✘ db-1").expect("the part");
    for line in sample[at..].lines() {
        let line = line
            .replace(
                "deploy@db-1:22, deploy@db-2:22",
                &format!("{user}@127.0.0.2:1, {user}@127.0.0.3:1"),
            )
            .replace("nc -zv db-1 22", "nc -zv 127.0.0.")
            .replace("port 22", "port 1");
        let turned = line.replace("db-1, db-2", "db-2, db-1");
        let turned = turned.replace(
            &format!("{user}@127.0.0.2:1, {user}@127.0.0.3:1"),
            &format!("{user}@127.0.0.3:1, {user}@127.0.0.2:1"),
        );
        let text = ran.text();
        assert!(
            text.contains(&line) || text.contains(&turned),
            "{line}\n{ran}"
        );
    }
    assert!(
        ran.text()
            .contains("error[NX0856]: task `refused` failed: 2 unreachable of 2 hosts"),
        "{ran}"
    );
}
