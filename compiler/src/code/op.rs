//! Instructions of the machine: eight bytes each.

/// What the machine does in one step. "Top" is the top of the value stack; a *slot* is a position
/// above the base of the running chunk; numbers of sites, chunks and constants are positions in
/// the tables of the [`Program`](super::Program).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Push a constant.
    Const(u32),
    /// Push a slot, as it is.
    Slot(u32),
    /// Push a slot, computed.
    SlotForce(u32),
    /// Push a captured value, as it is.
    Env(u32),
    /// Push a captured value, computed.
    EnvForce(u32),
    /// Compute the top.
    Force,
    /// Pop into a slot.
    Store(u32),
    /// Keep the top, drop this many below it.
    Slide(u32),
    /// Cut the stack to this many slots.
    Truncate(u32),
    /// Push a thunk of a chunk.
    Thunk(u32),
    /// Push a function of a chunk.
    Function(u32),
    /// Push a thunk whose captured values come later.
    AllocThunk(u32),
    /// Push a function whose captured values come later.
    AllocFunction(u32),
    /// Capture the values for the thunk or function in a slot.
    Fill(u32),
    /// Pop this many elements, push the list.
    List(u32),
    /// Pop the fields of a record site, push the record.
    Record(u32),
    /// Pop this many pairs of name and value, and a record; push the record with them.
    AddFields(u32),
    /// Replace a record by its field, computed.
    Select(u32),
    /// The same; when there is none, pop and jump to the site's target.
    SelectOr(u32),
    /// Pop a name; replace the record by its field, computed.
    SelectDynamic,
    /// The same; when there is none, pop both and jump.
    SelectDynamicOr(u32),
    /// Replace a value by whether it has the field.
    Has(u32),
    /// Pop a name; replace a value by whether it has the field.
    HasDynamic,
    /// Top is the record of a `with`: if it has the site's field, replace it and jump to the
    /// site's target, else pop it.
    WithTry(u32),
    /// Go on elsewhere.
    Jump(u32),
    /// Pop a boolean; jump when false.
    JumpIfFalse(u32),
    /// Pop a boolean; jump when true.
    JumpIfTrue(u32),
    /// If the two topmost are integers: pop both, then jump when the comparison is false, or else
    /// skip the two instructions that do the same for other values.
    JumpUnless {
        /// The comparison.
        op: BinOp,
        /// Where to go when it is false.
        target: u32,
    },
    /// Check that the top is a boolean.
    CheckBool,
    /// Pop two operands, push the result.
    Binary(BinOp),
    /// Pop two, push whether they are equal.
    Equal,
    /// Replace a boolean by its opposite.
    Not,
    /// Replace a number by its opposite.
    Negate,
    /// Pop a function and this many arguments below it; push the result.
    Call(u32),
    /// The same, in place of the running chunk.
    TailCall(u32),
    /// Like `Call`; when a look-up finds nothing, jump.
    CallOr {
        /// Number of arguments.
        args: u16,
        /// Where to go when nothing was found.
        target: u32,
    },
    /// The top is the result of the chunk.
    Return,
    /// Pop this many scalars, push the text of all.
    Concat(u32),
    /// Pop a boolean; fail when false.
    Assert,
    /// Push the value of an imported module.
    Import(u32),
    /// Top is the argument of a pattern: check it, push its fields.
    Pattern(u32),
    /// Jump over a default when the argument has the field.
    JumpIfGiven(u32),
    /// Run quick code: push its result and skip the next instruction, which makes a thunk of the
    /// same expression; or else go on there.
    Quick(u32),
    /// Push a slot if it is computed, else jump.
    TrySlot {
        /// The slot.
        slot: u16,
        /// Where to go when it is not.
        target: u32,
    },
    /// Push a captured value if it is computed, else jump.
    TryEnv {
        /// The captured value.
        index: u16,
        /// Where to go when it is not.
        target: u32,
    },
    /// Replace a record by its field if that needs no computing, else jump to the site's target.
    TrySelect(u32),
    /// Pop two, push the result if that is quick and cannot fail, else jump.
    TryBinary {
        /// The operator.
        op: BinOp,
        /// Where to go when not.
        target: u32,
    },
    /// A name that nothing binds; the constant is the name.
    FailUnbound(u32),
    /// A hole left by a syntax error.
    FailMissing,
}

/// An operator whose operands are both computed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Concat,
    Update,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl BinOp {
    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            BinOp::Add => "+",
            BinOp::Subtract => "-",
            BinOp::Multiply => "*",
            BinOp::Divide => "/",
            BinOp::Concat => "++",
            BinOp::Update => "//",
            BinOp::Less => "<",
            BinOp::LessEqual => "<=",
            BinOp::Greater => ">",
            BinOp::GreaterEqual => ">=",
        }
    }
}

/// Whether an operator asks for an order.
pub(super) fn is_comparison(op: BinOp) -> bool {
    matches!(
        op,
        BinOp::Less | BinOp::LessEqual | BinOp::Greater | BinOp::GreaterEqual
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn instructions_are_eight_bytes() {
        assert_eq!(size_of::<super::Op>(), 8);
    }
}
