//! Reads a text anew of which only a part of one binding has changed: that binding is read, and put
//! into the tree there was.
//!
//! What is outside of a binding of a file's body does not depend on what is in it, as long as it
//! ends where it ended: at its `;`, with every string closed. With mistakes in it, it is read
//! together with what is around it, as far as rules of recovery look. The result is what
//! [`crate::parse`] gives, to the number of each node (`tests/reparse.rs`).

use crate::builder::Builder;
use crate::drive::drive;
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use crate::lexer::lex;
use crate::lexical;
use crate::parser::{Entry, LONGEST, Parse, parse, parse_suspiciously};
use crate::recovery::is_balanced;
use crate::token::Token;
use crate::tokens::{Packer, Tokens};
use crate::tree::{NodeData, NodeId, Tree};
use crate::validate;
use std::ops::Range;
use std::sync::Arc;

/// The most mistakes in a binding that is read by itself.
const MOST_MISTAKES: usize = 16;

/// How many tokens behind a binding have a say in what its mistakes mean: rules of recovery look
/// ahead as far as 256.
const LOOK_AHEAD: usize = 300;

/// The tree of a text that differs in one binding from one that was read before, and which one of
/// the body that is. Nothing when it differs in more than that, or when something is wrong in
/// another one.
pub fn reparse(before: &Parse, text: &Arc<str>) -> Option<(Parse, usize)> {
    let old = &before.tree;
    if old.kind(old.root()) != K::File || text.len() > LONGEST {
        return None;
    }
    let changed = changed(old.source(), text)?;
    let (sibling, binding, at) = binding_around(old, &changed)?;
    let span = old.span(binding);
    let is_known = before.errors.len() <= MOST_MISTAKES
        && (before.errors.is_empty() || is_ended(old, binding));
    if !is_known || !before.errors.iter().all(|error| is_inside(error, &span)) {
        return None;
    }
    let start = span.start as usize;
    let end = (span.end as usize + text.len()).checked_sub(old.source().len())?;
    let part = match read(text.get(start..end)?) {
        Some(part) => part,
        None => read_with_mistakes(old, at, text, start..end, true)?,
    };
    // Rules of recovery, once they come in, have a say on the whole text.
    let is_suspected = match (before.is_suspected, part.is_suspected) {
        (false, true) => return None,
        (false, false) => false,
        (true, true) => true,
        (true, false) => {
            let again = read_with_mistakes(old, at, text, start..end, false);
            again.is_some_and(|again| again.errors == part.errors)
        }
    };
    let splice = Splice {
        old,
        part: &part.tree,
        part_first: part.first,
        part_binding: part.binding.index(),
        part_tokens: part.tree.token_range(part.binding),
        first: sibling.map_or(0, |node| node.index() + 1),
        binding: binding.index(),
        tokens: old.token_range(binding),
        by: span.start.wrapping_sub(part.tree.span(part.binding).start),
    };
    let tokens = splice.tokens(text.len());
    let (nodes, children) = splice.nodes()?;
    let root = NodeId(nodes.len() as u32 - 1);
    let builder = Builder::of(nodes, children);
    let mut tree = Tree::new(text.clone(), tokens, builder, root);
    if !part.errors.is_empty() {
        tree.mark_errors();
    }
    let mut errors = part.errors;
    errors.iter_mut().for_each(|error| error.shift(splice.by));
    let parse = Parse {
        tree,
        errors,
        is_suspected,
    };
    Some((parse, at))
}

/// A binding that was read by itself or with what is around it.
struct Part {
    tree: Tree,
    binding: NodeId,
    /// The first of its nodes.
    first: usize,
    errors: Vec<SyntaxError>,
    /// Rules of recovery have looked at it.
    is_suspected: bool,
}

/// Whether a binding ends with a `;` that is written. What recovery does silently after a mistake
/// is over then.
fn is_ended(tree: &Tree, binding: NodeId) -> bool {
    let last = tree.token_range(binding).end.checked_sub(1);
    let last = last.map(|last| tree.tokens().at(last));
    last.is_some_and(|last| last.kind == K::Semicolon && !last.is_empty())
}

