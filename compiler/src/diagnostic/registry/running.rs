//! NX05xx: running tasks. Reported by the engine.

super::family! {
    /// A step ended with an exit code other than 0, or by a signal.
    COMMAND_FAILED = 501, "command-failed";
    /// A step or task took longer than it may.
    TIME_LIMIT_EXCEEDED = 502, "time-limit-exceeded";
    /// A command cannot be started.
    CANNOT_START = 503, "cannot-start";
    /// A declared output was not made.
    OUTPUT_MISSING = 504, "output-missing";
    /// A declared input does not exist.
    INPUT_MISSING = 505, "input-missing";
    /// An input changed while the task that reads it ran.
    INPUT_CHANGED_WHILE_RUNNING = 506, "input-changed-while-running", warning;
    /// A process was still alive after its task.
    PROCESS_LEFT_BEHIND = 507, "process-left-behind", warning;
    /// The helper process that starts tasks is gone.
    GUARD_LOST = 508, "guard-lost";
    /// A program in `tools` is not on the PATH.
    TOOL_NOT_FOUND = 509, "tool-not-found";
    /// A step did not write its `depfile`.
    DEPFILE_MISSING = 510, "depfile-missing";
    /// A result could not be put into the store.
    OUTPUT_NOT_STORED = 511, "output-not-stored", warning;
    /// An input cannot be read.
    INPUT_UNREADABLE = 512, "input-unreadable";
    /// A command that must not be repeated unasked was begun by a run that broke off.
    REPETITION_IN_DOUBT = 530, "repetition-in-doubt";
    /// A task of a resumed run starts over, because what it is made of has changed.
    STARTED_OVER = 531, "started-over", warning;
    /// A run would repeat commands of an interrupted one that must not be repeated unasked.
    INTERRUPTED_RUN = 532, "interrupted-run";
    /// There is no run to go on with.
    NOTHING_TO_RESUME = 533, "nothing-to-resume";
    /// Several runs were interrupted.
    SEVERAL_TO_RESUME = 534, "several-to-resume";
    /// A run came to its end, or somebody else goes on with it.
    NOT_RESUMABLE = 535, "not-resumable";
    /// A decision about a task that was not begun.
    NOT_BEGUN = 536, "not-begun";
    /// A journal cannot be written.
    NOT_REMEMBERED = 537, "not-remembered", warning;
    /// What an interrupted run was asked for is not there any more.
    GONE_SINCE = 538, "gone-since";
    /// A sandboxed task read what is not among its inputs.
    UNDECLARED_READ = 540, "undeclared-read";
    /// A sandboxed task wrote what is not among its outputs.
    UNDECLARED_WRITE = 541, "undeclared-write";
    /// This system has no sandbox, or not all of it.
    SANDBOX_UNAVAILABLE = 542, "sandbox-unavailable";
    /// A sandboxed task has a step that runs as another user.
    SANDBOX_AND_USER = 543, "sandbox-and-user";
    /// A task that fails by itself also read what is not among its inputs.
    UNDECLARED_READ_BESIDES = 544, "undeclared-read-besides", warning;
    /// A task cannot be watched.
    CANNOT_TRACE = 545, "cannot-trace";
    /// A task made something else when it was executed once more.
    NOT_REPRODUCIBLE = 546, "not-reproducible";
    /// Fewer files may be open than running so many tasks at once takes.
    TOO_FEW_FILES = 550, "too-few-open-files", warning;
}
