//! Operators.

use super::context::Checker;
use super::problem::{Place, Problem};
use crate::diagnostic::registry::types::BAD_OPERANDS;
use crate::hir::{BinaryOp, Expr, ExprId};
use crate::types::{Kind, Rule, Ty};

/// What operators tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// From outside.
    Unknown,
    Int,
    Float,
    Duration,
    Size,
    Text,
    Path,
    List,
    Other,
}

impl Operand {
    fn is_number(self) -> bool {
        matches!(self, Operand::Int | Operand::Float)
    }

    /// A number, or one with a unit.
    pub(super) fn is_quantity(self) -> bool {
        self.is_number() || matches!(self, Operand::Duration | Operand::Size | Operand::Unknown)
    }

    pub(super) fn is_ordered(self) -> bool {
        self != Operand::Other
    }

    pub(super) fn compares_with(self, other: Operand) -> bool {
        self == other
            || (self.is_number() && other.is_number())
            || self == Operand::Unknown
            || other == Operand::Unknown
    }

    fn ty(self) -> Ty {
        match self {
            Operand::Int => Ty::int(),
            Operand::Float => Ty::float(),
            Operand::Duration => Ty::duration(),
            Operand::Size => Ty::size(),
            _ => Ty::any(),
        }
    }
}

/// What an operator sees of a type; nothing where that is not known.
pub(super) fn operand(ty: &Ty) -> Option<Operand> {
    Some(match ty.kind() {
        Kind::Any => Operand::Unknown,
        Kind::Var(_) | Kind::Union(_) | Kind::Alias(..) => return None,
        Kind::Int | Kind::Number(_) => Operand::Int,
        Kind::Float => Operand::Float,
        Kind::Duration => Operand::Duration,
        Kind::Size => Operand::Size,
        Kind::String | Kind::Text(_) => Operand::Text,
        Kind::Path => Operand::Path,
        Kind::List(_) => Operand::List,
        _ => Operand::Other,
    })
}

/// The type of an operator's result; none when it does not take the two.
pub(super) fn combine(op: BinaryOp, left: &Ty, right: &Ty) -> Option<Ty> {
    let (x, y) = (operand(left)?, operand(right)?);
    if !x.is_quantity() || !y.is_quantity() {
        return None;
    }
    if x == Operand::Unknown || y == Operand::Unknown {
        return Some(Ty::any());
    }
    let additive = matches!(op, BinaryOp::Add | BinaryOp::Subtract);
    match (x.is_number(), y.is_number()) {
        (true, true) if x == Operand::Int && y == Operand::Int => Some(Ty::int()),
        (true, true) => Some(Ty::float()),
        (false, false) => (additive && x == y).then(|| x.ty()),
        (true, false) => (op == BinaryOp::Multiply).then(|| y.ty()),
        (false, true) => (!additive).then(|| x.ty()),
    }
}