/// Whether a mistake, with all that is said about it, is inside of a stretch. At its ends it may
/// be one of a neighbour.
fn is_inside(error: &SyntaxError, span: &Range<u32>) -> bool {
    error
        .spans()
        .all(|part| span.start < part.start && part.end < span.end)
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
fn read(text: &str) -> Option<Part> {
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
    let [binding] = *tree.children(*body) else {
        return None;
    };
    // Binding, body and file are the last nodes.
    let is_alone = binding.index() + 3 == tree.node_count();
    let is_all = tree.token_range(binding) == (0..tree.tokens().len());
    (is_alone && is_all && errors.is_empty()).then_some(Part {
        tree,
        binding,
        first: 0,
        errors,
        is_suspected: false,
    })
}

/// A binding with the one before it and some behind it, as a text of its own. These must be what
/// they were. Rules of recovery come in when they are needed, or else at once.
fn read_with_mistakes(
    old: &Tree,
    at: usize,
    text: &str,
    new: Range<usize>,
    strict_first: bool,
) -> Option<Part> {
    let (&body, before) = old.children(old.root()).split_last()?;
    let bindings = old.children(body);
    let around = match at.checked_sub(1) {
        Some(previous) => previous,
        None if before.is_empty() => at,
        None => return None,
    };
    // From the beginning of the line, since columns count.
    let start = match around == at {
        true => 0,
        false => {
            let start = old.span(bindings[around]).start as usize;
            let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
            let is_first = text[line..start].bytes().all(|byte| byte == b' ');
            is_first.then_some(line)?
        }
    };
    let tokens_end = old.token_range(bindings[at]).end + LOOK_AHEAD;
    let rest = &bindings[at + 1..];
    let behind = rest.partition_point(|binding| old.token_range(*binding).start < tokens_end);
    let by = (text.len() as u32).wrapping_sub(old.source().len() as u32);
    let end = match behind == rest.len() {
        true => text.len(),
        false => old.span(rest[behind - 1]).end.wrapping_add(by) as usize,
    };
    let around_it = text.get(start..end)?;
    let part = match strict_first {
        true => parse(around_it, Entry::File),
        false => parse_suspiciously(around_it),
    };
    let tree = part.tree;
    let tokens: Vec<Token> = tree.tokens().iter().collect();
    let is_known = part.errors.len() <= MOST_MISTAKES;
    if !is_known || !is_balanced(tree.source(), &tokens) {
        return None;
    }
    let [body] = tree.children(tree.root()) else {
        return None;
    };
    let found = tree.children(*body);
    let (wanted, from) = (&bindings[around..at + 1 + behind], start as u32);
    let is_same = |(i, (new_node, old_node)): (usize, (&NodeId, &NodeId))| {
        let (is, was) = (tree.span(*new_node), old.span(*old_node));
        let (is, was) = match (around + i).cmp(&at) {
            std::cmp::Ordering::Less => (is.start + from..is.end + from, was),
            std::cmp::Ordering::Equal => (
                is.start + from..is.end + from,
                new.start as u32..new.end as u32,
            ),
            std::cmp::Ordering::Greater => (
                is.start + from..is.end + from,
                was.start.wrapping_add(by)..was.end.wrapping_add(by),
            ),
        };
        is == was
    };
    let pairs = found.iter().zip(wanted);
    if found.len() != wanted.len() || !pairs.enumerate().all(is_same) {
        return None;
    }
    let binding = found[at - around];
    let span = tree.span(binding);
    let first = match around == at {
        true => 0,
        false => found[0].index() + 1,
    };
    let all_inside = part.errors.iter().all(|error| is_inside(error, &span));
    let is_ended = part.errors.is_empty() || is_ended(&tree, binding);
    (all_inside && is_ended).then_some(Part {
        tree,
        binding,
        first,
        errors: part.errors,
        is_suspected: part.is_suspected,
    })
}

/// A binding in the place of another.
struct Splice<'a> {
    old: &'a Tree,
    part: &'a Tree,
    /// The nodes of the new one: this, and those up to `part_binding`.
    part_first: usize,
    part_binding: usize,
    /// Its tokens.
    part_tokens: Range<usize>,
    /// The nodes of the old one: this, and those up to `binding`.
    first: usize,
    binding: usize,
    /// Its tokens.
    tokens: Range<usize>,
    /// How much further back the new one begins than in its text.
    by: u32,
}

impl Splice<'_> {
    fn tokens(&self, length: usize) -> Tokens {
        let old = self.old.tokens();
        let part = self.part.tokens();
        let count = old.len() - self.tokens.len() + self.part_tokens.len();
        let mut all = Packer::with_capacity(count);
        let moved = |token: Token, by: u32| Token {
            start: token.start.wrapping_add(by),
            end: token.end.wrapping_add(by),
            ..token
        };
        old.range(0..self.tokens.start)
            .for_each(|token| all.push(token));
        part.range(self.part_tokens.clone())
            .for_each(|token| all.push(moved(token, self.by)));
        let by = (length as u32).wrapping_sub(self.old.source().len() as u32);
        old.range(self.tokens.end..old.len())
            .for_each(|token| all.push(moved(token, by)));
        all.finish()
    }

    fn nodes(&self) -> Option<(Vec<NodeData>, Vec<NodeId>)> {
        let (old, part) = (self.old.parts(), self.part.parts());
        let inner = &part.0[self.part_first..self.part_binding + 1];
        let children_start = old.0[self.first].first_child;
        let children_end = old.0.get(self.binding + 1)?.first_child;
        let part_start = inner.first()?.first_child;
        let part_end = part.0.get(self.part_binding + 1)?.first_child;
        let more_nodes = (inner.len() as u32).wrapping_sub((self.binding + 1 - self.first) as u32);
        let more_children = (part_end - part_start).wrapping_sub(children_end - children_start);
        let more_tokens = (self.part_tokens.len() as u32).wrapping_sub(self.tokens.len() as u32);
        let token = (self.tokens.start as u32).wrapping_sub(self.part_tokens.start as u32);
        let after = self.tokens.end as u32;

        let mut nodes = Vec::with_capacity(old.0.len() + inner.len());
        nodes.extend_from_slice(&old.0[..self.first]);
        nodes.extend(inner.iter().map(|node| NodeData {
            kind: node.kind,
            start: node.start.wrapping_add(token),
            end: node.end.wrapping_add(token),
            first_child: node.first_child - part_start + children_start,
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
        let by = (self.first as u32).wrapping_sub(self.part_first as u32);
        let inside = part.1[part_start as usize..part_end as usize].iter();
        children.extend(inside.map(|node| NodeId(node.0.wrapping_add(by))));
        let behind = old.1[children_end as usize..].iter();
        children.extend(behind.map(|node| match node.index() >= self.binding {
            true => NodeId(node.0.wrapping_add(more_nodes)),
            false => *node,
        }));
        Some((nodes, children))
    }
}
