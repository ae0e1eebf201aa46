//! NX08xx: other machines. From 801 on: connecting to them.

super::family! {
    /// The name of a host has no address.
    UNKNOWN_HOST = 801, "unknown-host";
    /// Nobody listens at the port.
    CONNECTION_REFUSED = 802, "connection-refused";
    /// The network does not reach the machine.
    NETWORK_UNREACHABLE = 803, "network-unreachable";
    /// The machine does not answer in time.
    CONNECT_TIMEOUT = 804, "connect-timeout";
    /// The server closed the connection before we were logged in.
    CONNECTION_CLOSED = 805, "connection-closed";
    /// What answered is no SSH server.
    NOT_AN_SSH_SERVER = 806, "not-an-ssh-server";
    /// Server and client have no algorithm in common.
    NO_COMMON_ALGORITHM = 807, "no-common-algorithm";
    /// The key of the server is not on record.
    HOST_KEY_UNKNOWN = 808, "host-key-unknown";
    /// The server shows another key than the one on record.
    HOST_KEY_CHANGED = 809, "host-key-changed";
    /// The key of the server is revoked, or its certificate is not valid.
    HOST_KEY_REFUSED = 810, "host-key-refused";
    /// A file with known hosts cannot be read or written.
    KNOWN_HOSTS_UNUSABLE = 811, "known-hosts-unusable";
    /// The server accepts none of the ways to log in.
    PERMISSION_DENIED = 812, "permission-denied";
    /// The server allows no more attempts to log in.
    TOO_MANY_KEYS = 813, "too-many-keys";
    /// A private key that was named cannot be used.
    IDENTITY_UNUSABLE = 814, "identity-unusable";
    /// The SSH configuration cannot be used.
    SSH_CONFIG = 815, "ssh-config";
    /// A machine on the way does not get further.
    HOP_FAILED = 816, "hop-failed";
    /// The command that was to carry the connection failed.
    PROXY_COMMAND = 817, "proxy-command";
    /// The server does not keep to the protocol.
    SSH_PROTOCOL = 818, "ssh-protocol";
    /// The login of a host gives no shell that runs commands.
    NO_REMOTE_SHELL = 830, "no-remote-shell";
    /// Results of commands cannot be kept on a host.
    RESULTS_NOT_KEPT = 831, "results-not-kept", warning;
    /// `sudo` needs a password, and there is nobody to ask.
    SUDO_PASSWORD_NEEDED = 832, "sudo-password-needed";
    /// `sudo` does not accept the password.
    SUDO_PASSWORD_WRONG = 833, "sudo-password-wrong";
    /// `sudo` does not let the login become the user.
    SUDO_REFUSES = 834, "sudo-refuses";
    /// Nobody knows how a command on a host ended.
    OUTCOME_UNKNOWN = 835, "outcome-unknown";
    /// Processes of a command that was ended are still there.
    REMOTE_PROCESSES_LEFT = 836, "remote-processes-left", warning;
    /// A variable has a name that a shell cannot set.
    REMOTE_VARIABLE = 837, "remote-variable";
    /// A host has no room to keep the result of a command.
    REMOTE_DISK_FULL = 838, "remote-disk-full", warning;
    /// A command printed more than a host can be expected to keep.
    TOO_MUCH_OUTPUT = 839, "too-much-output", warning;
    /// The system's `ssh` cannot be started.
    SSH_PROGRAM_MISSING = 840, "ssh-program-missing";
    /// The system's `ssh` does not connect.
    SSH_PROGRAM_FAILED = 841, "ssh-program-failed";
    /// What a command printed was removed on its host before all of it was fetched.
    OUTPUT_REMOVED = 842, "output-removed", warning;
}