/// The type of a negated value; none when it cannot be.
pub(super) fn negated(ty: &Ty) -> Option<Ty> {
    let operand = operand(ty)?;
    operand.is_quantity().then(|| operand.ty())
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
            BinaryOp::Update => self.update(id, left, right),
            BinaryOp::Equal | BinaryOp::NotEqual => {
                self.infer(left);
                self.infer(right);
                Ty::bool()
            }
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                self.comparison(id, left, right);
                Ty::bool()
            }
            BinaryOp::And | BinaryOp::Or => {
                let sign = if op == BinaryOp::And { "&&" } else { "||" };
                self.condition(left, &format!("the left side of `{sign}`"));
                self.given(left, op == BinaryOp::And, |c| {
                    c.condition(right, &format!("the right side of `{sign}`"))
                });
                Ty::bool()
            }
        }
    }

    pub(super) fn negate(&mut self, id: ExprId) -> Ty {
        let ty = self.infer(id);
        let known = self.known(&ty);
        let bad = known
            .members()
            .iter()
            .find(|member| operand(member).is_some_and(|operand| !operand.is_quantity()));
        if let Some(bad) = bad {
            let what = self.describe(bad);
            self.report(
                Problem::error(
                    BAD_OPERANDS,
                    Place::Expr(id),
                    format!("`-` works on numbers, and this is {what}"),
                )
                .label(format!("this is {what}")),
            );
            return Ty::any();
        }
        if let Some(result) = negated(&ty) {
            return result;
        }
        let into = self.fresh();
        let wanted = Ty::deferred(Rule::Negate, [into.clone()]);
        if let Err(e) = self.fits(&ty, &wanted, Some(Place::Expr(id))) {
            self.report_mismatch(id, *e);
        }
        into
    }

    fn arithmetic(&mut self, id: ExprId, op: BinaryOp, left: ExprId, right: ExprId) -> Ty {
        let a = self.infer(left);
        let b = self.infer(right);
        let known = (self.known(&a), self.known(&b));
        // What is plainly wrong is said plainly.
        for (side, ty, other) in [(left, &known.0, &known.1), (right, &known.1, &known.0)] {
            for member in ty.members() {
                if let Some(f) = operand(member)
                    && !f.is_quantity()
                {
                    self.no_arithmetic(id, op, side, ty, (f, operand(other)));
                    return Ty::any();
                }
            }
        }
        if operand(&known.0).is_some() && operand(&known.1).is_some() {
            let result = combine(op, &known.0, &known.1);
            if result.is_none() {
                self.unlike(op, left, right, &known.0, &known.1);
                return Ty::any();
            }
            if let (Some(result), false, false) = (result, a.has_vars(), b.has_vars()) {
                return result;
            }
        }
        let additive = matches!(op, BinaryOp::Add | BinaryOp::Subtract);
        for (side, ty, other) in [(left, &a, &known.1), (right, &b, &known.0)] {
            self.demand_quantity(side, ty, operand(other).filter(|_| additive));
        }
        let into = self.fresh();
        let wanted = Ty::deferred(Rule::ArithmeticLeft(op), [b, into.clone()]);
        if let Err(e) = self.fits(&a, &wanted, Some(Place::Expr(id))) {
            self.report_mismatch(id, *e);
        }
        into
    }

    /// Says of a variable what it must be, so that a wrong argument can be told what it should
    /// have been.
    fn demand_quantity(&mut self, side: ExprId, ty: &Ty, like: Option<Operand>) {
        let Kind::Var(_) = ty.kind() else { return };
        let wanted = match like {
            Some(Operand::Int | Operand::Float) => Ty::union([Ty::int(), Ty::float()]),
            Some(like @ (Operand::Duration | Operand::Size)) => like.ty(),
            _ => Ty::union([Ty::int(), Ty::float(), Ty::duration(), Ty::size()]),
        };
        if let Err(e) = self.fits(ty, &wanted, Some(Place::Expr(side))) {
            self.report_mismatch(side, *e);
        }
    }

    fn no_arithmetic(
        &mut self,
        sum: ExprId,
        op: BinaryOp,
        side: ExprId,
        ty: &Ty,
        (family, other): (Operand, Option<Operand>),
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
            (BinaryOp::Multiply, Operand::Text) => {
                problem.help("to write a text several times: `std.string.repeat 3 \"x\"`")
            }
            (BinaryOp::Add, Operand::Text | Operand::Path) => match self.as_one_text(sum) {
                Some(text) => problem
                    .help(format!("join texts by writing them into one: `{text}`"))
                    .fix("Write one text", vec![(Place::Expr(sum), text)]),
                None => problem.help("join texts by writing them into one: `\"${a}${b}\"`"),
            },
            (BinaryOp::Add, Operand::List) => problem.help("`++` joins lists"),
            (BinaryOp::Add, _) if matches!(ty.kind(), Kind::Record(_)) => {
                problem.help("`//` merges records")
            }
            (BinaryOp::Divide, Operand::Text | Operand::Path) => {
                problem.help("join paths by writing them into one text: `\"${folder}/${name}\"`")
            }
            _ => problem,
        };
        self.report(problem);
    }

    /// A number or quantity in quotes, where the other operand is no text.
    fn number_in_quotes(&self, side: ExprId, text: &str, other: Option<Operand>) -> Option<String> {
        let literal = matches!(self.expr(side), Expr::Text(_));
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

    fn comparison(&mut self, id: ExprId, left: ExprId, right: ExprId) {
        let types = (self.infer(left), self.infer(right));
        let a = self.known(&types.0);
        let b = self.known(&types.1);
        let (Some(x), Some(y)) = (operand(&a), operand(&b)) else {
            return self.comparison_later(id, &types.0, &types.1);
        };
        for (side, ty, family) in [(left, &a, x), (right, &b, y)] {
            if !family.is_ordered() {
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
        if !x.compares_with(y) {
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
            return;
        }
        if types.0.has_vars() || types.1.has_vars() || x == Operand::List {
            self.comparison_later(id, &types.0, &types.1);
        }
    }

    fn comparison_later(&mut self, id: ExprId, a: &Ty, b: &Ty) {
        let wanted = Ty::deferred(Rule::Compare, [b.clone()]);
        if let Err(e) = self.fits(a, &wanted, Some(Place::Expr(id))) {
            self.report_mismatch(id, *e);
        }
    }

    /// The elements of a side of `++`.
    fn joined(&mut self, side: ExprId) -> Ty {
        let ty = self.infer(side);
        if !self.is_joined(side, &ty) {
            return Ty::any();
        }
        if let Kind::List(element) = ty.kind() {
            return element.clone();
        }
        let element = self.fresh();
        self.expect(side, &ty, &Ty::list(element.clone()));
        element
    }

    /// Whether a side of `++` may be a list; reported when it cannot.
    pub(super) fn is_joined(&mut self, side: ExprId, ty: &Ty) -> bool {
        let known = self.known(ty);
        let fits = known.members().iter().all(|member| {
            matches!(
                member.kind(),
                Kind::List(_) | Kind::Any | Kind::Var(_) | Kind::Alias(..) | Kind::Tasks(_)
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
            Kind::Union(_) if ty.members().iter().any(|m| *m.kind() == Kind::Null) => problem
                .help("give an empty list for the case of null: `if x == null then [ ] else x`"),
            _ => problem.help("put a single element into brackets: `[ x ]`"),
        });
    }
}

pub(super) fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        _ => "/",
    }
}
