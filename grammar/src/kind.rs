//! The kinds of tokens and nodes.

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What a token or a node is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum SyntaxKind {
            $($(#[$doc])* $name,)*
        }
    };
}

kinds! {
    // Trivia.
    /// Blanks and line ends.
    Whitespace,
    /// `# …` or `/* … */`.
    Comment,
    // Bytes the language gives no meaning to; the parser never sees the first two.
    /// A `/*` without `*/`: reaches to the end of the text.
    UnclosedComment,
    /// A character the language does not use.
    Unknown,
    /// A number with an unknown suffix, such as `30sec`.
    BadNumber,
    /// Text in single quotes.
    BadString,
    // Names, literals, strings.
    /// A name.
    Ident,
    /// `42`
    Int,
    /// `4.2`
    Float,
    /// `1h30m`
    Duration,
    /// `10MB`
    Size,
    /// `./x` or `../x`
    Path,
    /// The `"` that opens a string.
    Quote,
    /// The `"` that closes a string; empty when the string was not closed on its line.
    QuoteEnd,
    /// The `''` that opens a multi-line string.
    IndentQuote,
    /// The `''` that closes a multi-line string; empty when it was not closed.
    IndentQuoteEnd,
    /// Text, and escapes, of a string.
    StringText,
    /// `${`
    Interpolate,
    /// The `}` of `${`; empty when it was not closed.
    InterpolateEnd,
    // Reserved words.
    /// `if`
    If,
    /// `then`
    Then,
    /// `else`
    Else,
    /// `let`
    Let,
    /// `in`
    In,
    /// `with`
    With,
    /// `inherit`
    Inherit,
    /// `assert`
    Assert,
    /// `rec`
    Rec,
    /// `or`
    Or,
    /// `type`: reserved only where a definition may start.
    Type,
    /// `as`: a field may have that name.
    As,
    // Punctuation.
    /// `{`
    LBrace,
    /// `}`
    RBrace,
    /// `[`
    LBracket,
    /// `]`
    RBracket,
    /// `(`
    LParen,
    /// `)`
    RParen,
    /// `=`
    Equals,
    /// `;`
    Semicolon,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `...`
    Ellipsis,
    /// `@`
    At,
    /// `?`
    Question,
    /// `!`
    Bang,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `++`
    PlusPlus,
    /// `//`
    SlashSlash,
    /// `==`
    EqualsEquals,
    /// `!=`
    NotEquals,
    /// `<`
    Less,
    /// `<=`
    LessEquals,
    /// `>`
    Greater,
    /// `>=`
    GreaterEquals,
    /// `&&`
    AndAnd,
    /// `||`
    OrOr,
    /// `->`, in types.
    Arrow,
    /// `|>`
    Pipe,
    /// `|`, in types.
    Bar,
    // What only the parser sees.
    /// Inserted where an expression or type is missing.
    MissingValue,
    /// Inserted where a name is missing.
    MissingName,
    /// Selects the entry for files.
    StartFile,
    /// Selects the entry for expressions.
    StartExpression,

    // Nodes: the roots.
    /// The root of a file: `Pattern?`, `LetHead?`, `Body`.
    File,
    /// The root of a bare expression; one child.
    Expression,
    /// `let … in` before the body of a file; its bindings.
    LetHead,
    /// The bindings of a file.
    Body,
    // Nodes: bindings.
    /// `a.b : T = e;` — `AttrPath`, type?, expression.
    Binding,
    /// `inherit (e) a b;` — `InheritFrom?`, names.
    InheritBinding,
    /// `(e)` in `inherit (e) a;`
    InheritFrom,
    /// `type N a b = T;` — `Name`s, type.
    TypeDef,
    /// `a."b c".${d}` — `Name`, `StringName`, `DynamicName`.
    AttrPath,
    /// A name that binds, selects or is inherited.
    Name,
    /// `"a b"` used as a name; one `String`.
    StringName,
    /// `${e}` used as a name; one expression.
    DynamicName,
    // Nodes: expressions.
    /// A name that refers.
    NameRef,
    /// A number, duration, size or path.
    Literal,
    /// A string; its children are `Interpolation`s.
    String,
    /// `${e}` in a string.
    Interpolation,
    /// `[ a b ]`
    List,
    /// `{ … }` and `rec { … }`; bindings.
    Record,
    /// `(e)`
    Paren,
    /// `a.b.c` or `a.b.c or d` — expression, `AttrPath`, expression?.
    Select,
    /// `f a b` — function, arguments.
    Apply,
    /// `f a b or d` — function, arguments, default.
    ApplyOr,
    /// `-a`, `!a`
    Unary,
    /// `a + b`
    Binary,
    /// `a ? b.c` — expression, `AttrPath`.
    Has,
    /// `e as T` — expression, type.
    Conversion,
    /// `x: e` — `Name` or `Pattern`, expression.
    Lambda,
    /// `{ a, b ? 1 }@all` — `PatternFields`, with a `Name` before or after it.
    Pattern,
    /// `{ a, b ? 1, ... }`
    PatternFields,
    /// `a : T ? d` — `AttrPath` of one name, type?, expression?.
    PatternField,
    /// `...` in a pattern or a record type.
    Rest,
    /// `if c then a else b`
    IfExpr,
    /// `let … in e` — bindings, expression.
    LetExpr,
    /// `with e; b`
    WithExpr,
    /// `assert c; b`
    AssertExpr,
    /// A hole left by a mistake.
    Missing,
    // Nodes: types.
    /// `Int`
    TypeName,
    /// `"a"`; one `String`.
    TypeString,
    /// `1`, `-1`
    TypeInt,
    /// `[T]`
    TypeList,
    /// `{ a : T, b ? T, ... }` — `TypeField`s, `Rest?`.
    TypeRecord,
    /// `a : T`, `b ? T` — `AttrPath` of one name, type.
    TypeField,
    /// `{ [K] : V }`
    TypeDict,
    /// `A -> B`
    TypeFunction,
    /// `A | B | C`
    TypeUnion,
    /// `(T)`
    TypeParen,
    /// `Pair a b` — `TypeName`, arguments.
    TypeApply,
}

