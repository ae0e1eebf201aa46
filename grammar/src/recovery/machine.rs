//! The generated tables, stepped through token by token.
//!
//! lalrpop's own driver stops at the first mistake and forgets what it has. This one asks the
//! tables beforehand whether a token fits, so nothing that was built is ever lost and recovery
//! never starts over.

use crate::builder::Builder;
use crate::generated::__parse__Source::__StateMachine;
use crate::kind::SyntaxKind;
use crate::tree::NodeId;
use lalrpop_util::state_machine::{ParserAction, ParserDefinition, SimulatedReduce, SymbolTriple};
use std::marker::PhantomData;

fn shift_of(action: i16) -> Option<i16> {
    ParserAction::<__StateMachine<'static>>::as_shift(action)
}

fn reduce_of(action: i16) -> Option<i16> {
    ParserAction::<__StateMachine<'static>>::as_reduce(action)
}

pub(super) struct Machine<'b> {
    tables: __StateMachine<'b>,
    states: Vec<i16>,
    symbols: Vec<SymbolTriple<__StateMachine<'b>>>,
    /// What a question may still cost, over the whole text. Deep nesting makes single questions
    /// expensive; with many of them a hostile text would take quadratic time.
    budget: u64,
    scratch: Vec<i16>,
}

/// The parser's stack in a question: what is kept of it, and what would be on top.
struct Walk {
    kept: usize,
    above: Vec<i16>,
}

impl Walk {
    fn top(&self, states: &[i16]) -> i16 {
        *self.above.last().unwrap_or(&states[self.kept - 1])
    }
}

impl<'b> Machine<'b> {
    pub(super) fn new(builder: &'b mut Builder, tokens: usize) -> Self {
        let tables = __StateMachine {
            b: builder,
            __phantom: PhantomData,
        };
        Machine {
            states: vec![tables.start_state()],
            symbols: Vec::new(),
            tables,
            budget: 256 * tokens as u64 + 100_000,
            scratch: Vec::new(),
        }
    }

    pub(super) fn exhausted(&self) -> bool {
        self.budget == 0
    }

    /// Whether these tokens could come next. Says no when the budget is used up.
    pub(super) fn accepts(&mut self, kinds: &[SyntaxKind]) -> bool {
        let mut walk = self.start_walk();
        let fits = kinds
            .iter()
            .all(|kind| match self.tables.token_to_index(kind) {
                Some(index) => self.step(&mut walk, Some(index)),
                None => false,
            });
        self.scratch = walk.above;
        fits
    }

    /// Whether the text could end here.
    pub(super) fn accepts_end(&mut self) -> bool {
        let mut walk = self.start_walk();
        let fits = self.step(&mut walk, None);
        self.scratch = walk.above;
        fits
    }

    fn start_walk(&mut self) -> Walk {
        let mut above = std::mem::take(&mut self.scratch);
        above.clear();
        Walk {
            kept: self.states.len(),
            above,
        }
    }

    /// One token further, without doing anything; `None` stands for the end of the text.
    fn step(&mut self, walk: &mut Walk, token: Option<usize>) -> bool {
        loop {
            if self.budget == 0 {
                return false;
            }
            self.budget -= 1;
            let top = walk.top(&self.states);
            let action = match token {
                Some(index) => self.tables.action(top, index),
                None => self.tables.eof_action(top),
            };
            if let Some(state) = shift_of(action) {
                walk.above.push(state);
                return true;
            }
            let Some(reduce) = reduce_of(action) else {
                return false;
            };
            match self.tables.simulate_reduce(reduce) {
                SimulatedReduce::Accept => return true,
                SimulatedReduce::Reduce {
                    states_to_pop,
                    nonterminal_produced,
                } => {
                    let from_above = states_to_pop.min(walk.above.len());
                    walk.above.truncate(walk.above.len() - from_above);
                    walk.kept -= states_to_pop - from_above;
                    let top = walk.top(&self.states);
                    walk.above.push(self.tables.goto(top, nonterminal_produced));
                }
            }
        }
    }

    /// Shifts a token over the token range `start..end`. False, and nothing shifted, when it does
    /// not fit.
    pub(super) fn shift(&mut self, kind: SyntaxKind, start: u32, end: u32) -> bool {
        let Some(index) = self.tables.token_to_index(&kind) else {
            return false;
        };
        loop {
            let top = self.states[self.states.len() - 1];
            let action = self.tables.action(top, index);
            if let Some(state) = shift_of(action) {
                let symbol = self.tables.token_to_symbol(index, kind);
                self.states.push(state);
                self.symbols.push((start, symbol, end));
                return true;
            }
            let Some(reduce) = reduce_of(action) else {
                return false;
            };
            let (states, symbols) = (&mut self.states, &mut self.symbols);
            if self
                .tables
                .reduce(reduce, Some(&start), states, symbols)
                .is_some()
            {
                return false;
            }
        }
    }

    /// Ends the text; the root, if the text may end here.
    pub(super) fn finish(&mut self) -> Option<NodeId> {
        loop {
            let top = self.states[self.states.len() - 1];
            let reduce = reduce_of(self.tables.eof_action(top))?;
            let (states, symbols) = (&mut self.states, &mut self.symbols);
            if let Some(result) = self.tables.reduce(reduce, None, states, symbols) {
                return result.ok();
            }
        }
    }
}
