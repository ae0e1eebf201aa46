//! Expressions.

use super::Lowering;
use crate::hir::{BinaryOp, Expr, ExprId, FloatBits, Key, LocalKind, Span, UnaryOp};
use crate::symbol::Symbol;
use nexus_grammar::{NodeId, SyntaxKind, ast};

impl Lowering<'_> {
    pub(super) fn expr(&mut self, node: NodeId) -> ExprId {
        // Parentheses nest without limit: nothing is left of them.
        let node = self.without_parens(node);
        let span = self.span(node);
        if !self.enter(node) {
            return self.push(Expr::Missing, span);
        }
        let id = self.inside(node, span);
        self.leave();
        id
    }

    fn without_parens(&self, node: NodeId) -> NodeId {
        let mut node = node;
        while self.tree.kind(node) == SyntaxKind::Paren
            && let ast::Expr::Paren(inner) = ast::expr(self.tree, node)
        {
            node = inner;
        }
        node
    }

    fn inside(&mut self, node: NodeId, span: Span) -> ExprId {
        let expr = match ast::expr(self.tree, node) {
            ast::Expr::Missing => Expr::Missing,
            ast::Expr::Name("") => Expr::Missing,
            ast::Expr::Name(name) => return self.name(Symbol::new(name), span),
            ast::Expr::Literal(literal) => literal_expr(literal),
            ast::Expr::String => self.string(node),
            ast::Expr::List(elements) => {
                Expr::List(elements.iter().map(|element| self.expr(*element)).collect())
            }
            ast::Expr::Record { recursive, .. } => {
                let group = self.collect(node);
                return self.record(group, recursive, span);
            }
            ast::Expr::Paren(inner) => return self.expr(inner),
            ast::Expr::Select {
                base,
                path,
                default,
            } => return self.select(base, path, default, span),
            ast::Expr::Has { base, path } => {
                let base = self.expr(base);
                let (path, spans) = self.path(path);
                if path.is_empty() {
                    return base;
                }
                let id = self.push(Expr::Has { base, path }, span);
                self.note_keys(id, spans);
                return id;
            }
            ast::Expr::Conversion { value, ty } => {
                let value = self.expr(value);
                let ty = self.ty(ty);
                Expr::Conversion { value, ty }
            }
            ast::Expr::Apply {
                func,
                args,
                default,
            } => self.apply(func, args, default),
            ast::Expr::Unary(operator, operand) => {
                let operand = self.expr(operand);
                match operator {
                    SyntaxKind::Bang => Expr::Unary(UnaryOp::Not, operand),
                    _ => Expr::Unary(UnaryOp::Negate, operand),
                }
            }
            ast::Expr::Binary(SyntaxKind::Pipe, left, right) => self.pipe(left, right),
            ast::Expr::Binary(operator, left, right) => {
                let left = self.expr(left);
                let right = self.expr(right);
                match binary_op(operator) {
                    Some(operator) => Expr::Binary(operator, left, right),
                    None => Expr::Missing,
                }
            }
            ast::Expr::Lambda { param, body } => {
                let param = self.bind_param(param);
                let body = self.expr(body);
                self.unbind_param(&param);
                let param = Box::new(param);
                Expr::Lambda { param, body }
            }
            ast::Expr::If {
                cond,
                then,
                otherwise,
            } => Expr::If {
                cond: self.expr(cond),
                then: self.expr(then),
                otherwise: self.expr(otherwise),
            },
            ast::Expr::Let { body, .. } => {
                let group = self.collect(node);
                let locals = self.bind_let(group);
                let body = self.expr(body);
                self.unbind_let(&locals);
                Expr::Let {
                    locals: locals.into(),
                    body,
                }
            }
            ast::Expr::With { scope, body } => {
                let at = self.span(scope);
                let value = self.expr(scope);
                let scope = self.push_local(Symbol::new("with"), LocalKind::With, at);
                self.module.locals[scope.index()].value = Some(value);
                self.scopes.push_with(scope);
                let body = self.expr(body);
                self.scopes.pop_with();
                Expr::WithScope { scope, body }
            }
            ast::Expr::Assert { cond, body } => Expr::Assert {
                cond: self.expr(cond),
                body: self.expr(body),
            },
        };
        self.push(expr, span)
    }

    /// A name that refers: lexical binders first, then `with`, then the language. No `with` gives
    /// `true`, `false` and `null` another meaning.
    pub(super) fn name(&mut self, name: Symbol, span: Span) -> ExprId {
        let expr = if let Some(local) = self.scopes.get(name) {
            Expr::Local(local)
        } else {
            let scopes = self.scopes.withs();
            let constant = matches!(name.as_str(), "true" | "false" | "null");
            if !scopes.is_empty() && !constant {
                Expr::With {
                    name,
                    scopes,
                    global: (self.is_global)(name),
                }
            } else if (self.is_global)(name) {
                Expr::Global(name)
            } else {
                Expr::Unbound(name)
            }
        };
        self.push(expr, span)
    }

    fn select(
        &mut self,
        base: NodeId,
        path: &[NodeId],
        default: Option<NodeId>,
        span: Span,
    ) -> ExprId {
        let base = self.expr(base);
        let (path, spans) = self.path(path);
        let default = default.map(|default| self.expr(default));
        if path.is_empty() {
            return base;
        }
        let id = self.push(
            Expr::Select {
                base,
                path: Box::new(path),
                default,
            },
            span,
        );
        self.note_keys(id, spans);
        id
    }

    /// The names of a path; missing ones are left out.
    fn path(&mut self, path: &[NodeId]) -> (Box<[Key]>, Vec<Span>) {
        let tree = self.tree;
        let mut keys = Vec::with_capacity(path.len());
        let mut spans = Vec::with_capacity(path.len());
        for &name in path {
            let key = match (tree.kind(name), tree.children(name)) {
                (SyntaxKind::StringName, &[string]) => match self.plain_string_name(name) {
                    Some(name) => Key::Name(name),
                    None => Key::Dynamic(self.expr(string)),
                },
                (SyntaxKind::DynamicName, &[expr]) => Key::Dynamic(self.expr(expr)),
                _ if tree.text(name).is_empty() => continue,
                _ => Key::Name(Symbol::new(tree.text(name))),
            };
            keys.push(key);
            spans.push(self.span(name));
        }
        (keys.into(), spans)
    }

    fn note_keys(&mut self, id: ExprId, spans: Vec<Span>) {
        if !self.positions {
            return;
        }
        for (i, span) in spans.into_iter().enumerate() {
            self.map.keys.push((id, i as u32, span));
        }
    }

    fn apply(&mut self, func: NodeId, args: &[NodeId], default: Option<NodeId>) -> Expr {
        let nodes = (func, args.first().copied());
        let func = self.expr(func);
        let mut args: Vec<ExprId> = args.iter().map(|arg| self.expr(*arg)).collect();
        let default = default.map(|default| self.expr(default));
        if let Expr::Global(name) = self.module.exprs[func.index()]
            && name.as_str() == "import"
            && default.is_none()
            && let Some(first) = args.first()
            && let Expr::Path(path) = &self.module.exprs[first.index()]
        {
            let import = Expr::Import(path.clone());
            if args.len() == 1 {
                return import;
            }
            let end = self.without_parens(nodes.1.unwrap_or(nodes.0));
            let span = Span {
                start: self.span(self.without_parens(nodes.0)).start,
                end: self.span(end).end,
            };
            let func = self.push(import, span);
            args.remove(0);
            return Expr::Apply {
                func,
                args: Box::new(args.into()),
                default,
            };
        }
        Expr::Apply {
            func,
            args: Box::new(args.into()),
            default,
        }
    }

    /// `x |> f a` is `f a x`.
    fn pipe(&mut self, left: NodeId, right: NodeId) -> Expr {
        let left = self.expr(left);
        let mut right = right;
        while let ast::Expr::Paren(inner) = ast::expr(self.tree, right) {
            right = inner;
        }
        if let ast::Expr::Apply {
            func,
            args,
            default: None,
        } = ast::expr(self.tree, right)
            && let Expr::Apply {
                func,
                args,
                default,
            } = self.apply(func, args, None)
        {
            let args = Box::new(args.iter().copied().chain([left]).collect());
            return Expr::Apply {
                func,
                args,
                default,
            };
        }
        let func = self.expr(right);
        Expr::Apply {
            func,
            args: Box::new(Box::new([left])),
            default: None,
        }
    }
}

