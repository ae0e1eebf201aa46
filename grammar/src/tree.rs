//! The lossless tree: all tokens, and nodes as ranges over them.

use crate::builder::Builder;
use crate::kind::SyntaxKind;
use crate::tokens::Tokens;
use std::ops::Range;
use std::sync::Arc;

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    pub(crate) const NONE: NodeId = NodeId(u32::MAX);

    /// A number below [`Tree::node_count`], for side tables.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Packed, as tokens are.
#[repr(Rust, packed)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeData {
    pub(crate) kind: SyntaxKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Its children end where those of the next node begin.
    pub(crate) first_child: u32,
}

/// A parsed text. Every byte is in a token; nodes are ranges of tokens, kept in one vector, so
/// that dropping and walking a tree never recurses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    text: Arc<str>,
    tokens: Tokens,
    nodes: Vec<NodeData>,
    children: Vec<NodeId>,
    root: NodeId,
    has_errors: bool,
}

impl Tree {
    pub(crate) fn new(text: Arc<str>, tokens: Tokens, builder: Builder, root: NodeId) -> Self {
        let mut nodes = builder.nodes;
        nodes[root.index()].start = 0;
        nodes[root.index()].end = tokens.len() as u32;
        Tree {
            text,
            tokens,
            nodes,
            children: builder.children,
            root,
            has_errors: false,
        }
    }

    pub(crate) fn mark_errors(&mut self) {
        self.has_errors = true;
    }

    /// The nodes, and the table of their children.
    pub(crate) fn parts(&self) -> (&[NodeData], &[NodeId]) {
        (&self.nodes, &self.children)
    }

    /// Whether [`crate::parse`] has found mistakes.
    pub fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// The node over everything: [`SyntaxKind::File`] or [`SyntaxKind::Expression`].
    #[inline]
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// The number of nodes; children have lower indices than their parents.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// All nodes, children before their parents. Nodes that recovery has taken out of the tree
    /// again are among them.
    pub(crate) fn all_nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// What a node is.
    #[inline]
    pub fn kind(&self, node: NodeId) -> SyntaxKind {
        self.nodes[node.index()].kind
    }

    /// The nodes directly below a node, in source order.
    #[inline]
    pub fn children(&self, node: NodeId) -> &[NodeId] {
        let start = self.nodes[node.index()].first_child as usize;
        match self.nodes.get(node.index() + 1) {
            Some(next) => &self.children[start..next.first_child as usize],
            None => &self.children[start..],
        }
    }

