//! `std.path`: paths as text. A path value counts as its text relative to the project's folder.
//! Nothing here looks at the disk.

use super::declare::builtins;
use crate::value::Value;
use crate::vm::{Raise, Step, Vm};

builtins! {
    /// The parts with `/` between them; an absolute part starts anew.
    ///
    /// `std.path.join [ "src" "main.c" ]` => `"src/main.c"`
    ["std.path.join"] Function "[String | Path] -> String" = join(Items);

    /// The last part.
    ///
    /// `std.path.base_name "src/main.c"` => `"main.c"`
    ["std.path.base_name"] Function "String | Path -> String" = base_name(Value);

    /// All but the last part; `.` when there is but one.
    ///
    /// `std.path.dir_name "src/main.c"` => `"src"`
    /// `std.path.dir_name "main.c"` => `"."`
    ["std.path.dir_name"] Function "String | Path -> String" = dir_name(Value);

    /// What follows the last dot of the last part; empty when there is none.
    ///
    /// `std.path.extension "a/b.tar.gz"` => `"gz"`
    ["std.path.extension"] Function "String | Path -> String" = extension(Value);

    /// The last part without its extension.
    ///
    /// `std.path.stem "src/main.c"` => `"main"`
    ["std.path.stem"] Function "String | Path -> String" = stem(Value);

    /// The path with another extension; an empty one takes it away.
    ///
    /// `std.path.with_extension "o" "src/main.c"` => `"src/main.o"`
    ["std.path.with_extension"] Function "String -> String | Path -> String" = with_extension(Value, Value);

    /// The shortest path to the same place, without looking: no `.`, no `x/..`.
    ///
    /// `std.path.normalise "a/./b/../c"` => `"a/c"`
    ["std.path.normalise"] Function "String | Path -> String" = normalise(Value);

    /// The parts between the slashes.
    ///
    /// `std.path.parts "a/b/c"` => `[ "a" "b" "c" ]`
    ["std.path.parts"] Function "String | Path -> [String]" = parts(Value);

    /// The second path as seen from the first; both relative, or both absolute.
    ///
    /// `std.path.relative_to "a/b" "a/c/d"` => `"../c/d"`
    ["std.path.relative_to"] Function "String | Path -> String | Path -> String" = relative_to(Value, Value);

    /// Whether the path starts at the root of the file system.
    ///
    /// `std.path.is_absolute "/etc"` => `true`
    ["std.path.is_absolute"] Function "String | Path -> Bool" = is_absolute(Value);
}

fn join(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let list = vm.need_list(args[0], "the parts")?;
    let mut joined = String::new();
    let mut context = 0;
    for i in 0..list.len() {
        let (part, more) = vm.need_path_text(vm.heap.item(list, i))?;
        context = vm.heap.contexts.union(context, more);
        if part.starts_with('/') {
            joined.clear();
        } else if !joined.is_empty() && !joined.ends_with('/') && !part.is_empty() {
            joined.push('/');
        }
        joined.push_str(&part);
    }
    vm.text(&joined, context)
}

/// Folder and last part, without slashes at the end.
fn split(path: &str) -> (&str, &str) {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return (if path.is_empty() { "." } else { "/" }, "");
    }
    match trimmed.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => (".", trimmed),
    }
}

/// The last part in two: before and after its last dot. A leading dot begins no extension.
fn extension_of(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, extension),
        _ => (name, ""),
    }
}

// A file's name does not lead to the file any more, so it does not carry the dependency that its
// path does: an object named after a fetched source does not depend on all that was fetched.

fn base_name(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, _) = vm.need_path_text(args[0])?;
    vm.text(split(&path).1, 0)
}

fn dir_name(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, context) = vm.need_path_text(args[0])?;
    vm.text(split(&path).0, context)
}

fn extension(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, _) = vm.need_path_text(args[0])?;
    vm.text(extension_of(split(&path).1).1, 0)
}

fn stem(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, _) = vm.need_path_text(args[0])?;
    vm.text(extension_of(split(&path).1).0, 0)
}

fn with_extension(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let extension = vm.need_str(args[0], "the extension")?;
    let (path, context) = vm.need_path_text(args[1])?;
    let context = vm.heap.contexts.union(context, extension.context);
    let trimmed = path.trim_end_matches('/');
    let old = extension_of(split(trimmed).1).1;
    let base = match old {
        "" => trimmed,
        old => &trimmed[..trimmed.len() - old.len() - 1],
    };
    let extension = vm.heap.str(extension).trim_start_matches('.').to_owned();
    let changed = match extension.as_str() {
        "" => base.to_owned(),
        extension => format!("{base}.{extension}"),
    };
    vm.text(&changed, context)
}

fn normal(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if absolute => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

fn normalise(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, context) = vm.need_path_text(args[0])?;
    vm.text(&normal(&path), context)
}

fn parts(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, context) = vm.need_path_text(args[0])?;
    let parts: Vec<Value> = path
        .split('/')
        .filter(|p| !p.is_empty())
        .map(|p| Value::Str(vm.heap.new_str_in(p, context)))
        .collect();
    vm.items(&parts)
}

fn relative_to(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (from, a) = vm.need_path_text(args[0])?;
    let (to, b) = vm.need_path_text(args[1])?;
    let context = vm.heap.contexts.union(a, b);
    if from.starts_with('/') != to.starts_with('/') {
        return Err(vm.bad("needs two relative or two absolute paths"));
    }
    let (from, to) = (normal(&from), normal(&to));
    let parts = |path: &str| -> Vec<String> {
        path.split('/')
            .filter(|p| !matches!(*p, "" | "."))
            .map(str::to_owned)
            .collect()
    };
    let (from, to) = (parts(&from), parts(&to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if from[shared..].iter().any(|p| p == "..") {
        return Err(vm.bad("cannot tell the way back out of a folder above the start"));
    }
    let way: Vec<&str> = from[shared..]
        .iter()
        .map(|_| "..")
        .chain(to[shared..].iter().map(String::as_str))
        .collect();
    let way = match way.is_empty() {
        true => ".".to_owned(),
        false => way.join("/"),
    };
    vm.text(&way, context)
}

fn is_absolute(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, _) = vm.need_path_text(args[0])?;
    Ok(Step::Done(Value::Bool(path.starts_with('/'))))
}
