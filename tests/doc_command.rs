//! `nexus doc`: what is said about projects, files and the standard library.

mod support;

use expect_test::expect;
use support::Project;

fn project() -> Project {
    Project::new(
        r#"# The demo: a program and its documents.
#
# More is in `lib/`.

tasks = {
  # Compiles with **all** warnings.
  build = {
    description = "Compile the program";
    run = "touch out";
    inputs = [ ];
    outputs = [ "out" ];
  };
  # Not the comment of a task.

  test = { deps = [ tasks.build ]; run = "true"; };
  docs.all = { deps = [ tasks.build tasks.test ]; };
};
"#,
    )
    .write(
        "lib/text.nx",
        r#"# Functions for texts.

# What is put around.
type Marks = { start : String, end : String };

# Puts marks around, as in <b>.
around : Marks -> String -> String = marks: text: "${marks.start}${text}${marks.end}";

# Applies a function twice.
twice = f: x: f (f x);

undocumented = [ 1 2 ];
tests.one = true;
"#,
    )
    .write(
        "lib/parameters.nx",
        "{ port ? 80 }:\n\n# The address.\naddress = \"localhost:${port}\";\n",
    )
    .write("lib/nothing.nx", "")
}

#[test]
fn a_project_has_tasks_and_files() {
    let ran = project().ok(&["doc"]);
    expect![[r#"
        # project

        The demo: a program and its documents.

        More is in `lib/`.

        ## Tasks

        ### `build`

        Compile the program

        Compiles with **all** warnings.

        Makes `out`.

        ### `docs.all`

        Needs `build`, `test`.

        ### `test`

        Needs `build`.

        ## lib/parameters.nx

        ### `address`

        `String`

        The address.

        ## lib/text.nx

        Functions for texts.

        ### `around`

        `Marks -> String -> String`

        Puts marks around, as in <b>.

        ### `twice`

        `(a -> a) -> a -> a`

        Applies a function twice.

        ### `undocumented`

        `[Int]`

        ### Types

        What is put around.

        ```nx
        type Marks = { start : String, end : String };
        ```
    "#]]
    .assert_eq(&ran.stdout);
}

#[test]
fn a_library_has_fields_and_types() {
    let project = project();
    let ran = project.ok(&["doc", "lib/text.nx", "--format", "markdown"]);
    expect![[r#"
        # text.nx

        Functions for texts.

        ## Fields

        ### `around`

        `Marks -> String -> String`

        Puts marks around, as in <b>.

        ### `twice`

        `(a -> a) -> a -> a`

        Applies a function twice.

        ### `undocumented`

        `[Int]`

        ### Types

        What is put around.

        ```nx
        type Marks = { start : String, end : String };
        ```
    "#]]
    .assert_eq(&ran.stdout);
    let both = project.ok(&["doc", "lib"]).stdout;
    assert!(
        both.contains("## text.nx") && both.contains("## parameters.nx"),
        "{both}"
    );
}

#[test]
fn a_page_of_html_needs_nothing_else() {
    let project = project();
    let ran = project.ok(&["doc", "--format", "html", "-o", "site/doc"]);
    assert_eq!(ran.stdout, "");
    let page = project.read("site/doc/index.html");
    expect![[r##"

        <nav aria-label="Contents">
        <ul>
        <li class="h2"><a href="#tasks">Tasks</a></li>
        <li class="h3"><a href="#build">build</a></li>
        <li class="h3"><a href="#docs.all">docs.all</a></li>
        <li class="h3"><a href="#test">test</a></li>
        <li class="h2"><a href="#lib-parameters.nx">lib/parameters.nx</a></li>
        <li class="h3"><a href="#address">address</a></li>
        <li class="h2"><a href="#lib-text.nx">lib/text.nx</a></li>
        <li class="h3"><a href="#around">around</a></li>
        <li class="h3"><a href="#twice">twice</a></li>
        <li class="h3"><a href="#undocumented">undocumented</a></li>
        <li class="h3"><a href="#types">Types</a></li>
        </ul>
        </nav>
        <main>
        <h1 id="project">project</h1>
        <p>The demo: a program and its documents.</p>
        <p>More is in <code>lib/</code>.</p>
        <h2 id="tasks">Tasks</h2>
        <h3 id="build"><code>build</code></h3>
        <p>Compile the program</p>
        <p>Compiles with <strong>all</strong> warnings.</p>
        <p>Makes <code>out</code>.</p>
        <h3 id="docs.all"><code>docs.all</code></h3>
        <p>Needs <code>build</code>, <code>test</code>.</p>
        <h3 id="test"><code>test</code></h3>
        <p>Needs <code>build</code>.</p>
        <h2 id="lib-parameters.nx">lib/parameters.nx</h2>
        <h3 id="address"><code>address</code></h3>
        <p><code>String</code></p>
        <p>The address.</p>
        <h2 id="lib-text.nx">lib/text.nx</h2>
        <p>Functions for texts.</p>
        <h3 id="around"><code>around</code></h3>
        <p><code>Marks -&gt; String -&gt; String</code></p>
        <p>Puts marks around, as in &lt;b&gt;.</p>
        <h3 id="twice"><code>twice</code></h3>
        <p><code>(a -&gt; a) -&gt; a -&gt; a</code></p>
        <p>Applies a function twice.</p>
        <h3 id="undocumented"><code>undocumented</code></h3>
        <p><code>[Int]</code></p>
        <h3 id="types">Types</h3>
        <p>What is put around.</p>
        <pre><code class="language-nx">type Marks = { start : String, end : String };
        </code></pre>
        </main>
        </body>
        </html>
    "##]]
    .assert_eq(page.split_once("<body>").map_or("", |(_, body)| body));
    for outside in ["<script", "<link", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("<title>project</title>"), "{page}");
}

#[test]
fn programs_get_json() {
    let ran = project().ok(&["doc", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(value["tasks"][0]["task"], "build");
    assert_eq!(value["tasks"][0]["doc"], "Compiles with **all** warnings.");
    assert_eq!(
        value["pages"][1]["entries"][1]["type"],
        "(a -> a) -> a -> a"
    );
}

#[test]
fn the_standard_library_is_documented_without_a_project() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nexus"));
    let out = command
        .args(["doc", "--std"])
        .current_dir(folder.path())
        .output();
    let out = out.expect("nexus starts");
    let text = String::from_utf8_lossy(&out.stdout);
    for name in [
        "`std.list.map` (`map`)",
        "`std.ops.file`",
        "`std.set.union`",
    ] {
        assert!(text.contains(name), "{name}");
    }
}

#[test]
fn mistakes_are_told() {
    let project = project().write("lib/wrong.nx", "a = 1 + \"x\";\n");
    let ran = project.nexus(&["doc"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    assert!(ran.stderr.contains("lib/wrong.nx:1:"), "{ran}");
    for (args, code) in [
        (&["list", "--format", "html"][..], "NX0703"),
        (&["doc", "--format", "dot"], "NX0703"),
        (&["doc", "gone.nx"], "gone.nx"),
        (&["doc", "lib/text.nx", "-o", "nexus.nx/x"], "NX0709"),
    ] {
        let ran = project.nexus(args);
        assert_eq!(ran.code, Some(2), "{args:?} {ran}");
        assert!(ran.stderr.contains(code), "{args:?} {ran}");
    }
}
