//! The one walk over a task that makes its key and the manifest that explains it.
//!
//! What belongs to the key is what can change the result. Limits of time, retries and the task's
//! name cannot. Paths are relative to the project, so the key is the same wherever it lies.

use nexus_graph::key::{Both, Hasher, KeyWriter, Manifest};
use nexus_graph::{Command, Digest, Task};

/// A path and what is there, as text: `file DIGEST`, `executable DIGEST`, `folder DIGEST`,
/// `missing`.
pub type Identified = (String, String);

/// What a task's declarations stand for at the moment it is about to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Programs and the digest of what they are; `None` when there is no such program.
    pub tools: Vec<(String, Option<Digest>)>,
    /// Input files by path, sorted.
    pub inputs: Vec<Identified>,
    /// Outputs of dependencies by path, sorted.
    pub dependencies: Vec<Identified>,
    /// The steps run in a sandbox.
    pub sandbox: bool,
    /// The hosts they run on, by name, in their order: how each is connected to.
    pub hosts: Vec<(String, String)>,
}

/// Files that were found to be inputs by running: relative to the project when inside, sorted.
pub type Discovered = Vec<Identified>;

/// Writes every part of the key, in a fixed order.
pub fn write_key(
    task: &Task,
    resolved: &Resolved,
    discovered: &Discovered,
    writer: &mut dyn KeyWriter,
) {
    let platform = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    writer.part("platform", "", platform.as_bytes());
    for (number, step) in task.steps.iter().enumerate() {
        match &step.command {
            Command::Line(line) => writer.part("command", &number.to_string(), line.as_bytes()),
            Command::Argv(argv) => {
                // JSON keeps the borders between arguments and is readable in an explanation.
                let text = serde_json::Value::from(argv.clone()).to_string();
                writer.part("arguments", &number.to_string(), text.as_bytes());
            }
        }
        let options = [
            ("user", &step.user),
            ("creates", &step.creates),
            ("unless", &step.unless),
            ("depfile", &step.depfile),
        ];
        for (name, value) in options {
            if let Some(value) = value {
                writer.part("option", &format!("{number}.{name}"), value.as_bytes());
            }
        }
        if step.continue_on_error {
            writer.part("option", &format!("{number}.continue_on_error"), b"true");
        }
    }
    if let Some(remote) = &task.remote {
        for (target, (host, peer)) in remote.targets.iter().zip(&resolved.hosts) {
            writer.part("host", host, peer.as_bytes());
            // What differs from host to host.
            if let Some(steps) = &target.steps {
                for (number, step) in steps.iter().enumerate() {
                    let digest = nexus_graph::progress::step_digest(task, step).hex();
                    let name = format!("{host}.{number}");
                    writer.part("step", &name, digest.as_bytes());
                }
            }
        }
    }
    writer.part("cwd", "", task.cwd.as_bytes());
    for (name, value) in &task.env {
        writer.part("env", name, value.as_bytes());
    }
    for (name, digest) in &resolved.tools {
        let value = digest.map_or("not found".to_string(), |d| d.hex());
        writer.part("tool", name, value.as_bytes());
    }
    if resolved.sandbox {
        writer.part("sandbox", "", b"files");
    }
    for output in &task.outputs {
        writer.part("output", &output.path, b"");
    }
    for (section, files) in [
        ("input", &resolved.inputs),
        ("dependency", &resolved.dependencies),
        ("discovered", discovered),
    ] {
        for (path, identity) in files {
            writer.part(section, path, identity.as_bytes());
        }
    }
}

/// The key and its manifest.
pub fn key_of(task: &Task, resolved: &Resolved, discovered: &Discovered) -> (Digest, Manifest) {
    let (mut hasher, mut manifest) = (Hasher::new(), Manifest::default());
    write_key(
        task,
        resolved,
        discovered,
        &mut Both(&mut hasher, &mut manifest),
    );
    (hasher.finish(), manifest)
}

