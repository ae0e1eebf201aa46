//! Queries: what is wrong with a unit and with a file, and the types they give to others.

use super::context::{Checker, Outside};
use super::files::{Files, written};
use super::problem::{Place, Problem};
use super::units::Member;
use super::warnings;
use crate::db::{
    Db, Definition, Role, SourceFile, body, definitions, garbled, is_broken, lowered, namespaces,
    source_map, syntax, type_table, unit_body,
};
use crate::defs::{Body, Definitions, Link, Root, Shape, Unit, find, link, rings, shape};
use crate::diagnostic::registry::types::TOO_INVOLVED;
use crate::diagnostic::{Diagnostic, Severity};
use crate::hir::{Expr, ExprId, LocalId, TypeId};
use crate::symbol::Symbol;
use crate::types::foreign::{foreign, origin};
use crate::types::schema::schema;
use crate::types::written::Fault;
use crate::types::{FieldTy, Kind, RecordTy, Rest, Scheme, Ty, watched};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;
use std::sync::Arc;

/// A checked unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// What is wrong, in the numbering of the unit and, behind that, of what it refers to.
    pub problems: Vec<Problem>,
    /// What it refers to, as far as problems are explained by it.
    pub links: Vec<Link>,
    /// Names that were meant where another was written.
    pub suggested: Vec<Symbol>,
    /// What its members give to others.
    pub members: Vec<Member>,
    /// The steps of inference that it took.
    pub steps: u64,
}

/// The number of units of a file, rounded up to a power of four, 64 at least: it says what each
/// may cost.
#[salsa::tracked(returns(copy))]
pub fn unit_count(db: &dyn Db, file: SourceFile) -> u64 {
    let count = definitions(db, file).units.len() as u64;
    let mut rounded = 64;
    while rounded < count {
        rounded *= 4;
    }
    rounded
}

/// A checked file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is wrong, without positions.
    pub problems: Vec<Problem>,
}

/// Checks a unit. Depends on its own text without positions, and on the types of what it
/// mentions; where something is wrong also on the text of that.
#[salsa::tracked(returns(clone), cycle_result = needs_itself)]
pub fn check_unit<'db>(db: &'db dyn Db, definition: Definition<'db>) -> Arc<Inferred> {
    let file = definition.file(db);
    let own = body(db, definition);
    let mut result = run(db, file, &own, &[]);
    let is_error = |problem: &Problem| problem.severity == Severity::Error;
    if result.problems.iter().any(is_error) && !own.outers.is_empty() {
        let linked = link(&own, &mut |name| {
            Some(body(db, Definition::new(db, file, name.clone())))
        });
        if !linked.links.is_empty() {
            let explained = run(db, file, &linked.body, &linked.links);
            result.problems = explained.problems;
            result.suggested = explained.suggested;
            result.links = linked.links;
        }
    }
    Arc::new(result)
}

/// Fields of a project file are units of their own even when they need each other, since each has
/// its type from the schema; an `inherit (e)` among them has none.
fn needs_itself(db: &dyn Db, _: salsa::Id, definition: Definition<'_>) -> Arc<Inferred> {
    let own = body(db, definition);
    let members = match own.root {
        Root::Bindings { count, .. } => count as usize,
        Root::Whole | Root::Project(_) | Root::Tasks(_) => 0,
    };
    let at = match own.root {
        Root::Project(record) | Root::Tasks(record) => Place::Field(record, 0),
        _ => Place::Local(LocalId(0)),
    };
    let problem = Problem::warning(
        TOO_INVOLVED,
        at,
        "the type of this cannot be told, since it needs itself",
    )
    .label("not checked any further")
    .help("write the type of one of the definitions that need each other");
    let member = Member {
        scheme: Arc::new(Scheme::closed(Ty::any())),
        places: Arc::from([]),
    };
    Arc::new(Inferred {
        problems: vec![problem],
        links: Vec::new(),
        suggested: Vec::new(),
        members: vec![member; members],
        steps: 0,
    })
}

fn run(db: &dyn Db, file: SourceFile, body: &Body, links: &[Link]) -> Inferred {
    let outside = Files { db, file, links };
    let role = file.role(db);
    let mut checker = Checker::new(body, schema(), &outside, role);
    let (members, too_large) = watched(|| match only_import(body, &outside) {
        Some(known) => vec![known],
        None => checker.check_unit(role),
    });
    if too_large {
        checker.give_up();
    }
    checker.report_limits();
    checker.end();
    let mut suggested: Vec<Symbol> = checker.suggested.into_iter().collect();
    suggested.sort_unstable();
    let mut problems = checker.problems;
    let mut seen = FxHashSet::default();
    problems.retain(|problem| seen.insert(problem.clone()));
    Inferred {
        problems,
        links: Vec::new(),
        suggested,
        members,
        steps: checker.steps,
    }
}

