//! The lowered form of a source file: names resolved, sugar gone, no positions.
//!
//! Type checker and bytecode compiler both read this. Spans live in a side table
//! ([`SourceMap`]) that only rendering reads, so edits to whitespace and comments leave a
//! [`Module`] equal to what it was.

use crate::renumber::Numbers;
use crate::symbol::Symbol;

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// The position in its table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// An expression of a module.
    ExprId
);
index!(
    /// A written type of a module.
    TypeId
);
index!(
    /// Something a name can be bound to: one per `let` binding, field of a recursive record,
    /// parameter and pattern field.
    LocalId
);

/// A lowered file or expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Module {
    /// All expressions; children come before their parents.
    pub exprs: Vec<Expr>,
    /// All written types.
    pub types: Vec<TypeExpr>,
    /// All binders.
    pub locals: Vec<Local>,
    /// `type` definitions visible in the module.
    pub type_defs: Vec<TypeDef>,
    /// The value of the module: for a file its record (inside `let … in` and parameters).
    pub root: Option<ExprId>,
}

/// What a [`LocalId`] stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Local {
    /// The name as written.
    pub name: Symbol,
    /// Which construct introduces it.
    pub kind: LocalKind,
    /// The bound expression of `let` and record fields; the default of pattern fields.
    pub value: Option<ExprId>,
    /// The written type.
    pub annotation: Option<TypeId>,
}

/// Which construct introduces a local.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalKind {
    /// `let x = …; in`
    Let,
    /// A field of `rec { }` or of a file's body.
    Field,
    /// `x: …`
    Param,
    /// `{ x, … }: …`
    PatternField,
    /// `all@{ … }: …`
    PatternWhole,
    /// The record of a `with`.
    With,
    /// The hidden record of `inherit (e) …;`: in [`Record::sources`], or among the locals of a
    /// `let`.
    InheritFrom,
}

/// A finite or infinite double, comparable by bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FloatBits(pub u64);

impl FloatBits {
    /// The number.
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A hole left by a syntax error, already reported.
    Missing,
    /// `null`, `true` and `false` are globals, not literals.
    Int(i64),
    /// A floating-point number.
    Float(FloatBits),
    /// Nanoseconds.
    Duration(i64),
    /// Bytes.
    Size(i64),
    /// A string without interpolations. Escapes are resolved and indentation is stripped.
    Text(Box<str>),
    /// A string with interpolations, at least one.
    String(Box<[StrPart]>),
    /// A path literal, as written: `./x` or `../x`.
    Path(Box<str>),
    /// A name bound in this module.
    Local(LocalId),
    /// A name bound by the language: `true`, `map`, `std`, …
    Global(Symbol),
    /// A name that only some enclosing `with` can provide, innermost first, or else (when it is
    /// one) a global.
    With {
        /// The name.
        name: Symbol,
        /// The records of the enclosing `with`s, innermost first.
        scopes: Box<[LocalId]>,
        /// Whether a global of that name exists.
        global: bool,
    },
    /// A name that nothing binds; reported by the checker.
    Unbound(Symbol),
    /// `[ a b ]`
    List(Box<[ExprId]>),
    /// `{ … }`, `rec { … }`, the body of a file.
    Record(Box<Record>),
    /// `a.b.c` and `a.b.c or d`
    Select {
        /// What is selected from.
        base: ExprId,
        /// At least one key. Behind two pointers, since few expressions are so large.
        path: Box<Box<[Key]>>,
        /// The value when any key on the way is missing.
        default: Option<ExprId>,
    },
    /// `a ? b.c`
    Has {
        /// What is asked.
        base: ExprId,
        /// At least one key.
        path: Box<[Key]>,
    },
    /// `e as T`
    Conversion {
        /// What is converted.
        value: ExprId,
        /// To what.
        ty: TypeId,
    },
    /// `f x y`: the whole spine.
    Apply {
        /// The function.
        func: ExprId,
        /// At least one argument. Behind two pointers, since few expressions are so large.
        args: Box<Box<[ExprId]>>,
        /// `env "X" or d`: the value when the application itself finds nothing.
        default: Option<ExprId>,
    },
    /// `import ./x.nx`, when the argument is a path literal; otherwise `import` is an ordinary
    /// global.
    Import(Box<str>),
    /// `!a`, `-a`
    Unary(UnaryOp, ExprId),
    /// `a + b`; `a |> f` is lowered to [`Expr::Apply`].
    Binary(BinaryOp, ExprId, ExprId),
    /// A function of one parameter.
    Lambda {
        /// What it takes.
        param: Box<Param>,
        /// What it gives.
        body: ExprId,
    },
    /// `let … in e`; the values are in the locals. All bindings see each other.
    Let {
        /// The bindings, in source order.
        locals: Box<[LocalId]>,
        /// The value of the whole.
        body: ExprId,
    },
    /// `with e; b`
    WithScope {
        /// Its `Local::value` is `e`.
        scope: LocalId,
        /// The value of the whole.
        body: ExprId,
    },
    /// `assert c; b`
    Assert {
        /// Must be true.
        cond: ExprId,
        /// The value of the whole.
        body: ExprId,
    },
    /// `if c then a else b`
    If {
        /// The condition.
        cond: ExprId,
        /// Value when true.
        then: ExprId,
        /// Value when false.
        otherwise: ExprId,
    },
}

