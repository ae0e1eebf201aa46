//! `if`, `let`, `with` and `assert`.

use super::print::Instruction as I;
use super::walk::{Part, Plan, Task, Walker};
use crate::kind::SyntaxKind as K;
use crate::tree::NodeId;

impl Walker<'_> {
    /// A chain of `if … else if … else …` is laid out as one.
    pub(super) fn if_expr(&mut self, node: NodeId, plan: &mut Plan) {
        let blocks = self.all_blocks(node);
        let mut broken = false;
        let mut chain = Vec::new();
        let mut at = node;
        loop {
            let parts = self.parts(at);
            let &[
                Part::Token(word, _),
                Part::Node(cond),
                Part::Token(then, _),
                Part::Node(yes),
                Part::Token(otherwise, _),
                Part::Node(no),
            ] = &parts[..]
            else {
                return;
            };
            broken |= self.breaks_after(then) || self.breaks_before(otherwise);
            chain.push((word, cond, then, yes, otherwise));
            let start = self.tree.token_range(no).start;
            let goes_on =
                self.tree.kind(no) == K::IfExpr && !self.comment_between(otherwise, start);
            at = no;
            if !goes_on {
                break;
            }
        }
        if !blocks {
            plan.open(self.tree.token_range(node).start, broken);
        }
        let branch = |plan: &mut Plan, node: NodeId| {
            if blocks {
                plan.layout(I::Space).node(node).layout(I::Space);
            } else {
                plan.layout(I::Indent)
                    .layout(I::Line)
                    .node(node)
                    .layout(I::Dedent)
                    .layout(I::Line);
            }
        };
        for (index, (word, cond, then, yes, otherwise)) in chain.into_iter().enumerate() {
            if index > 0 {
                plan.layout(I::Space);
            }
            plan.token(word)
                .layout(I::Space)
                .layout(I::Indent)
                .node(cond)
                .layout(I::Dedent);
            plan.layout(I::Space).token(then);
            branch(plan, yes);
            plan.token(otherwise);
        }
        if blocks {
            plan.layout(I::Space).node(at);
        } else {
            plan.layout(I::Indent)
                .layout(I::Line)
                .node(at)
                .layout(I::Dedent)
                .layout(I::Close);
        }
    }

    /// Both branches of an `if` are records or lists over several lines.
    pub(super) fn all_blocks(&self, node: NodeId) -> bool {
        let is_block = |n: NodeId| matches!(self.tree.kind(n), K::Record | K::List);
        let &[cond, yes, no] = self.tree.children(node) else {
            return false;
        };
        // Comments between the branches need lines of their own.
        let own: Vec<usize> = self.tree.own_tokens(node).collect();
        let comments = own.iter().any(|t| {
            let before = self.tree.tokens().range(0..*t).rev();
            let mut before = before.take_while(|t| t.kind.is_trivia());
            let tokens = self.tree.tokens();
            let mut after = tokens
                .range(t + 1..tokens.len())
                .take_while(|t| t.kind.is_trivia());
            before.any(|t| t.kind == K::Comment) || after.any(|t| t.kind == K::Comment)
        });
        let broken = |n: NodeId| {
            let mut own = self
                .tree
                .own_tokens(n)
                .filter(|t| self.tree.tokens().kind(*t) != K::Rec);
            own.next().is_some_and(|open| self.breaks_after(open))
        };
        is_block(yes)
            && is_block(no)
            && broken(yes)
            && broken(no)
            && self.is_short(cond)
            && !comments
    }

    pub(super) fn let_expr(&mut self, node: NodeId, plan: &mut Plan) {
        let parts = self.parts(node);
        let Some((body, bindings)) = parts.split_last() else {
            return;
        };
        let Some(&Part::Token(open, _)) = bindings.first() else {
            return;
        };
        plan.open(open, self.breaks_after(open));
        self.let_bindings(bindings, plan);
        plan.0.push(Task::NextItem(self.first_token(*body)));
        plan.part(*body).layout(I::Close);
    }

    /// `with e; b`, `assert c; b`
    pub(super) fn scope(&mut self, node: NodeId, plan: &mut Plan) {
        let &[
            word,
            Part::Node(head),
            Part::Token(end, _),
            Part::Node(body),
        ] = &self.parts(node)[..]
        else {
            return;
        };
        let start = self.tree.token_range(body).start;
        let hugs = self.tree.kind(node) == K::WithExpr
            && self.hugs(body)
            && !self.comment_between(end, start);
        if !hugs {
            plan.open(self.tree.token_range(node).start, false);
        }
        plan.part(word).layout(I::Space).node(head).token(end);
        plan.layout(if hugs { I::Space } else { I::Line })
            .node(body);
        if !hugs {
            plan.layout(I::Close);
        }
    }
}
