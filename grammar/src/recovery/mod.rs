//! Parsing of what the strict parser refuses.
//!
//! In one pass over the tokens: brackets are balanced first ([`brackets`]), then every token is
//! offered to the parser's tables ([`machine`]); where one does not fit, a rule written by hand
//! inserts what is missing, reads the token as what was meant, or drops it ([`rules`]). Inserted
//! tokens are empty, so the tree says what is missing. Nothing is parsed twice, so the time is
//! linear in the length of the text whatever is in it.

mod brackets;
mod driver;
mod equals;
mod foreign;
mod heads;
mod machine;
mod missing;
mod outline;
mod rules;
mod separators;
mod stream;
mod words;

use crate::builder::Builder;
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use crate::parser::Entry;
use crate::token::Token;
use crate::tree::NodeId;

/// Parses a text that has mistakes; gives the root and the mistakes the tokens alone do not show.
pub(crate) fn recover(
    text: &str,
    tokens: &[Token],
    entry: Entry,
    builder: &mut Builder,
) -> (NodeId, Vec<SyntaxError>) {
    let items = stream::items(text, tokens);
    let mut balanced = brackets::balance(text, tokens, items);
    if entry == Entry::File {
        outline::unwrap_file(tokens, &mut balanced);
    }
    let (root, errors) = driver::Driver::new(text, tokens, balanced, builder, entry).run();
    let root = root.unwrap_or_else(|| adopt(entry, tokens.len() as u32, builder));
    (root, errors)
}

/// Whether every bracket has its partner.
pub(crate) fn is_balanced(text: &str, tokens: &[Token]) -> bool {
    brackets::is_balanced(&stream::items(text, tokens))
}

/// Makes a root of whatever was finished.
fn adopt(entry: Entry, end: u32, builder: &mut Builder) -> NodeId {
    let wanted = |kind: K| match entry {
        Entry::File => matches!(kind, K::Binding | K::InheritBinding | K::TypeDef),
        Entry::Expression => kind.is_expr(),
    };
    let mut adopted = vec![false; builder.nodes.len()];
    for child in &builder.children {
        adopted[child.index()] = true;
    }
    let orphans = builder.nodes.iter().zip(&adopted).enumerate();
    let mut orphans: Vec<NodeId> = orphans
        .filter(|(_, (node, adopted))| !**adopted && wanted(node.kind))
        .map(|(i, _)| NodeId(i as u32))
        .collect();
    orphans.sort_by_key(|n| builder.nodes[n.index()].start);
    match entry {
        Entry::File => {
            let body = builder.node(K::Body, 0, end, &orphans);
            builder.node(K::File, 0, end, &[body])
        }
        Entry::Expression => {
            let expr = match orphans.first() {
                Some(expr) => *expr,
                None => builder.node(K::Missing, 0, 0, &[]),
            };
            builder.node(K::Expression, 0, end, &[expr])
        }
    }
}
