//! NX04xx: the project and its task graph.

super::family! {
    /// Tasks depend on each other in a circle.
    TASK_CYCLE = 401, "task-cycle";
    /// Two tasks write the same path.
    OUTPUT_CONFLICT = 402, "output-conflict";
    /// A task has neither steps nor dependencies.
    EMPTY_TASK = 403, "nothing-to-run";
    /// A path leaves the project or cannot be used where it stands.
    BAD_PATH = 404, "bad-path";
    /// A task depends on something that is not a task of the project.
    UNKNOWN_DEPENDENCY = 405, "unknown-dependency";
    /// A field of a task has no effect as the task is.
    USELESS_FIELD = 406, "useless-field";
    /// Planning needs the outputs of a task that cannot be planned without them.
    CIRCULAR_PLANNING = 407, "circular-planning";
    /// A value computed for a field of a task is of the wrong kind.
    WRONG_VALUE = 408, "wrong-task-value";
    /// A task is in a pool that the project does not have.
    UNKNOWN_POOL = 430, "unknown-pool";
    /// A name that was given up for another one.
    DEPRECATED = 431, "deprecated", warning;
    /// The project is written for a newer Nexus.
    UNSUPPORTED_VERSION = 432, "unsupported-version";
    /// A setting is given by its old name and by its new one.
    SAID_TWICE = 433, "said-twice";
    /// A variable of the environment looks like one of Nexus and is none.
    UNKNOWN_VARIABLE = 434, "unknown-variable", warning;
}
