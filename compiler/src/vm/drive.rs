//! Giving values to what waits for them, between runs of code.

use super::frame::{Action, Frame};
use super::{Raise, Vm};
use crate::builtins;
use crate::code::Capture;
use crate::value::{Thunk, Value};
use std::sync::atomic::Ordering;

/// What stopped the loop: the failure, and the instruction that raised it if one did.
pub(super) type Stop = (Raise, Option<u32>);

impl Vm<'_> {
    /// Runs until the frames are used up.
    pub(super) fn drive(&mut self, mut action: Action) -> Result<Value, Stop> {
        loop {
            match self.deliver(action)? {
                Action::Value(value) => return Ok(value),
                Action::Code { pc, base, env } => action = self.execute(pc, base, env)?,
            }
        }
    }

    /// Gives values to frames until code has to run or nothing waits any more.
    fn deliver(&mut self, mut action: Action) -> Result<Action, Stop> {
        loop {
            let Action::Value(value) = action else {
                return Ok(action);
            };
            let Some(frame) = self.frames.pop() else {
                return Ok(action);
            };
            match frame {
                Frame::Code { pc, base, env } => {
                    self.stack.push(value);
                    return Ok(Action::Code { pc, base, env });
                }
                Frame::Update(thunk) => self.heap.thunks[thunk as usize] = Thunk::Done(value),
                Frame::Catch { .. } => {}
                Frame::Rest { start, count } => {
                    // What the function cannot take yet goes on waiting where it is.
                    let arity = match value {
                        Value::Function(f) => self.program.chunks[f.chunk as usize].arity,
                        Value::Primitive(id) => builtins::get(id).arity() as u32,
                        _ => count,
                    };
                    let take = arity.min(count);
                    if take < count {
                        self.frames.push(Frame::Rest {
                            start: start + take,
                            count: count - take,
                        });
                    }
                    let from = start as usize;
                    self.stack
                        .extend_from_slice(&self.heap.slots[from..from + take as usize]);
                    action = self
                        .room()
                        .and_then(|()| self.apply(value, take as usize))
                        .map_err(|r| (r, None))?;
                }
                Frame::Native => {
                    let Some(mut native) = self.natives.pop() else {
                        continue;
                    };
                    let step = match self.room() {
                        Ok(()) => native.step(self, value),
                        Err(raise) => Err(raise),
                    };
                    action = step
                        .and_then(|step| self.take_step(step, Some(native)))
                        .map_err(|r| (r, None))?;
                }
            }
        }
    }

    /// Copies what a chunk needs of the running one.
    #[inline]
    pub(super) fn capture(&mut self, chunk: u32, base: u32, env: u32) -> u32 {
        let captures = &self.program.chunks[chunk as usize].captures;
        let start = self.heap.slots.len() as u32;
        if captures.is_empty() {
            return 0;
        }
        for capture in captures {
            let value = match *capture {
                Capture::Slot(slot) => self.stack[(base + slot) as usize],
                Capture::Env(index) => self.heap.slots[(env + index) as usize],
            };
            self.heap.slot(value);
        }
        start
    }

    pub(super) fn fill(&mut self, at: usize, base: u32, env: u32) {
        let (chunk, start) = match self.stack[at] {
            Value::Function(f) => (f.chunk, f.env),
            Value::Thunk(id) => match self.heap.thunks[id as usize] {
                Thunk::Wait { chunk, env } => (chunk, env),
                _ => return,
            },
            _ => return,
        };
        let captures = &self.program.chunks[chunk as usize].captures;
        for (i, capture) in captures.iter().enumerate() {
            let value = match *capture {
                Capture::Slot(slot) => self.stack[(base + slot) as usize],
                Capture::Env(index) => self.heap.slots[(env + index) as usize],
            };
            self.heap.slots[start as usize + i] = value;
        }
    }

    /// Checked before the stacks grow, and with each call: memory, depth, and whether anybody
    /// still waits.
    #[inline]
    pub(super) fn room(&self) -> Result<(), Raise> {
        if self.heap.exhausted
            || self.stop.load(Ordering::Relaxed)
            || self.frames.len() >= self.limits.depth
            || self.stack.len() >= self.limits.memory / size_of::<Value>()
        {
            return Err(self.no_room());
        }
        Ok(())
    }
}
