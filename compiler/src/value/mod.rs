//! Values: 16 bytes, `Copy`, handles into one [`Heap`] per evaluation.
//!
//! *Invariant:* nothing here runs code. A value never owns memory; everything an evaluation
//! makes is dropped at once with its heap.

mod context;
mod dict;
mod heap;
mod record;
mod shape;
mod site;
mod task;
pub mod text;

pub use context::{ContextItem, Contexts};
pub use heap::{Heap, Thunk};
pub use record::RecordView;
pub use shape::{Shape, Shapes};
pub use site::{Site, SiteId};
pub use task::{TaskPath, TaskTag};

/// A piece of the heap's text.
#[derive(Clone, Copy, Debug)]
pub struct Str {
    pub(crate) start: u32,
    pub(crate) len: u32,
    /// Interned set of task outputs the text mentions; 0 is the empty set.
    pub(crate) context: u32,
}

/// A run of slots.
#[derive(Clone, Copy, Debug)]
pub struct List {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl List {
    /// The number of elements.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are no elements.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// A record whose field names are known by its shape; the fields are a run of slots.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    pub(crate) shape: u32,
    pub(crate) start: u32,
    pub(crate) site: SiteId,
}

/// A record with many fields: a persistent search tree.
#[derive(Clone, Copy, Debug)]
pub struct Dict {
    pub(crate) root: u32,
    pub(crate) site: SiteId,
}

/// A function: code and captured values.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    pub(crate) chunk: u32,
    pub(crate) env: u32,
}

/// A function with some of its arguments: slots `start` (the function) and on (the arguments).
#[derive(Clone, Copy, Debug)]
pub struct Partial {
    pub(crate) start: u32,
    pub(crate) args: u32,
}

/// A value, perhaps not yet computed.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Nanoseconds.
    Duration(i64),
    /// Bytes.
    Size(i64),
    /// Text.
    Str(Str),
    /// An absolute path.
    Path(Str),
    /// A list.
    List(List),
    /// A record of few fields.
    Record(Record),
    /// A record of many fields.
    Dict(Dict),
    /// A function of the program.
    Function(Function),
    /// A function with some of its arguments.
    Partial(Partial),
    /// A built-in function, by its index in the registry.
    Primitive(u32),
    /// Something to compute when needed.
    Thunk(u32),
}

impl Value {
    /// What it is, with an article, for messages.
    pub fn kind(self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Duration(_) => "a duration",
            Value::Size(_) => "a size",
            Value::Str(_) => "a string",
            Value::Path(_) => "a path",
            Value::List(_) => "a list",
            Value::Record(_) | Value::Dict(_) => "a record",
            Value::Function(_) | Value::Partial(_) | Value::Primitive(_) => "a function",
            Value::Thunk(_) => "a value not yet computed",
        }
    }

    /// The name of its type as `std.type.of` gives it.
    pub fn type_name(self) -> &'static str {
        match self {
            Value::Null => "Null",
            Value::Bool(_) => "Bool",
            Value::Int(_) => "Int",
            Value::Float(_) => "Float",
            Value::Duration(_) => "Duration",
            Value::Size(_) => "Size",
            Value::Str(_) => "String",
            Value::Path(_) => "Path",
            Value::List(_) => "List",
            Value::Record(_) | Value::Dict(_) => "Record",
            Value::Function(_) | Value::Partial(_) | Value::Primitive(_) => "Function",
            Value::Thunk(_) => "Thunk",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_thunks_are_sixteen_bytes() {
        assert_eq!(size_of::<Value>(), 16);
        assert_eq!(size_of::<Thunk>(), 16);
    }
}
