//! Operators.

use super::context::Checker;
use super::problem::{Place, Problem};
use crate::diagnostic::registry::types::BAD_OPERANDS;
use crate::hir::{BinaryOp, ExprId};
use crate::types::{Kind, Ty};

/// What operators tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Int,
    Float,
    Duration,
    Size,
    Text,
    Path,
    List,
    Other,
}

impl Family {
    fn is_number(self) -> bool {
        matches!(self, Family::Int | Family::Float)
    }

    fn is_quantity(self) -> bool {
        matches!(self, Family::Duration | Family::Size)
    }

    fn ty(self) -> Ty {
        match self {
            Family::Int => Ty::int(),
            Family::Float => Ty::float(),
            Family::Duration => Ty::duration(),
            Family::Size => Ty::size(),
            _ => Ty::any(),
        }
    }
}

/// The family of a type; nothing where it is not known.
fn family(ty: &Ty) -> Option<Family> {
    Some(match ty.kind() {
        Kind::Any | Kind::Var(_) | Kind::Union(_) | Kind::Alias(_) => return None,
        Kind::Int | Kind::Number(_) => Family::Int,
        Kind::Float => Family::Float,
        Kind::Duration => Family::Duration,
        Kind::Size => Family::Size,
        Kind::String | Kind::Text(_) => Family::Text,
        Kind::Path => Family::Path,
        Kind::List(_) => Family::List,
        _ => Family::Other,
    })
}

