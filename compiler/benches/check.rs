//! How long it takes to find out what is wrong.

use divan::Bencher;
use nexus_compiler::db::Compiler;
use nexus_compiler::world::Memory;
use std::path::Path;

fn main() {
    divan::main();
}

/// A project of `n` tasks, written as people do.
fn project(n: usize) -> String {
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

fn load(text: &str) -> Compiler {
    let world = Memory::default().file("/p/nexus.nx", text);
    let mut compiler = Compiler::new();
    compiler.load(Path::new("/p/nexus.nx"), &world);
    compiler
}

#[divan::bench(args = [300, 10_000])]
fn cold(bencher: Bencher, tasks: usize) {
    let text = project(tasks);
    assert_eq!(load(&text).diagnostics(), vec![]);
    bencher.bench_local(|| load(&text).diagnostics().len());
}

/// A blank more in one line, as an editor sends it.
#[divan::bench(args = [300, 10_000])]
fn blank(bencher: Bencher, tasks: usize) {
    let text = project(tasks);
    let mut compiler = load(&text);
    compiler.diagnostics();
    let mut n = 0;
    bencher.bench_local(|| {
        n += 1;
        let text = format!("{}{text}", " ".repeat(n % 7));
        compiler.set_text(Path::new("/p/nexus.nx"), &text);
        compiler.diagnostics().len()
    });
}

/// Something else in one line.
#[divan::bench(args = [300, 10_000])]
fn edit(bencher: Bencher, tasks: usize) {
    let text = project(tasks);
    let mut compiler = load(&text);
    compiler.diagnostics();
    let mut n = 0;
    bencher.bench_local(|| {
        n += 1;
        let text = text.replacen("30s", &format!("{}s", 30 + n % 7), 1);
        compiler.set_text(Path::new("/p/nexus.nx"), &text);
        compiler.diagnostics().len()
    });
}