/// The type of a file under another name: `lib = import ./lib.nx;`. It is passed on as it is,
/// however large.
fn only_import(body: &Body, outside: &Files) -> Option<Member> {
    let Root::Bindings {
        count: 1,
        record: None,
    } = body.root
    else {
        return None;
    };
    let local = body.module.locals.first()?;
    let value = local.value.filter(|_| local.annotation.is_none())?;
    let Expr::Import(literal) = &body.module.exprs[value.index()] else {
        return None;
    };
    Some(Member {
        scheme: outside.import(value, literal).ok()?,
        places: Arc::from([]),
    })
}

/// The types of the members of a unit. They change less often than what is wrong with it.
#[salsa::tracked(returns(clone), cycle_result = no_types)]
pub fn member_types<'db>(db: &'db dyn Db, definition: Definition<'db>) -> Arc<[Arc<Scheme>]> {
    let own = body(db, definition);
    if let Root::Project(_) = own.root {
        // It is checked against the schema; what it is by itself is asked only now.
        let file = definition.file(db);
        let links = &[];
        let outside = Files { db, file, links };
        let mut checker = Checker::new(&own, schema(), &outside, file.role(db));
        // What is too large is said where the field is checked.
        let (members, _) = watched(|| checker.infer_field());
        return members.into_iter().map(|member| member.scheme).collect();
    }
    let inferred = check_unit(db, definition);
    let members = inferred.members.iter();
    members.map(|member| member.scheme.clone()).collect()
}

fn no_types(_: &dyn Db, _: salsa::Id, _: Definition<'_>) -> Arc<[Arc<Scheme>]> {
    Arc::from([])
}

/// The type of one field of a member of a unit, if that is a record with such a field.
#[salsa::tracked(returns(clone), cycle_result = no_field)]
pub fn field_type<'db>(
    db: &'db dyn Db,
    definition: Definition<'db>,
    index: u32,
    name: Symbol,
) -> Option<Arc<Scheme>> {
    let types = member_types(db, definition);
    let scheme = types.get(index as usize)?;
    let Kind::Record(record) = scheme.ty.kind() else {
        return None;
    };
    let field = record.field(name)?;
    (!field.optional).then(|| Arc::new(scheme.part(&field.ty)))
}

/// The whole is asked for instead.
fn no_field(_: &dyn Db, _: salsa::Id, _: Definition<'_>, _: u32, _: Symbol) -> Option<Arc<Scheme>> {
    None
}

/// The `type`s of a file that take no arguments.
#[salsa::tracked(returns(clone))]
fn named_types(db: &dyn Db, file: SourceFile) -> Arc<FxHashMap<Symbol, Ty>> {
    let table = type_table(db, file);
    let mut written = written(&table, file.role(db));
    let names = table.type_defs.iter().map(|def| def.name);
    // What is too large is said where the types are.
    let (types, _) = watched(|| {
        names
            .filter_map(|name| Some((name, written.applied(name, &[])?.ok()?)))
            .collect()
    });
    Arc::new(types)
}

/// A `type` of the file that takes no arguments; what is wrong when it takes some.
#[salsa::tracked(returns(clone))]
pub fn named_type(db: &dyn Db, file: SourceFile, name: Symbol) -> Option<Result<Ty, Fault>> {
    if let Some(ty) = named_types(db, file).get(&name) {
        return Some(Ok(ty.clone()));
    }
    let table = type_table(db, file);
    let def = table.type_defs.iter().find(|def| def.name == name)?;
    Some(Err(Fault::Arguments {
        name,
        wanted: def.params.len(),
        given: 0,
    }))
}

/// What is at a path below the `tasks` of a project file.
#[salsa::tracked(returns(clone))]
pub fn task(db: &dyn Db, file: SourceFile, path: Arc<[Symbol]>) -> Option<Arc<Shape>> {
    shape(
        &namespaces(db, file),
        &|name| unit_body(db, file, name),
        &path,
    )
    .map(Arc::new)
}

/// The paths of what is computed below `tasks` and needs itself.
#[salsa::tracked(returns(clone))]
fn task_rings(db: &dyn Db, file: SourceFile) -> Arc<FxHashSet<Box<[Symbol]>>> {
    Arc::new(rings(&definitions(db, file)))
}

