//! How long it takes to find out what is wrong.

use divan::Bencher;
use nexus_compiler::db::Compiler;
use nexus_compiler::world::Memory;
use std::path::Path;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

const ROOT: &str = "/p/nexus.nx";

/// A project file of `n` tasks, written as people do.
fn tasks(n: usize) -> String {
    let mut text = String::from(
        "let app = \"shop\"; mk = name: deps: { inherit deps; run = \"build ${name}\"; timeout = 30s; }; in\n",
    );
    for i in 0..n {
        text += &match i % 4 {
            0 => format!(
                "tasks.t{i} = {{\n  inputs = [ \"src/{i}/**\" ];\n  outputs = {{ bin = \"out/{i}\"; }};\n  run = [ \"make ${{app}} {i}\" {{ cmd = \"strip out/{i}\"; timeout = 5s; }} ];\n}};\n"
            ),
            1 => format!("tasks.t{i} = mk \"n{i}\" [ tasks.t{} ];\n", i - 1),
            2 => format!(
                "tasks.t{i} = {{\n  deps = [ tasks.t{} ];\n  run = \"cp ${{tasks.t{}.outputs.bin}} .\";\n  env.A = \"x\";\n}};\n",
                i - 1,
                i - 2
            ),
            _ => format!("tasks.t{i}.run = host: \"echo ${{host.name}} {i}\";\n"),
        };
    }
    text
}

/// A project of `n` files with 20 definitions each, every one of which imports two others, in
/// chains that are 50 files deep.
struct Project {
    files: Vec<(String, String)>,
}

impl Project {
    fn new(n: usize) -> Self {
        let mut files = Vec::with_capacity(n + 1);
        for i in 0..n {
            files.push((format!("/p/lib/f{i}.nx"), Self::library(i)));
        }
        let mut root = String::from("let\n");
        for i in (0..n).filter(|i| i % 50 == 49 || *i == n - 1) {
            root += &format!("  l{i} = import ./lib/f{i}.nx;\n");
        }
        root += "in\n";
        for i in (0..n).filter(|i| i % 50 == 49 || *i == n - 1) {
            root += &format!(
                "tasks.t{i} = {{ run = l{i}.command \"t{i}\"; env.LEVEL = l{i}.level; timeout = l{i}.timeout; }};\n"
            );
        }
        files.push((ROOT.into(), root));
        Project { files }
    }

    fn library(i: usize) -> String {
        let below = |by: usize| {
            match i % 50 >= by {
            true => format!("import ./f{}.nx", i - by),
            false => "{ level = 0; flags = [ \"-O2\" ]; command = name: \"make ${name}\"; timeout = 1s; }".into(),
        }
        };
        format!(
            "# The part {i} of the project.\n\
             let\n\
             \x20 base = {};\n\
             \x20 other = {};\n\
             \x20 name = \"part{i}\";\n\
             \x20 prefix = \"out/${{name}}\";\n\
             \x20 join = words: std.string.join \" \" words;\n\
             \x20 object = source: \"${{prefix}}/${{std.path.stem source}}.o\";\n\
             \x20 sources = [ \"{i}/main.c\" \"{i}/util.c\" \"{i}/io.c\" ];\n\
             \x20 objects = map object sources;\n\
             \x20 is_small = xs: length xs < 10;\n\
             \x20 settings = {{ debug = false; jobs = {i}; target = \"linux\"; }};\n\
             \x20 override = settings // {{ debug = true; }};\n\
             in\n\
             level = base.level + 1;\n\
             flags = base.flags ++ other.flags ++ [ \"-I{i}\" ];\n\
             command = task: base.command \"${{prefix}}/${{task}}\";\n\
             timeout = if is_small objects then 10s else other.timeout;\n\
             line = join ([ \"cc\" ] ++ flags ++ objects);\n\
             compile = source: {{ cmd = \"cc -c ${{source}} -o ${{object source}}\"; timeout = 30s; }};\n\
             steps = map compile sources;\n\
             jobs = override.jobs + length steps;\n\
             label = \"${{name}} (${{override.target}}, ${{jobs}})\";\n",
            below(1),
            below(2),
        )
    }

