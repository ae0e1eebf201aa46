//! Several threads find what one finds, also where definitions and files need each other.

use nexus_compiler::db::Compiler;
use nexus_compiler::diagnostic::{self, Diagnostic};
use nexus_compiler::world::Memory;
use std::path::Path;

/// Files whose definitions need each other, in some that circles of imports lead through, and files
/// that use them from all sides.
fn project(files: usize) -> Memory {
    let mut world = Memory::default();
    let mut root = String::from("let\n");
    for i in 0..files {
        let (next, far) = ((i + 1) % files, (i * 7 + 3) % files);
        let circle = match i % 11 {
            0 => format!("import ./f{next}.nx"),
            _ if i + 1 < files && next % 11 != 0 => format!("import ./f{next}.nx"),
            _ => "{ even = n: true; odd = n: false; s = { a = 1; }; }".to_owned(),
        };
        let other = match far > i {
            true => format!("import ./f{far}.nx"),
            false => "{ s = { a = 2; }; odd = n: n; }".to_owned(),
        };
        let text = format!(
            "let\n  below = {circle};\n  other = {other};\nin\n\
             even = n: if n == 0 then true else odd (n - 1);\n\
             odd = n: if n == 0 then below.even n else even (n - 1);\n\
             s = {{ a = if other.s.a == 1 then t.b else {i}; }};\nt = {{ b = s.a; c = t.c; }};\n\
             wrong = other.odd \"x\" + below.missing;\nu = [ v ]; v = u;\n"
        );
        world = world.file(format!("/p/f{i}.nx"), text);
        root += &format!("  l{i} = import ./f{i}.nx;\n");
    }
    root += "in\n";
    for i in 0..files {
        root += &format!(
            "tasks.t{i} = {{ run = \"echo ${{l{i}.s.a}}\"; deps = tasks.t{}.deps; }};\n",
            (i + 1) % files
        );
    }
    world.file("/p/nexus.nx", root)
}

fn loaded(world: &Memory) -> Compiler {
    let mut compiler = Compiler::new();
    compiler.load(Path::new("/p/nexus.nx"), world);
    compiler
}

#[test]
fn the_order_of_threads_does_not_matter() {
    let world = project(45);
    let one_by_one = loaded(&world);
    let files = one_by_one.files();
    let mut wanted: Vec<Diagnostic> = files
        .iter()
        .rev()
        .flat_map(|file| one_by_one.diagnostics_of(file))
        .collect();
    diagnostic::sort(&mut wanted);
    assert!(wanted.len() > 45, "{}", wanted.len());
    for _ in 0..12 {
        assert_eq!(loaded(&world).diagnostics(), wanted);
    }
}
