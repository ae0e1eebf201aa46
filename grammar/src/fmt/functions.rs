//! Functions, their application, and selections.

use super::print::Instruction as I;
use super::walk::{Part, Plan, Walker};
use crate::kind::SyntaxKind as K;
use crate::tree::NodeId;

impl Walker<'_> {
    pub(super) fn lambda(&mut self, node: NodeId, plan: &mut Plan) {
        let &[Part::Node(param), Part::Token(colon, _), Part::Node(body)] = &self.parts(node)[..]
        else {
            return;
        };
        plan.node(param).token(colon);
        self.value(colon, body, plan);
    }

    pub(super) fn apply(&mut self, node: NodeId, plan: &mut Plan) {
        let parts = self.parts(node);
        if self.tree.kind(node) == K::Apply && self.opens_last(node) {
            for (index, part) in parts.into_iter().enumerate() {
                if index > 0 {
                    plan.layout(I::Space);
                }
                plan.part(part);
            }
            return;
        }
        plan.open(self.tree.token_range(node).start, false);
        let mut after_or = false;
        for (index, part) in parts.into_iter().enumerate() {
            match index {
                0 => {}
                1 => {
                    plan.layout(I::Indent).layout(I::Line);
                }
                _ => {
                    plan.layout(if after_or { I::Space } else { I::Line });
                }
            }
            after_or = matches!(part, Part::Token(_, K::Or));
            plan.part(part);
        }
        plan.layout(I::Dedent).layout(I::Close);
    }

    pub(super) fn select(&mut self, node: NodeId, plan: &mut Plan) {
        for part in self.parts(node) {
            let or = matches!(part, Part::Token(_, K::Or));
            if or {
                plan.layout(I::Space);
            }
            plan.part(part);
            if or {
                plan.layout(I::Space);
            }
        }
    }
}