/// The type of what is computed at a path below `tasks`.
#[salsa::tracked(returns(clone), cycle_result = no_type)]
pub fn task_type(db: &dyn Db, file: SourceFile, path: Arc<[Symbol]>) -> Arc<Scheme> {
    let Some((body, value)) = find(&|name| unit_body(db, file, name), &path) else {
        return Arc::new(Scheme::closed(Ty::any()));
    };
    if path.last().is_some_and(|name| name.as_str() == "outputs")
        && let Expr::List(_) = body.module.exprs[value.index()]
    {
        return Arc::new(Scheme::closed(Ty::list(Ty::string())));
    }
    // It needs itself: lazily, or the evaluator will say so.
    if task_rings(db, file).contains(&path[..]) {
        let parent = path
            .split_last()
            .and_then(|(_, parent)| task(db, file, parent.into()));
        return Arc::new(Scheme::closed(match parent.as_deref() {
            Some(Shape::Task(..)) => super::tasks::declared_field(&path),
            _ => Ty::any(),
        }));
    }
    let links = &[];
    let outside = Files { db, file, links };
    let mut checker = Checker::new(&body, schema(), &outside, file.role(db));
    Arc::new(watched(|| checker.infer_part(value)).0)
}

/// It needs itself: lazily, or the evaluator will say so.
fn no_type(_: &dyn Db, _: salsa::Id, _: SourceFile, _: Arc<[Symbol]>) -> Arc<Scheme> {
    Arc::new(Scheme::closed(Ty::any()))
}

/// Queries that need each other in a chain of as many units do not need too much stack.
const DEEP: usize = 500;

/// The type of a file's value.
#[salsa::tracked(returns(clone))]
pub fn file_type(db: &dyn Db, file: SourceFile) -> Arc<Scheme> {
    let definitions = definitions(db, file);
    if file.role(db) == Role::Project {
        return Arc::new(Scheme::closed(schema().named("Project")));
    }
    // Of many, what others need comes first, so that nothing recurses along a long chain.
    if definitions.units.len() > DEEP {
        for unit in &definitions.units {
            if unit.body.root != Root::Whole {
                member_types(db, Definition::new(db, file, unit.name.clone()));
            }
        }
    }
    let type_of = |name: &crate::defs::Name, index: u32| {
        let types = member_types(db, Definition::new(db, file, name.clone()));
        types.get(index as usize).cloned()
    };
    let scheme = match &definitions.units[..] {
        [only] if only.body.root == Root::Whole => type_of(&only.name, 0).map_or_else(
            || Scheme::closed(Ty::any()),
            |scheme| Scheme::clone(&scheme),
        ),
        _ => {
            let mut bounds = Vec::new();
            let mut fields = Vec::with_capacity(definitions.fields.len());
            for (name, unit, index) in definitions.fields.iter() {
                let ty = match type_of(unit, *index) {
                    Some(scheme) => scheme.shifted(&mut bounds),
                    None => Ty::any(),
                };
                fields.push(FieldTy {
                    name: *name,
                    optional: false,
                    ty,
                });
            }
            let rest = match definitions.open {
                true => Rest::Open,
                false => Rest::Exact,
            };
            Scheme {
                ty: watched(|| Ty::record(RecordTy::new(fields, rest))).0,
                bounds,
            }
        }
    };
    let path = file.path(db);
    Arc::new(watched(|| scheme.map(&|ty| outward(ty, &path))).0)
}

/// A type of a file as its users know it. Names of tasks mean something only in the file, those of
/// its types only together with it.
fn outward(ty: &Ty, file: &Path) -> Ty {
    match ty.kind() {
        Kind::Alias(name, args) if schema().get(*name).is_none() && origin(*name).is_none() => {
            let args = args.iter().map(|arg| outward(arg, file)).collect();
            foreign(*name, file).map_or_else(Ty::any, |name| Ty::new(Kind::Alias(name, args)))
        }
        Kind::Tasks(_) => Ty::any(),
        _ => ty.map(&mut |inner| outward(inner, file)),
    }
}

/// What a type of another file stands for that refers to itself and takes no arguments.
#[salsa::tracked(returns(clone))]
pub fn foreign_type(db: &dyn Db, file: SourceFile, name: Symbol) -> Option<Result<Ty, Fault>> {
    let known = named_type(db, file, name)?;
    Some(known.map(|ty| watched(|| outward(&ty, &file.path(db))).0))
}

/// [`foreign_type`] of a type with arguments.
pub(super) fn foreign_applied(
    db: &dyn Db,
    file: SourceFile,
    name: Symbol,
    args: &[Ty],
) -> Option<Result<Ty, Fault>> {
    let table = type_table(db, file);
    let known = written(&table, file.role(db)).applied(name, args)?;
    Some(known.map(|ty| outward(&ty, &file.path(db))))
}

