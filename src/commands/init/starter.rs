//! The text of a first nexus.nx.

use super::detect::Kind;
use std::fmt::Write as _;

/// A project file and the task to try first.
pub struct Starter {
    /// The file.
    pub text: String,
    /// Path of a task.
    pub first_task: String,
}

/// The starter for a kind of project.
pub fn write(kind: &Kind) -> Starter {
    let (body, first_task) = match kind {
        Kind::Empty => (include_str!("empty.nx").to_string(), "check".to_string()),
        Kind::Rust { binary } => (rust(binary.as_deref()), "test".to_string()),
        Kind::C { folder, program } => (c(folder, program), "build".to_string()),
        Kind::Make { targets } => make(targets),
        Kind::Node {
            install,
            runner,
            scripts,
        } => node(install, runner, scripts),
    };
    // As `nexus fmt` would leave it. The templates parse, which a test sees to.
    let tree = nexus_grammar::parse(&body, nexus_grammar::Entry::File).tree;
    Starter {
        text: nexus_grammar::format(&tree).unwrap_or(body),
        first_task,
    }
}

const HEAD: &str = "\
# What this project can do. `nexus list` shows the tasks, `nexus run TASK` runs one.
";

fn rust(binary: Option<&str>) -> String {
    let build = binary.map_or_else(String::new, |name| {
        format!(
            r#"
  build = {{
    description = "The optimised program";
    inputs  = sources;
    outputs = {{ program = "target/release/{name}"; }};
    run     = "cargo build --release";
  }};
"#
        )
    });
    format!(
        r#"{HEAD}# A task with `inputs` is not run again before one of them changes.
tasks = let
  sources = [ "src/**" "tests/**" "Cargo.*" ];
in {{{build}
  test = {{
    description = "All tests";
    inputs = sources;
    run    = "cargo test";
  }};
}};
"#
    )
}

fn c(folder: &str, program: &str) -> String {
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    format!(
        r#"{HEAD}# A task with `inputs` and `outputs` is not run again before one of its inputs changes.
tasks = {{
  build = {{
    description = "The program";
    inputs  = [ "{prefix}*.c" "{prefix}*.h" ];
    outputs = {{ program = "build/{program}"; }};
    run     = "cc -O2 -Wall -o build/{program} {prefix}*.c";
  }};

  # `tasks.build.outputs.program` is the path of the program. Using it makes the dependency.
  start = {{
    description = "Builds and starts the program";
    run = tasks.build.outputs.program;
  }};
}};
"#
    )
}

fn make(targets: &[String]) -> (String, String) {
    let mut text = format!(
        "{HEAD}# The targets of the Makefile, as a beginning. A task that says what it reads and makes
# (`inputs`, `outputs`) is not run again before something changes, and runs beside others.
tasks = {{
"
    );
    if targets.is_empty() {
        text.push_str("  all.run = \"make\";\n");
    }
    for target in targets {
        // Writing to a string cannot fail.
        _ = writeln!(text, "  {}.run = \"make {target}\";", field(target));
    }
    text.push_str("};\n");
    let first = targets.first().map_or("all", String::as_str);
    (text, first.to_string())
}

fn node(install: &str, runner: &str, scripts: &[String]) -> (String, String) {
    let mut text = format!(
        r#"{HEAD}# A task that says what it reads and makes (`inputs`, `outputs`) is not run again before
# something changes.
tasks = {{
  install = {{
    description = "Dependencies from the registry";
    run = {{ cmd = "{install}"; creates = "node_modules"; }};
  }};
"#
    );
    for script in scripts.iter().filter(|name| *name != "install") {
        let name = field(script);
        // Writing to a string cannot fail.
        _ = write!(
            text,
            r#"
  {name} = {{
    deps = [ tasks.install ];
    run  = "{runner} run {script}";
  }};
"#
        );
    }
    text.push_str("};\n");
    let first = ["test", "build"]
        .into_iter()
        .find(|name| scripts.iter().any(|s| s == name))
        .unwrap_or("install");
    (text, first.to_string())
}

/// A field name, quoted when it is not an identifier.
fn field(name: &str) -> String {
    const KEYWORDS: &[&str] = &[
        "if", "then", "else", "let", "in", "with", "inherit", "assert", "rec", "type", "or",
        "true", "false", "null", "import",
    ];
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !KEYWORDS.contains(&name);
    if plain {
        name.to_string()
    } else {
        format!("\"{name}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn targets_keep_their_names() {
        let kind = Kind::Make {
            targets: vec!["all".into(), "in".into(), "dist-clean".into()],
        };
        let starter = write(&kind);
        assert_eq!(starter.first_task, "all");
        let body = starter.text.split("tasks = ").nth(1).unwrap_or_default();
        expect![[r#"
            {
              all.run = "make all";
              "in".run = "make in";
              "dist-clean".run = "make dist-clean";
            };
        "#]]
        .assert_eq(body);
    }

    #[test]
    fn a_library_has_no_program() {
        let text = write(&Kind::Rust { binary: None }).text;
        assert!(!text.contains("build"), "{text}");
        let text = write(&Kind::Rust {
            binary: Some("shop".into()),
        })
        .text;
        assert!(text.contains("target/release/shop"), "{text}");
    }
}
