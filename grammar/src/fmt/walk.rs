//! The walk: from nodes to layout instructions, over a stack of things still to do.

use super::print::{Instruction, Instruction as I};
use crate::kind::SyntaxKind as K;
use crate::tree::{NodeId, Tree};

/// Something still to do.
#[derive(Clone, Debug)]
pub(super) enum Task {
    /// A node, by the rule of its kind.
    Node(NodeId),
    /// A node as it is written.
    Verbatim(NodeId),
    /// A token.
    Token(usize),
    /// A token that is left out; comments around it stay.
    Skip(usize),
    /// The comments before a token, each on a line of its own.
    Comments(usize),
    /// A line break before the item that begins with a token; a blank line stays.
    NextItem(usize),
    /// An instruction.
    Layout(Instruction),
}

/// What is to be done, in order.
#[derive(Default)]
pub(super) struct Plan(pub(super) Vec<Task>);

impl Plan {
    pub(super) fn node(&mut self, node: NodeId) -> &mut Self {
        self.0.push(Task::Node(node));
        self
    }

    pub(super) fn token(&mut self, token: usize) -> &mut Self {
        self.0.push(Task::Token(token));
        self
    }

    pub(super) fn layout(&mut self, instruction: Instruction) -> &mut Self {
        self.0.push(Task::Layout(instruction));
        self
    }

    /// Begins a group with a token; comments before it do not belong to the group.
    pub(super) fn open(&mut self, first: usize, broken: bool) -> &mut Self {
        self.0.push(Task::Comments(first));
        self.layout(I::Open(broken))
    }

    pub(super) fn part(&mut self, part: Part) -> &mut Self {
        match part {
            Part::Node(node) => self.node(node),
            Part::Token(token, _) => self.token(token),
        }
    }
}

/// A child or an own token of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Node(NodeId),
    Token(usize, K),
}

pub(super) struct Walker<'t> {
    pub(super) tree: &'t Tree,
    pub(super) out: Vec<Instruction>,
    /// The first token that has not been looked at.
    pub(super) next: usize,
}

/// The layout of a whole tree.
pub(super) fn walk(tree: &Tree) -> Vec<Instruction> {
    let mut walker = Walker {
        tree,
        out: Vec::with_capacity(2 * tree.tokens().len()),
        next: 0,
    };
    let mut stack = vec![Task::Node(tree.root())];
    while let Some(task) = stack.pop() {
        match task {
            Task::Node(node) => {
                let mut plan = Plan::default();
                walker.plan(node, &mut plan);
                stack.extend(plan.0.into_iter().rev());
            }
            Task::Verbatim(node) => walker.verbatim(tree.token_range(node)),
            Task::Token(token) => walker.verbatim(token..token + 1),
            Task::Skip(token) => {
                walker.comments_before(token);
                walker.next = token + 1;
                walker.comment_behind();
            }
            Task::Comments(token) => walker.comments_before(token),
            Task::NextItem(token) => walker.next_item(token),
            Task::Layout(instruction) => walker.out.push(instruction),
        }
    }
    walker.comments_before(tree.tokens().len());
    walker.out
}

impl Walker<'_> {
    /// What a node consists of.
    fn plan(&mut self, node: NodeId, plan: &mut Plan) {
        match self.tree.kind(node) {
            K::File => self.file(node, plan),
            K::Body | K::Expression => self.body(node, plan),
            K::LetHead => self.let_head(node, plan),
            K::Binding => self.binding(node, plan),
            K::TypeDef => self.type_def(node, plan),
            K::InheritBinding => self.inherit(node, plan),
            K::Record => self.record(node, plan),
            K::List => self.list(node, plan),
            K::Paren => self.paren(node, plan),
            K::PatternFields | K::TypeRecord => self.fields(node, plan),
            K::PatternField | K::TypeField | K::Has | K::Conversion | K::TypeDict => {
                self.spaced(node, plan)
            }
            K::Apply | K::ApplyOr => self.apply(node, plan),
            K::Lambda => self.lambda(node, plan),
            K::Select => self.select(node, plan),
            K::Binary => self.binary(node, plan),
            K::IfExpr => self.if_expr(node, plan),
            K::LetExpr => self.let_expr(node, plan),
            K::WithExpr | K::AssertExpr => self.scope(node, plan),
            K::TypeFunction | K::TypeUnion => self.type_chain(node, plan),
            K::TypeApply => self.spaced(node, plan),
            K::String | K::DynamicName => plan.0.push(Task::Verbatim(node)),
            _ => {
                for part in self.parts(node) {
                    plan.part(part);
                }
            }
        }
    }

    /// The children and own tokens of a node, in order.
    pub(super) fn parts(&self, node: NodeId) -> Vec<Part> {
        let tokens = self.tree.tokens();
        let mut parts = Vec::new();
        let mut children = self.tree.children(node).iter().copied().peekable();
        for token in self.tree.own_tokens(node) {
            while let Some(&child) = children.peek() {
                if self.tree.token_range(child).start > token {
                    break;
                }
                parts.push(Part::Node(child));
                children.next();
            }
            parts.push(Part::Token(token, tokens.kind(token)));
        }
        parts.extend(children.map(Part::Node));
        parts
    }

    /// The first token of a part.
    pub(super) fn first_token(&self, part: Part) -> usize {
        match part {
            Part::Node(node) => self.tree.token_range(node).start,
            Part::Token(token, _) => token,
        }
    }

    /// All parts with blanks between them.
    fn spaced(&mut self, node: NodeId, plan: &mut Plan) {
        for (index, part) in self.parts(node).into_iter().enumerate() {
            let tight = matches!(part, Part::Token(_, K::RBracket));
            let after_bracket = matches!(plan.0.last(), Some(Task::Token(t)) if self.tree.tokens().kind(*t) == K::LBracket);
            if index > 0 && !tight && !after_bracket {
                plan.layout(I::Space);
            }
            plan.part(part);
        }
    }
}