    fn load(&self) -> Compiler {
        let mut world = Memory::default();
        for (path, text) in &self.files {
            world = world.file(path, text.as_str());
        }
        let mut compiler = Compiler::new();
        compiler.load(Path::new(ROOT), &world);
        compiler
    }
}

fn load(text: &str) -> Compiler {
    let world = Memory::default().file(ROOT, text);
    let mut compiler = Compiler::new();
    compiler.load(Path::new(ROOT), &world);
    compiler
}

/// A process ends without taking things apart, so that is not measured.
fn checked(compiler: Compiler) -> (Compiler, usize) {
    let found = compiler.diagnostics().len();
    (compiler, found)
}

#[divan::bench(args = [300, 10_000])]
fn cold(bencher: Bencher, n: usize) {
    let text = tasks(n);
    assert_eq!(load(&text).diagnostics(), vec![]);
    bencher.bench_local(|| checked(load(&text)));
}

/// A blank more in one line, as an editor sends it.
#[divan::bench(args = [300, 10_000])]
fn blank(bencher: Bencher, n: usize) {
    let text = tasks(n);
    let mut compiler = load(&text);
    compiler.diagnostics();
    let mut n = 0;
    bencher.bench_local(|| {
        n += 1;
        let text = format!("{}{text}", " ".repeat(n % 7));
        compiler.set_text(Path::new(ROOT), &text);
        compiler.diagnostics().len()
    });
}

/// Something else in one task.
#[divan::bench(args = [300, 10_000])]
fn edit(bencher: Bencher, n: usize) {
    let text = tasks(n);
    let mut compiler = load(&text);
    compiler.diagnostics();
    let mut n = 0;
    bencher.bench_local(|| {
        n += 1;
        let text = text.replacen("5s", &format!("{}s", 30 + n % 7), 1);
        compiler.set_text(Path::new(ROOT), &text);
        compiler.diagnostics().len()
    });
}

#[divan::bench(args = [1_000])]
fn project_cold(bencher: Bencher, n: usize) {
    let project = Project::new(n);
    let compiler = project.load();
    assert_eq!(compiler.diagnostics(), vec![]);
    assert_eq!(compiler.files().len(), n + 1);
    bencher.bench_local(|| checked(project.load()));
}

/// One key typed in one file of many, and everything asked again.
fn keystroke(bencher: Bencher, n: usize, at: usize, from: &str, to: &dyn Fn(usize) -> String) {
    let project = Project::new(n);
    let mut compiler = project.load();
    compiler.diagnostics();
    let (path, text) = &project.files[at];
    assert!(text.contains(from), "{text}");
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        compiler.set_text(Path::new(path), &text.replacen(from, &to(turn % 7), 1));
        compiler.diagnostics().len()
    });
}

#[divan::bench(args = [1_000])]
fn project_blank(bencher: Bencher, n: usize) {
    keystroke(bencher, n, n - 2, "name =", &|i| {
        format!("name{} =", " ".repeat(i + 2))
    });
}

/// The type stays.
#[divan::bench(args = [1_000])]
fn project_keystroke(bencher: Bencher, n: usize) {
    keystroke(bencher, n, n - 2, "then 10s", &|i| {
        format!("then {}s", i + 11)
    });
}

/// The type stays, in a file that 49 others import.
#[divan::bench(args = [1_000])]
fn project_keystroke_below(bencher: Bencher, n: usize) {
    keystroke(bencher, n, 0, "then 10s", &|i| format!("then {}s", i + 11));
}

/// Another type of something that is used in other files.
#[divan::bench(args = [1_000])]
fn project_export(bencher: Bencher, n: usize) {
    keystroke(bencher, n, n - 3, "flags = base.flags", &|i| {
        match i % 2 {
            0 => "flags = [ 1 ] ++ base.flags",
            _ => "flags = base.flags",
        }
        .into()
    });
}