/// A file has many expressions.
const _: () = assert!(size_of::<Expr>() <= 24);

/// A part of a string.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StrPart {
    /// Literal text.
    Text(Box<str>),
    /// `${e}`
    Expr(ExprId),
}

/// A record. Dotted paths are merged: `a.b = 1; a.c = 2;` is one field `a`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// Fields see each other (`rec`, file body).
    pub recursive: bool,
    /// One hidden binder per `inherit (e) …;`, so that `e` is evaluated once however many fields
    /// come from it. In scope like the fields: inside when recursive, outside otherwise.
    pub sources: Rare<LocalId>,
    /// Fields with known names, in source order, each name once.
    pub fields: Box<[Field]>,
    /// `${name} = value;`
    pub dynamic: Rare<(ExprId, ExprId)>,
}

/// A list that is nearly always empty, in eight bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rare<T>(Option<Box<Box<[T]>>>);

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Rare(None)
    }
}

impl<T> std::ops::Deref for Rare<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().map_or(&[], |items| items)
    }
}

impl<T> std::ops::DerefMut for Rare<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.0.as_deref_mut().map_or(&mut [], |items| items)
    }
}

impl<T> FromIterator<T> for Rare<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Vec::from_iter(items).into()
    }
}

impl<T> From<Vec<T>> for Rare<T> {
    fn from(items: Vec<T>) -> Self {
        Rare((!items.is_empty()).then(|| Box::new(items.into())))
    }
}

impl<'a, T> IntoIterator for &'a Rare<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A field of a record. A file has many: what few of them have takes four bytes, not eight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name.
    pub name: Symbol,
    /// Its value; for `inherit x` a reference to `x`, for `inherit (e) x` a selection.
    pub value: ExprId,
    /// The number of a type, or [`Field::NONE`].
    annotation: u32,
    /// The number of a binder, or [`Field::NONE`].
    local: u32,
}

impl Field {
    const NONE: u32 = u32::MAX;

    /// A field with the type written for it, and the binder that other fields refer to.
    pub fn new(
        name: Symbol,
        value: ExprId,
        annotation: Option<TypeId>,
        local: Option<LocalId>,
    ) -> Self {
        Field {
            name,
            value,
            annotation: annotation.map_or(Field::NONE, |id| id.0),
            local: local.map_or(Field::NONE, |id| id.0),
        }
    }

    /// The written type.
    pub fn annotation(&self) -> Option<TypeId> {
        (self.annotation != Field::NONE).then_some(TypeId(self.annotation))
    }

