//! The value of a definition, when it is plain data and quickly computed.

use super::{Def, Parents, Snapshot, diagnostics, parents};
use crate::code::ModuleContext;
use crate::db::{Db, FileState, SourceFile, lowered, source_map};
use crate::diagnostic::Diagnostic;
use crate::eval::print_flat;
use crate::hir::{Expr, ExprId, Field, Key, Local, LocalId, LocalKind, Module, Record};
use crate::inputs::{FileKind, GlobResult, Inputs};
use crate::symbol::Symbol;
use crate::value::Value;
use crate::vm::{DeepForce, Limits, Loaded, Modules, Vm, World};
use std::cell::Cell;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Somebody waits with the pointer on a name.
const LONGEST: Duration = Duration::from_millis(50);

const LIMITS: Limits = Limits {
    memory: 8 << 20,
    depth: 100_000,
};

/// The value of a binding or a field, as the language writes it, when it depends on nothing outside
/// of the program, is no function, and is found in no time. Nothing where the file has mistakes.
pub fn value_of(snapshot: &Snapshot, def: &Def) -> Option<String> {
    let db = snapshot.db();
    let (file, target) = match *def {
        Def::Local(file, local) => (file, target_of(db, file, local)?),
        Def::Field(file, record, position) => (file, Target::Field(record, position)),
        _ => return None,
    };
    if diagnostics(db, file).iter().any(Diagnostic::is_error) {
        return None;
    }
    let module = alone(&lowered(db, file), &parents(db, file), target)?;

    evaluate(snapshot, file, module)
}

/// What is wanted.
#[derive(Clone, Copy)]
enum Target {
    /// A binding of a `let`.
    Binding(LocalId),
    /// A field of a record.
    Field(ExprId, u32),
}

fn target_of(db: &dyn Db, file: SourceFile, local: LocalId) -> Option<Target> {
    let module = lowered(db, file);
    match module.locals.get(local.index())?.kind {
        LocalKind::Let => Some(Target::Binding(local)),
        LocalKind::Field => {
            let id = parents(db, file).binder(local)?;
            let Expr::Record(record) = &module.exprs[id.index()] else {
                return None;
            };
            let mut fields = record.fields.iter();
            let position = fields.position(|field| field.local() == Some(local))?;
            Some(Target::Field(id, position as u32))
        }
        _ => None,
    }
}

/// The module with the wanted value as its own. Nothing when it depends on parameters.
fn alone(module: &Module, parents: &Parents, target: Target) -> Option<Module> {
    let mut out = module.clone();
    let mut exprs = std::mem::take(&mut out.exprs);
    let mut push = |expr: Expr| {
        exprs.push(expr);
        ExprId(exprs.len() as u32 - 1)
    };
    let select = |base, path: Vec<Symbol>| {
        let path: Box<[Key]> = path.into_iter().map(Key::Name).collect();
        Expr::Select {
            base,
            path: Box::new(path),
            default: None,
        }
    };
    // The value, in the place of an expression of the file.
    let (mut value, mut at) = match target {
        Target::Binding(local) => {
            let place = parents.binder(local)?;
            let Expr::Let { locals, .. } = &module.exprs[place.index()] else {
                return None;
            };
            let body = push(Expr::Local(local));
            let locals = locals.clone();
            (push(Expr::Let { locals, body }), place)
        }
        Target::Field(record, position) => {
            let field = |record: ExprId, position: usize| match &module.exprs[record.index()] {
                Expr::Record(record) => record.fields.get(position).map(|field| field.name),
                _ => None,
            };
            let mut path = vec![field(record, position as usize)?];
            let mut at = record;
            // Records in records are selected from, from the outermost on.
            while let Some(above) = parents.expr_above(at)
                && let Expr::Record(outer) = &module.exprs[above.index()]
                && let Some(position) = outer.fields.iter().position(|field| field.value == at)
            {
                path.insert(0, field(above, position)?);
                at = above;
            }
            (push(select(at, path)), at)
        }
    };
    // With everything that is in scope there.
    while let Some(above) = parents.expr_above(at) {
        match &module.exprs[above.index()] {
            Expr::Lambda { .. } | Expr::WithScope { .. } => return None,
            Expr::Let { locals, .. } => {
                let locals = locals.clone();
                value = push(Expr::Let {
                    locals,
                    body: value,
                });
            }
            Expr::Record(record) if record.recursive => {
                // No program can call a field so.
                let name = Symbol::new("\u{0}");
                let mut fields = record.fields.to_vec();
                let local = LocalId(out.locals.len() as u32);
                out.locals.push(Local {
                    name,
                    kind: LocalKind::Field,
                    value: Some(value),
                    annotation: None,
                });
                fields.push(Field::new(name, value, None, Some(local)));
                let record = Record {
                    fields: fields.into(),
                    ..Record::clone(record)
                };
                let record = push(Expr::Record(Box::new(record)));
                value = push(select(record, vec![name]));
            }
            _ => {}
        }
        at = above;
    }
    out.exprs = exprs;
    out.root = Some(value);
    Some(out)
}

