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
        let indices = kinds.iter().map(|k| self.tables.token_to_index(k));
        let indices: Vec<Option<usize>> = indices.collect();
        indices.iter().all(Option::is_some) && self.simulate(indices)
    }

    /// Whether the text could end here.
    pub(super) fn accepts_end(&mut self) -> bool {
        self.simulate(vec![None])
    }

    /// `None` stands for the end of the text.
    fn simulate(&mut self, tokens: Vec<Option<usize>>) -> bool {
        let mut kept = self.states.len();
        let mut above = std::mem::take(&mut self.scratch);
        above.clear();
        let mut fits = true;
        'tokens: for token in tokens {
            loop {
                if self.budget == 0 {
                    fits = false;
                    break 'tokens;
                }
                self.budget -= 1;
                let top = *above.last().unwrap_or(&self.states[kept - 1]);
                let action = match token {
                    Some(index) => self.tables.action(top, index),
                    None => self.tables.eof_action(top),
                };
                if let Some(state) = shift_of(action) {
                    above.push(state);
                    continue 'tokens;
                }
                let Some(reduce) = reduce_of(action) else {
                    fits = false;
                    break 'tokens;
                };
                match self.tables.simulate_reduce(reduce) {
                    SimulatedReduce::Accept => break 'tokens,
                    SimulatedReduce::Reduce {
                        states_to_pop,
                        nonterminal_produced,
                    } => {
                        let from_above = states_to_pop.min(above.len());
                        above.truncate(above.len() - from_above);
                        kept -= states_to_pop - from_above;
                        let top = *above.last().unwrap_or(&self.states[kept - 1]);
                        above.push(self.tables.goto(top, nonterminal_produced));
                    }
                }
            }
        }
        self.scratch = above;
        fits
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
