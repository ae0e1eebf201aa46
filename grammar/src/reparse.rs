//! Reads a text anew of which only a part of one binding has changed: that binding is read, and put
//! into the tree there was.
//!
//! What is outside of a binding of a file's body does not depend on what is in it, as long as it
//! ends where it ended: at its `;`, with every string closed. The result is what [`crate::parse`]
//! gives, to the number of each node (`tests/reparse.rs`).

use crate::builder::Builder;
use crate::drive::drive;
use crate::kind::SyntaxKind as K;
use crate::lexer::lex;
use crate::lexical;
use crate::parser::{Entry, LONGEST, Parse};
use crate::token::Token;
use crate::tokens::{Packer, Tokens};
use crate::tree::{NodeData, NodeId, Tree};
use crate::validate;
use std::ops::Range;
use std::sync::Arc;

/// The tree of a text that differs in one binding from one that was read before, and which one of
/// the body that is. Nothing when it differs in more than that, or when something is wrong with one
/// of the two.
pub fn reparse(before: &Parse, text: &Arc<str>) -> Option<(Parse, usize)> {
    let old = &before.tree;
    if !before.errors.is_empty() || old.kind(old.root()) != K::File || text.len() > LONGEST {
        return None;
    }
    let changed = changed(old.source(), text)?;
    let (sibling, binding, at) = binding_around(old, &changed)?;
    let span = old.span(binding);
    let start = span.start as usize;
    let end = (span.end as usize + text.len()).checked_sub(old.source().len())?;
    let part = read(text.get(start..end)?)?;
    let splice = Splice {
        old,
        part: &part,
        first: sibling.map_or(0, |node| node.index() + 1),
        binding: binding.index(),
        tokens: old.token_range(binding),
        offset: span.start,
    };
    let tokens = splice.tokens(text.len());
    let (nodes, children) = splice.nodes()?;
    let root = NodeId(nodes.len() as u32 - 1);
    let builder = Builder::of(nodes, children);
    let parse = Parse {
        tree: Tree::new(text.clone(), tokens, builder, root),
        errors: Vec::new(),
    };
    Some((parse, at))
}

/// The stretch of a text between the beginning and the end that it has in common with another.
fn changed(old: &str, new: &str) -> Option<Range<u32>> {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let same = |(a, b): &(&u8, &u8)| a == b;
    let before = old.iter().zip(new).take_while(same).count();
    let most = old.len().min(new.len()) - before;
    let after = old.iter().rev().zip(new.iter().rev()).take(most);
    let after = after.take_while(same).count();
    let end = old.len() - after;
    Some(u32::try_from(before).ok()?..u32::try_from(end).ok()?)
}

/// The binding of the body that a change is inside of, its ends excluded, with what is before it
/// and its position.
fn binding_around(tree: &Tree, changed: &Range<u32>) -> Option<(Option<NodeId>, NodeId, usize)> {
    let (&body, before) = tree.children(tree.root()).split_last()?;
    if tree.kind(body) != K::Body {
        return None;
    }
    let bindings = tree.children(body);
    let at = bindings.partition_point(|binding| tree.span(*binding).end <= changed.start);
    let binding = *bindings.get(at)?;
    let span = tree.span(binding);
    let inside = span.start < changed.start && changed.end < span.end;
    let sibling = match at.checked_sub(1) {
        Some(previous) => bindings.get(previous),
        None => before.last(),
    };
    inside.then_some((sibling.copied(), binding, at))
}

/// The text of a binding as a text of its own.
fn read(text: &str) -> Option<Tree> {
    let tokens = lex(text);
    let last = tokens.get(tokens.len().checked_sub(1)?)?;
    if last.kind != K::Semicolon || last.is_empty() || !lexical::check(text, &tokens).is_empty() {
        return None;
    }
    let mut builder = Builder::with_capacity(tokens.len());
    let root = drive(&tokens, Entry::File, &mut builder)?;
    let tree = Tree::new(Arc::from(text), tokens, builder, root);
    let mut errors = Vec::new();
    validate::check(&tree, &mut errors);
    let [body] = tree.children(tree.root()) else {
        return None;
    };
    let [binding] = tree.children(*body) else {
        return None;
    };
    // Binding, body and file are the last nodes.
    let is_alone = binding.index() + 3 == tree.node_count();
    let is_all = tree.token_range(*binding) == (0..tree.tokens().len());
    (is_alone && is_all && errors.is_empty()).then_some(tree)
}

/// A binding in the place of another.
struct Splice<'a> {
    old: &'a Tree,
    part: &'a Tree,
    /// The nodes of the old one: this, and those up to `binding`.
    first: usize,
    binding: usize,
    /// Its tokens.
    tokens: Range<usize>,
    /// Where both begin.
    offset: u32,
}

impl Splice<'_> {
    fn tokens(&self, length: usize) -> Tokens {
        let old = self.old.tokens();
        let part = self.part.tokens();
        let count = old.len() - self.tokens.len() + part.len();
        let mut all = Packer::with_capacity(count);
        let moved = |token: Token, by: u32| Token {
            start: token.start.wrapping_add(by),
            end: token.end.wrapping_add(by),
            ..token
        };
        old.range(0..self.tokens.start)
            .for_each(|token| all.push(token));
        part.iter()
            .for_each(|token| all.push(moved(token, self.offset)));
        let by = (length as u32).wrapping_sub(self.old.source().len() as u32);
        old.range(self.tokens.end..old.len())
            .for_each(|token| all.push(moved(token, by)));
        all.finish()
    }

    fn nodes(&self) -> Option<(Vec<NodeData>, Vec<NodeId>)> {
        let (old, part) = (self.old.parts(), self.part.parts());
        // Of the part without its body and file.
        let inner = part.0.len() - 2;
        let children_start = old.0[self.first].first_child;
        let children_end = old.0.get(self.binding + 1)?.first_child;
        let part_children = part.0[inner].first_child;
        let more_nodes = (inner as u32).wrapping_sub((self.binding + 1 - self.first) as u32);
        let more_children = part_children.wrapping_sub(children_end - children_start);
        let more_tokens = (self.part.tokens().len() as u32).wrapping_sub(self.tokens.len() as u32);
        let token = self.tokens.start as u32;
        let after = self.tokens.end as u32;

        let mut nodes = Vec::with_capacity(old.0.len() + inner);
        nodes.extend_from_slice(&old.0[..self.first]);
        nodes.extend(part.0[..inner].iter().map(|node| NodeData {
            kind: node.kind,
            start: node.start + token,
            end: node.end + token,
            first_child: node.first_child + children_start,
        }));
        let moved = |at: u32| match at >= after {
            true => at.wrapping_add(more_tokens),
            false => at,
        };
        nodes.extend(old.0[self.binding + 1..].iter().map(|node| NodeData {
            kind: node.kind,
            start: moved(node.start),
            end: moved(node.end),
            first_child: node.first_child.wrapping_add(more_children),
        }));

        let mut children = Vec::with_capacity(old.1.len() + part.1.len());
        children.extend_from_slice(&old.1[..children_start as usize]);
        let first = self.first as u32;
        let inside = part.1[..part_children as usize].iter();
        children.extend(inside.map(|node| NodeId(node.0 + first)));
        let behind = old.1[children_end as usize..].iter();
        children.extend(behind.map(|node| match node.index() >= self.binding {
            true => NodeId(node.0.wrapping_add(more_nodes)),
            false => *node,
        }));
        Some((nodes, children))
    }
}
