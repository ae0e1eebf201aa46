//! NX07xx: the command line. Reported by the commands.

super::family! {
    /// There is no such option.
    UNKNOWN_OPTION = 701, "unknown-option";
    /// There is no such command.
    UNKNOWN_COMMAND = 702, "unknown-command";
    /// An option does not take this value.
    INVALID_VALUE = 703, "invalid-value";
    /// The command line lacks something, or contradicts itself.
    INCOMPLETE_COMMAND = 704, "incomplete-command";
    /// The project has no task of that name.
    NO_SUCH_TASK = 705, "no-such-task";
    /// The named task makes no outputs.
    NOTHING_TO_BUILD = 706, "nothing-to-build";
    /// There is no such error code.
    UNKNOWN_CODE = 707, "unknown-code";
    /// There is a project file already.
    PROJECT_EXISTS = 708, "project-exists";
    /// A file cannot be read or written.
    FILE_NOT_ACCESSIBLE = 709, "file-not-accessible";
    /// There is no project here.
    NO_PROJECT = 710, "no-project";
    /// Another nexus uses the cache.
    CACHE_IN_USE = 711, "cache-in-use";
    /// No file has tests.
    NOTHING_TO_TEST = 712, "nothing-to-test";
    /// There is no place where runs are remembered.
    NOWHERE_TO_REMEMBER = 713, "nowhere-to-remember";
    /// No run, or more than one, is called like that.
    UNKNOWN_RUN = 714, "unknown-run";
    /// The journal of a run cannot be read.
    UNREADABLE_JOURNAL = 715, "unreadable-journal";
    /// The file for a trace cannot be written.
    TRACE_NOT_WRITTEN = 716, "trace-not-written";
    /// The system does not tell when files change.
    CANNOT_WATCH = 717, "cannot-watch";
    /// What changed is asked for where git keeps no history.
    NOT_A_REPOSITORY = 745, "not-a-repository";
    /// Git knows no such revision.
    UNKNOWN_REVISION = 746, "unknown-revision";
    /// The history that would be needed has not been fetched.
    SHALLOW_CLONE = 747, "shallow-clone";
    /// There is no branch to compare with.
    NO_DEFAULT_BRANCH = 748, "no-default-branch";
    /// Git cannot be run, or refuses.
    GIT_FAILED = 749, "git-failed";
    /// A mistake in Nexus itself.
    INTERNAL_ERROR = 790, "internal-error";
}
