//! The queue of chunks to compile, and how names find their places.

use super::constant;
use super::op::Op;
use super::program::{Capture, Chunk, ModuleInfo, PcSpan, Program};
use crate::hir::{Expr, ExprId, LocalId, Module};
use crate::lower::Positions;
use crate::symbol::Symbol;
use crate::value::{Heap, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Expressions nested deeper than this go into a chunk of their own.
const MAX_NESTING: u32 = 128;

/// A module and where it is.
pub struct ModuleContext {
    /// Its file, absolute; a made-up name for an expression.
    pub path: PathBuf,
    /// The folder its path literals start from.
    pub folder: PathBuf,
    /// Its lowered form.
    pub module: Arc<Module>,
    /// Where things are in its text.
    pub map: Arc<Positions>,
    /// The field `tasks` of its record holds the tasks of the project.
    pub project: bool,
}

/// Where a name's value is, seen from a chunk.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Slot(u32),
    Env(u32),
    Const(u32),
}

/// What a chunk's code does.
#[derive(Clone, Copy)]
enum Body {
    /// Computes an expression.
    Thunk,
    /// Takes parameters.
    Function,
    /// Computes the `tasks` of a project and marks them.
    Tasks,
}

/// A chunk while its module is being compiled.
pub(super) struct Scope {
    parent: Option<u32>,
    chunk: u32,
    pub(super) places: FxHashMap<LocalId, Place>,
    captured: FxHashMap<LocalId, u32>,
}

/// Compiles one module.
pub struct Compiler<'a> {
    pub(super) program: &'a mut Program,
    pub(super) heap: &'a mut Heap,
    globals: &'a FxHashMap<Symbol, Value>,
    tag_tasks: Value,
    pub(super) hir: Arc<Module>,
    pub(super) folder: PathBuf,
    pub(super) module: u32,
    pub(super) tasks_record: Option<ExprId>,
    scopes: Vec<Scope>,
    queue: Vec<(u32, ExprId, Body)>,
    /// The scope whose chunk is being compiled.
    pub(super) scope: usize,
    /// Slots in use.
    pub(super) depth: u32,
    pub(super) nesting: u32,
    /// Locals of a group whose places are not yet known.
    pub(super) pending: FxHashSet<LocalId>,
    /// Which expressions are constants; see [`constant::depths`].
    pub(super) constants: Vec<u8>,
}

impl<'a> Compiler<'a> {
    /// Compiles a module and returns the chunk of its value.
    pub fn compile(
        program: &'a mut Program,
        heap: &'a mut Heap,
        globals: &'a FxHashMap<Symbol, Value>,
        tag_tasks: Value,
        context: ModuleContext,
    ) -> u32 {
        let module = program.modules.len() as u32;
        program.modules.push(ModuleInfo {
            path: context.path,
            module: context.module.clone(),
            map: context.map,
        });
        let mut compiler = Compiler {
            program,
            heap,
            globals,
            tag_tasks,
            tasks_record: context
                .project
                .then(|| body_record(&context.module))
                .flatten(),
            constants: constant::depths(&context.module),
            hir: context.module,
            folder: context.folder,
            module,
            scopes: Vec::new(),
            queue: Vec::new(),
            scope: 0,
            depth: 0,
            nesting: 0,
            pending: FxHashSet::default(),
        };
        compiler.run()
    }

    fn run(&mut self) -> u32 {
        let hir = self.hir.clone();
        let root = match hir.root {
            Some(root) => self.chunk(root, Body::Thunk, (0, false), None, None),
            None => {
                // Nothing was understood of the file; the reader has reported why.
                let entry = self.here();
                self.program
                    .entries
                    .push((entry, self.program.chunks.len() as u32));
                self.program.chunks.push(Chunk {
                    entry,
                    arity: 0,
                    pattern: false,
                    captures: Vec::new(),
                    name: None,
                    module: self.module,
                    expr: ExprId(0),
                    quick: None,
                });
                self.mark(ExprId(0), None);
                self.emit(Op::FailMissing);
                (self.program.chunks.len() - 1) as u32
            }
        };
        while let Some((scope, expr, body)) = self.queue.pop() {
            self.scope = scope as usize;
            self.depth = 0;
            self.nesting = 0;
            self.pending.clear();
            let chunk = self.scopes[self.scope].chunk as usize;
            let entry = self.here();
            self.program.chunks[chunk].entry = entry;
            self.program.entries.push((entry, chunk as u32));
            match body {
                Body::Thunk => self.strict(&hir, expr, true),
                Body::Function => {
                    let quick = self.function_body(&hir, expr);
                    self.program.chunks[chunk].quick = quick;
                }
                Body::Tasks => {
                    self.strict(&hir, expr, false);
                    let tag = self.constant(self.tag_tasks);
                    self.mark(expr, None);
                    self.emit(Op::Const(tag));
                    self.emit(Op::TailCall(1));
                    self.emit(Op::Return);
                }
            }
        }
        root
    }

