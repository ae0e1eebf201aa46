//! What leads to a token: the bracket it is in, and the statement it belongs to.

use nexus_grammar::{SyntaxKind as K, Tree};

/// What leads to a token inside of the bracket it is in.
pub(super) struct Line {
    /// The bracket.
    pub(super) opener: Option<usize>,
    /// It is among the bindings of a `let`.
    pub(super) in_let: bool,
    /// An `inherit` comes before it, with nothing that ends it: with the `(` behind it if there
    /// is one.
    pub(super) inherits: Option<Option<usize>>,
    /// A `with` or `assert` was ended by the `;`.
    pub(super) with: bool,
    /// Whether an `=` stands between the opener and a `let` of the token, so that `in` begins a
    /// value.
    pub(super) nested: bool,
}

impl Line {
    pub(super) fn of(tree: &Tree, last: usize) -> Line {
        let tokens = tree.tokens();
        let mut line = Line {
            opener: None,
            in_let: false,
            inherits: None,
            with: false,
            nested: false,
        };
        let mut depth = 0u32;
        let mut ins = 0u32;
        let mut decided_let = false;
        let mut statement_ended = false;
        let mut paren = None;
        let mut at = last + 1;
        while at > 0 {
            at -= 1;
            let token = tokens.at(at);
            match token.kind {
                K::RBrace | K::RBracket | K::RParen => depth += 1,
                K::InterpolateEnd if !token.is_empty() => depth += 1,
                K::LBrace | K::LBracket | K::LParen | K::Interpolate => {
                    if depth == 0 {
                        line.opener = Some(at);
                        break;
                    }
                    depth -= 1;
                    if depth == 0 && token.kind == K::LParen {
                        paren = Some(at);
                    }
                }
                _ if depth > 0 => {}
                K::Inherit if !statement_ended && line.inherits.is_none() => {
                    line.inherits = Some(paren);
                    statement_ended = true;
                }
                K::Semicolon if at == last => {}
                K::Semicolon | K::Equals if at != last => {
                    if token.kind == K::Equals && decided_let {
                        line.nested = true;
                    }
                    statement_ended = true;
                }
                K::With | K::Assert if !statement_ended => line.with = true,
                K::In if !decided_let && at != last => ins += 1,
                K::In if at != last => {}
                K::Let if !decided_let => match ins.checked_sub(1) {
                    Some(less) => ins = less,
                    None => {
                        line.in_let = tokens.kind(last) != K::In;
                        decided_let = true;
                    }
                },
                _ => {}
            }
        }
        line
    }

    /// Behind `with e;` and `assert c;`.
    pub(super) fn is_value(&self) -> bool {
        self.with
    }

    /// Behind the `in` of the head of a file.
    pub(super) fn is_body(&self) -> bool {
        self.opener.is_none() && !self.nested
    }
}
