//! What has to come before a token, and how it is said that it is missing.

use super::driver::Driver;
use super::stream::{ends_operand, is_closer, is_operator, starts_operand};
use super::words::missing_value;
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;

impl Driver<'_> {
    /// What has to come before an item that ends something.
    pub(super) fn completion(&mut self, at: usize) -> Option<K> {
        let item = self.items[at];
        let ends = matches!(
            item.kind,
            K::Semicolon | K::Comma | K::Then | K::Else | K::In
        );
        if starts_operand(item.kind) && self.machine.accepts(&[K::Equals]) {
            // `a 1;`, but in `a` above `b = 1;` the value is what is missing.
            return Some(K::Equals);
        }
        if matches!(self.before, Some(K::Rec | K::At)) && self.machine.accepts(&[K::LBrace]) {
            return Some(K::LBrace);
        }
        if starts_operand(item.kind) && self.lacks_colon() {
            return Some(K::Colon);
        }
        if !self.before.is_some_and(ends_operand) && !is_operator(item.kind) {
            // `a : = 1;`
            let holes = [K::MissingValue, K::MissingName].into_iter();
            let mut fitting = holes.filter(|hole| self.machine.accepts(&[*hole, item.kind]));
            if let Some(hole) = fitting.next() {
                return Some(hole);
            }
        }
        if ends || is_closer(item.kind) || item.column.is_some() {
            // A `then` or `else` too many does not end the binding.
            let branch = matches!(item.kind, K::Then | K::Else);
            return self
                .missing()
                .filter(|kind| !branch || *kind != K::Semicolon);
        }
        None
    }

    /// After a pattern, or in a record type; a mere name would take a `:`, too, but does not
    /// lack it.
    pub(super) fn lacks_colon(&mut self) -> bool {
        let after_pattern = self.before == Some(K::RBrace) || self.before_that == Some(K::At);
        if after_pattern && self.before != Some(K::At) {
            return self.machine.accepts(&[K::Colon]);
        }
        self.innermost() == Some(K::LBrace)
            && self
                .machine
                .accepts(&[K::Colon, K::MissingValue, K::RBrace])
            && !self.machine.accepts(&[K::RBrace])
    }

    /// What is missing at the end of the text.
    pub(super) fn missing_at_end(&mut self) -> Option<K> {
        let kind = self.missing()?;
        self.report_missing(kind, self.items.len());
        Some(kind)
    }

    /// The next token that brings what was begun nearer to its end.
    pub(super) fn missing(&mut self) -> Option<K> {
        let before = self.before;
        if matches!(before, Some(K::Rec | K::At)) && self.machine.accepts(&[K::LBrace]) {
            return Some(K::LBrace);
        }
        if before == Some(K::Dot) && self.machine.accepts(&[K::MissingName]) {
            return Some(K::MissingName);
        }
        let in_let = self.innermost() == Some(K::Let);
        let order: &[K] = if before.is_some_and(ends_operand) {
            match self.lacks_colon() {
                true => &[K::Then, K::Else, K::Semicolon, K::Equals, K::Colon],
                false => &[K::Then, K::Else, K::Semicolon, K::Equals],
            }
        } else if in_let && matches!(before, Some(K::Semicolon | K::Let)) {
            &[K::In, K::MissingValue]
        } else {
            &[
                K::MissingValue,
                K::MissingName,
                K::Then,
                K::Else,
                K::Equals,
                K::Semicolon,
            ]
        };
        let binding_follows = !before.is_some_and(ends_operand) && self.begins_binding();
        let mut order = order.iter().copied();
        order.find(|kind| {
            // Nothing is missing between two bindings.
            !(binding_follows && *kind == K::MissingName) && self.machine.accepts(&[*kind])
        })
    }

    /// Says that a token is missing.
    pub(super) fn report_missing(&mut self, kind: K, at: usize) {
        if self.is_quiet() {
            return;
        }
        let place = self.place();
        let before_text = self.last.map_or("", |t| {
            let span = self.tokens[t].span();
            &self.text[span.start as usize..span.end as usize]
        });
        let error = match kind {
            K::Semicolon => {
                if self.separator_in_group(&place) {
                    return;
                }
                SyntaxError::new(
                    "NX0002",
                    place.clone(),
                    "a `;` is missing after this binding",
                )
                .label("`;` missing")
                .help("every binding ends with `;`")
                .fix("Insert the missing ;", place, ";")
            }
            K::Then => return self.report_keyword("then", "if"),
            K::Else => return self.report_keyword("else", "if"),
            K::In => return self.report_keyword("in", "let"),
            K::Equals => self.missing_equals(at),
            K::Colon if !self.machine.accepts(&[K::Colon, K::If]) => {
                SyntaxError::new("NX0003", place, "this field is given no type")
                    .label("`: Type` missing")
                    .help("a field of a record type is written `name : Type`, or `name ? Type` when it may be absent")
            }
            K::Colon => SyntaxError::new(
                "NX0003",
                place,
                "parameters are not followed by a function body",
            )
            .label("`: body` missing")
            .help("`{ a }` alone is a parameter; a record's fields are written `{ a = 1; }`"),
            K::LBrace => SyntaxError::new(
                "NX0003",
                place,
                format!("`{{ … }}` is missing after `{before_text}`"),
            )
            .label("missing")
            .help("`rec` is followed by a record, `name@` by parameters in braces"),
            K::MissingName => {
                let message = match before_text {
                    "" => "a name is missing here".to_owned(),
                    text => format!("a name is missing after `{text}`"),
                };
                SyntaxError::new("NX0014", place, message)
                    .label("name missing")
                    .help("write the name of a field, or remove the `.`")
            }
            _ => {
                let in_type = !self.machine.accepts(&[K::LParen, K::If]);
                let (message, help) = missing_value(self.before, before_text, in_type);
                let label = if in_type {
                    "type missing"
                } else {
                    "value missing"
                };
                SyntaxError::new("NX0003", place, message)
                    .label(label)
                    .help(help)
            }
        };
        self.report(error);
    }

    pub(super) fn missing_equals(&mut self, at: usize) -> SyntaxError {
        let place = self.place();
        let follows = self.kind(at).is_some_and(starts_operand)
            && self.items.get(at).is_some_and(|item| item.column.is_none());
        if follows {
            return SyntaxError::new("NX0007", place.clone(), "a `=` is missing after this name")
                .label("`=` missing")
                .help("a binding is written `name = value;`")
                .fix("Insert the missing =", place, " =");
        }
        SyntaxError::new("NX0003", place, "this name is given no value")
            .label("`= value` missing")
            .help("a binding is written `name = value;`")
    }

    pub(super) fn report_keyword(&mut self, word: &str, opener: &str) {
        if self.is_quiet() {
            return;
        }
        let place = self.place();
        let help = match opener {
            "if" => "an `if` always has both branches: `if condition then a else b`",
            _ => "bindings and the expression that uses them: `let a = 1; in a + 1`",
        };
        let article = if opener == "if" { "an" } else { "a" };
        let mut error = SyntaxError::new(
            "NX0008",
            place,
            format!("{article} `{opener}` lacks its `{word}`"),
        )
        .label(format!("`{word}` missing"))
        .help(help);
        if word == "in" {
            let (place, text) = (self.place(), format!(" {word}"));
            error = error.fix(format!("Insert the missing {word}"), place, &text);
        }
        if let Some(opening) = self.context.last().copied()
            && opener == "let"
            && self.items[opening].kind == K::Let
        {
            error = error.related(self.span(opening), "this `let`");
        }
        self.report(error);
    }
}
