//! What other tools and languages call things, for those who come from there.

use crate::symbol::Symbol;
use crate::types::RecordTy;

/// A name that means something in another language.
pub(super) struct Known {
    /// What to do here.
    pub(super) help: &'static str,
    /// What certainly has to be written in its place.
    pub(super) instead: Option<&'static str>,
}

/// What a name that is not defined means elsewhere.
pub(super) fn name(name: Symbol) -> Option<Known> {
    let (help, instead) = match name.as_str() {
        "builtins" | "lib" | "pkgs" => ("the library is `std`: `std.list`, `std.string`, …", None),
        "toString" | "str" => (
            "write `to_string`; text, numbers and paths need no conversion in `\"${…}\"`",
            Some("to_string"),
        ),
        "toJSON" => ("write `to_json`", Some("to_json")),
        "fromJSON" => ("write `from_json`", Some("from_json")),
        "readFile" => ("write `read_file`", Some("read_file")),
        "concatMap" => ("write `concat_map`", Some("concat_map")),
        "len" | "size" | "count" => ("write `length`", Some("length")),
        "reduce" => ("write `fold`: `fold (sum: x: sum + x) 0 list`", None),
        "print" | "log" => (
            "write `trace value result` to see a value while it is computed",
            None,
        ),
        "self" | "this" => (
            "fields of `rec { … }` and of the file see each other by name",
            None,
        ),
        "host" => (
            "make `run` a function of the target: `run = host: [ … ];`",
            None,
        ),
        "None" | "nil" | "undefined" => ("write `null`", Some("null")),
        "True" | "yes" | "on" => ("write `true`", Some("true")),
        "False" | "no" | "off" => ("write `false`", Some("false")),
        "not" => ("write `!` for \"not\": `!a`", None),
        "and" => ("write `&&` for \"and\": `a && b`", None),
        "function" | "def" | "fn" | "lambda" => ("a function is written `x: body`", None),
        "return" => (
            "a function is written `x: body`; its value is the body",
            None,
        ),
        "for" | "while" | "foreach" => ("go through a list with `map`, `filter` or `fold`", None),
        _ => return None,
    };
    Some(Known { help, instead })
}

/// Other names, what it is called here, and an example of its value.
type Row = (&'static [&'static str], &'static str, &'static str);

const TASK: &[Row] = &[
    (
        &[
            "needs",
            "depends_on",
            "dependencies",
            "requires",
            "after",
            "dependsOn",
        ],
        "deps",
        "[ tasks.build ]",
    ),
    (
        &[
            "command", "cmd", "script", "steps", "commands", "exec", "shell",
        ],
        "run",
        "\"make\"",
    ),
    (
        &["sources", "srcs", "src", "files"],
        "inputs",
        "[ \"src/**\" ]",
    ),
    (
        &["artifacts", "generates", "targets", "produces", "outs"],
        "outputs",
        "[ \"out\" ]",
    ),
    (
        &["environment", "vars", "variables"],
        "env",
        "{ NAME = \"value\"; }",
    ),
    (
        &[
            "dir",
            "directory",
            "workdir",
            "working_directory",
            "working-directory",
            "folder",
        ],
        "cwd",
        "\"sub\"",
    ),
    (
        &["host", "targets", "target", "runs_on", "runs-on", "servers"],
        "on",
        "hosts.web",
    ),
    (&["desc", "summary", "help", "doc"], "description", "\"…\""),
];

const STEP: &[Row] = &[
    (
        &["run", "command", "script", "shell", "exec"],
        "cmd",
        "\"make\"",
    ),
    (&["retry", "attempts"], "retries", "3"),
    (&["become", "root", "as_root"], "sudo", "true"),
    (
        &["ignore_errors", "allow_failure", "continue-on-error"],
        "continue_on_error",
        "true",
    ),
    (&["delay", "backoff"], "retry_delay", "5s"),
];

const HOST: &[Row] = &[
    (
        &["host", "hostname", "ip", "ansible_host", "fqdn"],
        "address",
        "\"10.0.0.1\"",
    ),
    (&["username", "login", "ansible_user"], "user", "\"deploy\""),
    (
        &["labels", "roles", "role", "groups"],
        "tags",
        "[ \"new\" ]",
    ),
    (&["variables", "hostvars", "data"], "vars", "{ … }"),
];

/// A field of a task, a step or a host that other tools call differently: what it is called here, and an
/// example of its value.
pub(super) fn field(name: Symbol, record: &RecordTy) -> Option<(&'static str, &'static str)> {
    let rows = match record.name?.as_str() {
        "Task" => TASK,
        "Step" => STEP,
        "Host" => HOST,
        _ => return None,
    };
    find(rows, name)
}

/// [`field`] of a task.
pub(super) fn task_field(name: Symbol) -> Option<(&'static str, &'static str)> {
    find(TASK, name)
}

fn find(rows: &'static [Row], name: Symbol) -> Option<(&'static str, &'static str)> {
    let row = rows.iter().find(|row| row.0.contains(&name.as_str()))?;
    Some((row.1, row.2))
}

/// What a type of another language is called here.
pub(super) fn type_name(name: Symbol) -> Option<&'static str> {
    Some(match name.as_str() {
        "Integer" | "integer" | "int" | "i64" | "Long" | "long" => "Int",
        "Text" | "Str" | "string" | "str" => "String",
        "Boolean" | "boolean" | "bool" => "Bool",
        "Double" | "double" | "float" | "Number" | "number" => "Float",
        "any" | "Object" | "unknown" => "Any",
        "null" | "None" | "Unit" | "Void" | "void" => "Null",
        _ => return None,
    })
}
