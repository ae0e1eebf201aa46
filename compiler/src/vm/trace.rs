//! From a failure in the machine to a diagnostic: the place, how it was reached, and what the
//! waiting thunks remember.

use super::frame::{Action, Frame};
use super::{Failure, Fault, Raise, Vm};
use crate::code::{Op, PcSpan};
use crate::diagnostic::registry::evaluation as codes;
use crate::diagnostic::{Diagnostic, Label};
use crate::hir::Span;
use crate::value::{Thunk, Value};
use std::path::Path;
use std::sync::Arc;

/// Places of a trace shown at most.
const MAX_TRACE: usize = 4;
/// Frames looked at for a trace; beyond, a trace only repeats itself.
const MAX_LOOKED: usize = 4096;

/// A step of a trace.
#[derive(PartialEq)]
struct Reached {
    file: Arc<Path>,
    span: Span,
    text: String,
}

/// Whether a place is inside a library rather than in what its user wrote.
fn is_library(file: &Path) -> bool {
    crate::library::at(file).is_some()
}

impl Vm<'_> {
    /// Takes frames away until an `or` that this failure is meant for, or to the end. Every thunk
    /// on the way remembers the failure.
    pub(super) fn unwind(&mut self, raise: Raise, pc: Option<u32>) -> Result<Action, Failure> {
        if let Raise::Fault(fault) = &raise
            && fault.nothing
            && pc.is_none()
            && let Some(action) = self.alternative()
        {
            return Ok(action);
        }
        let failure = match raise {
            Raise::Failure(failure) => failure,
            Raise::Fault(fault) => Failure::Errors(Arc::from([self.diagnose(*fault, pc)])),
        };
        let index = self.failures.len() as u32;
        self.failures.push(failure.clone());
        for frame in self.frames.drain(..) {
            if let Frame::Update(thunk) = frame {
                self.heap.thunks[thunk as usize] = Thunk::Failed(index);
            }
        }
        Err(failure)
    }

    /// If the look-up that failed is followed by `or`: the code there.
    fn alternative(&mut self) -> Option<Action> {
        let mut at = self.frames.len();
        loop {
            at = at.checked_sub(1)?;
            match self.frames[at] {
                Frame::Catch { target, height } => {
                    let Some(Frame::Code { base, env, .. }) =
                        at.checked_sub(1).map(|below| self.frames[below])
                    else {
                        return None;
                    };
                    self.frames.truncate(at - 1);
                    self.stack.truncate(height as usize);
                    return Some(Action::Code {
                        pc: target,
                        base,
                        env,
                    });
                }
                // A function that ends with the look-up is transparent.
                Frame::Code { pc, .. } if self.program.ops[pc as usize] == Op::Return => {}
                _ => return None,
            }
        }
    }

    fn diagnose(&self, fault: Fault, pc: Option<u32>) -> Diagnostic {
        let mut reached = pc
            .into_iter()
            .map(|pc| self.reached(pc))
            .chain(
                self.frames
                    .iter()
                    .rev()
                    .take(MAX_LOOKED)
                    .filter_map(|f| match f {
                        Frame::Code { pc, .. } => Some(self.reached(pc.saturating_sub(1))),
                        _ => None,
                    }),
            )
            .flatten()
            .peekable();
        // What a library function does inside is nothing its user can change.
        let mut hidden = None;
        while let Some(place) = reached.next_if(|place| is_library(&place.file)) {
            hidden.get_or_insert(place);
        }
        let mut reached = reached.filter(|place| !is_library(&place.file));
        let inside = if fault.caller { reached.next() } else { None };
        let first = reached.next();
        let (place, inside) = match (first, inside) {
            (Some(place), inside) => (place, inside),
            (None, Some(inside)) => (inside, None),
            (None, None) => (hidden.unwrap_or_else(|| self.nowhere()), None),
        };
        let mut diagnostic =
            Diagnostic::error(fault.code, place.file.clone(), place.span, fault.message);
        diagnostic.notes = fault.notes;
        diagnostic.helps = fault.helps;
        if let Some(inside) = inside {
            diagnostic = diagnostic.secondary(inside.file, inside.span, "the function is here");
        }
        // A place that is passed again and again is shown once, with how often.
        let mut steps: Vec<(Reached, usize)> = Vec::new();
        for step in reached {
            if *step.file == *place.file && step.span == place.span {
                continue;
            }
            match steps.iter_mut().find(|(known, _)| *known == step) {
                Some((_, times)) => *times += 1,
                None => steps.push((step, 1)),
            }
        }
        // The innermost places, and the outermost: where it all began.
        let left_out = steps.len().saturating_sub(MAX_TRACE);
        if left_out > 0 {
            steps.drain(MAX_TRACE - 1..steps.len() - 1);
        }
        for (step, times) in steps {
            let text = match times {
                1 => step.text,
                _ if self.frames.len() > MAX_LOOKED => format!("{}, again and again", step.text),
                _ => format!("{}, {times} times", step.text),
            };
            diagnostic.secondary.push(Label {
                file: step.file,
                span: step.span,
                text,
            });
        }
        if left_out > 0 {
            diagnostic
                .notes
                .push(format!("reached through {left_out} more places"));
        }
        diagnostic
    }

    fn reached(&self, pc: u32) -> Option<Reached> {
        let at = self.program.span_of(pc)?;
        let verb = match self.program.ops.get(pc as usize) {
            Some(Op::Call(_) | Op::TailCall(_) | Op::CallOr { .. }) => "called",
            Some(Op::Import(_)) => "imported",
            _ => "needed",
        };
        let text = match self.name_of(pc) {
            Some(name) => format!("{verb} here, for `{name}`"),
            None => format!("{verb} here"),
        };
        let (file, span) = self.place(at);
        Some(Reached { file, span, text })
    }

    fn name_of(&self, pc: u32) -> Option<&'static str> {
        self.program.chunk_of(pc)?.name.map(|name| name.as_str())
    }

    fn place(&self, at: PcSpan) -> (Arc<Path>, Span) {
        let file = Arc::from(self.program.modules[at.module as usize].path.as_path());
        (file, self.program.text_span(at))
    }

    fn nowhere(&self) -> Reached {
        let file = match self.program.modules.first() {
            Some(module) => Arc::from(module.path.as_path()),
            None => Arc::from(self.world.root),
        };
        Reached {
            file,
            span: Span::default(),
            text: String::new(),
        }
    }

    /// That a thunk needs itself: shows each step of the cycle once.
    pub(super) fn cycle(&self, thunk: u32) -> Raise {
        let start = self
            .frames
            .iter()
            .rposition(|f| matches!(f, Frame::Update(t) if *t == thunk))
            .unwrap_or(0);
        let mut steps: Vec<(Option<&str>, Reached)> = Vec::new();
        for frame in self.frames[start..].iter().take(MAX_LOOKED) {
            let Frame::Code { pc, .. } = frame else {
                continue;
            };
            let pc = pc.saturating_sub(1);
            let Some(reached) = self.reached(pc) else {
                continue;
            };
            if steps
                .iter()
                .all(|(_, s)| s.span != reached.span || s.file != reached.file)
            {
                steps.push((self.name_of(pc), reached));
            }
        }
        let mut names: Vec<&str> = steps.iter().filter_map(|s| s.0).collect();
        names.dedup();
        if names.len() > 1 && names.first() == names.last() {
            names.pop();
        }
        let message = match names.as_slice() {
            [] => "This value needs itself to be computed".to_owned(),
            [name] => format!("`{name}` needs itself to be computed"),
            [first, rest @ ..] => {
                let chain: Vec<String> = rest.iter().map(|n| format!("`{n}`")).collect();
                format!(
                    "`{first}` needs itself to be computed, through {}",
                    chain.join(", then ")
                )
            }
        };
        let mut steps = steps.into_iter().map(|s| s.1);
        let place = steps.next().unwrap_or_else(|| self.nowhere());
        let mut diagnostic =
            Diagnostic::error(codes::INFINITE_RECURSION, place.file, place.span, message)
                .label("this leads back to itself");
        for step in steps.by_ref().take(MAX_TRACE) {
            diagnostic = diagnostic.secondary(step.file, step.span, step.text);
        }
        let more = steps.count();
        if more > 0 {
            diagnostic = diagnostic.note(format!("and {more} more steps"));
        }
        Failure::Errors(Arc::from([diagnostic])).into()
    }

    /// That memory or depth is used up.
    #[cold]
    pub(crate) fn no_room(&self) -> Raise {
        if self.heap.exhausted {
            return Fault::new(
                codes::OUT_OF_MEMORY,
                format!(
                    "Evaluation needs more than the {} MiB of memory it may use",
                    self.heap.limit() >> 20
                ),
            )
            .help("look for a list or record that grows without end")
            .into();
        }
        let mut names: Vec<&str> = Vec::new();
        for frame in self.frames.iter().rev().take(64) {
            if let Frame::Code { pc, .. } = frame
                && let Some(name) = self.name_of(pc.saturating_sub(1))
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        let fault = Fault::new(
            codes::TOO_DEEP,
            format!("Evaluation is nested {} levels deep", self.frames.len()),
        );
        match names.as_slice() {
            [] => fault,
            [name] => fault.note(format!("`{name}` calls itself again and again")),
            names => fault.note(format!(
                "{} call each other again and again",
                crate::diagnostic::suggest::enumerate(names.iter().copied(), 6)
            )),
        }
        .help("look for a recursion without an end")
        .into()
    }

    /// Where a record was written, or one of its fields.
    pub fn place_of(
        &self,
        value: Value,
        field: Option<crate::symbol::Symbol>,
    ) -> Option<(Arc<Path>, Span)> {
        self.place_in(value, |info, expr, written| match field {
            None => info.map.exprs.get(expr.index()).copied(),
            Some(name) => {
                let at = written.fields.iter().position(|f| f.name == name)?;
                info.map.field(expr, at as u32)
            }
        })
    }

    /// Where the value of a record's field was written, and whether that is a string literal.
    pub fn place_of_value(
        &self,
        record: Value,
        field: crate::symbol::Symbol,
    ) -> Option<(Arc<Path>, Span, bool)> {
        let mut literal = false;
        let (file, span) = self.place_in(record, |info, _, written| {
            let value = written.fields.iter().find(|f| f.name == field)?.value;
            let value_is = &info.module.exprs[value.index()];
            literal = matches!(value_is, crate::hir::Expr::Text(_));
            info.map.exprs.get(value.index()).copied()
        })?;
        Some((file, span, literal))
    }

    /// The first place that `find` gives among the literals a record comes from.
    fn place_in(
        &self,
        value: Value,
        mut find: impl FnMut(
            &crate::code::ModuleInfo,
            crate::hir::ExprId,
            &crate::hir::Record,
        ) -> Option<Span>,
    ) -> Option<(Arc<Path>, Span)> {
        let record = self.heap.resolve(value).record()?;
        for (module, expr) in self.heap.sites.literals(record.site()) {
            let info = &self.program.modules[module as usize];
            let crate::hir::Expr::Record(written) = &info.module.exprs[expr.index()] else {
                continue;
            };
            if let Some(span) = find(info, expr, written) {
                return Some((Arc::from(info.path.as_path()), span));
            }
        }
        None
    }
}
