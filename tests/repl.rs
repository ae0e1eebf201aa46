//! `nexus repl`, through a pipe and through a terminal.

mod support;

use nix::pty::openpty;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::sync::mpsc;
use support::{PATIENCE, Project, Ran};

fn piped(project: &Project, args: &[&str], input: &str) -> Ran {
    let mut all = vec!["repl"];
    all.extend(args);
    let mut child = project
        .command(&all)
        .stdin(Stdio::piped())
        .spawn()
        .expect("nexus starts");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(input.as_bytes()).expect("written");
    drop(stdin);
    Ran::from(child.wait_with_output().expect("nexus ends"))
}

#[test]
fn values_bindings_types_and_inputs_of_several_lines() {
    let project = Project::new("");
    let ran = piped(
        &project,
        &[],
        "x = 1\nx + 1\n{ a = x;\n  b = [ 2\n 3 ]; }\n:t x\n# nothing\n\nx = \"new\"\n''\n  two\n  lines ${x}\n''\n",
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(
        ran.stdout,
        "x : Int\n2\n{ a = 1; b = [ 2 3 ]; }\nInt\nx : \"new\"\n\"two\\nlines new\\n\"\n",
        "{ran}"
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn mistakes_are_told_and_the_next_input_is_read() {
    let project = Project::new("");
    let ran = piped(
        &project,
        &[],
        "nope\n1 +\n:z\n:r\n:l missing.nx\nx = 1 + \"a\"\nx\nthrow \"no\"\n2\n",
    );
    assert_eq!(ran.code, Some(2), "{ran}");
    assert_eq!(ran.stdout, "2\n", "{ran}");
    for said in [
        "`nope` is not defined",
        "NX0003",
        "there is no command `:z`",
        "there is no file to read again",
        "there is no file `./missing.nx`",
        "`+` works on numbers",
        "`x` is not defined",
        "NX0306",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {ran}");
    }
}

#[test]
fn fields_of_a_file_become_names() {
    let project = Project::new("").write("lib.nx", "flags = [ \"-O2\" ];\nname = \"app\";\n");
    let ran = piped(
        &project,
        &["lib.nx"],
        "name\nflags\n:l lib.nx\nname = \"x\"\nname\n:r\n:q\n1\n",
    );
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(
        ran.stdout,
        "flags name\n\"app\"\n[ \"-O2\" ]\nflags name\nname : \"x\"\n\"x\"\nflags name\n",
        "{ran}"
    );
}

#[test]
fn a_terminal_has_prompt_completion_and_history() {
    let project = Project::new("");
    let state = project.root().join("state");
    let talk = |lines: &[(&str, &str)]| {
        let pty = openpty(None, None).expect("a terminal");
        let end = || Stdio::from(pty.slave.try_clone().expect("a handle"));
        let mut child = project
            .command(&["repl"])
            .env("TERM", "xterm")
            .env("XDG_STATE_HOME", &state)
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("nexus starts");
        drop(pty.slave);
        let mut master = File::from(pty.master);
        let mut output = master.try_clone().expect("a handle");
        let (send, seen) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let wait_for = |text: &str| {
            let mut all = Vec::new();
            loop {
                let said = String::from_utf8_lossy(&all).into_owned();
                if said.contains(text) {
                    break;
                }
                match seen.recv_timeout(PATIENCE) {
                    Ok(more) => all.extend(more),
                    Err(_) => panic!("waited in vain for {text:?} in {said:?}"),
                }
            }
        };
        wait_for("nexus> ");
        for (typed, answer) in lines {
            master.write_all(typed.as_bytes()).expect("typed");
            wait_for(answer);
        }
        master.write_all(b":q\r").expect("typed");
        assert!(child.wait().expect("nexus ends").success());
    };
    talk(&[
        ("server = { port = 8080; }\r", "server : { port : Int }"),
        // Completed by the tabulator key, and continued on a second line.
        ("[ (ser\t.po\t)\r]\r", "[ 8080 ]"),
    ]);
    let history = std::fs::read_to_string(state.join("nexus/repl-history")).expect("a history");
    assert!(history.contains("server = { port = 8080; }"), "{history}");
    // The key upwards brings back what was typed in the session before.
    talk(&[("\u{1b}[A\u{1b}[A\r", "`server` is not defined")]);
}
