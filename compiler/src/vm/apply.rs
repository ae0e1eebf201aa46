//! Applying functions and forcing thunks: how an [`Action`] begins.

use super::args::{Arg, ForceArgs, MAX_ARGS};
use super::frame::{Action, Frame, Native, Step};
use super::{Fault, Raise, Vm};
use crate::builtins;
use crate::diagnostic::registry::evaluation as codes;
use crate::value::{Partial, Thunk, Value};

impl Vm<'_> {
    /// Begins to compute a value.
    pub(super) fn enter(&mut self, value: Value) -> Result<Action, Raise> {
        let value = self.heap.resolve(value);
        let Value::Thunk(id) = value else {
            return Ok(Action::Value(value));
        };
        match self.heap.thunks[id as usize] {
            Thunk::Done(value) => Ok(Action::Value(value)),
            Thunk::Wait { chunk, env } => {
                self.room()?;
                self.heap.thunks[id as usize] = Thunk::Hole;
                self.frames.push(Frame::Update(id));
                Ok(Action::Code {
                    pc: self.program.chunks[chunk as usize].entry,
                    base: self.stack.len() as u32,
                    env,
                })
            }
            Thunk::Call { func, arg } => {
                self.room()?;
                self.heap.thunks[id as usize] = Thunk::Hole;
                self.frames.push(Frame::Update(id));
                let func = self.heap.slots[func as usize];
                self.stack.push(self.heap.slots[arg as usize]);
                self.apply(func, 1)
            }
            Thunk::Hole => Err(self.cycle(id)),
            Thunk::Failed(index) => Err(self.failures[index as usize].clone().into()),
        }
    }

    /// Begins to apply a function to the `count` topmost values, the last argument on top.
    pub(super) fn apply(&mut self, func: Value, count: usize) -> Result<Action, Raise> {
        let mut func = self.heap.resolve(func);
        let mut count = count;
        loop {
            let arity = match func {
                Value::Function(f) => self.program.chunks[f.chunk as usize].arity as usize,
                Value::Primitive(id) => builtins::get(id).arity(),
                Value::Partial(Partial { start, args }) => {
                    let (start, args) = (start as usize, args as usize);
                    let at = self.stack.len() - count;
                    self.stack
                        .extend_from_slice(&self.heap.slots[start + 1..=start + args]);
                    self.stack[at..].rotate_right(args);
                    func = self.heap.slots[start];
                    count += args;
                    continue;
                }
                Value::Thunk(_) => {
                    self.rest(count);
                    return self.enter(func);
                }
                other => {
                    let mut fault = Fault::new(
                        codes::NOT_A_FUNCTION,
                        format!(
                            "{} is called, but it is not a function",
                            self.capital(other)
                        ),
                    );
                    if count > 0 {
                        fault = fault.help(
                            "a value next to another is an application; in a list, put \
                             parentheses around each element that is one",
                        );
                    }
                    self.stack.truncate(self.stack.len() - count);
                    return Err(fault.into());
                }
            };
            if count < arity {
                let at = self.stack.len() - count;
                let start = self.heap.slot(func);
                for i in at..self.stack.len() {
                    let value = self.stack[i];
                    self.heap.slot(value);
                }
                self.stack.truncate(at);
                return Ok(Action::Value(Value::Partial(Partial {
                    start,
                    args: count as u32,
                })));
            }
            if count > arity {
                self.rest(count - arity);
                count = arity;
                continue;
            }
            return match func {
                Value::Function(f) => Ok(Action::Code {
                    pc: self.program.chunks[f.chunk as usize].entry,
                    base: (self.stack.len() - count) as u32,
                    env: f.env,
                }),
                Value::Primitive(id) => self.primitive(id),
                _ => Ok(Action::Value(func)),
            };
        }
    }

    /// The `count` topmost values wait for a function.
    fn rest(&mut self, count: usize) {
        let at = self.stack.len() - count;
        let start = self.heap.slots_from(&self.stack[at..]);
        self.stack.truncate(at);
        self.frames.push(Frame::Rest {
            start,
            count: count as u32,
        });
    }

    /// Begins a built-in whose arguments are on the stack.
    fn primitive(&mut self, id: u32) -> Result<Action, Raise> {
        let builtin = builtins::get(id);
        let mut args = [Value::Null; MAX_ARGS];
        let at = self.stack.len() - builtin.args.len();
        args[..builtin.args.len()].copy_from_slice(&self.stack[at..]);
        self.stack.truncate(at);
        for (i, mode) in builtin.args.iter().enumerate() {
            if matches!(mode, Arg::Lazy) {
                continue;
            }
            args[i] = self.heap.resolve(args[i]);
            if matches!(args[i], Value::Thunk(_)) || matches!(mode, Arg::Items | Arg::Deep) {
                let native = Box::new(ForceArgs::new(id, args, i));
                return self.take_step(Step::Become(native), None);
            }
        }
        self.running = id;
        let step = (builtin.run)(self, &args[..builtin.args.len()])?;
        self.take_step(step, None)
    }

    /// Does what a built-in asks for; `native` is the one to go on afterwards.
    pub(super) fn take_step(
        &mut self,
        step: Step,
        native: Option<Box<dyn Native>>,
    ) -> Result<Action, Raise> {
        if let Step::Force(_) | Step::Call(..) | Step::Sub(_) = step
            && let Some(native) = native
        {
            // Built-ins at work hold more than code does.
            if self.natives.len() >= self.limits.depth / 8 {
                return Err(self.no_room());
            }
            self.natives.push(native);
            self.frames.push(Frame::Native);
        }
        match step {
            Step::Done(value) => Ok(Action::Value(value)),
            Step::Force(value) | Step::TailForce(value) => self.enter(value),
            Step::Call(func, args) | Step::TailCall(func, args) => {
                self.stack.extend_from_slice(args.as_slice());
                self.apply(func, args.as_slice().len())
            }
            Step::Sub(native) | Step::Become(native) => {
                self.natives.push(native);
                self.frames.push(Frame::Native);
                Ok(Action::Value(Value::Null))
            }
        }
    }
}
