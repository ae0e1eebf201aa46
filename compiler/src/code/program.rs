//! Everything compiled in one evaluation.

use super::conversion::Conversion;
use super::{Op, QuickOp};
use crate::hir::{ExprId, Module, Span};
use crate::lower::Positions;
use crate::symbol::Symbol;
use crate::value::{SiteId, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// Where a captured value is when a thunk or function is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// A slot of the chunk that makes it.
    Slot(u32),
    /// A captured value of the chunk that makes it.
    Env(u32),
}

/// A function or thunk.
#[derive(Debug)]
pub struct Chunk {
    /// First instruction.
    pub entry: u32,
    /// Parameters; 0 for a thunk.
    pub arity: u32,
    /// Its last parameter is a pattern, so it may find its argument wrong.
    pub pattern: bool,
    /// What it needs from where it is made.
    pub captures: Vec<Capture>,
    /// The name it is bound to, for traces.
    pub name: Option<Symbol>,
    /// The module it is in.
    pub module: u32,
    /// What it computes.
    pub expr: ExprId,
    /// Its quick code, for a function of one or two parameters that is simple enough.
    pub quick: Option<u32>,
}

/// A selection, with what was found the last time.
#[derive(Clone, Copy, Debug)]
pub struct SelectSite {
    /// The field.
    pub name: Symbol,
    /// The shape seen last.
    pub shape: u32,
    /// Where the field is in that shape.
    pub index: u32,
    /// Where to go when there is no such field (or, for `with`, when there is).
    pub target: u32,
}

/// A record expression.
#[derive(Clone, Copy, Debug)]
pub struct RecordSite {
    /// The shape of what it makes.
    pub shape: u32,
    /// The number of fields.
    pub fields: u32,
    /// The origin to give to records.
    pub site: SiteId,
}

/// A parameter pattern.
#[derive(Debug)]
pub struct Pattern {
    /// Names, and whether they have defaults.
    pub fields: Box<[(Symbol, bool)]>,
    /// `...` is present.
    pub open: bool,
}

/// A default of a pattern.
#[derive(Clone, Copy, Debug)]
pub struct DefaultSite {
    /// The slot that holds the argument.
    pub argument: u32,
    /// The field.
    pub name: Symbol,
    /// Where to go when it was given.
    pub target: u32,
}

/// `import ./x.nx`
#[derive(Clone, Debug)]
pub struct Import {
    /// The absolute path.
    pub path: PathBuf,
}

/// A compiled module.
#[derive(Debug)]
pub struct ModuleInfo {
    /// Its file, absolute; a made-up name for an expression.
    pub path: PathBuf,
    /// Its lowered form.
    pub module: Arc<Module>,
    /// Where things are in its text.
    pub map: Arc<Positions>,
}

/// From an instruction on, the code belongs to an expression.
#[derive(Clone, Copy, Debug)]
pub struct PcSpan {
    /// First instruction.
    pub pc: u32,
    /// The module.
    pub module: u32,
    /// The expression.
    pub expr: ExprId,
    /// Position in a selection's path plus one, or 0.
    pub key: u32,
}

/// All code and its tables.
#[derive(Debug, Default)]
pub struct Program {
    /// Instructions of all chunks.
    pub ops: Vec<Op>,
    /// Quick code.
    pub quick: Vec<QuickOp>,
    /// Functions and thunks.
    pub chunks: Vec<Chunk>,
    /// First instruction and number of each chunk, sorted.
    pub entries: Vec<(u32, u32)>,
    /// Selections.
    pub selects: Vec<SelectSite>,
    /// Record expressions.
    pub records: Vec<RecordSite>,
    /// Patterns.
    pub patterns: Vec<Pattern>,
    /// Defaults of patterns.
    pub defaults: Vec<DefaultSite>,
    /// Constants.
    pub consts: Vec<Value>,
    /// Imports with a literal path.
    pub imports: Vec<Import>,
    /// Types that values are converted to.
    pub conversions: Vec<Conversion>,
    /// Sorted by instruction.
    pub spans: Vec<PcSpan>,
    /// Compiled modules.
    pub modules: Vec<ModuleInfo>,
}

impl Program {
    /// The expression an instruction belongs to.
    pub fn span_of(&self, pc: u32) -> Option<PcSpan> {
        let after = self.spans.partition_point(|s| s.pc <= pc);
        after.checked_sub(1).map(|i| self.spans[i])
    }

    /// The chunk an instruction belongs to.
    pub fn chunk_of(&self, pc: u32) -> Option<&Chunk> {
        let after = self.entries.partition_point(|e| e.0 <= pc);
        let (_, chunk) = self.entries[after.checked_sub(1)?];
        self.chunks.get(chunk as usize)
    }

    /// Where in its text an expression is.
    pub fn text_span(&self, at: PcSpan) -> Span {
        let map = &self.modules[at.module as usize].map;
        at.key
            .checked_sub(1)
            .and_then(|key| map.key(at.expr, key))
            .or_else(|| map.exprs.get(at.expr.index()).copied())
            .unwrap_or_default()
    }
}