fn literal_expr(literal: ast::Literal<'_>) -> Expr {
    match literal {
        ast::Literal::Int(value) => Expr::Int(value),
        ast::Literal::Float(value) => Expr::Float(FloatBits(value.to_bits())),
        ast::Literal::Duration(nanoseconds) => Expr::Duration(nanoseconds),
        ast::Literal::Size(bytes) => Expr::Size(bytes),
        ast::Literal::Path(path) => Expr::Path(path.into()),
        ast::Literal::Bad => Expr::Missing,
    }
}

fn binary_op(kind: SyntaxKind) -> Option<BinaryOp> {
    Some(match kind {
        SyntaxKind::Plus => BinaryOp::Add,
        SyntaxKind::Minus => BinaryOp::Subtract,
        SyntaxKind::Star => BinaryOp::Multiply,
        SyntaxKind::Slash => BinaryOp::Divide,
        SyntaxKind::PlusPlus => BinaryOp::Concat,
        SyntaxKind::SlashSlash => BinaryOp::Update,
        SyntaxKind::EqualsEquals => BinaryOp::Equal,
        SyntaxKind::NotEquals => BinaryOp::NotEqual,
        SyntaxKind::Less => BinaryOp::Less,
        SyntaxKind::LessEquals => BinaryOp::LessEqual,
        SyntaxKind::Greater => BinaryOp::Greater,
        SyntaxKind::GreaterEquals => BinaryOp::GreaterEqual,
        SyntaxKind::AndAnd => BinaryOp::And,
        SyntaxKind::OrOr => BinaryOp::Or,
        _ => return None,
    })
}
