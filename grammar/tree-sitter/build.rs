//! Compiles the generated parser.

fn main() {
    cc::Build::new()
        .include("src")
        .file("src/parser.c")
        .flag_if_supported("-Wno-unused-parameter")
        .flag_if_supported("-Wno-unused-but-set-variable")
        .compile("tree-sitter-nexus");
    println!("cargo:rerun-if-changed=src/parser.c");
}
