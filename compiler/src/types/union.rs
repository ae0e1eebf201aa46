//! Unions: what is put together, and what becomes of those that grow too wide.

use super::{FieldTy, Kind, RecordTy, Rest, Ty};
use crate::symbol::Symbol;
use rustc_hash::{FxHashMap, FxHashSet};

/// Wider unions are no longer told apart by their literals and fields.
const WIDEST: usize = 24;

/// A union of more functions than this says nothing any more.
const MOST: usize = 256;

impl Ty {
    /// The union of types: members of unions are taken out, repetitions left out, and anything
    /// together with [`Kind::Any`] is that. One with many members holds literals only as their
    /// families, and one record and one list for all, which may be more than what was put in,
    /// never less.
    pub fn union(types: impl IntoIterator<Item = Ty>) -> Ty {
        let mut members: Vec<Ty> = Vec::new();
        let mut wide = false;
        // What is declared as wide stays as it is, also together with parts of itself.
        let mut widest = WIDEST;
        for ty in types {
            widest = widest.max(ty.members().len() + 1);
            for part in ty.members() {
                if part.is_any() {
                    return Ty::any();
                }
                // Of a wide union all records become one, and all lists: they need not be compared.
                let part = if wide { family(part) } else { part.clone() };
                let one_of_many = wide && matches!(part.kind(), Kind::Record(_) | Kind::List(_));
                if one_of_many || !members.contains(&part) {
                    members.push(part);
                }
            }
            if members.len() > if wide { MOST } else { widest } {
                members = widen(members);
                wide = true;
                if members.len() > MOST {
                    super::too_much();
                    return Ty::any();
                }
            }
        }
        if wide && members.len() > 1 {
            members = widen(members);
        }
        Ty::of_members(members)
    }

    /// The union of types as it is written, however wide.
    pub fn written_union(types: impl IntoIterator<Item = Ty>) -> Ty {
        let mut members: Vec<Ty> = Vec::new();
        let mut texts: FxHashSet<Box<str>> = FxHashSet::default();
        for ty in types {
            for part in ty.members() {
                let is_new = match part.kind() {
                    Kind::Any => return Ty::any(),
                    Kind::Text(text) => texts.insert(text.clone()),
                    _ => !members.contains(part),
                };
                if is_new {
                    members.push(part.clone());
                }
            }
        }
        Ty::of_members(members)
    }

    fn of_members(mut members: Vec<Ty>) -> Ty {
        let has = |members: &[Ty], kind: Kind| members.iter().any(|m| *m.kind() == kind);
        if has(&members, Kind::String) {
            members.retain(|m| !matches!(m.kind(), Kind::Text(_)));
        }
        if has(&members, Kind::Int) {
            members.retain(|m| !matches!(m.kind(), Kind::Number(_)));
        }
        match members.len() {
            0 => Ty::any(),
            1 => members.remove(0),
            _ => Ty::new(Kind::Union(members.into())),
        }
    }
}

impl Ty {
    /// Whether a value of the other type is one of this type, as far as that can be seen at a
    /// glance: literals belong to their families, and records of the same fields are compared
    /// field by field.
    pub fn covers(&self, other: &Ty) -> bool {
        if self.same(other) {
            return true;
        }
        match (self.kind(), other.kind()) {
            (Kind::String, Kind::Text(_)) | (Kind::Int, Kind::Number(_)) => true,
            (Kind::List(a), Kind::List(b)) => a.covers(b),
            (Kind::Record(a), Kind::Record(b)) => {
                a.fields.len() == b.fields.len()
                    && (&a.rest, &b.rest) == (&Rest::Exact, &Rest::Exact)
                    && a.fields.iter().zip(b.fields.iter()).all(|(a, b)| {
                        a.name == b.name && (a.optional || !b.optional) && a.ty.covers(&b.ty)
                    })
            }
            (Kind::Union(members), Kind::Union(others)) => others
                .iter()
                .all(|other| members.iter().any(|member| member.covers(other))),
            (_, Kind::Union(others)) => others.iter().all(|other| self.covers(other)),
            (Kind::Union(members), _) => members.iter().any(|member| member.covers(other)),
            (a, b) => a == b,
        }
    }
}