    /// The node directly above a node. It is looked for from the root down: everything below a
    /// node is numbered after what is to its left, and before the node itself.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        let mut at = self.root;
        loop {
            let below = self.children(at).iter().filter(|child| **child >= node);
            let child = *below.min()?;
            if child == node {
                return Some(at);
            }
            at = child;
        }
    }

    /// The indices of a node's tokens. Blanks and comments around it are not part of a node,
    /// except for the root, which has all.
    #[inline]
    pub fn token_range(&self, node: NodeId) -> Range<usize> {
        let data = &self.nodes[node.index()];
        data.start as usize..data.end as usize
    }

    /// The bytes of a node, without blanks and comments around it. Empty for what is missing.
    #[inline]
    pub fn span(&self, node: NodeId) -> Range<u32> {
        let tokens = self.token_range(node);
        if tokens.is_empty() {
            let at = match tokens.start.checked_sub(1) {
                Some(before) => self.tokens.at(before).end,
                None => 0,
            };
            return at..at;
        }
        self.tokens.at(tokens.start).start..self.tokens.at(tokens.end - 1).end
    }

    /// The text of a node.
    #[inline]
    pub fn text(&self, node: NodeId) -> &str {
        self.slice(self.span(node))
    }

    /// A stretch of the source.
    #[inline]
    pub fn slice(&self, span: Range<u32>) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }

    /// The whole source.
    pub fn source(&self) -> &Arc<str> {
        &self.text
    }

    /// All tokens, trivia included; together they are the source.
    #[inline]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The text of a token.
    #[inline]
    pub fn token_text(&self, token: usize) -> &str {
        self.slice(self.tokens.at(token).span())
    }

    /// A node's own tokens: those that are not in one of its children, without trivia.
    pub fn own_tokens(&self, node: NodeId) -> impl Iterator<Item = usize> + '_ {
        let mut children = self.children(node).iter();
        let mut next = children.next();
        let range = self.token_range(node);
        let mut at = range.start;
        std::iter::from_fn(move || {
            loop {
                while let Some(&child) = next {
                    let inner = self.token_range(child);
                    if at < inner.start {
                        break;
                    }
                    at = at.max(inner.end);
                    next = children.next();
                }
                if at >= range.end {
                    return None;
                }
                at += 1;
                if self.tokens.kind(at - 1).is_significant() {
                    return Some(at - 1);
                }
            }
        })
    }

    /// The first of a node's own tokens that has the given kind.
    pub fn own_token(&self, node: NodeId, kind: SyntaxKind) -> Option<usize> {
        self.own_tokens(node).find(|t| self.tokens.kind(*t) == kind)
    }

    /// The operator token of a [`SyntaxKind::Unary`], [`SyntaxKind::Binary`] or
    /// [`SyntaxKind::Has`] node.
    pub fn operator_token(&self, node: NodeId) -> Option<usize> {
        self.own_tokens(node).next()
    }

    /// The operator of a [`SyntaxKind::Unary`], [`SyntaxKind::Binary`] or [`SyntaxKind::Has`]
    /// node; [`SyntaxKind::Unknown`] for other nodes.
    pub fn operator(&self, node: NodeId) -> SyntaxKind {
        self.operator_token(node)
            .map_or(SyntaxKind::Unknown, |t| self.tokens.kind(t))
    }

    /// The token that contains a byte offset, or the last one before it.
    pub fn token_at(&self, offset: u32) -> Option<usize> {
        let after = self.tokens.count_up_to(offset);
        (0..after)
            .rev()
            .find(|t| !self.tokens.at(*t).is_empty())
            .or(after.checked_sub(1))
    }

    /// The innermost node that contains a byte offset; its end counts as inside.
    pub fn node_at(&self, offset: u32) -> NodeId {
        let mut node = self.root;
        'down: loop {
            let children = self.children(node);
            let from = children.partition_point(|c| self.span(*c).end < offset);
            // At a border prefer the node that begins there.
            for &child in children[from..].iter().take(2).rev() {
                let span = self.span(child);
                if span.start <= offset && offset <= span.end {
                    node = child;
                    continue 'down;
                }
            }
            return node;
        }
    }

    /// All nodes below and including `node`, parents before children, in source order.
    pub fn descendants(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut stack = vec![node];
        std::iter::from_fn(move || {
            let next = stack.pop()?;
            stack.extend(self.children(next).iter().rev());
            Some(next)
        })
    }

    /// The comment lines (`# …`, without the sign) directly above a node, as written above a
    /// binding or a field to document it. A blank line ends the comment.
    pub fn doc_comment(&self, node: NodeId) -> Option<String> {
        let mut lines = Vec::new();
        let mut at = self.token_range(node).start;
        while let Some(blank) = at.checked_sub(1) {
            let blank_text = self.token_text(blank);
            let lone = match self.tokens.kind(blank) {
                SyntaxKind::Whitespace => blank_text.matches('\n').count() == 1,
                _ => false,
            };
            let Some(comment) = blank.checked_sub(1).filter(|_| lone) else {
                break;
            };
            let text = self.token_text(comment);
            if self.tokens.kind(comment) != SyntaxKind::Comment || !text.starts_with('#') {
                break;
            }
            // A comment behind something else on its line belongs to that.
            let begins_line = comment == 0
                || (self.tokens.kind(comment - 1) == SyntaxKind::Whitespace
                    && (comment == 1 || self.token_text(comment - 1).contains('\n')));
            if !begins_line {
                break;
            }
            let text = text.trim_start_matches('#').trim_end();
            lines.push(text.strip_prefix(' ').unwrap_or(text));
            at = comment;
        }
        if lines.is_empty() {
            return None;
        }
        lines.reverse();
        Some(lines.join("\n"))
    }
}
