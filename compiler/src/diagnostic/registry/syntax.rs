//! NX00xx: the text is not the language.

super::family! {
    /// The text does not follow the grammar here.
    SYNTAX = 1, "syntax";
    /// The file is not UTF-8 text.
    NOT_UTF8 = 2, "not-utf8";
    /// Expressions are nested more deeply than can be handled.
    TOO_DEEP = 3, "nested-too-deeply";
    /// A literal is outside the range of its type.
    LITERAL_RANGE = 4, "literal-out-of-range";
    /// A string escape that means nothing.
    BAD_ESCAPE = 5, "unknown-escape";
}
