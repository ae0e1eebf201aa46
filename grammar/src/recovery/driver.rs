//! Offers the tokens to the parser one by one and applies the rules where one does not fit.

use super::brackets::{Balanced, NONE};
use super::machine::Machine;
use super::stream::{Item, closer_of, is_closer};
use crate::builder::Builder;
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use crate::parser::{Entry, MOST_ERRORS};
use crate::token::Token;
use crate::tree::NodeId;
use std::collections::HashMap;
use std::ops::Range;

/// What is done about a token that does not fit.
pub(super) enum Repair {
    /// Put this before it, then look again.
    Insert(K),
    /// Let it stand for a token of this kind.
    ReadAs(K),
    /// Drop it, with all that is inside if it opens something.
    Drop,
    /// Drop everything from here to the given item.
    DropTo(usize),
}

pub(super) struct Driver<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) items: Vec<Item>,
    pub(super) partner: Vec<u32>,
    pub(super) machine: Machine<'a>,
    pub(super) errors: Vec<SyntaxError>,
    /// The open brackets and `let`s, as items.
    pub(super) context: Vec<usize>,
    /// The open brackets alone.
    brackets: Vec<usize>,
    /// The kind of what was shifted last.
    pub(super) before: Option<K>,
    /// The kind of what was shifted before that.
    pub(super) before_that: Option<K>,
    /// The last token of the text that was shifted.
    pub(super) last: Option<usize>,
    /// The error that is about wrong separators, by the bracket they are in.
    pub(super) separators: HashMap<(usize, &'static str), usize>,
    pub(super) entry: Entry,
    repaired: std::vec::IntoIter<u32>,
    next_repaired: Option<u32>,
    /// Nothing fitting was seen since the last mistake: what follows is its consequence.
    quiet: bool,
    most_errors: usize,
    /// How many more tokens may be inserted: far more than any sensible text needs.
    insertions: usize,
}

impl<'a> Driver<'a> {
    pub(super) fn new(
        text: &'a str,
        tokens: &'a [Token],
        balanced: Balanced,
        builder: &'a mut Builder,
        entry: Entry,
    ) -> Self {
        let mut repaired = balanced.repaired.into_iter();
        let balanced_errors = balanced.errors.len();
        Driver {
            text,
            tokens,
            machine: Machine::new(builder, balanced.items.len()),
            insertions: 4 * balanced.items.len() + 64,
            items: balanced.items,
            partner: balanced.partner,
            errors: balanced.errors,
            context: Vec::new(),
            brackets: Vec::new(),
            most_errors: balanced_errors + MOST_ERRORS,
            before: None,
            before_that: None,
            last: None,
            separators: HashMap::new(),
            entry,
            next_repaired: repaired.next(),
            repaired,
            quiet: false,
        }
    }

    pub(super) fn run(mut self) -> (Option<NodeId>, Vec<SyntaxError>) {
        self.machine.shift(self.entry.marker(), 0, 0);
        let mut at = 0;
        while at < self.items.len() {
            at = self.offer(at);
        }
        while !self.machine.accepts_end() {
            match self.missing_at_end() {
                Some(kind) if self.insert(kind) => {}
                _ => break,
            }
        }
        (self.machine.finish(), self.errors)
    }

    /// Gets past one item; gives the next.
    fn offer(&mut self, at: usize) -> usize {
        while self.next_repaired.is_some_and(|r| r as usize <= at) {
            self.quiet = true;
            self.next_repaired = self.repaired.next();
        }
        if self.items[at].after_unknown {
            self.quiet = true;
        }
        let mut repair = self.before_item(at);
        loop {
            let item = self.items[at];
            match repair.take() {
                Some(Repair::Insert(kind)) if self.insert(kind) => {}
                Some(Repair::Insert(_)) => return self.drop_item(at),
                Some(Repair::ReadAs(kind)) => {
                    if !self.take_item(at, kind) {
                        return self.drop_item(at);
                    }
                    return at + 1;
                }
                Some(Repair::Drop) => return self.drop_item(at),
                Some(Repair::DropTo(next)) => {
                    self.quiet = true;
                    return next.max(at + 1);
                }
                None => {}
            }
            // Without a budget for questions the tables are tried directly.
            if self.machine.exhausted() || self.machine.accepts(&[item.kind]) {
                if self.take_item(at, item.kind) {
                    return at + 1;
                }
                return self.drop_item(at);
            }
            repair = Some(self.repair(at));
        }
    }

