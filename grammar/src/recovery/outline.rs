//! A file whose body stands in braces, as it would in Nix or JSON.

use super::brackets::{Balanced, NONE};
use super::stream::head;
use crate::error::SyntaxError;
use crate::kind::SyntaxKind as K;
use crate::token::Token;

/// Takes the braces around the body of a file away, and says so.
pub(super) fn unwrap_file(tokens: &[Token], balanced: &mut Balanced) {
    let Balanced { items, partner, .. } = balanced;
    let kind = |i: usize| items[i].kind;
    let mut last = items.len();
    while last > 0 && kind(last - 1) == K::Semicolon {
        last -= 1;
    }
    let Some(close) = last.checked_sub(1).filter(|c| kind(*c) == K::RBrace) else {
        return;
    };
    let open = match partner[close] {
        NONE => return,
        open => open as usize,
    };
    let first = match open.checked_sub(1) {
        Some(rec) if kind(rec) == K::Rec => rec,
        _ => open,
    };
    // `{ args }:` at the start, then perhaps `let … in`.
    let parameters_end = |at: usize| {
        let brace = at.checked_sub(1).filter(|b| kind(*b) == K::RBrace);
        kind(at) == K::Colon && brace.is_some_and(|b| partner[b] == 0)
    };
    let starts_body = match first.checked_sub(1) {
        None => true,
        Some(before) if kind(before) == K::In && partner[before] != NONE => {
            let opening = partner[before] as usize;
            opening == 0 || parameters_end(opening - 1)
        }
        Some(before) => parameters_end(before),
    };
    let holds_bindings = close == open + 1 || head(items, open + 1).is_some();
    if !starts_body || !holds_bindings || items[close].made_up {
        return;
    }
    let (from, to) = (items[first].token as usize, items[close].token as usize);
    let upto = items.last().map_or(to, |item| item.token as usize);
    let opening = tokens[from].start..tokens[items[open].token as usize].end;
    let closing = tokens[to].start..tokens[upto].end;
    balanced.errors.push(
        SyntaxError::new(
            "NX0018",
            opening.clone(),
            "a file is the inside of a record and takes no braces around it",
        )
        .related(closing.clone(), "up to here")
        .help("remove the outer braces")
        .fix("Remove the outer braces", opening, "")
        .fix("Remove the outer braces", closing, ""),
    );
    let removed = |i: usize| (first..=open).contains(&i) || i >= close;
    let mut index = 0;
    items.retain(|_| {
        index += 1;
        !removed(index - 1)
    });
    let shift = (open - first + 1) as u32;
    let mut moved = Vec::with_capacity(items.len());
    for (i, p) in partner.iter().enumerate().filter(|(i, _)| !removed(*i)) {
        let p = if *p != NONE && *p as usize > open {
            *p - shift
        } else {
            *p
        };
        moved.push(if i < first || p != NONE { p } else { NONE });
    }
    *partner = moved;
    for at in &mut balanced.repaired {
        if *at as usize > open {
            *at = (*at - shift).min(items.len() as u32);
        }
    }
}