impl Checker<'_> {
    pub(super) fn binary(&mut self, id: ExprId, op: BinaryOp, left: ExprId, right: ExprId) -> Ty {
        match op {
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
                self.arithmetic(id, op, left, right)
            }
            BinaryOp::Concat => {
                let a = self.joined(left);
                let b = self.joined(right);
                Ty::list(Ty::union([a, b]))
            }
            BinaryOp::Update => self.update(left, right),
            BinaryOp::Equal | BinaryOp::NotEqual => {
                self.infer(left);
                self.infer(right);
                Ty::bool()
            }
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                self.comparison(left, right);
                Ty::bool()
            }
            BinaryOp::And | BinaryOp::Or => {
                let sign = if op == BinaryOp::And { "&&" } else { "||" };
                self.condition(left, &format!("the left side of `{sign}`"));
                self.in_branch(Some(left), |c| {
                    c.condition(right, &format!("the right side of `{sign}`"))
                });
                Ty::bool()
            }
        }
    }

    pub(super) fn negate(&mut self, operand: ExprId) -> Ty {
        let ty = self.infer(operand);
        let known = self.known(&ty);
        match family(&known) {
            None => known,
            Some(f) if f.is_number() || f.is_quantity() => f.ty(),
            Some(_) => {
                let what = self.describe(&known);
                self.report(
                    Problem::error(
                        BAD_OPERANDS,
                        Place::Expr(operand),
                        format!("`-` works on numbers, and this is {what}"),
                    )
                    .label(format!("this is {what}")),
                );
                Ty::any()
            }
        }
    }

    fn arithmetic(&mut self, id: ExprId, op: BinaryOp, left: ExprId, right: ExprId) -> Ty {
        let a = self.infer(left);
        let b = self.infer(right);
        let a = self.known(&a);
        let b = self.known(&b);
        let (fa, fb) = (family(&a), family(&b));
        for (side, ty, family) in [(left, &a, fa), (right, &b, fb)] {
            if let Some(f) = family
                && !f.is_number()
                && !f.is_quantity()
            {
                let other = if side == left { fb } else { fa };
                self.no_arithmetic(id, op, side, ty, (f, other));
                return Ty::any();
            }
        }
        let additive = matches!(op, BinaryOp::Add | BinaryOp::Subtract);
        match (fa, fb) {
            (Some(x), Some(y)) => {
                let result = if x.is_number() && y.is_number() {
                    match (x, y) {
                        (Family::Int, Family::Int) => Some(Ty::int()),
                        _ => Some(Ty::float()),
                    }
                } else if additive {
                    (x == y).then(|| x.ty())
                } else {
                    match op {
                        BinaryOp::Multiply if x.is_number() => Some(y.ty()),
                        BinaryOp::Multiply if y.is_number() => Some(x.ty()),
                        BinaryOp::Divide if y.is_number() => Some(x.ty()),
                        BinaryOp::Divide if x == y => Some(Ty::any()),
                        _ => None,
                    }
                };
                result.unwrap_or_else(|| {
                    self.unlike(op, left, right, &a, &b);
                    Ty::any()
                })
            }
            (Some(x), None) => self.half_known(additive, x, &b, right),
            (None, Some(y)) => self.half_known(additive, y, &a, left),
            (None, None) => {
                for (side, ty) in [(left, &a), (right, &b)] {
                    self.demand_quantity(side, ty);
                }
                match additive && matches!(a.kind(), Kind::Var(_)) {
                    true => Ty::union([a, b]),
                    false => Ty::any(),
                }
            }
        }
    }

    /// One side is known, the other is a variable or a union.
    fn half_known(&mut self, additive: bool, known: Family, other: &Ty, side: ExprId) -> Ty {
        if !matches!(other.kind(), Kind::Var(_)) {
            return Ty::any();
        }
        if !additive {
            self.demand_quantity(side, other);
            return Ty::any();
        }
        let wanted = match known {
            Family::Int | Family::Float => Ty::union([Ty::int(), Ty::float()]),
            other => other.ty(),
        };
        // Nothing has flowed into the variable, so nothing can fail.
        let _ = self.fits(other, &wanted, Some(Place::Expr(side)));
        match known {
            Family::Int => other.clone(),
            other => other.ty(),
        }
    }

    fn demand_quantity(&mut self, side: ExprId, ty: &Ty) {
        if let Kind::Var(_) = ty.kind() {
            let wanted = Ty::union([Ty::int(), Ty::float(), Ty::duration(), Ty::size()]);
            let _ = self.fits(ty, &wanted, Some(Place::Expr(side)));
        }
    }

    fn no_arithmetic(
        &mut self,
        sum: ExprId,
        op: BinaryOp,
        side: ExprId,
        ty: &Ty,
        (family, other): (Family, Option<Family>),
    ) {
        let sign = sign(op);
        let what = self.describe(ty);
        let mut problem = Problem::error(
            BAD_OPERANDS,
            Place::Expr(side),
            format!("`{sign}` works on numbers, and this is {what}"),
        )
        .label(format!("this is {what}"));
        let number = match ty.kind() {
            Kind::Text(text) => self.number_in_quotes(side, text, other),
            _ => None,
        };
        if let Some(number) = number {
            return self.report(
                problem
                    .help(format!("write it without quotes: `{number}`"))
                    .fix("Remove the quotes", vec![(Place::Expr(side), number)]),
            );
        }
        problem = match (op, family) {
            (BinaryOp::Multiply, Family::Text) => {
                problem.help("to write a text several times: `std.string.repeat 3 \"x\"`")
            }
            (BinaryOp::Add, Family::Text | Family::Path) => match self.as_one_text(sum) {
                Some(text) => problem
                    .help(format!("join texts by writing them into one: `{text}`"))
                    .fix("Write one text", vec![(Place::Expr(sum), text)]),
                None => problem.help("join texts by writing them into one: `\"${a}${b}\"`"),
            },
            (BinaryOp::Add, Family::List) => problem.help("`++` joins lists"),
            (BinaryOp::Add, _) if matches!(ty.kind(), Kind::Record(_)) => {
                problem.help("`//` merges records")
            }
            (BinaryOp::Divide, Family::Text | Family::Path) => {
                problem.help("join paths by writing them into one text: `\"${folder}/${name}\"`")
            }
            _ => problem,
        };
        self.report(problem);
    }

    /// A number or quantity in quotes, where the other operand is no text.
    fn number_in_quotes(&self, side: ExprId, text: &str, other: Option<Family>) -> Option<String> {
        let literal = matches!(self.expr(side), crate::hir::Expr::String(_));
        match other {
            _ if !literal => None,
            Some(f) if f.is_quantity() => super::advice::quantity(text),
            Some(f) if f.is_number() => text.parse::<i64>().is_ok().then(|| text.to_owned()),
            _ => None,
        }
    }

    fn unlike(&mut self, op: BinaryOp, left: ExprId, right: ExprId, a: &Ty, b: &Ty) {
        let (x, y) = (self.describe(a), self.describe(b));
        let mut problem = Problem::error(
            BAD_OPERANDS,
            Place::Expr(right),
            format!("`{}` cannot combine {x} and {y}", sign(op)),
        )
        .label(format!("this is {y}"))
        .related(Place::Expr(left), format!("this is {x}"));
        let quantity = [a, b].into_iter().find_map(|ty| match ty.kind() {
            Kind::Duration => Some("give the number a unit: `30s`"),
            Kind::Size => Some("give the number a unit: `10MB`"),
            _ => None,
        });
        if let (Some(help), BinaryOp::Add | BinaryOp::Subtract) = (quantity, op) {
            problem = problem.help(help);
        }
        self.report(problem);
    }

    fn comparison(&mut self, left: ExprId, right: ExprId) {
        let a = self.infer(left);
        let b = self.infer(right);
        let a = self.known(&a);
        let b = self.known(&b);
        let (Some(x), Some(y)) = (family(&a), family(&b)) else {
            return;
        };
        for (side, ty, family) in [(left, &a, x), (right, &b, y)] {
            if family == Family::Other {
                let what = self.describe(ty);
                self.report(
                    Problem::error(
                        BAD_OPERANDS,
                        Place::Expr(side),
                        format!("{what} has no order, so it cannot be compared with `<` or `>`"),
                    )
                    .label(format!("this is {what}")),
                );
                return;
            }
        }
        if x != y && !(x.is_number() && y.is_number()) {
            let (x, y) = (self.describe(&a), self.describe(&b));
            self.report(
                Problem::error(
                    BAD_OPERANDS,
                    Place::Expr(right),
                    format!("{x} and {y} cannot be compared"),
                )
                .label(format!("this is {y}"))
                .related(Place::Expr(left), format!("this is {x}"))
                .help(match [a.kind(), b.kind()] {
                    [Kind::Duration, _] | [_, Kind::Duration] => "give the number a unit: `30s`",
                    [Kind::Size, _] | [_, Kind::Size] => "give the number a unit: `10MB`",
                    _ => "compare a text with a text, and a number with a number",
                }),
            );
        }
    }

    /// The elements of a side of `++`.
    fn joined(&mut self, side: ExprId) -> Ty {
        let ty = self.infer(side);
        let known = self.known(&ty);
        match known.kind() {
            Kind::List(element) => element.clone(),
            Kind::Var(_) => {
                let element = self.fresh();
                let _ = self.fits(&known, &Ty::list(element.clone()), Some(Place::Expr(side)));
                element
            }
            Kind::Any | Kind::Alias(_) => Ty::any(),
            Kind::Union(members) if self.is_joined(side, &known) => {
                let elements = members.iter().filter_map(|member| match member.kind() {
                    Kind::List(element) => Some(element.clone()),
                    Kind::Any | Kind::Var(_) | Kind::Alias(_) => Some(Ty::any()),
                    _ => None,
                });
                Ty::union(elements)
            }
            _ => {
                self.is_joined(side, &known);
                Ty::any()
            }
        }
    }

    /// Whether a side of `++` may be a list; reported when it cannot.
    pub(super) fn is_joined(&mut self, side: ExprId, ty: &Ty) -> bool {
        let known = self.known(ty);
        let fits = known.members().iter().any(|member| {
            matches!(
                member.kind(),
                Kind::List(_) | Kind::Any | Kind::Var(_) | Kind::Alias(_)
            )
        });
        if !fits {
            self.not_joined(side, &known);
        }
        fits
    }

    fn not_joined(&mut self, side: ExprId, ty: &Ty) {
        let what = self.describe(ty);
        let problem = Problem::error(
            BAD_OPERANDS,
            Place::Expr(side),
            format!("`++` joins lists, and this is {what}"),
        )
        .label(format!("this is {what}"));
        self.report(match ty.kind() {
            Kind::String | Kind::Text(_) => {
                let element = self.spelled(side).unwrap_or_else(|| "\"x\"".into());
                problem
                    .help(format!(
                        "put a single element into brackets: `[ {element} ]`"
                    ))
                    .help("join texts by writing them into one: `\"${a}${b}\"`")
                    .proposal(
                        "Make it a list",
                        vec![
                            (Place::Before(side), "[ ".into()),
                            (Place::After(side), " ]".into()),
                        ],
                    )
            }
            Kind::Record(_) => problem.help("`//` merges records"),
            _ => problem.help("put a single element into brackets: `[ x ]`"),
        });
    }
}

fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        _ => "/",
    }
}
