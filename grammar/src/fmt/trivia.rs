//! Comments and blank lines.

use super::print::Instruction as I;
use super::walk::Walker;
use crate::kind::SyntaxKind as K;
use std::ops::Range;

impl Walker<'_> {
    /// Tokens as they are written, with the comments before them and the one behind them.
    pub(super) fn verbatim(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.comments_before(range.start);
        let tokens = self.tree.tokens();
        let span = tokens.at(range.start).start..tokens.at(range.end - 1).end;
        self.out.push(I::Text(span));
        self.next = range.end;
        self.comment_behind();
    }

    /// Comments that end the line of the last token stay there.
    pub(super) fn comment_behind(&mut self) {
        let tokens = self.tree.tokens();
        let mut at = self.next;
        let mut block = false;
        while let Some(token) = tokens.get(at) {
            let text = self.tree.slice(token.span());
            match token.kind {
                K::Whitespace if !text.contains('\n') => at += 1,
                K::Comment if text.starts_with('#') => {
                    self.out.push(I::LineComment(token.span()));
                    self.next = at + 1;
                    return;
                }
                K::Comment if self.ends_line(at + 1) => {
                    self.out.push(I::Space);
                    self.out.push(I::Text(token.span()));
                    block = true;
                    at += 1;
                    self.next = at;
                }
                _ => break,
            }
        }
        if block {
            self.out.push(I::Newline);
        }
    }

    /// Nothing but blanks and comments up to the end of the line.
    fn ends_line(&self, at: usize) -> bool {
        let tokens = self.tree.tokens();
        for token in tokens.range(at..tokens.len()) {
            let text = self.tree.slice(token.span());
            match token.kind {
                K::Whitespace if text.contains('\n') => return true,
                K::Whitespace => {}
                K::Comment if text.starts_with('#') => return true,
                K::Comment if !text.contains('\n') => {}
                _ => return false,
            }
        }
        true
    }

    /// The comments that have not been written yet, up to a token. Those on lines of their own
    /// stay so.
    pub(super) fn comments_before(&mut self, token: usize) {
        let tokens = self.tree.tokens();
        let from = self.next.min(token);
        let comments = tokens.range(from..token).enumerate();
        for (at, comment) in comments.filter(|(_, t)| t.kind == K::Comment) {
            let at = from + at;
            let span = comment.span();
            let before = self.newlines(self.next..at);
            match before {
                0 => self.out.push(I::Space),
                1 => self.out.push(I::Newline),
                _ => self.out.push(I::BlankLine),
            }
            self.next = at + 1;
            if self.tree.slice(span.clone()).starts_with('#') {
                self.out.push(I::LineComment(span));
            } else {
                self.out.push(I::Text(span));
                self.out.push(I::Space);
            }
            if at + 1 < token && self.comment_follows(at + 1, token) {
                continue;
            }
            // A comment at the end of brackets is not followed by a blank line.
            match self.newlines(at + 1..token) {
                0 => {}
                1 => self.out.push(I::Newline),
                _ if self.closes(token) => self.out.push(I::Newline),
                _ => self.out.push(I::BlankLine),
            }
        }
        self.next = self.next.max(token);
    }

    fn closes(&self, token: usize) -> bool {
        match self.tree.tokens().get(token) {
            None => true,
            Some(t) => matches!(t.kind, K::RBrace | K::RBracket | K::RParen),
        }
    }

    pub(super) fn comment_follows(&self, from: usize, to: usize) -> bool {
        let mut tokens = self.tree.tokens().range(from..to);
        tokens.any(|t| t.kind == K::Comment)
    }

    /// The number of line breaks in tokens that are blanks.
    pub(super) fn newlines(&self, range: Range<usize>) -> usize {
        let tokens = self.tree.tokens().range(range);
        let blanks = tokens.filter(|t| t.kind == K::Whitespace);
        blanks
            .map(|t| self.tree.slice(t.span()).matches('\n').count())
            .sum()
    }

    /// A line break, or a blank line if there was one, and then the comments of the item.
    pub(super) fn next_item(&mut self, token: usize) {
        let tokens = self.tree.tokens();
        let rest = tokens.range(self.next.min(token)..token);
        let blanks = rest.take_while(|t| t.kind == K::Whitespace).count();
        let from = self.next.min(token);
        self.out.push(match self.newlines(from..from + blanks) {
            0 | 1 => I::Line,
            _ => I::ItemBreak,
        });
        self.comments_before(token);
    }

    /// A line break follows a token.
    pub(super) fn breaks_after(&self, token: usize) -> bool {
        let tokens = self.tree.tokens();
        let tokens = tokens.range(token + 1..tokens.len());
        let mut trivia = tokens.take_while(|t| t.kind.is_trivia());
        trivia.any(|t| self.tree.slice(t.span()).contains('\n') || is_line_comment(self, t.start))
    }

    /// A line break stands before a token.
    pub(super) fn breaks_before(&self, token: usize) -> bool {
        let tokens = self.tree.tokens().range(0..token).rev();
        let mut trivia = tokens.take_while(|t| t.kind.is_trivia());
        trivia.any(|t| self.tree.slice(t.span()).contains('\n'))
    }

    /// A comment stands between two tokens.
    pub(super) fn comment_between(&self, from: usize, to: usize) -> bool {
        from + 1 < to && self.comment_follows(from + 1, to)
    }
}

fn is_line_comment(walker: &Walker<'_>, at: u32) -> bool {
    walker.tree.source().as_bytes().get(at as usize) == Some(&b'#')
}
