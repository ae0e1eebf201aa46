//! NX03xx: evaluation.

super::family! {
    /// A value needs itself to be computed.
    INFINITE_RECURSION = 301, "infinite-recursion";
    /// Evaluation is nested too deeply.
    TOO_DEEP = 302, "evaluation-too-deep";
    /// Evaluation needs more memory than allowed.
    OUT_OF_MEMORY = 303, "memory-limit";
    /// A value has the wrong type for what is done with it.
    WRONG_TYPE = 304, "wrong-type";
    /// A record has no field of that name.
    MISSING_FIELD = 305, "absent-field";
    /// The program said `throw`.
    THROWN = 306, "thrown";
    /// An `assert` does not hold.
    ASSERTION = 307, "assertion-failed";
    /// A number does not fit into 64 bits.
    OVERFLOW = 308, "overflow";
    /// A number is divided by zero.
    DIVISION_BY_ZERO = 309, "division-by-zero";
    /// A look-up found nothing.
    NOTHING_FOUND = 310, "nothing-found";
    /// A file cannot be read.
    UNREADABLE_FILE = 311, "unreadable-file";
    /// A text is not what its reader expects.
    MALFORMED_TEXT = 312, "malformed-text";
    /// A function is called with a record that lacks a field it needs.
    MISSING_ARGUMENT = 313, "missing-argument";
    /// A function is called with a record that has a field it does not take.
    UNEXPECTED_ARGUMENT = 314, "unexpected-argument";
    /// Something that is not a function is called.
    NOT_A_FUNCTION = 315, "call-of-non-function";
    /// A built-in function cannot work with the value it is given.
    BAD_ARGUMENT = 316, "bad-argument";
    /// A value has no form in JSON.
    NOT_JSON = 317, "not-json";
    /// The project is not in a git repository, or what is asked of it does not exist.
    NO_GIT = 318, "no-git";
    /// A computed field name is given twice.
    DUPLICATE_FIELD = 319, "duplicate-field";
    /// An expression that is not finished is needed.
    INCOMPLETE = 320, "incomplete";
    /// A computed field name is not a string.
    FIELD_NAME = 321, "field-name";
    /// A value converted with `as` is not of the type.
    CONVERSION = 322, "conversion-failed";
}
