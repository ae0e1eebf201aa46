//! Records, lists, parentheses, and the fields of patterns and record types.

use super::print::Instruction as I;
use super::walk::{Part, Plan, Task, Walker};
use crate::kind::SyntaxKind as K;
use crate::tree::NodeId;

impl Walker<'_> {
    pub(super) fn record(&mut self, node: NodeId, plan: &mut Plan) {
        let mut parts = self.parts(node);
        if let Some(&Part::Token(rec, K::Rec)) = parts.first() {
            plan.token(rec).layout(I::Space);
            parts.remove(0);
        }
        self.items(&parts, plan);
    }

    pub(super) fn list(&mut self, node: NodeId, plan: &mut Plan) {
        self.items(&self.parts(node), plan);
    }

    pub(super) fn fields(&mut self, node: NodeId, plan: &mut Plan) {
        self.items(&self.parts(node), plan);
    }

    /// An opening token, items, perhaps with commas, and a closing token.
    fn items(&mut self, parts: &[Part], plan: &mut Plan) {
        let (Some(&Part::Token(open, kind)), Some(&Part::Token(close, _))) =
            (parts.first(), parts.last())
        else {
            return;
        };
        let broken = self.breaks_after(open);
        let inner = &parts[1..parts.len() - 1];
        if inner.is_empty() && !self.comment_between(open, close) {
            plan.token(open).layout(I::Space).token(close);
            return;
        }

        plan.open(open, broken).token(open).layout(I::Indent);
        let mut first = true;
        for part in inner {
            match *part {
                // Commas in lists mean nothing.
                Part::Token(comma, K::Comma) if kind == K::LBracket => {
                    plan.0.push(Task::Skip(comma));
                }
                Part::Token(comma, K::Comma) => {
                    plan.token(comma);
                }
                _ => {
                    if first {
                        plan.layout(I::Line);
                    } else {
                        plan.0.push(Task::NextItem(self.first_token(*part)));
                    }
                    first = false;
                    plan.part(*part);
                }
            }
        }
        if first {
            plan.layout(I::Line);
        }
        self.comments_at_end(close, plan);
        plan.layout(I::Dedent)
            .layout(I::Line)
            .token(close)
            .layout(I::Close);
    }

    pub(super) fn paren(&mut self, node: NodeId, plan: &mut Plan) {
        let parts = self.parts(node);
        let &[
            Part::Token(open, _),
            Part::Node(inner),
            Part::Token(close, _),
        ] = &parts[..]
        else {
            for part in parts {
                plan.part(part);
            }
            return;
        };
        let range = self.tree.token_range(inner);
        let comments =
            self.comment_between(open, range.start) || self.comment_between(range.end - 1, close);
        if self.hugs(inner) && !comments {
            plan.token(open).node(inner).token(close);
        } else {
            plan.open(open, false)
                .token(open)
                .layout(I::Indent)
                .layout(I::SoftLine);
            plan.node(inner);
            self.comments_at_end(close, plan);
            plan.layout(I::Dedent)
                .layout(I::SoftLine)
                .token(close)
                .layout(I::Close);
        }
    }
}
