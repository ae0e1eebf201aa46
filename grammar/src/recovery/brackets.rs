//! Balances brackets before anything is parsed, by indentation where they do not match.
//!
//! A bracket that is open when a binding begins at or left of the line it was opened on is
//! unclosed; so is one that a closing bracket skips whose column fits one further out. What comes
//! out is balanced, so a mistake inside of brackets never reaches outside of them.

use super::stream::{Head, Item, closer_of, ends_operand, head, is_closer};
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use crate::parser::MOST_ERRORS;
use crate::token::Token;

/// Marks an item without a partner.
pub(super) const NONE: u32 = u32::MAX;

/// How far out a partner is looked for.
const FAR: usize = 64;

/// The most places an error points at.
const MOST_RELATED: usize = 8;

/// A balanced stream.
pub(super) struct Balanced {
    pub(super) items: Vec<Item>,
    /// By item: the opening bracket's closing one and the other way round; the `in` of a `let`.
    pub(super) partner: Vec<u32>,
    pub(super) errors: Vec<SyntaxError>,
    /// Items before which something was repaired already, sorted.
    pub(super) repaired: Vec<u32>,
}

pub(super) fn balance(text: &str, tokens: &[Token], items: Vec<Item>) -> Balanced {
    let (partner, balanced) = match_plainly(&items);
    if balanced {
        let partner = with_lets(&items, partner);
        return Balanced {
            items,
            partner,
            errors: Vec::new(),
            repaired: Vec::new(),
        };
    }
    let mut balancer = Balancer {
        text,
        tokens,
        items: &items,
        plain: partner,
        open: Vec::new(),
        out: Vec::with_capacity(items.len() + 16),
        errors: Vec::new(),
        repaired: Vec::new(),
        unclosed: None,
    };
    for at in 0..items.len() {
        balancer.item(at);
    }
    let end = items.len();
    while !balancer.open.is_empty() {
        balancer.close_innermost(end);
    }
    let Balancer {
        out,
        errors,
        repaired,
        ..
    } = balancer;
    let (partner, _) = match_plainly(&out);
    Balanced {
        partner: with_lets(&out, partner),
        items: out,
        errors,
        repaired,
    }
}

/// Whether everything has a partner by nesting alone.
pub(super) fn is_balanced(items: &[Item]) -> bool {
    match_plainly(items).1
}

