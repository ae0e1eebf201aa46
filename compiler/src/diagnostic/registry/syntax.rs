//! NX00xx: the text is not the language. Most of these are reported by the grammar itself.

super::family! {
    /// Something stands where it cannot stand.
    SYNTAX = 1, "unexpected-token";
    /// A binding does not end with `;`.
    MISSING_SEMICOLON = 2, "missing-semicolon";
    /// A value is missing.
    MISSING_VALUE = 3, "missing-value";
    /// A string does not end.
    UNCLOSED_STRING = 4, "unclosed-string";
    /// A bracket is not closed.
    UNCLOSED_BRACKET = 5, "unclosed-bracket";
    /// A bracket closes nothing.
    STRAY_BRACKET = 6, "stray-bracket";
    /// A binding has no `=`.
    MISSING_EQUALS = 7, "missing-equals";
    /// A keyword of a construct is missing.
    MISSING_KEYWORD = 8, "missing-keyword";
    /// A number that is none.
    BAD_NUMBER = 9, "bad-number";
    /// A character that means nothing.
    UNKNOWN_CHARACTER = 10, "unknown-character";
    /// `:` and `=` are mixed up.
    COLON_OR_EQUALS = 11, "colon-or-equals";
    /// `,` and `;` are mixed up.
    WRONG_SEPARATOR = 12, "wrong-separator";
    /// A keyword is used as a name.
    RESERVED_WORD = 13, "reserved-word";
    /// A name is missing.
    MISSING_NAME = 14, "missing-name";
    /// A comment does not end.
    UNCLOSED_COMMENT = 15, "unclosed-comment";
    /// A literal is outside the range of its type.
    LITERAL_RANGE = 16, "number-too-large";
    /// A string escape that means nothing.
    UNKNOWN_ESCAPE = 17, "unknown-escape";
    /// A file is wrapped in braces.
    BRACES_AROUND_FILE = 18, "braces-around-file";
    /// An expression needs parentheses where it stands.
    PARENTHESES_NEEDED = 19, "parentheses-needed";
    /// A name is computed where it has to be written.
    NAME_NOT_FIXED = 20, "name-not-fixed";
    /// Syntax of another language.
    FOREIGN_SYNTAX = 21, "foreign-syntax";
    /// A binding is expected.
    BINDING_EXPECTED = 22, "binding-expected";
    /// A file is too long.
    FILE_TOO_LONG = 23, "file-too-long";
    /// The file is not UTF-8 text.
    NOT_UTF8 = 24, "not-utf8";
    /// Expressions are nested more deeply than can be handled.
    TOO_DEEP = 25, "nested-too-deeply";
}
