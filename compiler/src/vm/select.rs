//! Fields, patterns and imports.

use super::{Fault, Raise, Vm};
use crate::diagnostic::registry::evaluation as codes;
use crate::diagnostic::registry::names;
use crate::diagnostic::suggest::{enumerate, nearest};
use crate::inputs::FileKind;
use crate::symbol::Symbol;
use crate::value::{RecordView, Value};
use std::path::Path;

impl Vm<'_> {
    /// The field, if the record has the shape seen here last.
    #[inline]
    pub(super) fn cached_field(&mut self, site: u32, record: Value) -> Option<Value> {
        let Value::Record(r) = record else {
            return None;
        };
        let site = &self.program.selects[site as usize];
        if site.shape != r.shape {
            return None;
        }
        let at = (r.start + site.index) as usize;
        let field = self.heap.slots[at];
        if let Value::Thunk(_) = field {
            // The record remembers what was computed: the next look is one step shorter.
            let field = self.heap.resolve(field);
            self.heap.slots[at] = field;
            return Some(field);
        }
        Some(field)
    }

    /// The field of a value, if it is a record and has it.
    pub(super) fn find_field(&mut self, site: u32, value: Value) -> Option<Value> {
        let record = value.record()?;
        let name = self.program.selects[site as usize].name;
        if let RecordView::Shaped(r) = record {
            let index = self.heap.shapes.get(r.shape).index_of(name)? as u32;
            let site = &mut self.program.selects[site as usize];
            (site.shape, site.index) = (r.shape, index);
        }
        self.heap.get(record, name)
    }

    pub(super) fn select(&mut self, site: u32, value: Value) -> Result<Value, Raise> {
        match self.find_field(site, value) {
            Some(field) => Ok(field),
            None => {
                let name = self.program.selects[site as usize].name;
                Err(self.no_field(value, name))
            }
        }
    }

    pub(super) fn select_dynamic(&mut self, value: Value, name: Value) -> Result<Value, Raise> {
        let name = self.field_name(name)?;
        match value.record().and_then(|r| self.heap.get(r, name)) {
            Some(field) => Ok(field),
            None => Err(self.no_field(value, name)),
        }
    }

    /// That `value` has no field `name`.
    pub(crate) fn no_field(&self, value: Value, name: Symbol) -> Raise {
        let Some(record) = value.record() else {
            return Fault::new(
                codes::WRONG_TYPE,
                format!(
                    "Only records have fields, but `{name}` is taken from {}",
                    self.describe(value)
                ),
            )
            .into();
        };
        let fields = self.heap.entries_by_name(record);
        let known = || fields.iter().map(|f| f.0.as_str());
        let fault = Fault::new(
            codes::MISSING_FIELD,
            format!("This record has no field `{name}`"),
        );
        let fault = match nearest(name.as_str(), known()) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault.help(format!(
                "ask first: `r ? {name}`, or say what else: `r.{name} or …`"
            )),
        };
        if fields.is_empty() {
            fault.note("it is empty").into()
        } else {
            fault
                .note(format!("its fields are {}", enumerate(known(), 12)))
                .into()
        }
    }

    pub(super) fn with_of(&self, value: Value) -> Raise {
        Fault::new(
            codes::WRONG_TYPE,
            format!(
                "`with` needs a record, but is given {}",
                self.describe(value)
            ),
        )
        .into()
    }

    pub(super) fn not_boolean(&self, value: Value) -> Raise {
        Fault::new(
            codes::WRONG_TYPE,
            format!(
                "A boolean is needed here, but this is {}",
                self.describe(value)
            ),
        )
        .into()
    }

    pub(super) fn field_name(&self, name: Value) -> Result<Symbol, Raise> {
        match name {
            Value::Str(name) => Ok(Symbol::new(self.heap.str(name))),
            other => Err(Fault::new(
                codes::FIELD_NAME,
                format!(
                    "A field name is a string, but this is {}",
                    self.describe(other)
                ),
            )
            .into()),
        }
    }

    /// A record with computed names added; `fields` are names and values in turn. A name that is
    /// `null` leaves its field out.
    pub(super) fn add_fields(&mut self, record: Value, fields: &[Value]) -> Result<Value, Raise> {
        let Some(record) = record.record() else {
            return Ok(record);
        };
        let mut entries = self.heap.entries(record);
        for pair in fields.chunks_exact(2) {
            if let Value::Null = pair[0] {
                continue;
            }
            let name = self.field_name(pair[0])?;
            if entries.iter().any(|e| e.0 == name) {
                return Err(Fault::new(
                    codes::DUPLICATE_FIELD,
                    format!("The field `{name}` is given twice in this record"),
                )
                .into());
            }
            entries.push((name, pair[1]));
        }
        Ok(self.heap.record_from(entries, record.site()).value())
    }

    /// Checks the record on top against a pattern and pushes its fields; those left to their
    /// defaults are `null` for the moment.
    pub(super) fn pattern(&mut self, index: u32) -> Result<(), Raise> {
        let argument = self.stack.last().copied().unwrap_or(Value::Null);
        let Some(record) = argument.record() else {
            return Err(Fault::new(
                codes::WRONG_TYPE,
                format!(
                    "This function takes a record, but is given {}",
                    self.describe(argument)
                ),
            )
            .blame_caller()
            .into());
        };
        let pattern = &self.program.patterns[index as usize];
        let mut given = 0;
        for &(name, optional) in &pattern.fields {
            let value = match self.heap.get(record, name) {
                Some(value) => {
                    given += 1;
                    value
                }
                None if optional => Value::Null,
                None => {
                    return Err(Fault::new(
                        codes::MISSING_ARGUMENT,
                        format!("This function needs the argument `{name}`, which is not given"),
                    )
                    .help(format!("add `{name} = …;` to the record it is called with"))
                    .blame_caller()
                    .into());
                }
            };
            self.stack.push(value);
        }
        if pattern.open || given == self.heap.record_len(record) {
            return Ok(());
        }
        let known = || pattern.fields.iter().map(|f| f.0.as_str());
        let extra = self
            .heap
            .entries_by_name(record)
            .into_iter()
            .find(|e| pattern.fields.iter().all(|f| f.0 != e.0));
        let name = extra.map_or("", |e| e.0.as_str());
        let fault = Fault::new(
            codes::UNEXPECTED_ARGUMENT,
            format!("This function takes no argument `{name}`"),
        )
        .blame_caller();
        Err(match nearest(name, known()) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None if pattern.fields.is_empty() => fault.note("it takes none"),
            None => fault.note(format!("it takes {}", enumerate(known(), 12))),
        }
        .into())
    }

    /// The value of a file, not yet computed.
    pub(crate) fn import(&mut self, path: &Path) -> Result<Value, Raise> {
        match self.world.inputs.kind(path) {
            FileKind::File => {}
            FileKind::Missing => {
                return Err(Fault::new(
                    names::IMPORT_MISSING,
                    format!(
                        "There is no file `{}` to import",
                        crate::world::paths::shown(self.world.root, path)
                    ),
                )
                .into());
            }
            FileKind::Folder | FileKind::Other => {
                return Err(Fault::new(
                    names::IMPORT_UNREADABLE,
                    format!(
                        "`{}` is not a file, so it cannot be imported",
                        crate::world::paths::shown(self.world.root, path)
                    ),
                )
                .into());
            }
        }
        self.file(path, false)
            .map_err(|errors| super::Failure::Errors(errors.into()).into())
    }
}