    /// Shifts an item as a token of the given kind.
    fn take_item(&mut self, at: usize, kind: K) -> bool {
        let item = self.items[at];
        let (start, end) = match item.made_up {
            false => (item.token, item.token + 1),
            true => (self.end(), self.end()),
        };
        if !self.machine.shift(kind, start, end) {
            return false;
        }
        if !item.made_up {
            self.last = Some(item.token as usize);
            // An empty closing token means that the lexer has reported an unclosed string.
            self.quiet = self.tokens[item.token as usize].is_empty();
        }
        self.shifted(kind, at);
        true
    }

    fn shifted(&mut self, kind: K, at: usize) {
        self.before_that = self.before.replace(kind);
        if kind == K::Let {
            self.context.push(at);
        } else if closer_of(kind).is_some() {
            self.context.push(at);
            self.brackets.push(at);
        } else if kind == K::In {
            if self.innermost() == Some(K::Let) {
                self.context.pop();
            }
        } else if is_closer(kind) {
            self.brackets.pop();
            while let Some(opener) = self.context.pop() {
                if self.items[opener].kind != K::Let {
                    break;
                }
            }
        }
    }

    /// Puts an empty token behind what was shifted last.
    pub(super) fn insert(&mut self, kind: K) -> bool {
        let Some(left) = self.insertions.checked_sub(1) else {
            return false;
        };
        self.insertions = left;
        let end = self.end();
        if !self.machine.shift(kind, end, end) {
            return false;
        }
        self.before_that = self.before.replace(kind);
        if kind == K::LBrace {
            // Only ever for an empty pair.
            return self.insert(K::RBrace);
        }
        if kind == K::In && self.innermost() == Some(K::Let) {
            self.context.pop();
        }
        true
    }

    fn drop_item(&mut self, at: usize) -> usize {
        self.quiet = true;
        let kind = self.items[at].kind;
        let partner = self.partner[at];
        match kind {
            K::Let | K::In => at + 1,
            _ if closer_of(kind).is_some() && partner != NONE => partner as usize + 1,
            _ => at + 1,
        }
    }

    /// The token range of an empty token starts and ends here.
    fn end(&self) -> u32 {
        self.last.map_or(0, |token| token as u32 + 1)
    }

    /// Where the text that was shifted ends, in bytes.
    pub(super) fn place(&self) -> Range<u32> {
        let at = self.last.map_or(0, |token| self.tokens[token].end);
        at..at
    }

    /// The kind of the innermost open bracket or `let`.
    pub(super) fn innermost(&self) -> Option<K> {
        self.context.last().map(|at| self.items[*at].kind)
    }

    /// The innermost open bracket.
    pub(super) fn bracket(&self) -> Option<usize> {
        self.brackets.last().copied()
    }

    pub(super) fn kind(&self, at: usize) -> Option<K> {
        self.items.get(at).map(|item| item.kind)
    }

    /// The bytes of an item.
    pub(super) fn span(&self, at: usize) -> Range<u32> {
        match self.items.get(at) {
            Some(item) if !item.made_up => self.tokens[item.token as usize].span(),
            _ => self.place(),
        }
    }

    /// The text of an item.
    pub(super) fn text_of(&self, at: usize) -> &'a str {
        let span = self.span(at);
        &self.text[span.start as usize..span.end as usize]
    }

    /// Two items with nothing between them.
    pub(super) fn adjacent(&self, left: usize, right: usize) -> bool {
        left < self.items.len()
            && right < self.items.len()
            && self.span(left).end == self.span(right).start
    }

    /// Says a mistake, unless it is the consequence of the last one.
    pub(super) fn report(&mut self, error: SyntaxError) -> Option<usize> {
        if self.is_quiet() {
            return None;
        }
        self.quiet = true;
        self.errors.push(error);
        Some(self.errors.len() - 1)
    }

    /// Whether [`Driver::report`] says nothing: to be asked before much is formatted.
    pub(super) fn is_quiet(&mut self) -> bool {
        let quiet = self.quiet || self.in_unclosed() || self.errors.len() >= self.most_errors;
        self.quiet = quiet;
        quiet
    }

    /// In a list or in parentheses whose end was made up: what does not fit there is most likely
    /// outside already.
    fn in_unclosed(&self) -> bool {
        self.bracket().is_some_and(|opener| {
            let partner = self.partner[opener];
            self.items[opener].kind != K::LBrace
                && partner != NONE
                && self.items[partner as usize].made_up
        })
    }
}