    /// Changes the numbers of its type and binder.
    pub(crate) fn renumber(&mut self, to: &mut impl Numbers) {
        self.annotation = self.annotation().map_or(Field::NONE, |id| to.ty(id).0);
        self.local = self.local().map_or(Field::NONE, |id| to.local(id).0);
    }

    /// The binder other fields refer to, in a recursive record.
    pub fn local(&self) -> Option<LocalId> {
        (self.local != Field::NONE).then_some(LocalId(self.local))
    }
}

/// A key of a selection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A name known from the text.
    Name(Symbol),
    /// `a.${e}`
    Dynamic(ExprId),
}

/// A lambda's parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Param {
    /// `x: …`
    Name(LocalId),
    /// `{ a, b ? 1, ... }@all: …`
    Pattern {
        /// The named fields. A field's default is its local's `value`.
        fields: Box<[(Symbol, LocalId)]>,
        /// `...` is present.
        open: bool,
        /// The name of the whole argument.
        whole: Option<LocalId>,
    },
}

/// A unary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Not,
    Negate,
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Concat,
    Update,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}

/// `type Name a b = T;`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TypeDef {
    /// The name.
    pub name: Symbol,
    /// Parameters.
    pub params: Box<[Symbol]>,
    /// What it stands for.
    pub body: TypeId,
}

/// A written type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TypeExpr {
    /// A hole left by a syntax error.
    Missing,
    /// `Int`, `Port`, a parameter, with arguments if any.
    Name(Symbol, Box<[TypeId]>),
    /// `"a"`
    String(Box<str>),
    /// `1`
    Int(i64),
    /// `[T]`
    List(TypeId),
    /// `{ a : T, b ? T, ... }`
    Record {
        /// Name, optional, type.
        fields: Box<[(Symbol, bool, TypeId)]>,
        /// `...` is present.
        open: bool,
    },
    /// `{ [String] : T }`
    Dictionary(TypeId),
    /// `A -> B`
    Function(TypeId, TypeId),
    /// `A | B`
    Union(Box<[TypeId]>),
}

/// A byte range of the source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Where the parts of a [`Module`] are in the text.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SourceMap {
    /// By [`ExprId`].
    pub exprs: Vec<Span>,
    /// By [`TypeId`].
    pub types: Vec<Span>,
    /// By [`LocalId`]: the name where it is bound.
    pub locals: Vec<Span>,
    /// The names of all records' fields where written (the last part of a dotted path), record
    /// by record; see [`SourceMap::field`].
    pub fields: Vec<Span>,
    /// Where the fields of each record expression begin among all fields, by expression.
    pub records: Vec<(ExprId, u32)>,
    /// The names in paths of selections, path by path; see [`SourceMap::key`].
    pub keys: Vec<(ExprId, u32, Span)>,
    /// Where names of fields are written once more, as the `a` of the second of `a.b = 1; a.c = 2;`:
    /// record expression, position in `Record::fields`, place; record by record.
    pub again: Vec<(ExprId, u32, Span)>,
    /// Where names bound by a `let` are written once more.
    pub locals_again: Vec<(LocalId, Span)>,
    /// By position in [`Module::type_defs`]: the name where it is defined.
    pub type_defs: Vec<Span>,
}

impl SourceMap {
    /// Where a name in the path of a selection is written, by position in the path.
    pub fn key(&self, selection: ExprId, position: u32) -> Option<Span> {
        let of = |(id, at, _): &(ExprId, u32, Span)| (*id, *at);
        let wanted = (selection, position);
        let at = self.keys.binary_search_by_key(&wanted, of).ok()?;
        Some(self.keys[at].2)
    }

    /// Where a field's name is written: by record expression and position in `Record::fields`.
    pub fn field(&self, record: ExprId, position: u32) -> Option<Span> {
        let at = self.records.binary_search_by_key(&record, |r| r.0).ok()?;
        let start = self.records[at].1 + position;
        let end = self.records.get(at + 1).map(|next| next.1);
        if end.is_some_and(|end| start >= end) {
            return None;
        }
        self.fields.get(start as usize).copied()
    }
}
