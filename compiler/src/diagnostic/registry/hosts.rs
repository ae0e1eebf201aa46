//! NX085x and NX086x: machines of the project and tasks that run on them.

super::family! {
    /// A host is described in a way that cannot be one.
    BAD_HOST = 850, "bad-host";
    /// A task runs on a text that is the name of a group.
    GROUP_AS_TEXT = 851, "group-as-text";
    /// Two different hosts have the same name.
    HOST_TWICE = 852, "host-twice";
    /// A field has no effect for a task that runs on hosts, or only for one.
    NOT_THERE = 853, "not-there";
    /// A task has no host to run on.
    NO_HOSTS = 854, "no-hosts";
    /// Nothing of the project is called like the hosts that were asked for.
    NO_SUCH_HOST = 855, "no-such-host";
    /// A task did not succeed on all of its hosts.
    HOSTS_FAILED = 856, "hosts-failed";
}