/// The key alone.
pub fn digest_of(task: &Task, resolved: &Resolved, discovered: &Discovered) -> Digest {
    let mut hasher = Hasher::new();
    write_key(task, resolved, discovered, &mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_graph::{Output, Step};

    fn task() -> Task {
        let mut task = Task::new("t");
        task.steps.push(Step::line("cc -c a.c"));
        task.env.insert("MODE".into(), "fast".into());
        task.outputs.push(Output {
            name: None,
            path: "a.o".into(),
        });
        task
    }

    fn resolved() -> Resolved {
        let file = |text: &str| format!("file {}", Digest::of(text.as_bytes()));
        Resolved {
            tools: vec![("cc".into(), Some(Digest::of(b"compiler")))],
            inputs: vec![("a.c".into(), file("int x;"))],
            dependencies: vec![("gen.h".into(), file("h"))],
            sandbox: false,
            hosts: Vec::new(),
        }
    }

    /// Golden: a change here makes every stored result unreachable, so it must be on purpose and
    /// come with a new `KEY_VERSION`.
    #[test]
    fn the_walk() {
        let (key, manifest) = key_of(
            &task(),
            &resolved(),
            &vec![("b.h".into(), "missing".into())],
        );
        let text: String = manifest
            .parts
            .iter()
            .map(|(s, n, v)| format!("{s} {n} = {v}\n"))
            .collect();
        let text = text.replace(
            &format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            "PLATFORM",
        );
        expect_test::expect![[r#"
            platform  = PLATFORM
            command 0 = cc -c a.c
            cwd  = 
            env MODE = fast
            tool cc = d1c2da04f74e1b9322141fd35c76e1887f27d63aee89fffd9c6de3e728882188
            output a.o = 
            input a.c = file b318fc102543e1696d39358413e76d2fec86018718e53c414bb58816d611417e
            dependency gen.h = file c3af7b114121534b19203c45ca316c944a90c067bba3dcf1e5625d1273030874
            discovered b.h = missing
        "#]]
        .assert_eq(&text);
        assert_eq!(
            key,
            digest_of(
                &task(),
                &resolved(),
                &vec![("b.h".into(), "missing".into())]
            )
        );
    }

    #[test]
    fn everything_that_matters_changes_the_key() {
        let base = digest_of(&task(), &resolved(), &Vec::new());
        type Change = fn(&mut Task, &mut Resolved);
        let changes: &[(&str, Change)] = &[
            ("command", |t, _| {
                t.steps[0].command = Command::Line("cc -c b.c".into())
            }),
            ("arguments", |t, _| {
                t.steps[0].command = Command::Argv(vec!["cc -c a.c".into()])
            }),
            ("another step", |t, _| t.steps.push(Step::line("true"))),
            ("user", |t, _| t.steps[0].user = Some("root".into())),
            ("cwd", |t, _| t.cwd = "sub".into()),
            ("env value", |t, _| {
                drop(t.env.insert("MODE".into(), "slow".into()))
            }),
            ("env name", |t, _| {
                drop(t.env.insert("OTHER".into(), "".into()))
            }),
            ("output", |t, _| t.outputs[0].path = "b.o".into()),
            ("tool", |_, r| {
                r.tools[0].1 = Some(Digest::of(b"other compiler"))
            }),
            ("tool gone", |_, r| r.tools[0].1 = None),
            ("input name", |_, r| r.inputs[0].0 = "b.c".into()),
            ("input gone", |_, r| r.inputs[0].1 = "missing".into()),
            ("input becomes executable", |_, r| {
                r.inputs[0].1 = r.inputs[0].1.replace("file", "executable")
            }),
            ("sandbox", |_, r| r.sandbox = true),
            ("dependency", |_, r| r.dependencies[0].1 = "missing".into()),
        ];
        let mut seen = vec![base];
        for (what, change) in changes {
            let (mut task, mut resolved) = (task(), resolved());
            change(&mut task, &mut resolved);
            let key = digest_of(&task, &resolved, &Vec::new());
            assert!(!seen.contains(&key), "{what}");
            seen.push(key);
        }
    }

    #[test]
    fn what_cannot_change_the_result_is_not_in_the_key() {
        let mut other = task();
        other.path = "renamed".into();
        other.description = Some("text".into());
        other.timeout = Some(1);
        other.steps[0].timeout = Some(1);
        other.steps[0].retries = 3;
        let none = Vec::new();
        assert_eq!(
            digest_of(&task(), &resolved(), &none),
            digest_of(&other, &resolved(), &none)
        );
    }
}
