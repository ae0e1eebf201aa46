//! What the parser's actions build: nodes in one flat vector.

use crate::kind::SyntaxKind;
use crate::tree::{NodeData, NodeId};

/// Collects nodes; children always before their parents. The children of a node are in the table
/// of children directly before those of the next node.
#[derive(Default)]
pub(crate) struct Builder {
    pub(crate) nodes: Vec<NodeData>,
    pub(crate) children: Vec<NodeId>,
    /// The elements of the lists that are being collected, outer lists before inner ones: the
    /// parser finishes what is inside before it goes on outside.
    pending: Vec<NodeId>,
}

/// A list being collected: the elements from a position on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    start: u32,
}

impl Builder {
    pub(crate) fn with_capacity(tokens: usize) -> Self {
        Builder {
            nodes: Vec::with_capacity(tokens / 2 + 4),
            children: Vec::with_capacity(tokens / 2 + 4),
            pending: Vec::new(),
        }
    }

    /// Nodes that are known already.
    pub(crate) fn of(nodes: Vec<NodeData>, children: Vec<NodeId>) -> Self {
        Builder {
            nodes,
            children,
            pending: Vec::new(),
        }
    }

    /// Adds a node over the tokens `start..end`.
    pub(crate) fn node(
        &mut self,
        kind: SyntaxKind,
        start: u32,
        end: u32,
        children: &[NodeId],
    ) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(NodeData {
            kind,
            // An empty node is given the place of the token after it, trivia before that token
            // included, and must not begin behind its own end.
            start: start.min(end),
            end,
            first_child: self.children.len() as u32,
        });
        self.children.extend_from_slice(children);
        id
    }

    /// [`Builder::node`] of those children that are there; at most four.
    pub(crate) fn optional(
        &mut self,
        kind: SyntaxKind,
        start: u32,
        end: u32,
        children: &[Option<NodeId>],
    ) -> NodeId {
        let mut present = [NodeId::NONE; 4];
        let mut count = 0;
        for child in children.iter().flatten() {
            present[count] = *child;
            count += 1;
        }
        self.node(kind, start, end, &present[..count])
    }

    /// [`Builder::node`] of a list.
    pub(crate) fn list(&mut self, kind: SyntaxKind, start: u32, end: u32, list: List) -> NodeId {
        self.around(kind, start, end, &[], list, &[])
    }

    /// [`Builder::node`] of a list with children before and after it.
    pub(crate) fn around(
        &mut self,
        kind: SyntaxKind,
        start: u32,
        end: u32,
        before: &[NodeId],
        list: List,
        after: &[NodeId],
    ) -> NodeId {
        let id = self.node(kind, start, end, before);
        let inner = list.start as usize..;
        self.children.extend(self.pending.drain(inner));
        self.children.extend_from_slice(after);
        id
    }

    /// The only element of a list, or a node of several.
    pub(crate) fn alone_or(
        &mut self,
        kind: SyntaxKind,
        start: u32,
        end: u32,
        list: List,
    ) -> NodeId {
        match self.pending[list.start as usize..] {
            [only] => {
                self.pending.truncate(list.start as usize);
                only
            }
            _ => self.list(kind, start, end, list),
        }
    }

    /// A list of nothing.
    pub(crate) fn none(&mut self) -> List {
        List {
            start: self.pending.len() as u32,
        }
    }

    /// A list of one node.
    pub(crate) fn one(&mut self, node: NodeId) -> List {
        let list = self.none();
        self.more(list, node)
    }

    /// A list with one node more.
    pub(crate) fn more(&mut self, list: List, node: NodeId) -> List {
        self.pending.push(node);
        list
    }
}