/// Matches by nesting alone; says whether everything has a partner.
fn match_plainly(items: &[Item]) -> (Vec<u32>, bool) {
    let mut partner = vec![NONE; items.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut balanced = true;
    for (at, item) in items.iter().enumerate() {
        if closer_of(item.kind).is_some() {
            open.push(at);
        } else if is_closer(item.kind) {
            let fits = |o: &usize| closer_of(items[*o].kind) == Some(item.kind);
            let barrier = |o: &usize| items[*o].kind == K::Interpolate;
            let found = open
                .iter()
                .rev()
                .take(FAR)
                .take_while(|o| fits(o) || !barrier(o));
            match found.enumerate().find(|(_, o)| fits(o)).map(|(up, _)| up) {
                Some(up) => {
                    balanced &= up == 0;
                    let opener = open[open.len() - 1 - up];
                    open.truncate(open.len() - 1 - up);
                    partner[opener] = at as u32;
                    partner[at] = opener as u32;
                }
                None => balanced = false,
            }
        }
    }
    (partner, balanced && open.is_empty())
}

/// Adds the partners of `let`.
fn with_lets(items: &[Item], mut partner: Vec<u32>) -> Vec<u32> {
    let mut open: Vec<usize> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        match item.kind {
            K::Let => open.push(at),
            K::In => {
                if let Some(opener) = open.pop_if(|o| items[*o].kind == K::Let) {
                    partner[opener] = at as u32;
                    partner[at] = opener as u32;
                }
            }
            kind if closer_of(kind).is_some() => open.push(at),
            kind if is_closer(kind) => {
                while let Some(top) = open.pop() {
                    if items[top].kind != K::Let {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    partner
}

struct Balancer<'a> {
    text: &'a str,
    tokens: &'a [Token],
    items: &'a [Item],
    /// The partners by nesting alone, which are right where nothing is wrong.
    plain: Vec<u32>,
    open: Vec<usize>,
    out: Vec<Item>,
    errors: Vec<SyntaxError>,
    repaired: Vec<u32>,
    /// The item the last unclosed bracket was closed before, and its error.
    unclosed: Option<(usize, usize)>,
}

impl Balancer<'_> {
    fn item(&mut self, at: usize) {
        let item = self.items[at];
        if let Some(column) = item.column {
            self.close_by_layout(at, column);
        }
        if closer_of(item.kind).is_some() {
            self.open.push(at);
        } else if is_closer(item.kind) {
            self.closer(at);
            return;
        }
        self.out.push(item);
    }

    /// A binding that begins at or left of the line of an open bracket ends that bracket.
    fn close_by_layout(&mut self, at: usize, column: u32) {
        let Some(head) = head(self.items, at) else {
            return;
        };
        while let Some(&top) = self.open.last() {
            let opener = self.items[top];
            let bracket = matches!(opener.kind, K::LBrace | K::LBracket | K::LParen);
            // `inherit` says little where it is not at the very left.
            let outside = match head {
                Head::Inherit => column < opener.indent || column == 0,
                _ => column <= opener.indent,
            };
            if !bracket || !outside || self.closes_properly(top) {
                return;
            }
            self.close_innermost(at);
        }
    }

    /// The bracket's plain partner is where one would write it.
    fn closes_properly(&self, opener: usize) -> bool {
        let partner = self.plain[opener];
        if partner == NONE {
            return false;
        }
        let column = self.items[partner as usize].column;
        column.is_none_or(|c| c == self.items[opener].indent)
    }

    /// Adds the closing bracket that the innermost open one lacks, before the item `at`.
    fn close_innermost(&mut self, at: usize) {
        let Some(opening) = self.open.pop() else {
            return;
        };
        let opener = self.items[opening];
        let Some(closer) = closer_of(opener.kind) else {
            return;
        };
        let token = match self.items.get(at) {
            Some(item) => item.token,
            None => self.tokens.len() as u32,
        };
        let place = self.end_before(at);
        let item = Item {
            kind: closer,
            token,
            column: None,
            indent: opener.indent,
            line: opener.line,
            made_up: true,
            after_unknown: false,
        };
        // A `;` at the end is meant to be outside of parentheses and lists.
        let semicolon = |b: &Self, back: usize| {
            let at = b.out.len().checked_sub(back);
            at.is_some_and(|i| b.out[i].kind == K::Semicolon)
        };
        let inside = opener.kind == K::LBrace;
        let before_semicolon = semicolon(self, 1) && (!inside || semicolon(self, 2));
        let index = self.out.len() - usize::from(before_semicolon);
        self.out.insert(index, item);
        self.repaired.push(index as u32);
        if self.swallowed(index, closer) || self.errors.len() >= MOST_ERRORS {
            return;
        }
        let span = self.tokens[opener.token as usize].span();
        let (open, close) = (opener.kind.fixed_text(), closer.fixed_text());
        let closing = self.closing(opening, at, before_semicolon);
        if let Some((_, inner)) = self.unclosed.filter(|(place, _)| *place == at) {
            // Those further in were said already, for the same place.
            let error = &mut self.errors[inner];
            if error.related.len() < MOST_RELATED {
                error.related.push((span, format!("nor is this `{open}`")));
            }
            match (&mut error.fix, closing) {
                (Some(fix), Some(closing)) => {
                    if let Some(edit) = fix.edits.last_mut() {
                        edit.text += &closing;
                    }
                }
                // Half of it mends nothing.
                _ => error.fix = None,
            }
            return;
        }
        // In front of the `;` that ends the binding.
        let gap = match before_semicolon {
            true => self.end_before(at.saturating_sub(1)),
            false => place,
        };
        self.unclosed = Some((at, self.errors.len()));
        let error = SyntaxError::new("NX0005", span, format!("this `{open}` is never closed"))
            .label("opened here")
            .related(
                place..place,
                format!("a `{close}` is missing, at the latest here"),
            )
            .help(format!("add the `{close}` that belongs to it"));
        self.errors.push(match closing {
            Some(closing) => error.fix(format!("Add the missing {close}"), gap..gap, &closing),
            None => error,
        });
    }

    /// The text that closes a bracket before the item `at`: on a line of its own when it was
    /// opened on an earlier one, with the `;` of the binding it ends. Nothing when more than the
    /// bracket is missing.
    fn closing(&self, opening: usize, at: usize, before_semicolon: bool) -> Option<String> {
        let opener = self.items[opening];
        let close = closer_of(opener.kind)?.fixed_text();
        let before = self.items[at.checked_sub(1)?];
        let complete = at - 1 == opening
            || ends_operand(before.kind)
            || matches!(before.kind, K::Semicolon | K::Comma);
        let introduced = opening.checked_sub(1).map(|i| self.items[i].kind);
        if !complete || matches!(introduced, None | Some(K::Colon)) {
            return None;
        }
        let mut text = match (before.line > opener.line, opener.kind) {
            (true, _) => format!("\n{}{close}", " ".repeat(opener.indent as usize)),
            (false, K::LParen) => close.to_owned(),
            (false, _) => format!(" {close}"),
        };
        let binding_ends = match self.items.get(at) {
            Some(_) => head(self.items, at).is_some(),
            None => introduced == Some(K::Equals),
        };
        if binding_ends && !before_semicolon {
            text.push(';');
        }
        Some(text)
    }

    /// A string that was not closed right before has taken the bracket with it.
    fn swallowed(&self, index: usize, closer: K) -> bool {
        let Some(end) = index.checked_sub(1).map(|i| self.out[i]) else {
            return false;
        };
        let token = end.token as usize;
        end.kind == K::QuoteEnd
            && !end.made_up
            && self.tokens[token].is_empty()
            && token > 0
            && self.text[self.tokens[token - 1].start as usize..self.tokens[token - 1].end as usize]
                .contains(closer.fixed_text())
    }

    fn end_before(&self, at: usize) -> u32 {
        match at.checked_sub(1).and_then(|i| self.items.get(i)) {
            Some(item) => self.tokens[item.token as usize].end,
            None => 0,
        }
    }

    fn closer(&mut self, at: usize) {
        let item = self.items[at];
        let fits = |b: &Self, o: usize| closer_of(b.items[o].kind) == Some(item.kind);
        // Candidates, innermost first, up to the interpolation we are in.
        let reach = self.open.iter().rev().take(FAR);
        let reach: Vec<usize> = reach
            .copied()
            .take_while(|o| fits(self, *o) || self.items[*o].kind != K::Interpolate)
            .collect();
        let nearest = reach.iter().position(|o| fits(self, *o));
        let by_column = item.column.and_then(|column| {
            reach
                .iter()
                .position(|o| fits(self, *o) && self.items[*o].indent == column)
        });
        let up = match (nearest, by_column) {
            // Everything skipped must look unclosed, else the column is only untidy.
            (Some(near), Some(column))
                if reach[near..column]
                    .iter()
                    .all(|o| !self.closes_properly(*o)) =>
            {
                Some(column)
            }
            (near, _) => near,
        };
        // In the middle of a line, it is rather its own opening bracket that is missing.
        let far = |up: usize| reach[..up].iter().any(|o| self.items[*o].line < item.line);
        match up.filter(|up| item.column.is_some() || !far(*up)) {
            Some(up) => {
                for _ in 0..up {
                    self.close_innermost(at);
                }
                self.open.pop();
                self.out.push(item);
            }
            None if self.errors.len() >= MOST_ERRORS => {
                self.repaired.push(self.out.len() as u32);
            }
            None => self.stray(at),
        }
    }

    /// A closing bracket that fits nothing.
    fn stray(&mut self, at: usize) {
        let item = self.items[at];
        let span = self.tokens[item.token as usize].span();
        let text = item.kind.fixed_text();
        let top = self.open.last().copied().filter(|o| self.plain[*o] == NONE);
        if let Some((top, right)) = top.and_then(|o| Some((o, closer_of(self.items[o].kind)?))) {
            // One mistake, not an unclosed bracket and a stray one.
            self.open.pop();
            let opener = self.tokens[self.items[top].token as usize];
            let (open, close) = (opener.kind.fixed_text(), right.fixed_text());
            self.errors.push(
                SyntaxError::new(
                    "NX0006",
                    span.clone(),
                    format!("`{text}` does not close the `{open}` that is open here"),
                )
                .related(opener.span(), "opened here")
                .help(format!("write `{close}`"))
                .fix(format!("Replace by {close}"), span, close),
            );
            self.out.push(Item {
                kind: right,
                ..item
            });
            return;
        }
        self.errors.push(
            SyntaxError::new(
                "NX0006",
                span.clone(),
                format!("this `{text}` closes nothing"),
            )
            .help("remove it, or add what should open it")
            .proposal(format!("Remove the {text}"), span, ""),
        );
        self.repaired.push(self.out.len() as u32);
    }
}