/// The family of a literal; any other type, as it is.
fn family(ty: &Ty) -> Ty {
    match ty.kind() {
        Kind::Text(_) => Ty::string(),
        Kind::Number(_) => Ty::int(),
        _ => ty.clone(),
    }
}

/// Fewer members that hold at least as much.
fn widen(members: Vec<Ty>) -> Vec<Ty> {
    let mut out: Vec<Ty> = Vec::new();
    let mut records = Vec::new();
    let mut elements = Vec::new();
    for member in members {
        let member = match member.kind() {
            Kind::Record(record) => {
                records.push((**record).clone());
                continue;
            }
            Kind::List(element) => {
                elements.push(element.clone());
                continue;
            }
            _ => family(&member),
        };
        if !out.contains(&member) {
            out.push(member);
        }
    }
    if !records.is_empty() {
        out.push(merge(&records));
    }
    if !elements.is_empty() {
        out.push(Ty::list(Ty::union(elements)));
    }
    out
}

/// One record type for values of any of several.
fn merge(records: &[RecordTy]) -> Ty {
    if let [record] = records {
        return Ty::record(record.clone());
    }
    let mut order: Vec<Symbol> = Vec::new();
    let mut all: FxHashMap<Symbol, (Vec<Ty>, usize)> = FxHashMap::default();
    let mut dictionary = Vec::new();
    let mut open = false;
    for record in records {
        for field in record.fields.iter() {
            let (types, always) = all.entry(field.name).or_insert_with(|| {
                order.push(field.name);
                (Vec::new(), 0)
            });
            types.push(field.ty.clone());
            *always += usize::from(!field.optional);
        }
        match &record.rest {
            Rest::Dict(ty) => dictionary.push(ty.clone()),
            Rest::Open => open = true,
            Rest::Exact => {}
        }
    }
    let fields = order.into_iter().map(|name| {
        let (mut types, always) = all.remove(&name).unwrap_or_default();
        // A dictionary may hold it under the same name.
        types.extend(dictionary.iter().cloned());
        FieldTy {
            name,
            optional: always < records.len(),
            ty: Ty::union(types),
        }
    });
    let fields = fields.collect();
    let rest = match (open, dictionary.is_empty()) {
        (true, _) => Rest::Open,
        (false, true) => Rest::Exact,
        (false, false) => Rest::Dict(Ty::union(dictionary)),
    };
    Ty::record(RecordTy::new(fields, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: Ty, optional: bool) -> Ty {
        let field = FieldTy {
            name: Symbol::new("name"),
            optional,
            ty: name,
        };
        Ty::record(RecordTy::new(vec![field], Rest::Exact))
    }

    #[test]
    fn a_type_covers_what_is_more_exact() {
        let a = Ty::text("a");
        let either = Ty::union([a.clone(), Ty::int()]);
        for (general, exact) in [
            (Ty::string(), a.clone()),
            (Ty::list(Ty::string()), Ty::list(a.clone())),
            (record(Ty::string(), true), record(a.clone(), false)),
            (either.clone(), a.clone()),
            (Ty::union([Ty::string(), Ty::int()]), either.clone()),
        ] {
            assert!(general.covers(&exact));
            assert!(!exact.covers(&general));
        }
        assert!(!Ty::string().covers(&either));
        assert!(!record(Ty::string(), false).covers(&record(a, true)));
    }

    /// However they are put together, nothing that was put in is lost.
    #[test]
    fn wide_unions_cover_their_members() {
        let members: Vec<Ty> = (0..500)
            .map(|i| match i % 4 {
                0 => Ty::text(&i.to_string()),
                1 => Ty::new(Kind::Number(i)),
                2 => record(Ty::text(&i.to_string()), false),
                _ => Ty::list(Ty::new(Kind::Number(i))),
            })
            .collect();
        let union = Ty::union(members.clone());
        assert_eq!(union.members().len(), 4);
        assert!(members.iter().all(|member| union.covers(member)));
    }
}
