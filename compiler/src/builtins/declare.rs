//! How a built-in is declared.

use crate::value::Value;
use crate::vm::{Arg, Raise, Step, Vm};

/// The Rust side of a built-in.
pub type Run = fn(&mut Vm<'_>, &[Value]) -> Result<Step, Raise>;

/// Whether it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A function.
    Function,
    /// A value computed when it is first needed.
    Constant,
}

/// A function or value the language provides.
#[derive(Debug)]
pub struct Builtin {
    /// The names it goes by, the full one first: `std.list.map`, `map`. None for an internal
    /// operation.
    pub names: &'static [&'static str],
    /// Function or value.
    pub kind: Kind,
    /// Its type, as the language writes types.
    pub signature: &'static str,
    /// What it does, in Markdown; examples are lines of the form `` `e` => `v` ``.
    pub doc: &'static str,
    /// Its parameters, and how far each is computed before it runs.
    pub args: &'static [Arg],
    /// What it does.
    pub(crate) run: Run,
}

impl Builtin {
    pub(crate) fn arity(&self) -> usize {
        self.args.len()
    }

    /// The examples of its documentation: expression and value.
    pub fn examples(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.doc.lines().filter_map(|line| {
            let (left, right) = line.trim().strip_prefix('`')?.split_once("` => `")?;
            Some((left, right.strip_suffix('`')?))
        })
    }
}

/// Declares the built-ins of a file as its constant `ALL`.
macro_rules! builtins {
    ($($(#[doc = $doc:literal])+ $([$name:literal $(, $alias:literal)*])? $kind:ident $signature:literal = $run:ident($($arg:ident),*);)*) => {
        pub(super) const ALL: &[$crate::builtins::Builtin] = &[
            $($crate::builtins::Builtin {
                names: &[$($name $(, $alias)*)?],
                kind: $crate::builtins::Kind::$kind,
                signature: $signature,
                doc: concat!($($doc, "\n"),+),
                args: &[$($crate::vm::Arg::$arg),*],
                run: $run,
            }),*
        ];
    };
}
pub(super) use builtins;

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_unique_and_documented() {
        let mut names: Vec<&str> = Vec::new();
        for builtin in super::super::all() {
            names.extend(builtin.names);
            assert!(
                builtin
                    .doc
                    .trim_ascii_start()
                    .starts_with(|c: char| c.is_uppercase() || c == '`'),
                "{}",
                builtin.names[0]
            );
            assert!(!builtin.args.is_empty() && builtin.args.len() <= 4);
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(count > 130, "{count}");
    }
}
