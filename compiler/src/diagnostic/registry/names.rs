//! NX01xx: names and imports.

super::family! {
    /// A name that nothing binds.
    UNBOUND_NAME = 101, "unbound-name";
    /// A field or binding is defined twice.
    DUPLICATE = 102, "duplicate-definition";
    /// An imported file does not exist.
    IMPORT_MISSING = 103, "import-not-found";
    /// An imported file cannot be read.
    IMPORT_UNREADABLE = 104, "import-unreadable";
    /// Files import each other in a circle.
    IMPORT_CYCLE = 105, "import-cycle";
    /// A written type names a type that does not exist.
    UNKNOWN_TYPE = 106, "unknown-type";
    /// A type is given the wrong number of arguments.
    TYPE_ARGUMENTS = 107, "type-arguments";
    /// A type stands for itself and nothing else.
    CIRCULAR_TYPE = 108, "circular-type";
    /// A task reference names no task.
    UNKNOWN_TASK = 109, "unknown-task";
    /// A reference names an output the task does not declare.
    UNKNOWN_OUTPUT = 110, "unknown-output";
    /// A binding is never used.
    UNUSED_BINDING = 120, "unused-binding", warning;
    /// A name is provided by more than one enclosing `with`.
    AMBIGUOUS_WITH = 121, "ambiguous-with", warning;
}