/// Checks a file: all its units. Depends on nothing that has positions.
#[salsa::tracked(returns(clone))]
pub fn check(db: &dyn Db, file: SourceFile) -> Arc<Checked> {
    let definitions = definitions(db, file);
    let mut problems = Vec::new();
    let mut suggested = FxHashSet::default();
    for unit in &definitions.units {
        let inferred = check_unit(db, Definition::new(db, file, unit.name.clone()));
        suggested.extend(inferred.suggested.iter().copied());
        let place = |place| in_file(place, unit, &inferred, &definitions);
        problems.extend(inferred.problems.iter().map(|p| p.moved(&place)));
    }
    let module = lowered(db, file);
    let is_whole = matches!(&definitions.units[..], [only] if only.body.root == Root::Whole);
    if !is_whole && !module.type_defs.is_empty() {
        let links = &[];
        let outside = Files { db, file, links };
        let all = Body::whole(&module);
        let mut checker = Checker::new(&all, schema(), &outside, file.role(db));
        let ((), too_large) = watched(|| checker.report_faults());
        problems.extend(checker.problems);
        if too_large {
            let at = Place::Type(module.type_defs[0].body);
            problems.push(too_large_file(at, "the types of this file are"));
        }
    }
    // What others get of the file is more than each of its definitions.
    if !definitions.fields.is_empty()
        && file.role(db) != Role::Project
        && file_type(db, file).ty.is_any()
        && let Some(root) = module.root
    {
        problems.push(too_large_file(
            Place::Before(root),
            "the type of this file is",
        ));
    }
    problems.extend(warnings::unused(&module, &suggested));
    let mut seen = FxHashSet::default();
    problems.retain(|problem| seen.insert(problem.clone()));
    Arc::new(Checked { problems })
}

fn too_large_file(at: Place, what: &str) -> Problem {
    Problem::warning(
        TOO_INVOLVED,
        at,
        format!("{what} too large to be followed to the end"),
    )
    .label("not checked any further where it is used")
    .help("take it apart, or write the types of what is large")
}

/// How many steps of inference the units of a file took.
pub fn steps(db: &dyn Db, file: SourceFile) -> u64 {
    let definitions = definitions(db, file);
    let units = definitions.units.iter();
    units
        .map(|unit| check_unit(db, Definition::new(db, file, unit.name.clone())).steps)
        .sum()
}

/// A place of a unit, or of another it is explained by, in the file.
fn in_file(place: Place, unit: &Unit, inferred: &Inferred, all: &Definitions) -> Place {
    let begins = |link: &Link| match place {
        Place::Type(TypeId(id)) => link.types <= id,
        Place::Local(LocalId(id)) => link.locals <= id,
        Place::Expr(ExprId(id))
        | Place::Before(ExprId(id))
        | Place::After(ExprId(id))
        | Place::Field(ExprId(id), _)
        | Place::Key(ExprId(id), _)
        | Place::Until(ExprId(id), _)
        | Place::Beyond(ExprId(id), _) => link.exprs <= id,
    };
    let end = inferred.links.partition_point(begins);
    let Some(link) = end.checked_sub(1).map(|i| &inferred.links[i]) else {
        return unit.origin.place(place);
    };
    let inner = place.renumbered(
        |id| ExprId(id.0.saturating_sub(link.exprs)),
        |id| TypeId(id.0.saturating_sub(link.types)),
        |id| LocalId(id.0.saturating_sub(link.locals)),
    );
    match all.unit(&link.name) {
        Some(other) => other.origin.place(inner),
        None => unit.origin.place(place),
    }
}

/// All that is wrong with one file.
#[salsa::tracked(returns(clone))]
pub fn diagnostics(db: &dyn Db, file: SourceFile) -> Arc<Vec<Diagnostic>> {
    let mut out = syntax(db, file).to_vec();
    let checked = check(db, file);
    // In a text with holes, what looks unused may be used in one.
    let broken = is_broken(db, file);
    let mut problems = checked
        .problems
        .iter()
        .filter(|problem| !broken || problem.severity == Severity::Error)
        .peekable();
    if problems.peek().is_some() {
        let map = source_map(db, file);
        let path = file.path(db);
        let mut found: Vec<_> = problems
            .map(|problem| problem.locate(&path, &map))
            .collect();
        if broken {
            // What a mistake in the grammar has made of a binding is no mistake of its own.
            let garbled = garbled(db, file);
            found.retain(|diagnostic| {
                let at = diagnostic.primary.span.start;
                !garbled.iter().any(|range| range.contains(&at))
            });
        }
        out.extend(found);
    }
    Arc::new(out)
}
