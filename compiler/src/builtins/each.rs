//! Calling a function on one element after another.

use crate::value::{List, Value};
use crate::vm::{Args, Native, Raise, Step, Vm};

/// What is done with the answers.
pub(super) trait PerItem {
    /// Takes the answer for an element; may end the work.
    fn take(
        &mut self,
        vm: &mut Vm<'_>,
        index: usize,
        item: Value,
        answer: Value,
    ) -> Result<Option<Step>, Raise>;

    /// After the last element.
    fn end(&mut self, vm: &mut Vm<'_>) -> Result<Step, Raise>;
}

/// Calls a function on each element of a list.
pub(super) struct Each<T> {
    func: Value,
    list: List,
    at: usize,
    per_item: T,
}

impl<T: PerItem + 'static> Each<T> {
    pub(super) fn start(func: Value, list: List, per_item: T) -> Result<Step, Raise> {
        Ok(Step::Become(Box::new(Each {
            func,
            list,
            at: 0,
            per_item,
        })))
    }
}

impl<T: PerItem> Native for Each<T> {
    fn step(&mut self, vm: &mut Vm<'_>, returned: Value) -> Result<Step, Raise> {
        let quick = vm.quick_function(self.func, 1);
        let mut answer = returned;
        loop {
            if let Some(done) = self.at.checked_sub(1) {
                let item = vm.heap.item(self.list, done);
                if let Some(step) = self.per_item.take(vm, done, item, answer)? {
                    return Ok(step);
                }
            }
            if self.at == self.list.len() {
                return self.per_item.end(vm);
            }
            self.at += 1;
            let item = vm.heap.item(self.list, self.at - 1);
            match quick.and_then(|quick| vm.quick_call(quick, [item])) {
                Some(value) => answer = value,
                None => return Ok(Step::Call(self.func, Args::one(item))),
            }
        }
    }
}
