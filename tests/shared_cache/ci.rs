//! In a pipeline: a clean clone and a warm shared cache build a C program without a compiler being
//! executed.

use crate::machine::{Machine, warnings};
use crate::servers::{Kind, Server};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A program of three files and two headers: objects with the headers the compiler names, a
/// library, a program and its test.
const PROJECT: &[(&str, &str)] = &[
    (
        "nexus.nx",
        r#"config.cache = { unsigned = true; };
tasks =
  let
    compile = source:
      let base = "build/${std.path.stem source}"; in
      {
        name = std.path.stem source;
        value = {
          inputs = [ source ];
          outputs = { object = "${base}.o"; };
          run = {
            cmd = "cc -O1 -Iinclude -MD -MF ${base}.d -c ${source} -o ${base}.o";
            depfile = "${base}.d";
          };
        };
      };
    objects = map (task: task.outputs.object) (std.record.values tasks.obj);
  in
  {
    obj = std.record.from_list (map compile (glob "src/*.c"));
    link = {
      inputs = objects;
      outputs = { program = "build/greet"; };
      run = "cc -o build/greet ${std.string.join " " objects}";
    };
    test = {
      inputs = [ tasks.link.outputs.program ];
      outputs = [ "build/greeting" ];
      run = "build/greet > build/greeting; grep -q 'hello, world' build/greeting";
    };
  };
"#,
    ),
    (
        "include/greet.h",
        "#include \"word.h\"\nvoid greet(const char *whom);\n",
    ),
    (
        "include/word.h",
        "#define WORD \"hello\"\nconst char *whom(void);\n",
    ),
    (
        "src/main.c",
        "#include \"greet.h\"\nint main(void) { greet(whom()); return 0; }\n",
    ),
    (
        "src/greet.c",
        "#include <stdio.h>\n#include \"greet.h\"\nvoid greet(const char *whom) { printf(WORD \", %s\\n\", whom); }\n",
    ),
    (
        "src/whom.c",
        "#include \"word.h\"\nconst char *whom(void) { return \"world\"; }\n",
    ),
];

/// A compiler that says when it is executed.
fn recording_compiler(folder: &Path) -> String {
    let cc = folder.join("cc");
    let text = "#!/bin/sh\necho call >> \"${0%/*}/calls\"\nPATH=${PATH#*:} exec cc \"$@\"\n";
    std::fs::write(&cc, text).expect("written");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&cc, executable).expect("executable");
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", folder.display())
}

fn clone(server: &Server, path: &str) -> Machine {
    let machine = Machine::with("", server.variables(None)).set("PATH", path);
    for (name, text) in PROJECT {
        machine.project.edit(name, text);
    }
    machine
}

pub fn a_clean_clone_needs_no_compiler(kind: Kind) {
    let server = Server::start(kind);
    let bin = tempfile::tempdir().expect("a temporary folder");
    let path = recording_compiler(bin.path());
    let calls = || {
        let calls = std::fs::read_to_string(bin.path().join("calls"));
        calls.unwrap_or_default().lines().count()
    };
    let cold = clone(&server, &path).writing();
    let ran = cold.build();
    assert_eq!(calls(), 4, "three files and a program: {ran}");
    let warm = clone(&server, &path);
    let ran = warm.build();
    assert_eq!(calls(), 4, "no compiler is executed: {ran}");
    assert!(warnings(&ran).is_empty(), "{ran}");
    assert!(ran.stdout.contains("5 results fetched"), "{ran}");
    assert_eq!(warm.project.read("build/greeting"), "hello, world\n");

    // A change is compiled, where it matters and nowhere else, and the next one fetches it.
    let word = "#define WORD \"good evening\"\nconst char *whom(void);\n// hello, world\n";
    let changed = |machine: Machine| {
        machine.project.edit("include/word.h", word);
        machine.project.edit(
            "src/whom.c",
            "#include \"word.h\"\nconst char *whom(void) { return \"hello, world\"; }\n",
        );
        machine
    };
    let cold = changed(clone(&server, &path)).writing();
    cold.build();
    assert_eq!(calls(), 8, "everything includes this header");
    let warm = changed(clone(&server, &path));
    warm.build();
    assert_eq!(calls(), 8, "fetched by the headers that were read");
    assert_eq!(
        warm.project.read("build/greeting"),
        "good evening, hello, world\n"
    );
}
