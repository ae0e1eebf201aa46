//! Random programs mean what a small reference says they mean. The reference computes by name:
//! slow, and too simple to be wrong in the same way.

mod evaluating;

use evaluating::evaluate;
use nexus_compiler::vm::Limits;
use proptest::prelude::*;
use std::fmt;
use std::rc::Rc;

const OVERFLOW: u16 = 308;
const ZERO: u16 = 309;
const NAMES: [&str; 3] = ["a", "b", "c"];

/// A number.
#[derive(Clone, Debug)]
enum Int {
    Literal(i8),
    Large,
    /// A binding, counted from the innermost; none gives 7.
    Name(usize),
    Binary(char, Box<Int>, Box<Int>),
    If(Box<Int>, Box<Int>, Box<Int>, Box<Int>),
    Let(Box<Int>, Box<Int>),
    Apply(Box<Int>, Box<Int>),
    Select(Box<Record>, usize),
    /// Through a list, so that the element stays lazy.
    Element(Vec<Int>, usize),
    Fold(Vec<Int>),
    /// A function with a name and two parameters.
    Named(Box<Int>, Box<Int>, Box<Int>),
    /// An element of a list to whose elements a function is applied.
    Mapped(Box<Int>, Vec<Int>, usize),
}

/// A record with the fields a, b and c.
#[derive(Clone, Debug)]
enum Record {
    Fields([Box<Int>; 3]),
    /// `rec { a; b = a + …; c = b + …; }`
    Chain(Box<Int>),
    Update(Box<Record>, usize, Box<Int>),
}

/// Writes a program; names are numbered by depth.
struct Shown<'a, T>(&'a T, usize);

impl fmt::Display for Shown<'_, Int> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.1;
        match self.0 {
            Int::Literal(i) if *i < 0 => write!(f, "(0 - {})", i.unsigned_abs()),
            Int::Literal(i) => write!(f, "{i}"),
            Int::Large => write!(f, "{}", i64::MAX),
            Int::Name(i) if *i < d => write!(f, "x{}", d - 1 - i),
            Int::Name(_) => write!(f, "7"),
            Int::Binary(op, a, b) => write!(f, "({} {op} {})", Shown(&**a, d), Shown(&**b, d)),
            Int::If(a, b, x, y) => write!(
                f,
                "(if {} < {} then {} else {})",
                Shown(&**a, d),
                Shown(&**b, d),
                Shown(&**x, d),
                Shown(&**y, d)
            ),
            Int::Let(value, body) => {
                write!(
                    f,
                    "(let x{d} = {}; in {})",
                    Shown(&**value, d),
                    Shown(&**body, d + 1)
                )
            }
            Int::Apply(body, argument) => {
                write!(
                    f,
                    "((x{d}: {}) {})",
                    Shown(&**body, d + 1),
                    Shown(&**argument, d)
                )
            }
            Int::Select(record, field) => write!(f, "{}.{}", Shown(&**record, d), NAMES[*field]),
            Int::Element(items, at) => {
                write!(f, "(elem_at [")?;
                for item in items {
                    write!(f, " {}", Shown(item, d))?;
                }
                write!(f, " ] {})", at % items.len())
            }
            Int::Named(body, a, b) => write!(
                f,
                "(let f{d} = x{d}: x{}: {}; in f{d} {} {})",
                d + 1,
                Shown(&**body, d + 2),
                Shown(&**a, d),
                Shown(&**b, d)
            ),
            Int::Mapped(body, items, at) => {
                write!(f, "(elem_at (map (x{d}: {}) [", Shown(&**body, d + 1))?;
                for item in items {
                    write!(f, " {}", Shown(item, d))?;
                }
                write!(f, " ]) {})", at % items.len())
            }
            Int::Fold(items) => {
                write!(f, "(fold (p: q: p * 3 + q) 1 [")?;
                for item in items {
                    write!(f, " {}", Shown(item, d))?;
                }
                write!(f, " ])")
            }
        }
    }
}

impl fmt::Display for Shown<'_, Record> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.1;
        match self.0 {
            Record::Fields([a, b, c]) => write!(
                f,
                "{{ a = {}; b = {}; c = {}; }}",
                Shown(&**a, d),
                Shown(&**b, d),
                Shown(&**c, d)
            ),
            Record::Chain(a) => {
                write!(f, "rec {{ c = b + 2; a = {}; b = a + 1; }}", Shown(&**a, d))
            }
            Record::Update(record, field, value) => write!(
                f,
                "({} // {{ {} = {}; }})",
                Shown(&**record, d),
                NAMES[*field],
                Shown(&**value, d)
            ),
        }
    }
}

/// What names stand for: computed anew at each use.
#[derive(Clone)]
enum Env<'a> {
    Empty,
    Bound(&'a Int, Rc<Env<'a>>, Rc<Env<'a>>),
}

type Value = Result<i64, u16>;

