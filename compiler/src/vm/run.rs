//! The instruction loop.

use super::compare::Compare;
use super::drive::Stop;
use super::equal::Equal;
use super::frame::{Action, Frame};
use super::quick::Base;
use super::{Fault, Raise, Vm};
use crate::code::{BinOp, Op};
use crate::diagnostic::registry::evaluation as codes;
use crate::diagnostic::registry::names;
use crate::symbol::Symbol;
use crate::value::{Function, List, Record, Thunk, Value};

impl Vm<'_> {
    /// Runs code until it gives or needs a value.
    pub(super) fn execute(
        &mut self,
        mut pc: u32,
        mut base: u32,
        mut env: u32,
    ) -> Result<Action, Stop> {
        macro_rules! check {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(raise) => return Err((Raise::from(raise), Some(pc - 1))),
                }
            };
        }
        macro_rules! pop {
            () => {{
                // Read in place: through `Vec::pop` the value would travel in pieces.
                let top = self.stack.len() - 1;
                let value = self.stack[top];
                self.stack.truncate(top);
                value
            }};
        }
        // The value goes on the stack, computed: now, or by running its code and coming back.
        macro_rules! push_forced {
            ($value:expr) => {{
                let mut value = $value;
                loop {
                    let Value::Thunk(id) = value else {
                        self.stack.push(value);
                        break;
                    };
                    match self.heap.thunks[id as usize] {
                        Thunk::Done(inner) => value = inner,
                        Thunk::Wait {
                            chunk,
                            env: captured,
                        } => {
                            check!(self.room());
                            self.heap.thunks[id as usize] = Thunk::Hole;
                            self.frames.push(Frame::Code { pc, base, env });
                            self.frames.push(Frame::Update(id));
                            pc = self.program.chunks[chunk as usize].entry;
                            base = self.stack.len() as u32;
                            env = captured;
                            break;
                        }
                        Thunk::Call { func, arg } => {
                            if let Value::Function(f) = self.heap.slots[func as usize]
                                && self.program.chunks[f.chunk as usize].arity == 1
                            {
                                check!(self.room());
                                self.heap.thunks[id as usize] = Thunk::Hole;
                                self.frames.push(Frame::Code { pc, base, env });
                                self.frames.push(Frame::Update(id));
                                pc = self.program.chunks[f.chunk as usize].entry;
                                base = self.stack.len() as u32;
                                env = f.env;
                                self.stack.push(self.heap.slots[arg as usize]);
                                break;
                            }
                            self.frames.push(Frame::Code { pc, base, env });
                            return self.enter(value).map_err(|raise| (raise, None));
                        }
                        _ => {
                            self.frames.push(Frame::Code { pc, base, env });
                            return self.enter(value).map_err(|raise| (raise, None));
                        }
                    }
                }
            }};
        }
        macro_rules! boolean {
            ($value:expr) => {
                match $value {
                    Value::Bool(value) => value,
                    other => check!(Err(self.not_boolean(other))),
                }
            };
        }
        loop {
            let op = self.program.ops[pc as usize];
            pc += 1;
            match op {
                Op::Const(index) => {
                    let value = self.program.consts[index as usize];
                    self.stack.push(value);
                }
                Op::Slot(slot) => {
                    let value = self.stack[(base + slot) as usize];
                    self.stack.push(value);
                }
                Op::SlotForce(slot) => {
                    let at = (base + slot) as usize;
                    let value = self.stack[at];
                    if let Value::Thunk(_) = value {
                        let value = self.heap.resolve(value);
                        self.stack[at] = value;
                        push_forced!(value);
                    } else {
                        self.stack.push(value);
                    }
                }
                Op::Env(index) => {
                    let value = self.heap.slots[(env + index) as usize];
                    self.stack.push(value);
                }
                Op::EnvForce(index) => {
                    let at = (env + index) as usize;
                    let value = self.heap.slots[at];
                    if let Value::Thunk(_) = value {
                        let value = self.heap.resolve(value);
                        self.heap.slots[at] = value;
                        push_forced!(value);
                    } else {
                        self.stack.push(value);
                    }
                }
                Op::Force => {
                    if let Some(Value::Thunk(_)) = self.stack.last() {
                        let value = pop!();
                        push_forced!(value);
                    }
                }
                Op::Store(slot) => {
                    let value = pop!();
                    self.stack[(base + slot) as usize] = value;
                }
                Op::Slide(count) => {
                    let value = pop!();
                    let len = self.stack.len() - count as usize;
                    self.stack.truncate(len);
                    self.stack.push(value);
                }
                Op::Truncate(depth) => self.stack.truncate((base + depth) as usize),
                Op::Thunk(chunk) => {
                    let env = self.capture(chunk, base, env);
                    let value = self.heap.thunk(Thunk::Wait { chunk, env });
                    self.stack.push(value);
                }
                Op::Function(chunk) => {
                    let env = self.capture(chunk, base, env);
                    self.stack.push(Value::Function(Function { chunk, env }));
                }
                Op::AllocThunk(chunk) => {
                    let len = self.program.chunks[chunk as usize].captures.len();
                    let env = self.heap.alloc(len);
                    let value = self.heap.thunk(Thunk::Wait { chunk, env });
                    self.stack.push(value);
                }
                Op::AllocFunction(chunk) => {
                    let len = self.program.chunks[chunk as usize].captures.len();
                    let env = self.heap.alloc(len);
                    self.stack.push(Value::Function(Function { chunk, env }));
                }
                Op::Fill(slot) => self.fill((base + slot) as usize, base, env),
                Op::List(count) => {
                    let from = self.stack.len() - count as usize;
                    let start = self.heap.slots_from(&self.stack[from..]);
                    self.stack.truncate(from);
                    self.stack.push(Value::List(List { start, len: count }));
                }
                Op::Record(index) => {
                    let site = self.program.records[index as usize];
                    let from = self.stack.len() - site.fields as usize;
                    let start = self.heap.slots_from(&self.stack[from..]);
                    self.stack.truncate(from);
                    self.stack.push(Value::Record(Record {
                        shape: site.shape,
                        start,
                        site: site.site,
                    }));
                }
                Op::AddFields(pairs) => {
                    let from = self.stack.len() - 2 * pairs as usize;
                    let fields = self.stack.split_off(from);
                    let record = pop!();
                    let value = check!(self.add_fields(record, &fields));
                    self.stack.push(value);
                }
                Op::Select(site) => {
                    let record = pop!();
                    let field = match self.cached_field(site, record) {
                        Some(field) => field,
                        None => check!(self.select(site, record)),
                    };
                    push_forced!(field);
                }
                Op::SelectOr(site) => {
                    let record = pop!();
                    match self.cached_field(site, record) {
                        Some(field) => push_forced!(field),
                        None => match self.find_field(site, record) {
                            Some(field) => push_forced!(field),
                            None => pc = self.program.selects[site as usize].target,
                        },
                    }
                }
                Op::SelectDynamic => {
                    let name = pop!();
                    let record = pop!();
                    let field = check!(self.select_dynamic(record, name));
                    push_forced!(field);
                }
                Op::SelectDynamicOr(target) => {
                    let name = pop!();
                    let record = pop!();
                    let name = check!(self.field_name(name));
                    match record.record().and_then(|r| self.heap.get(r, name)) {
                        Some(field) => push_forced!(field),
                        None => pc = target,
                    }
                }
                Op::Has(site) => {
                    let record = pop!();
                    let found = self.find_field(site, record).is_some();
                    self.stack.push(Value::Bool(found));
                }
                Op::HasDynamic => {
                    let name = pop!();
                    let record = pop!();
                    let name = check!(self.field_name(name));
                    let found = record.record().and_then(|r| self.heap.get(r, name));
                    self.stack.push(Value::Bool(found.is_some()));
                }
                Op::WithTry(site) => {
                    let record = pop!();
                    if record.record().is_none() {
                        check!(Err(self.with_of(record)));
                    }
                    if let Some(field) = self.find_field(site, record) {
                        self.stack.push(field);
                        pc = self.program.selects[site as usize].target;
                    }
                }
                Op::Jump(target) => pc = target,
                Op::JumpIfFalse(target) => {
                    if !boolean!(pop!()) {
                        pc = target;
                    }
                }
                Op::JumpIfTrue(target) => {
                    if boolean!(pop!()) {
                        pc = target;
                    }
                }
                Op::JumpUnless { op, target } => {
                    if let [.., a, b] = self.stack.as_slice()
                        && let Some(holds) = Self::quick_test(op, a, b)
                    {
                        let len = self.stack.len() - 2;
                        self.stack.truncate(len);
                        pc = if holds { pc + 2 } else { target };
                    }
                }
                Op::CheckBool => {
                    let value = pop!();
                    self.stack.push(Value::Bool(boolean!(value)));
                }
                Op::Binary(op) => {
                    if let [.., a, b] = self.stack.as_mut_slice()
                        && let Some(value) = Self::quick(op, a, b)
                    {
                        *a = value;
                        self.stack.pop();
                        continue;
                    }
                    let b = pop!();
                    let a = pop!();
                    if let (Value::List(a), Value::List(b), true) =
                        (a, b, !matches!(op, BinOp::Concat))
                        && let Some(test) = super::compare::test(op)
                    {
                        self.frames.push(Frame::Code { pc, base, env });
                        self.natives.push(Box::new(Compare::new(a, b, test)));
                        self.frames.push(Frame::Native);
                        return Ok(Action::Value(Value::Null));
                    } else {
                        let value = check!(self.binary(op, a, b));
                        self.stack.push(value);
                    }
                }
                Op::Equal => {
                    let b = pop!();
                    let a = pop!();
                    match self.shallow_equal(a, b) {
                        Some(equal) => self.stack.push(Value::Bool(equal)),
                        None => {
                            self.frames.push(Frame::Code { pc, base, env });
                            self.natives.push(Box::new(Equal::new(a, b)));
                            self.frames.push(Frame::Native);
                            return Ok(Action::Value(Value::Null));
                        }
                    }
                }
                Op::Not => {
                    let value = pop!();
                    self.stack.push(Value::Bool(!boolean!(value)));
                }
                Op::Negate => {
                    let value = pop!();
                    let value = check!(self.negate(value));
                    self.stack.push(value);
                }
                Op::Call(count) => {
                    let func = pop!();
                    check!(self.room());
                    if let Value::Function(f) = func {
                        let chunk = &self.program.chunks[f.chunk as usize];
                        if chunk.arity == count {
                            if let Some(quick) = chunk.quick {
                                let from = self.stack.len() - count as usize;
                                let slots = Base(from as u32);
                                if let Some(value) = self.run_quick(quick, slots, f.env) {
                                    self.stack.truncate(from);
                                    self.stack.push(value);
                                    continue;
                                }
                            }
                            let chunk = &self.program.chunks[f.chunk as usize];
                            self.frames.push(Frame::Code { pc, base, env });
                            base = self.stack.len() as u32 - count;
                            pc = chunk.entry;
                            env = f.env;
                            continue;
                        }
                    }
                    self.frames.push(Frame::Code { pc, base, env });
                    return self
                        .apply(func, count as usize)
                        .map_err(|raise| (raise, None));
                }
                Op::TailCall(count) => {
                    let func = pop!();
                    check!(self.room());
                    if let Value::Function(f) = func {
                        let chunk = &self.program.chunks[f.chunk as usize];
                        if chunk.arity == count && !chunk.pattern {
                            let from = self.stack.len() - count as usize;
                            self.stack.copy_within(from.., base as usize);
                            self.stack.truncate((base + count) as usize);
                            pc = chunk.entry;
                            env = f.env;
                            continue;
                        }
                    }
                    // The frame stays, so that a failure is blamed on this call.
                    self.frames.push(Frame::Code { pc, base, env });
                    return self
                        .apply(func, count as usize)
                        .map_err(|raise| (raise, None));
                }
                Op::CallOr { args, target } => {
                    let func = pop!();
                    check!(self.room());
                    self.frames.push(Frame::Code { pc, base, env });
                    self.frames.push(Frame::Catch {
                        target,
                        height: (self.stack.len() - args as usize) as u32,
                    });
                    return self
                        .apply(func, args as usize)
                        .map_err(|raise| (raise, None));
                }
                Op::Return => {
                    let value = pop!();
                    self.stack.truncate(base as usize);
                    // The commonest cases without a detour.
                    loop {
                        match self.frames.last() {
                            Some(&Frame::Update(thunk)) => {
                                self.frames.pop();
                                self.heap.thunks[thunk as usize] = Thunk::Done(value);
                            }
                            Some(&Frame::Code {
                                pc: p,
                                base: b,
                                env: e,
                            }) => {
                                self.frames.pop();
                                self.stack.push(value);
                                (pc, base, env) = (p, b, e);
                                break;
                            }
                            _ => return Ok(Action::Value(value)),
                        }
                    }
                }
                Op::Concat(count) => {
                    let value = check!(self.interpolate(count as usize));
                    self.stack.push(value);
                }
                Op::Assert => {
                    if !boolean!(pop!()) {
                        check!(Err(Fault::new(
                            codes::ASSERTION,
                            "This assertion does not hold"
                        )));
                    }
                }
                Op::Import(index) => {
                    let path = self.program.imports[index as usize].path.clone();
                    let value = check!(self.import(&path));
                    push_forced!(value);
                }
                Op::Pattern(index) => {
                    check!(self.pattern(index));
                }
                Op::JumpIfGiven(index) => {
                    let site = self.program.defaults[index as usize];
                    let argument = self.stack[(base + site.argument) as usize];
                    if argument
                        .record()
                        .is_some_and(|r| self.heap.get(r, site.name).is_some())
                    {
                        pc = site.target;
                    }
                }
                Op::Quick(code) => {
                    if let Some(value) = self.run_quick(code, Base(base), env) {
                        self.stack.push(value);
                        pc += 1;
                    }
                }
                Op::TrySlot { slot, target } => {
                    let value = self.stack[(base + slot as u32) as usize];
                    match self.heap.resolve(value) {
                        Value::Thunk(_) => pc = target,
                        value => self.stack.push(value),
                    }
                }
                Op::TryEnv { index, target } => {
                    let value = self.heap.slots[(env + index as u32) as usize];
                    match self.heap.resolve(value) {
                        Value::Thunk(_) => pc = target,
                        value => self.stack.push(value),
                    }
                }
                Op::TrySelect(site) => {
                    let record = self.heap.resolve(pop!());
                    let field = match self.cached_field(site, record) {
                        Some(field) => Some(field),
                        None => self.find_field(site, record),
                    };
                    match field {
                        Some(field) => self.stack.push(field),
                        None => pc = self.program.selects[site as usize].target,
                    }
                }
                Op::TryBinary { op, target } => {
                    let b = self.heap.resolve(pop!());
                    let a = self.heap.resolve(pop!());
                    match Self::quick(op, &a, &b) {
                        Some(value) => self.stack.push(value),
                        None => pc = target,
                    }
                }
                Op::FailUnbound(name) => {
                    let name = match self.program.consts[name as usize] {
                        Value::Str(name) => Symbol::new(self.heap.str(name)),
                        _ => Symbol::new(""),
                    };
                    check!(Err(Fault::new(
                        names::UNBOUND_NAME,
                        format!("Nothing here is called `{name}`"),
                    )));
                }
                Op::FailMissing => {
                    check!(Err(Fault::new(
                        codes::INCOMPLETE,
                        "This expression is not finished, so it has no value",
                    )
                    .help("mend the syntax errors first")));
                }
            }
        }
    }
}