impl SyntaxKind {
    /// Blanks and comments: no meaning, kept for the formatter and documentation.
    pub fn is_trivia(self) -> bool {
        self <= SyntaxKind::UnclosedComment
    }

    /// A token the parser is shown.
    pub fn is_significant(self) -> bool {
        self > SyntaxKind::Unknown
    }

    /// A word that cannot be used as a name.
    pub fn is_reserved(self) -> bool {
        self >= SyntaxKind::If && self <= SyntaxKind::Or
    }

    /// A node in the position of an expression.
    pub fn is_expr(self) -> bool {
        use SyntaxKind::*;
        matches!(
            self,
            NameRef
                | Literal
                | String
                | List
                | Record
                | Paren
                | Select
                | Apply
                | ApplyOr
                | Unary
                | Binary
                | Has
                | Conversion
                | Lambda
                | IfExpr
                | LetExpr
                | WithExpr
                | AssertExpr
                | Missing
        )
    }

    /// A node that can only be in the position of a type ([`SyntaxKind::Missing`] may be, too).
    pub fn is_type(self) -> bool {
        self >= SyntaxKind::TypeName
    }

    /// The text of a token that is always written the same way; empty for all others.
    pub fn fixed_text(self) -> &'static str {
        use SyntaxKind::*;
        match self {
            Quote | QuoteEnd => "\"",
            IndentQuote | IndentQuoteEnd => "''",
            Interpolate => "${",
            If => "if",
            Then => "then",
            Else => "else",
            Let => "let",
            In => "in",
            With => "with",
            Inherit => "inherit",
            Assert => "assert",
            Rec => "rec",
            Or => "or",
            Type => "type",
            As => "as",
            LBrace => "{",
            RBrace | InterpolateEnd => "}",
            LBracket => "[",
            RBracket => "]",
            LParen => "(",
            RParen => ")",
            Equals => "=",
            Semicolon => ";",
            Colon => ":",
            Comma => ",",
            Dot => ".",
            Ellipsis => "...",
            At => "@",
            Question => "?",
            Bang => "!",
            Plus => "+",
            Minus => "-",
            Star => "*",
            Slash => "/",
            PlusPlus => "++",
            SlashSlash => "//",
            EqualsEquals => "==",
            NotEquals => "!=",
            Less => "<",
            LessEquals => "<=",
            Greater => ">",
            GreaterEquals => ">=",
            AndAnd => "&&",
            OrOr => "||",
            Arrow => "->",
            Pipe => "|>",
            Bar => "|",
            _ => "",
        }
    }
}