    /// `arity` is the number of parameters and whether the last one is a pattern.
    fn chunk(
        &mut self,
        expr: ExprId,
        body: Body,
        arity: (u32, bool),
        name: Option<Symbol>,
        parent: Option<u32>,
    ) -> u32 {
        let chunk = self.program.chunks.len() as u32;
        self.program.chunks.push(Chunk {
            entry: 0,
            arity: arity.0,
            pattern: arity.1,
            captures: Vec::new(),
            name,
            module: self.module,
            expr,
            quick: None,
        });
        let scope = self.scopes.len() as u32;
        self.scopes.push(Scope {
            parent,
            chunk,
            places: FxHashMap::default(),
            captured: FxHashMap::default(),
        });
        self.queue.push((scope, expr, body));
        chunk
    }

    /// A chunk, inside the present one, that computes an expression.
    pub(super) fn thunk_chunk(&mut self, expr: ExprId, name: Option<Symbol>) -> u32 {
        self.chunk(expr, Body::Thunk, (0, false), name, Some(self.scope as u32))
    }

    /// A chunk, inside the present one, for a lambda.
    pub(super) fn function_chunk(&mut self, expr: ExprId, name: Option<Symbol>) -> u32 {
        let arity = self.arity(expr);
        self.chunk(expr, Body::Function, arity, name, Some(self.scope as u32))
    }

    /// A chunk, inside the present one, for the field `tasks` of a project.
    pub(super) fn tasks_chunk(&mut self, expr: ExprId, name: Option<Symbol>) -> u32 {
        self.chunk(expr, Body::Tasks, (0, false), name, Some(self.scope as u32))
    }

    pub(super) fn emit(&mut self, op: Op) -> usize {
        self.program.ops.push(op);
        self.program.ops.len() - 1
    }

    pub(super) fn here(&self) -> u32 {
        self.program.ops.len() as u32
    }

    /// Instructions from here on belong to `expr`, or to a key of its path.
    pub(super) fn mark(&mut self, expr: ExprId, key: Option<usize>) {
        let pc = self.here();
        let span = PcSpan {
            pc,
            module: self.module,
            expr,
            key: key.map_or(0, |k| k as u32 + 1),
        };
        match self.program.spans.last_mut() {
            Some(last) if last.pc == pc => *last = span,
            _ => self.program.spans.push(span),
        }
    }

    /// Lets a jump emitted before lead here.
    pub(super) fn patch(&mut self, at: usize) {
        let here = self.here();
        match &mut self.program.ops[at] {
            Op::Jump(target)
            | Op::JumpIfFalse(target)
            | Op::JumpIfTrue(target)
            | Op::JumpUnless { target, .. }
            | Op::SelectDynamicOr(target)
            | Op::CallOr { target, .. }
            | Op::TrySlot { target, .. }
            | Op::TryEnv { target, .. }
            | Op::TryBinary { target, .. } => *target = here,
            Op::SelectOr(site) | Op::WithTry(site) | Op::TrySelect(site) => {
                self.program.selects[*site as usize].target = here;
            }
            Op::JumpIfGiven(site) => self.program.defaults[*site as usize].target = here,
            other => unreachable!("{other:?} does not jump"),
        }
    }

    pub(super) fn constant(&mut self, value: Value) -> u32 {
        self.program.consts.push(value);
        (self.program.consts.len() - 1) as u32
    }

    pub(super) fn text_constant(&mut self, text: &str) -> u32 {
        let text = self.heap.new_str(text);
        self.constant(Value::Str(text))
    }

    pub(super) fn global(&self, name: Symbol) -> Option<Value> {
        self.globals.get(&name).copied()
    }

    pub(super) fn places(&mut self) -> &mut FxHashMap<LocalId, Place> {
        let scope = self.scope;
        &mut self.scopes[scope].places
    }

    /// Where a name's value is; captures it through all chunks between.
    pub(super) fn locate(&mut self, local: LocalId) -> Option<Place> {
        let known = |scope: &Scope| {
            scope
                .places
                .get(&local)
                .copied()
                .or_else(|| scope.captured.get(&local).map(|&i| Place::Env(i)))
        };
        let mut chain = Vec::new();
        let mut at = self.scope;
        let mut place = loop {
            if let Some(place) = known(&self.scopes[at]) {
                break place;
            }
            chain.push(at);
            at = self.scopes[at].parent? as usize;
        };
        for at in chain.into_iter().rev() {
            let capture = match place {
                Place::Const(_) => return Some(place),
                Place::Slot(slot) => Capture::Slot(slot),
                Place::Env(index) => Capture::Env(index),
            };
            let scope = &mut self.scopes[at];
            let captures = &mut self.program.chunks[scope.chunk as usize].captures;
            let index = captures.len() as u32;
            captures.push(capture);
            scope.captured.insert(local, index);
            place = Place::Env(index);
        }
        Some(place)
    }

    /// Runs `compile` one level deeper; false when that would be too deep.
    pub(super) fn nested(&mut self, compile: impl FnOnce(&mut Self)) -> bool {
        if self.nesting >= MAX_NESTING {
            return false;
        }
        self.nesting += 1;
        compile(self);
        self.nesting -= 1;
        true
    }
}

/// The record a file's body is, under its `let`s and parameters.
fn body_record(module: &Module) -> Option<ExprId> {
    let mut at = module.root?;
    loop {
        match &module.exprs[at.index()] {
            Expr::Record(_) => return Some(at),
            Expr::Let { body, .. }
            | Expr::Lambda { body, .. }
            | Expr::WithScope { body, .. }
            | Expr::Assert { body, .. } => at = *body,
            _ => return None,
        }
    }
}
