//! Types that are chains: `A | B`, `A -> B`.

use super::print::Instruction as I;
use super::walk::{Part, Plan, Walker};
use crate::kind::SyntaxKind as K;
use crate::tree::NodeId;

impl Walker<'_> {
    pub(super) fn type_chain(&mut self, node: NodeId, plan: &mut Plan) {
        let mut parts = self.parts(node);
        // `A -> B -> C` nests to the right.
        while let Some(&Part::Node(last)) = parts.last() {
            let same = self.tree.kind(last) == self.tree.kind(node);
            if !same || self.tree.kind(node) != K::TypeFunction {
                break;
            }
            parts.pop();
            parts.extend(self.parts(last));
        }
        let broken = parts
            .iter()
            .any(|p| matches!(p, Part::Token(t, _) if self.breaks_before(*t)));
        plan.open(self.tree.token_range(node).start, broken);
        for (index, part) in parts.into_iter().enumerate() {
            match part {
                Part::Token(operator, _) => {
                    if index > 0 {
                        plan.layout(I::Line);
                    }
                    plan.token(operator).layout(I::Space);
                }
                Part::Node(member) => {
                    plan.node(member);
                }
            }
        }
        plan.layout(I::Close);
    }
}
