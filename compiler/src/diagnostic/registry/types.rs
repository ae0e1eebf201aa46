//! NX02xx: types.

super::family! {
    /// A value has another type than the place needs.
    TYPE_MISMATCH = 201, "type-mismatch";
    /// A record has a field its type does not know.
    UNKNOWN_FIELD = 202, "unknown-field";
    /// A record lacks a field its type requires.
    MISSING_FIELD = 203, "missing-field";
    /// A text is none of the words allowed here.
    NOT_ALLOWED = 204, "value-not-allowed";
    /// Something that is not a function is applied.
    NOT_A_FUNCTION = 205, "not-a-function";
    /// A field is selected that the record does not have.
    NO_SUCH_FIELD = 206, "no-such-field";
    /// A field is selected from something that is not a record.
    NOT_A_RECORD = 207, "not-a-record";
    /// An operator is applied to values it does not work on.
    BAD_OPERANDS = 208, "bad-operands";
    /// A task does nothing: it has neither `run` nor `deps`, or an empty `run`.
    EMPTY_TASK = 209, "empty-task";
    /// Something that is not a task reference stands where one is due.
    NOT_A_TASK = 210, "not-a-task-reference";
    /// A value that cannot be put into a string is interpolated.
    NOT_INTERPOLABLE = 211, "not-interpolable";
    /// A type grows so large that it is not followed to its end.
    TOO_INVOLVED = 212, "type-too-involved";
    /// A value is converted to a type that no value can be compared with.
    NOT_CONVERTIBLE = 213, "not-convertible";
    /// A list element is followed by what looks like its argument.
    LIST_APPLICATION = 220, "application-in-list";
}
