//! Evaluation of whole expressions, parsing and JSON included: `cargo bench -p nexus-compiler`.
//! The workloads exercise calls (`fib`), lists, merging of records one field at a time and fifty
//! at a time, strings, sorting, and 10,000 tasks (`config`).

use nexus_compiler::db;
use nexus_compiler::eval::{Evaluator, SourceModules};
use nexus_compiler::vm::{Limits, World};
use nexus_compiler::world::Memory;
use std::path::Path;

fn main() {
    divan::main();
}

const WORKLOADS: &[(&str, &str)] = &[
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
