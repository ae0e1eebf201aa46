//! Binary operators: a chain of the same kind breaks before all its operators or none.

use super::print::Instruction as I;
use super::walk::{Plan, Walker};
use crate::kind::SyntaxKind as K;
use crate::tree::NodeId;

impl Walker<'_> {
    pub(super) fn binary(&mut self, node: NodeId, plan: &mut Plan) {
        let (operands, operators) = self.chain(node);
        if self.hugs(node) {
            for (index, operand) in operands.into_iter().enumerate() {
                if let Some(before) = index.checked_sub(1) {
                    plan.layout(I::Space)
                        .token(operators[before])
                        .layout(I::Space);
                }
                plan.node(operand);
            }
            return;
        }
        let broken = operators.first().is_some_and(|o| self.breaks_before(*o));
        plan.open(self.tree.token_range(node).start, broken);
        for (index, operand) in operands.into_iter().enumerate() {
            if let Some(before) = index.checked_sub(1) {
                plan.layout(I::Line)
                    .token(operators[before])
                    .layout(I::Space);
            }
            plan.node(operand);
        }
        plan.layout(I::Close);
    }

    /// The operands and operator tokens of a chain of operators that bind alike.
    fn chain(&self, node: NodeId) -> (Vec<NodeId>, Vec<usize>) {
        let level = level(self.tree.operator(node));
        let right = matches!(self.tree.operator(node), K::SlashSlash | K::PlusPlus);
        let (mut operands, mut operators) = (Vec::new(), Vec::new());
        let mut at = node;
        while let (&[x, y], Some(operator)) = (self.tree.children(at), self.tree.operator_token(at))
        {
            let (outer, inner) = if right { (x, y) } else { (y, x) };
            operands.push(outer);
            operators.push(operator);
            let same = self.tree.kind(inner) == K::Binary
                && self::level(self.tree.operator(inner)) == level
                && level != 0;
            if !same {
                operands.push(inner);
                break;
            }
            at = inner;
        }
        if !right {
            operands.reverse();
            operators.reverse();
        }
        (operands, operators)
    }
}

/// Operators of one level form chains; those of level 0 do not chain.
fn level(operator: K) -> u8 {
    match operator {
        K::PlusPlus => 1,
        K::Star | K::Slash => 2,
        K::Plus | K::Minus => 3,
        K::SlashSlash => 4,
        K::AndAnd => 5,
        K::OrOr => 6,
        K::Pipe => 7,
        _ => 0,
    }
}
