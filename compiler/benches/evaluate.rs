//! Evaluation of whole expressions, parsing and JSON included: `cargo bench -p nexus-compiler`.
//! The workloads exercise calls (`fib`), lists, merging of records one field at a time and fifty
//! at a time, strings, sorting, and 10,000 tasks (`config`); they are those of `benches/eval`.

use nexus_compiler::db;
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::vm::{Limits, World};
use nexus_compiler::world::Memory;
use std::fmt::Write;
use std::path::Path;

fn main() {
    divan::main();
}

const WORKLOADS: &[(&str, &str)] = &[
    (
        "startup",
        include_str!("../../benches/eval/workloads/startup/main.nx"),
    ),
    (
        "fib",
        include_str!("../../benches/eval/workloads/fib/main.nx"),
    ),
    (
        "list",
        include_str!("../../benches/eval/workloads/list/main.nx"),
    ),
    (
        "merge_fold",
        include_str!("../../benches/eval/workloads/merge_fold/main.nx"),
    ),
    (
        "merge_records",
        include_str!("../../benches/eval/workloads/merge_records/main.nx"),
    ),
    (
        "strings",
        include_str!("../../benches/eval/workloads/strings/main.nx"),
    ),
    (
        "sort",
        include_str!("../../benches/eval/workloads/sort/main.nx"),
    ),
    (
        "config",
        include_str!("../../benches/eval/workloads/config/main.nx"),
    ),
];

/// Literal records, eleven lines each, of which one field is read.
fn literals(records: usize) -> String {
    let mut text = String::from("let r = {\n");
    for i in 0..records {
        let _ = writeln!(
            text,
            "  r{i} = {{\n    name = \"record-{i}\";\n    id = {i};\n    enabled = {};\n    \
             ratio = {}.5;\n    tags = [ \"a{i}\" \"b{}\" \"common\" ];\n    \
             path = \"/srv/data/{i}/file.txt\";\n    \
             nested = {{ x = {i}; y = {}; z = {{ deep = \"v{i}\"; }}; }};\n    \
             note = \"a line with some text {i}\";\n  }};",
            i % 2 == 0,
            i % 100,
            i % 7,
            i + 1
        );
    }
    let last = records - 1;
    let _ = writeln!(text, "}}; in std.record.size r + r.r{last}.id");
    text
}

fn evaluate(text: &str) -> String {
    let root = Path::new("/project");
    let inputs = Memory::default();
    let mut compiler = db::Compiler::new();
    let path = compiler.load_expression(text, root, &inputs);
    let modules = SourceModules::new(&mut compiler, &inputs);
    let world = World {
        inputs: &inputs,
        modules: &modules,
        realised: &|_| true,
        trace: &|_| {},
        root,
    };
    let mut evaluator = Evaluator::new(world, Limits::default());
    let value = evaluator.eval_file(&path).expect("a value");
    let json = evaluator.to_json(value, false).expect("JSON");
    if std::env::var_os("NEXUS_BENCH_MEMORY").is_some() {
        eprintln!("{} MiB of values", evaluator.memory() >> 20);
    }
    json
}

#[divan::bench(args = WORKLOADS.iter().map(|w| w.0), sample_count = 10, sample_size = 1)]
fn workload(bencher: divan::Bencher<'_, '_>, name: &str) {
    let text = WORKLOADS.iter().find(|w| w.0 == name).map_or("", |w| w.1);
    bencher.bench(|| evaluate(text));
}

#[divan::bench(args = [500, 5000], sample_count = 10, sample_size = 1)]
fn parse(bencher: divan::Bencher<'_, '_>, records: usize) {
    let text = literals(records);
    bencher.bench(|| evaluate(&text));
}
