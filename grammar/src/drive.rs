//! The fast way through the generated tables, for texts without mistakes.
//!
//! Of all reductions most only pass a node on, through the levels of operators; lalrpop's own
//! driver takes a symbol off its stack for each and puts it back. Here they only change the state,
//! and where a run of them ends is remembered.

use crate::builder::Builder;
use crate::generated::__parse__Source::{__StateMachine, __Symbol};
use crate::generated::UNITS;
use crate::parser::Entry;
use crate::tokens::Tokens;
use crate::tree::NodeId;
use lalrpop_util::state_machine::{ParserAction, ParserDefinition};
use std::cell::Cell;
use std::marker::PhantomData;

/// Runs remembered; a power of two.
const REMEMBERED: usize = 1024;

/// A run of reductions that pass a node on: from a state above another, with a token ahead, to a
/// state and what is to be done there.
#[derive(Clone, Copy)]
struct Run {
    below: i16,
    from: i16,
    token: u8,
    to: i16,
    action: i16,
}

thread_local! {
    /// The runs of the last text: they follow from the tables alone, and small texts have little
    /// use of what each would have to find out anew.
    static RUNS: Cell<Vec<Run>> = const { Cell::new(Vec::new()) };
}

struct Driver<'b> {
    tables: __StateMachine<'b>,
    runs: Vec<Run>,
}

/// The tree's root; `None` when the text is refused.
pub(crate) fn drive(tokens: &Tokens, entry: Entry, builder: &mut Builder) -> Option<NodeId> {
    let mut runs = RUNS.take();
    runs.resize(
        REMEMBERED,
        Run {
            below: -1,
            from: -1,
            token: 0,
            to: -1,
            action: 0,
        },
    );
    let mut driver = Driver {
        tables: __StateMachine {
            b: builder,
            __phantom: PhantomData,
        },
        runs,
    };
    let root = driver.parse(tokens, entry);
    RUNS.set(driver.runs);
    root
}

fn reduce_of(action: i16) -> Option<i16> {
    ParserAction::<__StateMachine<'static>>::as_reduce(action)
}

impl Driver<'_> {
    fn parse(&mut self, tokens: &Tokens, entry: Entry) -> Option<NodeId> {
        let mut states = vec![self.tables.start_state()];
        let mut symbols = Vec::new();
        let marker = (0, entry.marker(), 0);
        let significant = tokens
            .kinds()
            .zip(0..)
            .filter(|(kind, _)| kind.is_significant())
            .map(|(kind, i)| (i, kind, i + 1));
        for (start, kind, end) in std::iter::once(marker).chain(significant) {
            let token = self.tables.token_to_index(&kind)?;
            loop {
                let action = self.settle(&mut states, Some(token));
                if let Some(state) = ParserAction::<__StateMachine<'_>>::as_shift(action) {
                    states.push(state);
                    symbols.push((start, __Symbol::Variant0(kind), end));
                    break;
                }
                let reduce = reduce_of(action)?;
                let ended = self
                    .tables
                    .reduce(reduce, Some(&start), &mut states, &mut symbols);
                if ended.is_some() {
                    return None;
                }
            }
        }
        loop {
            let reduce = reduce_of(self.settle(&mut states, None))?;
            let ended = self.tables.reduce(reduce, None, &mut states, &mut symbols);
            if let Some(root) = ended {
                return root.ok();
            }
        }
    }

    /// Passes the topmost node on as far as it goes; gives the action then to be taken. `None`
    /// stands for the end of the text.
    fn settle(&mut self, states: &mut [i16], token: Option<usize>) -> i16 {
        let [.., below, top] = states else {
            return self.action(states[0], token);
        };
        let action = self.action(*top, token);
        if !is_unit(action) {
            return action;
        }
        let key = token.map_or(u8::MAX, |token| token as u8);
        // Multiplied by the golden ratio, the high bits depend on all three.
        let hash = (*below as u32) << 20 ^ (*top as u32) << 8 ^ u32::from(key);
        let at = (hash.wrapping_mul(0x9e37_79b1) >> 16) as usize % REMEMBERED;
        let run = self.runs[at];
        if (run.below, run.from, run.token) == (*below, *top, key) {
            *top = run.to;
            return run.action;
        }
        let from = *top;
        let mut action = action;
        while let Some(made) = unit(action) {
            *top = self.tables.goto(*below, made);
            action = self.action(*top, token);
        }
        self.runs[at] = Run {
            below: *below,
            from,
            token: key,
            to: *top,
            action,
        };
        action
    }

    #[inline]
    fn action(&self, state: i16, token: Option<usize>) -> i16 {
        match token {
            Some(token) => self.tables.action(state, token),
            None => self.tables.eof_action(state),
        }
    }
}

#[inline]
fn is_unit(action: i16) -> bool {
    unit(action).is_some()
}

/// What a reduction makes that only passes a node on.
#[inline]
fn unit(action: i16) -> Option<usize> {
    let made = *UNITS.get(reduce_of(action)? as usize)?;
    usize::try_from(made).ok()
}
