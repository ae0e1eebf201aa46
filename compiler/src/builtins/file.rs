//! `std.file` and the environment: everything evaluation reads from outside. A path that
//! mentions a task's output can be looked at only when that task has been built.

use super::declare::builtins;
use super::json::parse_text;
use super::need::require_realised;
use crate::diagnostic::registry::evaluation as codes;
use crate::inputs::FileKind;
use crate::value::{Str, Value};
use crate::vm::{Fault, Raise, Step, Vm};
use crate::world::paths;
use std::io;
use std::path::PathBuf;

builtins! {
    /// The content of a text file. A string is a path from the project's folder.
    ///
    /// `std.string.trim (read_file ./VERSION)` => `"1.2.3"`
    ["std.file.read", "read_file"] Function "String | Path -> String" = read(Value);

    /// The value of a JSON file.
    ///
    /// `std.file.read_json ./package.json` => `{ name = "demo"; }`
    ["std.file.read_json"] Function "String | Path -> Any" = read_json(Value);

    /// The record of a TOML file.
    ///
    /// `(std.file.read_toml ./Cargo.toml).package.name` => `"demo"`
    ["std.file.read_toml"] Function "String | Path -> Any" = read_toml(Value);

    /// The value of a YAML file.
    ///
    /// `(std.file.read_yaml ./ci.yaml).jobs` => `[ "build" ]`
    ["std.file.read_yaml"] Function "String | Path -> Any" = read_yaml(Value);

    /// Whether there is anything at a path.
    ///
    /// `std.file.exists ./VERSION` => `true`
    ["std.file.exists", "path_exists"] Function "String | Path -> Bool" = exists(Value);

    /// What is at a path.
    ///
    /// `std.file.kind ./src` => `"folder"`
    ["std.file.kind"] Function "String | Path -> \"missing\" | \"file\" | \"folder\" | \"other\"" = kind(Value);

    /// The files that match a pattern, relative to the project's folder and sorted: `*` within a
    /// part of a path, `**` across parts, `?`, `[a-z]`, `{c,h}`. Hidden files match only a
    /// pattern that names the dot.
    ///
    /// `glob "src/*.c"` => `[ "src/a.c" "src/b.c" ]`
    ["std.file.glob", "glob"] Function "String -> [String]" = glob(Value);

    /// An environment variable; finds nothing when it is not set.
    ///
    /// `env "NEXUS_SURELY_UNSET" or "d"` => `"d"`
    ["env"] Function "String -> String" = env(Value);

    /// The value of another file.
    ///
    /// `(import ./lib.nx).answer` => `42`
    ["import"] Function "String | Path -> Any" = import(Value);
}

/// The absolute path of an argument whose tasks are built.
fn path_of(vm: &Vm<'_>, value: Value) -> Result<(PathBuf, Str), Raise> {
    let (path, text) = vm.need_path(value)?;
    require_realised(vm, text)?;
    Ok((path, text))
}

/// What is in a file, and the text that names it.
pub(super) fn bytes_of(vm: &mut Vm<'_>, value: Value) -> Result<(Vec<u8>, Str), Raise> {
    let (path, at) = path_of(vm, value)?;
    let shown = || paths::shown(vm.world.root, &path);
    match vm.world.inputs.read(&path) {
        Ok(bytes) => Ok((bytes, at)),
        Err(error) => {
            let message = match error.kind() {
                io::ErrorKind::NotFound => format!("There is no file `{}`", shown()),
                io::ErrorKind::IsADirectory => {
                    format!("`{}` is a folder, so it cannot be read as a file", shown())
                }
                _ => format!("The file `{}` cannot be read: {error}", shown()),
            };
            Err(Fault::new(codes::UNREADABLE_FILE, message).into())
        }
    }
}

fn text_of(vm: &mut Vm<'_>, value: Value) -> Result<Str, Raise> {
    let (bytes, at) = bytes_of(vm, value)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let (path, _) = vm.need_path_text(value).unwrap_or_default();
        Raise::from(Fault::new(
            codes::UNREADABLE_FILE,
            format!(
                "The file `{path}` is not text: byte {} is not UTF-8",
                error.utf8_error().valid_up_to()
            ),
        ))
    })?;
    vm.need_memory(text.len())?;
    Ok(vm.heap.new_str_in(&text, at.context))
}

fn read(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    Ok(Step::Done(Value::Str(text_of(vm, args[0])?)))
}

fn read_toml(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let text = text_of(vm, args[0])?;
    Ok(Step::Done(super::toml::parse_text(vm, text)?))
}

fn read_yaml(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let text = text_of(vm, args[0])?;
    Ok(Step::Done(super::yaml::parse_text(vm, text)?))
}

fn read_json(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let text = text_of(vm, args[0])?;
    Ok(Step::Done(parse_text(vm, text)?))
}

fn exists(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, _) = path_of(vm, args[0])?;
    let found = vm.world.inputs.kind(&path) != FileKind::Missing;
    Ok(Step::Done(Value::Bool(found)))
}

fn kind(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, _) = path_of(vm, args[0])?;
    let kind = match vm.world.inputs.kind(&path) {
        FileKind::Missing => "missing",
        FileKind::File => "file",
        FileKind::Folder => "folder",
        FileKind::Other => "other",
    };
    vm.text(kind, 0)
}

fn glob(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let pattern = vm.need_str(args[0], "a pattern")?;
    require_realised(vm, pattern)?;
    let text = vm.heap.str(pattern);
    let text = text.strip_prefix("./").unwrap_or(text);
    let found = match vm.world.inputs.glob(vm.world.root, text) {
        Ok(found) => found,
        Err(error) => {
            return Err(Fault::new(
                codes::BAD_ARGUMENT,
                format!("The pattern `{text}` cannot be expanded: {error}"),
            )
            .into());
        }
    };
    let files: Vec<Value> = found
        .files
        .iter()
        .map(|file| Value::Str(vm.heap.new_str_in(file, pattern.context)))
        .collect();
    vm.items(&files)
}

fn env(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let name = vm.need_str(args[0], "the name of a variable")?;
    let name = vm.heap.str(name).to_owned();
    match vm.world.inputs.env(&name) {
        Some(value) => vm.text(&value, 0),
        None => Err(
            Fault::nothing(format!("The environment variable `{name}` is not set"))
                .help(format!(
                    "set it, or say what else: `env {} or \"…\"`",
                    crate::value::text::quoted(&name)
                ))
                .into(),
        ),
    }
}

fn import(vm: &mut Vm<'_>, args: &[Value]) -> Result<Step, Raise> {
    let (path, _) = path_of(vm, args[0])?;
    Ok(Step::TailForce(vm.import(&path)?))
}
