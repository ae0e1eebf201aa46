//! Files, bindings, and where a value stands behind its `=`.

use super::print::Instruction as I;
use super::walk::{Part, Plan, Task, Walker};
use crate::kind::SyntaxKind as K;
use crate::tree::NodeId;

/// The longest text, in bytes, that is short: that may stand before brackets on their line.
const LONGEST_SHORT: usize = 70;

/// The most tokens of it.
const MOST_TOKENS: usize = 40;

/// How far the shape of an expression is looked into.
const FAR: usize = 16;

impl Walker<'_> {
    pub(super) fn file(&mut self, node: NodeId, plan: &mut Plan) {
        for part in self.parts(node) {
            if let Part::Node(child) = part
                && !plan.0.is_empty()
                && !self.tree.token_range(child).is_empty()
            {
                plan.0.push(Task::NextItem(self.first_token(part)));
            }
            plan.part(part);
        }
    }

    /// The items of a file, or a bare expression.
    pub(super) fn body(&mut self, node: NodeId, plan: &mut Plan) {
        for (index, &item) in self.tree.children(node).iter().enumerate() {
            if index > 0 {
                plan.layout(I::Newline);
                plan.0
                    .push(Task::NextItem(self.tree.token_range(item).start));
            }
            plan.node(item);
        }
    }

    pub(super) fn let_head(&mut self, node: NodeId, plan: &mut Plan) {
        self.let_bindings(&self.parts(node), plan);
    }

    /// `let … in`, as a group of its own.
    pub(super) fn let_bindings(&mut self, parts: &[Part], plan: &mut Plan) {
        let (Some(Part::Token(open, _)), Some(Part::Token(close, _))) =
            (parts.first(), parts.last())
        else {
            return;
        };
        plan.open(*open, self.breaks_after(*open))
            .token(*open)
            .layout(I::Indent);
        for part in &parts[1..parts.len() - 1] {
            plan.0.push(Task::NextItem(self.first_token(*part)));
            plan.part(*part);
        }
        self.comments_at_end(*close, plan);
        plan.layout(I::Dedent)
            .layout(I::Line)
            .token(*close)
            .layout(I::Close);
    }

    /// Comments before a closing token belong to what is inside.
    pub(super) fn comments_at_end(&self, close: usize, plan: &mut Plan) {
        let trivia = self.tree.tokens().range(0..close).rev();
        let mut trivia = trivia.take_while(|t| t.kind.is_trivia());
        if trivia.any(|t| t.kind == K::Comment) {
            plan.0.push(Task::Comments(close));
        }
    }

    pub(super) fn binding(&mut self, node: NodeId, plan: &mut Plan) {
        let parts = self.parts(node);
        let equals = parts
            .iter()
            .position(|p| matches!(p, Part::Token(_, K::Equals)));
        let equals = equals.unwrap_or(parts.len());
        for part in &parts[..equals] {
            if matches!(part, Part::Token(_, K::Colon)) {
                plan.layout(I::Space);
            }
            plan.part(*part);
            if matches!(part, Part::Token(_, K::Colon)) {
                plan.layout(I::Space);
            }
        }
        if let Some(&[Part::Token(equals, _), Part::Node(value), end]) = parts.get(equals..) {
            plan.layout(I::Space).token(equals);
            self.value(equals, value, plan);
            plan.part(end);
        }
    }

    pub(super) fn type_def(&mut self, node: NodeId, plan: &mut Plan) {
        let parts = self.parts(node);
        for part in &parts {
            match *part {
                Part::Token(equals, K::Equals) => {
                    plan.layout(I::Space).token(equals);
                    if let Some(&body) = self.tree.children(node).last() {
                        self.value(equals, body, plan);
                    }
                }
                Part::Token(_, K::Semicolon) => {
                    plan.part(*part);
                }
                Part::Node(body) if Some(&body) == self.tree.children(node).last() => {}
                _ => {
                    if !plan.0.is_empty() {
                        plan.layout(I::Space);
                    }
                    plan.part(*part);
                }
            }
        }
    }

    pub(super) fn inherit(&mut self, node: NodeId, plan: &mut Plan) {
        plan.open(self.tree.token_range(node).start, false);
        let parts = self.parts(node);
        for (index, part) in parts.iter().enumerate() {
            match *part {
                Part::Node(from) if self.tree.kind(from) == K::InheritFrom => {
                    plan.layout(I::Space).node(from).layout(I::Indent);
                }
                Part::Node(name) => {
                    plan.layout(I::Line).node(name);
                }
                Part::Token(end, K::Semicolon) => {
                    plan.layout(I::Dedent).token(end);
                }
                Part::Token(word, _) => {
                    plan.token(word);
                    let from = parts.get(index + 1).copied();
                    let from =
                        matches!(from, Some(Part::Node(n)) if self.tree.kind(n) == K::InheritFrom);
                    if !from {
                        plan.layout(I::Indent);
                    }
                }
            }
        }
        plan.layout(I::Close);
    }

    /// A value behind a token: on its line if it brings brackets that can be broken, else
    /// together on the next line where it does not fit.
    pub(super) fn value(&mut self, before: usize, value: NodeId, plan: &mut Plan) {
        let start = self.tree.token_range(value).start;
        if self.hugs(value) && !self.comment_between(before, start) {
            plan.layout(I::Space).node(value);
        } else {
            plan.layout(I::Open(false))
                .layout(I::Indent)
                .layout(I::Line);
            plan.node(value).layout(I::Dedent).layout(I::Close);
        }
    }

    /// The value may begin on the line of what is before it, however long it is.
    pub(super) fn hugs(&self, value: NodeId) -> bool {
        let mut node = value;
        for _ in 0..FAR {
            let children = self.tree.children(node);
            match self.tree.kind(node) {
                K::IfExpr => return self.all_blocks(node),
                K::LetExpr | K::Unary | K::Has | K::Conversion | K::ApplyOr => return false,
                K::TypeFunction | K::TypeUnion => return false,
                K::Apply => return self.opens_last(node),
                K::Binary => {
                    let joins = matches!(self.tree.operator(node), K::SlashSlash | K::PlusPlus);
                    let &[left, right] = children else {
                        return false;
                    };
                    if !joins || !self.is_short(left) {
                        return false;
                    }
                    node = right;
                    if !matches!(self.tree.kind(node), K::Record | K::List | K::Binary) {
                        return false;
                    }
                }
                K::AssertExpr => return false,
                K::WithExpr => match children {
                    &[head, body] if self.is_short(head) => {
                        let end = self.tree.token_range(head).end;
                        if self.comment_between(end - 1, self.tree.token_range(body).start) {
                            return false;
                        }
                        node = body;
                    }
                    _ => return false,
                },
                _ => return true,
            }
        }
        false
    }

    /// An application whose last argument opens brackets, right behind a short start.
    pub(super) fn opens_last(&self, node: NodeId) -> bool {
        let Some((&last, before)) = self.tree.children(node).split_last() else {
            return false;
        };
        let opens = match self.tree.kind(last) {
            K::Record | K::List | K::Paren | K::Lambda => true,
            K::String => self.tree.text(last).contains('\n'),
            _ => false,
        };
        let mut length = 0;
        opens
            && before.len() <= FAR
            && before.iter().all(|n| match self.short_length(*n) {
                Some(more) => {
                    length += more + 1;
                    length <= LONGEST_SHORT
                }
                None => false,
            })
    }
    /// An opening bracket that is closed at once.
    fn is_empty(&self, open: usize) -> bool {
        let tokens = self.tree.tokens();
        let next = tokens
            .range(open + 1..tokens.len())
            .find(|t| !t.kind.is_trivia());
        next.is_some_and(|t| matches!(t.kind, K::RBrace | K::RBracket))
    }

    /// Short, and on one line.
    pub(super) fn is_short(&self, node: NodeId) -> bool {
        self.short_length(node).is_some()
    }

    /// The length of what is short and will be on one line. Only looks at what formatting keeps,
    /// or a second run would see something else.
    fn short_length(&self, node: NodeId) -> Option<usize> {
        let range = self.tree.token_range(node);
        let mut length = 0;
        let mut count = 0;
        for at in range {
            let token = self.tree.tokens().at(at);
            let text = self.tree.slice(token.span());
            match token.kind {
                K::Whitespace | K::Comma => continue,
                K::Comment => return None,
                K::LBrace | K::LBracket | K::Let | K::Then
                    if self.breaks_after(at) && !self.is_empty(at) =>
                {
                    return None;
                }
                kind if is_breakable(kind) && self.breaks_before(at) => return None,
                _ if text.contains('\n') => return None,
                _ => {}
            }
            length += text.len() + 1;
            count += 1;
            if length > LONGEST_SHORT || count > MOST_TOKENS {
                return None;
            }
        }
        Some(length)
    }
}

/// A line break before this token stays.
fn is_breakable(kind: K) -> bool {
    use K::*;
    matches!(
        kind,
        Else | Plus
            | Minus
            | Star
            | Slash
            | PlusPlus
            | SlashSlash
            | AndAnd
            | OrOr
            | Pipe
            | Bar
            | Arrow
            | EqualsEquals
            | NotEquals
            | Less
            | LessEquals
            | Greater
            | GreaterEquals
    )
}