fn evaluate(snapshot: &Snapshot, file: SourceFile, module: Module) -> Option<String> {
    let db = snapshot.db();
    let path = file.path(db);
    let folder = path.parent().unwrap_or(&path);
    let outside = Nothing::default();
    let modules = Files(snapshot);
    let stop = AtomicBool::new(false);
    let world = World {
        inputs: &outside,
        modules: &modules,
        realised: &|_| false,
        trace: &|_| {},
        root: folder,
    };
    let mut vm = Vm::new(world, LIMITS);
    vm.stop_when(&stop);
    let start = vm.compile(ModuleContext {
        path: path.to_path_buf(),
        folder: folder.to_path_buf(),
        module: Arc::new(module),
        map: source_map(db, file),
        project: false,
    });
    let (done, end) = channel::<()>();
    let seen = &stop;
    let found = std::thread::scope(|scope| {
        let watch = move || {
            if end.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
                seen.store(true, Ordering::Relaxed);
            }
        };
        // Without a thread to watch it nothing is tried.
        let watching = std::thread::Builder::new().spawn_scoped(scope, watch);
        let found = watching.is_ok().then(|| {
            let value = vm.force(start).ok()?;
            if matches!(value, Value::Function(_) | Value::Primitive(_)) {
                return None;
            }
            vm.work(Box::new(DeepForce::new(value))).ok()
        });
        drop(done);
        found.flatten()
    })?;
    if outside.asked.get() {
        return None;
    }
    let text = print_flat(&vm, found);
    // Functions have no form in the language.
    (!text.contains("<function")).then_some(text)
}

/// The files of the snapshot.
struct Files<'a>(&'a Snapshot);

impl Modules for Files<'_> {
    fn load(&self, path: &Path) -> Result<Loaded, Vec<Diagnostic>> {
        let db = self.0.db();
        let file = self.0.file(path);
        match file.state(db) {
            FileState::Present => Ok(Loaded {
                module: lowered(db, file),
                map: source_map(db, file),
            }),
            _ => Err(Vec::new()),
        }
    }
}

/// What is outside of the program: it is not to be asked.
#[derive(Default)]
struct Nothing {
    asked: Cell<bool>,
}

impl Inputs for Nothing {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        self.asked.set(true);
        Err(io::ErrorKind::NotFound.into())
    }

    fn kind(&self, _: &Path) -> FileKind {
        self.asked.set(true);
        FileKind::Missing
    }

    fn glob(&self, _: &Path, _: &str) -> io::Result<GlobResult> {
        self.asked.set(true);
        Ok(GlobResult::default())
    }

    fn env(&self, _: &str) -> Option<String> {
        self.asked.set(true);
        None
    }
}