fn int<'a>(e: &'a Int, env: &Rc<Env<'a>>) -> Value {
    let bind = |value: &'a Int| Rc::new(Env::Bound(value, env.clone(), env.clone()));
    match e {
        Int::Literal(i) => Ok(i64::from(*i)),
        Int::Large => Ok(i64::MAX),
        Int::Name(i) => {
            let mut at = env.clone();
            let mut left = *i;
            loop {
                match &*at.clone() {
                    Env::Empty => return Ok(7),
                    Env::Bound(value, theirs, _) if left == 0 => return int(value, theirs),
                    Env::Bound(.., next) => {
                        at = next.clone();
                        left -= 1;
                    }
                }
            }
        }
        Int::Binary(op, a, b) => {
            let (a, b) = (int(a, env)?, int(b, env)?);
            match op {
                '+' => a.checked_add(b).ok_or(OVERFLOW),
                '-' => a.checked_sub(b).ok_or(OVERFLOW),
                '*' => a.checked_mul(b).ok_or(OVERFLOW),
                _ if b == 0 => Err(ZERO),
                _ => a.checked_div(b).ok_or(OVERFLOW),
            }
        }
        Int::If(a, b, x, y) => {
            if int(a, env)? < int(b, env)? {
                int(x, env)
            } else {
                int(y, env)
            }
        }
        Int::Let(value, body) => int(body, &bind(value)),
        Int::Apply(body, argument) => int(body, &bind(argument)),
        Int::Select(r, at) => field(r, *at, env),
        Int::Element(items, at) => int(&items[at % items.len()], env),
        Int::Named(body, a, b) => {
            let first = bind(a);
            int(body, &Rc::new(Env::Bound(b, env.clone(), first)))
        }
        Int::Mapped(body, items, at) => int(body, &bind(&items[at % items.len()])),
        Int::Fold(items) => items.iter().try_fold(1i64, |sum, item| {
            let sum = sum.checked_mul(3).ok_or(OVERFLOW)?;
            sum.checked_add(int(item, env)?).ok_or(OVERFLOW)
        }),
    }
}

fn field<'a>(record: &'a Record, at: usize, env: &Rc<Env<'a>>) -> Value {
    match record {
        Record::Fields(fields) => int(&fields[at], env),
        Record::Chain(a) => {
            let a = int(a, env)?;
            let b = |a: i64| a.checked_add(1).ok_or(OVERFLOW);
            match at {
                0 => Ok(a),
                1 => b(a),
                _ => b(a)?.checked_add(2).ok_or(OVERFLOW),
            }
        }
        Record::Update(_, changed, value) if *changed == at => int(value, env),
        Record::Update(record, ..) => field(record, at, env),
    }
}

fn programs() -> impl Strategy<Value = Int> {
    let leaf = prop_oneof![
        4 => any::<i8>().prop_map(Int::Literal),
        4 => (0usize..4).prop_map(Int::Name),
        1 => Just(Int::Large),
    ];
    leaf.prop_recursive(6, 48, 4, |int| {
        let boxed = int.clone().prop_map(Box::new);
        let fields = prop_oneof![
            [boxed.clone(), boxed.clone(), boxed.clone()].prop_map(Record::Fields),
            boxed.clone().prop_map(Record::Chain),
        ];
        let record = (fields, proptest::option::of((0usize..3, boxed.clone()))).prop_map(
            |(record, update)| match update {
                Some((at, value)) => Record::Update(Box::new(record), at, value),
                None => record,
            },
        );
        let two = (boxed.clone(), boxed.clone());
        prop_oneof![
            4 => (prop::sample::select(vec!['+', '-', '*', '/']), two.clone())
                .prop_map(|(op, (a, b))| Int::Binary(op, a, b)),
            2 => (two.clone(), two.clone()).prop_map(|((a, b), (x, y))| Int::If(a, b, x, y)),
            3 => two.clone().prop_map(|(a, b)| Int::Let(a, b)),
            3 => two.clone().prop_map(|(a, b)| Int::Apply(a, b)),
            3 => (boxed.clone(), two).prop_map(|(body, (a, b))| Int::Named(body, a, b)),
            2 => (boxed, prop::collection::vec(int.clone(), 1..4), any::<usize>())
                .prop_map(|(body, items, at)| Int::Mapped(body, items, at)),
            3 => (record, 0usize..3).prop_map(|(r, at)| Int::Select(Box::new(r), at)),
            1 => (prop::collection::vec(int.clone(), 1..4), any::<usize>())
                .prop_map(|(items, at)| Int::Element(items, at)),
            1 => prop::collection::vec(int, 0..4).prop_map(Int::Fold),
        ]
    })
}

/// Values as JSON has them, with names and strings of all sorts.
fn values() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[${}'\"\\\\a\n\t]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"$]{0,3}|or|rec|let", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_machine_agrees_with_the_reference(program in programs()) {
        let expected = int(&program, &Rc::new(Env::Empty)).map(|i| i.to_string());
        let text = Shown(&program, 0).to_string();
        let actual = evaluate(&text, Limits::default());
        prop_assert_eq!(actual, expected, "{}", text);
    }

    #[test]
    fn what_is_printed_reads_back(value in values()) {
        let text = serde_json::to_string(&value).unwrap();
        let quoted = nexus_compiler::value::text::quoted(&text);
        let json = evaluate(&format!("from_json {quoted}"), Limits::default()).unwrap();
        let printed = evaluating::printed(&format!("from_json {quoted}")).unwrap();
        let again = evaluate(&printed, Limits::default());
        prop_assert_eq!(again.as_ref(), Ok(&json), "{}", printed);
        // A float keeps its value, whatever its spelling.
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(read, value);
    }
}
