//! Applications.

use super::alternatives::heads_fit;
use super::context::Checker;
use super::problem::{Place, Problem};
use crate::diagnostic::registry::types::{LIST_APPLICATION, NOT_A_FUNCTION, TYPE_MISMATCH};
use crate::hir::{Expr, ExprId};
use crate::types::{Kind, Ty};

impl Checker<'_> {
    /// The type of `func args`.
    pub(super) fn apply(&mut self, func: ExprId, args: &[ExprId]) -> Ty {
        let mut ty = self.infer(func);
        let mut planned: Vec<(usize, Ty)> = Vec::new();
        let mut rest = 0;
        let outer = self.subject.take();
        let owner = self.owner.take();
        let found = self.problems.len();
        while rest < args.len() {
            match self.as_function(&ty) {
                Some((from, to)) => {
                    planned.push((rest, from));
                    ty = to;
                    rest += 1;
                }
                None => {
                    // Arguments known so far may say what the function gives.
                    if planned.is_empty() {
                        break;
                    }
                    self.arguments(func, args, &std::mem::take(&mut planned));
                    if self.as_function(&ty).is_none() {
                        break;
                    }
                }
            }
        }
        self.arguments(func, args, &planned);
        // Given something wrong, it may give anything: one mistake, one message.
        if self.problems.len() > found {
            ty = Ty::any();
        }
        for (i, arg) in args.iter().enumerate().skip(rest) {
            if ty.is_any() {
                self.infer(*arg);
                continue;
            }
            let known = self.known(&ty);
            let callable = |ty: &Ty| {
                matches!(
                    ty.kind(),
                    Kind::Any | Kind::Var(_) | Kind::Function(..) | Kind::Alias(..)
                )
            };
            let to = self.fresh();
            let mut wrong = (!known.members().iter().all(callable)).then(|| known.clone());
            if wrong.is_none() {
                let from = self.infer(*arg);
                let wanted = Ty::function(from, to.clone());
                if let Err(e) = self.fits(&ty, &wanted, Some(Place::Expr(*arg))) {
                    match e.wanted.same(&wanted) && !callable(&e.found) {
                        true => wrong = Some(e.found),
                        false => self.report_mismatch(*arg, *e),
                    }
                }
            }
            if let Some(wrong) = wrong {
                self.not_a_function(func, args, i, &wrong);
                for arg in &args[i..] {
                    self.infer(*arg);
                }
                self.subject = outer;
                self.owner = owner;
                return Ty::any();
            }
            ty = to;
        }
        self.subject = outer;
        self.owner = owner;
        self.filtered(func, args, ty)
    }

    /// `filter (x: x != null) xs` leaves what the function answers with true.
    fn filtered(&mut self, func: ExprId, args: &[ExprId], ty: Ty) -> Ty {
        let [question, _] = args else { return ty };
        let element = match (&self.library_path(func)[..], ty.kind()) {
            (["filter"] | ["std", "list", "filter"], Kind::List(element)) => element.clone(),
            (["std", "list", "find"] | ["find"], _) => ty.clone(),
            _ => return ty,
        };
        let question = match self.expr(*question) {
            Expr::Local(local) => self.module.locals[local.index()].value,
            _ => Some(*question),
        };
        let Some(question) = question else { return ty };
        let mut left = element.clone();
        for (test, holds) in self.question(question, true, 8) {
            left = self.narrow(&left, &test, holds);
        }
        match (left.same(&element), ty.kind()) {
            (true, _) => ty,
            (false, Kind::List(_)) => Ty::list(left),
            (false, _) => left,
        }
    }

    fn as_function(&mut self, ty: &Ty) -> Option<(Ty, Ty)> {
        let ty = self.unalias(ty);
        match ty.kind() {
            Kind::Function(from, to) => Some((from.clone(), to.clone())),
            _ => None,
        }
    }

    /// Functions last: by then it is known what they are given.
    fn arguments(&mut self, func: ExprId, args: &[ExprId], planned: &[(usize, Ty)]) {
        let before = self.problems.len();
        for functions in [false, true] {
            // What a function is given is wrong already: one mistake, one message.
            let wrong = functions && self.problems.len() > before;
            for (i, wanted) in planned {
                let is_function = matches!(self.expr(args[*i]), Expr::Lambda { .. });
                if is_function == functions {
                    let subject = match self.written_path(func, &[]).or_else(|| self.called(func)) {
                        Some(name) if args.len() == 1 => format!("the argument of {name}"),
                        Some(name) => format!("argument {} of {name}", i + 1),
                        None => "the argument".into(),
                    };
                    let found = self.problems.len();
                    self.muted += u32::from(wrong && matches!(wanted.kind(), Kind::Function(..)));
                    self.about(subject, |c| c.check(args[*i], wanted));
                    self.muted -= u32::from(wrong && matches!(wanted.kind(), Kind::Function(..)));
                    self.note_signature(found, func, args[*i]);
                }
            }
        }
        self.wrong_order(before, func, args, planned);
    }

    /// Two arguments that are both wrong, each of which is what the other should be.
    fn wrong_order(&mut self, from: usize, func: ExprId, args: &[ExprId], planned: &[(usize, Ty)]) {
        let [first, second] = &self.problems[from.min(self.problems.len())..] else {
            return;
        };
        let place_of = |problem: &Problem| {
            let at = |(i, _): &&(usize, Ty)| problem.at == Place::Expr(args[*i]);
            planned.iter().find(at).cloned()
        };
        let (Some((i, wanted_i)), Some((j, wanted_j))) = (place_of(first), place_of(second)) else {
            return;
        };
        let (a, b) = (self.infer_quietly(args[i]), self.infer_quietly(args[j]));
        let (a, b) = (self.known(&a), self.known(&b));
        let may_be = |ty: &Ty, wanted: &Ty| wanted.members().iter().any(|m| heads_fit(ty, m));
        if i == j || !may_be(&a, &wanted_j) || !may_be(&b, &wanted_i) {
            return;
        }
        let notes = self.problems[from].notes.clone();
        let (low, high) = (i.min(j), i.max(j));
        let (ty, other) = if low == i { (a, b) } else { (b, a) };
        let (what, other) = (self.describe(&ty), self.describe(&other));
        let name = self.written_path(func, &[]).or_else(|| self.called(func));
        let name = name.unwrap_or_else(|| "this function".into());
        self.problems.truncate(from);
        let mut problem = Problem::error(
            TYPE_MISMATCH,
            Place::Expr(args[low]),
            format!("the arguments of {name} are in the wrong order"),
        )
        .label(format!("{what} belongs behind"))
        .related(Place::Expr(args[high]), format!("{other} comes first"));
        problem = match (
            self.spelled(func),
            self.spelled(args[high]),
            self.spelled(args[low]),
        ) {
            (Some(func), Some(a), Some(b)) => problem.help(format!("write `{func} {a} {b}`")),
            _ => problem.help("swap the two"),
        };
        problem.notes = notes;
        self.report(problem);
    }

    /// A built-in given a wrong argument: says what it takes.
    fn note_signature(&mut self, from: usize, func: ExprId, arg: ExprId) {
        if from >= self.problems.len() {
            return;
        }
        let Some(name) = self.written_path(func, &[]).or_else(|| self.called(func)) else {
            return;
        };
        let name = name.trim_matches('`');
        let root = match self.expr(func) {
            Expr::Select { base, .. } => *base,
            _ => func,
        };
        if let Expr::Global(_) = self.expr(root)
            && let Some(signature) = super::globals::signature_of(name)
        {
            for problem in &mut self.problems[from..] {
                if problem.at == Place::Expr(arg) {
                    problem.notes.push(format!("`{name} : {signature}`"));
                }
            }
        }
    }

    fn called(&self, func: ExprId) -> Option<String> {
        match self.expr(func) {
            Expr::Select {
                base,
                path,
                default: None,
            } => self.written_path(*base, path),
            Expr::Import(literal) => Some(format!("`{literal}`")),
            _ => None,
        }
    }

    fn not_a_function(&mut self, func: ExprId, args: &[ExprId], i: usize, ty: &Ty) {
        let what = self.describe(ty);
        let name = self.written_path(func, &[]).or_else(|| self.called(func));
        let problem = if i == 0 {
            let subject = name.unwrap_or_else(|| "this".into());
            let problem = Problem::error(
                NOT_A_FUNCTION,
                Place::Expr(func),
                format!("{subject} is {what}, so it cannot be given an argument"),
            )
            .label("not a function")
            .related(Place::Expr(args[0]), "this is taken to be its argument");
            problem.help("is a `;` or an operator missing between the two?")
        } else {
            let subject = name.unwrap_or_else(|| "this function".into());
            let count = args.len();
            let takes = if i == 1 {
                "one argument".into()
            } else {
                format!("{i} arguments")
            };
            Problem::error(
                NOT_A_FUNCTION,
                Place::Expr(args[i]),
                format!("{subject} takes {takes}, and {count} are given"),
            )
            .label("one too many")
            .note(format!("without it, the result is {what}"))
            .help("put an argument that is itself an application in parentheses: `f (g x)`")
        };
        self.report(problem);
    }

    /// `[ f x ]` is two elements.
    pub(super) fn warn_applications(&mut self, elements: &[ExprId], types: &[Ty]) {
        for i in 1..elements.len() {
            let plain = matches!(
                self.expr(elements[i - 1]),
                Expr::Local(_) | Expr::Global(_) | Expr::Select { default: None, .. }
            );
            if !plain {
                continue;
            }
            let before = self.known(&types[i - 1]);
            let Kind::Function(from, _) = before.kind() else {
                continue;
            };
            let after = self.known(&types[i]);
            let from = self.known(from);
            let likely = !matches!(after.kind(), Kind::Function(..) | Kind::Any | Kind::Var(_))
                && from
                    .members()
                    .iter()
                    .any(|member| heads_fit(&after, member));
            if likely {
                self.application_in_list(elements[i - 1], elements[i], false);
            }
        }
    }

    /// How an application in a list is to be written.
    fn in_parentheses(&self, func: ExprId, arg: ExprId) -> String {
        match (self.spelled(func), self.spelled(arg)) {
            (Some(func), Some(arg)) => {
                format!("put an application in a list into parentheses: `({func} {arg})`")
            }
            _ => "put an application in a list into parentheses: `(f x)`".into(),
        }
    }

    pub(super) fn application_in_list(&mut self, func: ExprId, arg: ExprId, is_error: bool) {
        let message =
            "these are two elements of the list: a function, and what looks like its argument";
        let at = Place::Expr(func);
        let problem = match is_error {
            true => Problem::error(LIST_APPLICATION, at, message),
            false => Problem::warning(LIST_APPLICATION, at, message),
        };
        self.report(
            problem
                .label("a function")
                .related(Place::Expr(arg), "its argument?")
                .help(self.in_parentheses(func, arg))
                .fix(
                    "Put the application in parentheses",
                    vec![
                        (Place::Before(func), "(".into()),
                        (Place::After(arg), ")".into()),
                    ],
                ),
        );
    }
}
