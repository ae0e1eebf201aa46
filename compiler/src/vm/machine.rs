//! The machine's state and its surroundings.

use super::frame::{Action, Frame, Native};
use super::{Failure, Raise};
use crate::builtins;
use crate::code::{Compiler, ModuleContext, Program, QUICK_DEPTH};
use crate::diagnostic::Diagnostic;
use crate::hir::Module;
use crate::inputs::Inputs;
use crate::library::Library;
use crate::lower::Positions;
use crate::symbol::Symbol;
use crate::value::{Heap, TaskPath, Thunk, Value};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A lowered file.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it says.
    pub module: Arc<Module>,
    /// Where it says so.
    pub map: Arc<Positions>,
}

/// Gives the lowered form of files.
pub trait Modules {
    /// The lowered form of a file that exists; `path` is absolute and in normal form.
    ///
    /// # Errors
    /// What is wrong with the file; at least one diagnostic.
    fn load(&self, path: &Path) -> Result<Loaded, Vec<Diagnostic>>;
}

/// What evaluation may use of its surroundings.
#[derive(Clone, Copy)]
pub struct World<'w> {
    /// Files, globs and the environment.
    pub inputs: &'w dyn Inputs,
    /// Imported files.
    pub modules: &'w dyn Modules,
    /// Whether a task's outputs are there to be looked at.
    pub realised: &'w dyn Fn(&TaskPath) -> bool,
    /// Receives what `trace` says.
    pub trace: &'w dyn Fn(&str),
    /// The project's folder, absolute.
    pub root: &'w Path,
}

/// How far evaluation may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of values.
    pub memory: usize,
    /// Frames on the machine's stack (16 bytes each).
    pub depth: usize,
}

impl Default for Limits {
    /// 4 GiB of values, 24 million frames.
    fn default() -> Self {
        Limits {
            memory: 4 << 30,
            depth: 24_000_000,
        }
    }
}

/// What nobody stops.
static NEVER: AtomicBool = AtomicBool::new(false);

/// The machine.
pub struct Vm<'w> {
    /// All values.
    pub heap: Heap,
    /// All code.
    pub program: Program,
    /// The surroundings.
    pub world: World<'w>,
    pub(super) stack: Vec<Value>,
    pub(super) frames: Vec<Frame>,
    pub(super) natives: Vec<Box<dyn Native>>,
    pub(super) failures: Vec<Failure>,
    pub(super) limits: Limits,
    /// Set by somebody who does not want the result any more.
    pub(super) stop: &'w AtomicBool,
    /// What quick code works on, between its instructions.
    pub(super) scratch: [Value; QUICK_DEPTH],
    globals: FxHashMap<Symbol, Value>,
    /// The value of each imported file.
    files: FxHashMap<PathBuf, Value>,
    /// The value of each file of the libraries that is in use.
    libraries: FxHashMap<&'static str, Value>,
    /// The built-in being run, for messages.
    pub(super) running: u32,
}

impl<'w> Vm<'w> {
    /// A machine that has run nothing.
    pub fn new(world: World<'w>, limits: Limits) -> Self {
        let mut heap = Heap::new(limits.memory);
        let globals = builtins::globals(&mut heap);
        Vm {
            heap,
            program: Program::default(),
            world,
            stack: Vec::new(),
            frames: Vec::new(),
            natives: Vec::new(),
            failures: Vec::new(),
            limits,
            stop: &NEVER,
            scratch: [Value::Null; QUICK_DEPTH],
            globals,
            files: FxHashMap::default(),
            libraries: FxHashMap::default(),
            running: 0,
        }
    }

    /// Ends evaluation, as if it needed too much, once this is true.
    pub fn stop_when(&mut self, stop: &'w AtomicBool) {
        self.stop = stop;
    }

    /// Compiles a module; the result is a thunk of its value.
    pub fn compile(&mut self, context: ModuleContext) -> Value {
        let chunk = Compiler::compile(
            &mut self.program,
            &mut self.heap,
            &self.globals,
            builtins::tag_tasks(),
            context,
        );
        self.heap.thunk(Thunk::Wait { chunk, env: 0 })
    }

    /// The value of a file, not yet computed; the same one for everybody who asks.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn file(&mut self, path: &Path, project: bool) -> Result<Value, Vec<Diagnostic>> {
        if let Some(&value) = self.files.get(path) {
            return Ok(value);
        }
        let Loaded { module, map } = self.world.modules.load(path)?;
        let value = self.compile(ModuleContext {
            path: path.to_path_buf(),
            folder: path.parent().unwrap_or(path).to_path_buf(),
            module,
            map,
            project,
        });
        self.files.insert(path.to_path_buf(), value);
        Ok(value)
    }

    /// The value of a file of the libraries, not yet computed.
    pub(crate) fn library(&mut self, library: &'static Library) -> Value {
        if let Some(&value) = self.libraries.get(library.file) {
            return value;
        }
        let Loaded { module, map } = library.loaded();
        let path = library.path();
        let value = self.compile(ModuleContext {
            folder: path.parent().unwrap_or(&path).to_path_buf(),
            path,
            module,
            map,
            project: false,
        });
        self.libraries.insert(library.file, value);
        value
    }

    /// Every file whose value was asked for, sorted.
    pub fn files(&self) -> Vec<&Path> {
        let mut files: Vec<_> = self.files.keys().map(PathBuf::as_path).collect();
        files.sort_unstable();
        files
    }

    /// Computes a value as far as its outermost constructor.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn force(&mut self, value: Value) -> Result<Value, Failure> {
        let value = self.heap.resolve(value);
        if !matches!(value, Value::Thunk(_)) {
            return Ok(value);
        }
        let start = self.enter(value);
        self.run(start)
    }

    /// Calls a function.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn call(&mut self, func: Value, args: &[Value]) -> Result<Value, Failure> {
        self.stack.extend_from_slice(args);
        let start = self.apply(func, args.len());
        self.run(start)
    }

    /// Lets a built-in work.
    ///
    /// # Errors
    /// As evaluation fails.
    pub fn work(&mut self, native: Box<dyn Native>) -> Result<Value, Failure> {
        self.natives.push(native);
        self.frames.push(Frame::Native);
        self.run(Ok(Action::Value(Value::Null)))
    }

    fn run(&mut self, start: Result<Action, Raise>) -> Result<Value, Failure> {
        let mut next = start.map_err(|raise| (raise, None));
        loop {
            let stopped = match next {
                Ok(action) => match self.drive(action) {
                    Ok(value) => return Ok(value),
                    Err(stopped) => stopped,
                },
                Err(stopped) => stopped,
            };
            match self.unwind(stopped.0, stopped.1) {
                Ok(action) => next = Ok(action),
                Err(failure) => {
                    self.stack.clear();
                    self.natives.clear();
                    return Err(failure);
                }
            }
        }
    }
}
