//! Arbitrary bytes through lexer, parser, recovery, views and formatter.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run -s none grammar -- -dict=nx.dict`
#![no_main]

use libfuzzer_sys::fuzz_target;
use nexus_grammar::{Entry, ast, format, parse};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for entry in [Entry::File, Entry::Expression] {
        let parsed = parse(&text, entry);
        let tree = &parsed.tree;
        let end = tree.tokens().iter().last().map_or(0, |t| t.end as usize);
        assert_eq!(end, text.len());
        for node in tree.descendants(tree.root()) {
            ast::expr(tree, node);
            ast::item(tree, node);
            ast::name(tree, node);
            ast::string_value(tree, node);
            ast::ty(tree, node);
        }
        if parsed.errors.is_empty() {
            let once = format(tree).expect("good text is formatted");
            let again = parse(&once, entry);
            assert_eq!(again.errors, []);
            assert_eq!(once, format(&again.tree).unwrap());
        }
    }
});
