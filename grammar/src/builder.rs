//! What the parser's actions build: nodes in one flat vector.

use crate::kind::SyntaxKind;
use crate::tree::{NodeData, NodeId};

/// Collects nodes; children always before their parents.
#[derive(Default)]
pub(crate) struct Builder {
    pub(crate) nodes: Vec<NodeData>,
    pub(crate) children: Vec<NodeId>,
}

impl Builder {
    pub(crate) fn with_capacity(tokens: usize) -> Self {
        Builder {
            nodes: Vec::with_capacity(tokens / 2 + 4),
            children: Vec::with_capacity(tokens / 2 + 4),
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
        for child in children {
            self.nodes[child.index()].parent = id;
        }
        self.nodes.push(NodeData {
            kind,
            // An empty node is given the place of the token after it, trivia before that token
            // included, and must not begin behind its own end.
            start: start.min(end),
            end,
            first_child: self.children.len() as u32,
            child_count: children.len() as u32,
            parent: NodeId::NONE,
        });
        self.children.extend_from_slice(children);
        id
    }

    /// [`Builder::node`] for the lists the grammar collects.
    pub(crate) fn list(
        &mut self,
        kind: SyntaxKind,
        start: u32,
        end: u32,
        children: Vec<NodeId>,
    ) -> NodeId {
        self.node(kind, start, end, &children)
    }
}
