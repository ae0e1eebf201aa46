//! What is kept of files that are being edited, so that an edit costs what it changes.

use super::{Role, SourceFile};
use crate::defs::{self, Definitions};
use crate::hir::Module;
use crate::lower::{IsGlobal, Lowered, Relower};
use nexus_grammar::{Entry, Parse, parse_shared, reparse};
use rustc_hash::FxHashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The last tree of each file that is being edited, and what was made of it.
#[derive(Debug, Default)]
pub struct Trees(Mutex<FxHashMap<SourceFile, Kept>>);

/// The last state of a file.
#[derive(Debug)]
struct Kept {
    parse: Arc<Parse>,
    /// The tree differs from this one in that binding of the body.
    change: Option<(Arc<Parse>, usize)>,
    lowered: Option<Relower>,
    /// The number of a module, what the file was checked against, and the units of both.
    cut: Option<(u64, Role, Arc<Definitions>)>,
}

impl Trees {
    /// Reads a text: all of it, or what is different from the last one.
    pub(super) fn read(&self, file: SourceFile, text: Arc<str>, entry: Entry) -> Arc<Parse> {
        let last = self.lock().get(&file).map(|kept| kept.parse.clone());
        let last = last.filter(|_| entry == Entry::File);
        let part = last.as_ref().and_then(|last| reparse(last, &text));
        let (parse, binding) = match part {
            Some((parse, binding)) => (Arc::new(parse), Some(binding)),
            None => (Arc::new(parse_shared(text, entry)), None),
        };
        let mut all = self.lock();
        let kept = all.entry(file).or_insert_with(|| Kept {
            parse: parse.clone(),
            change: None,
            lowered: None,
            cut: None,
        });
        kept.parse = parse.clone();
        kept.change = match (kept.change.take(), last, binding) {
            // Nobody has asked what the text before meant.
            (Some((first, at)), _, Some(binding)) if at == binding => Some((first, at)),
            (_, Some(last), Some(binding)) => Some((last, binding)),
            _ => None,
        };
        parse
    }

    /// Lowers a tree: all of it, or what is different from the last one.
    pub(super) fn lower(
        &self,
        file: SourceFile,
        parse: &Arc<Parse>,
        path: &Arc<Path>,
        is_global: IsGlobal,
    ) -> Lowered {
        let mut last = None;
        if let Some(kept) = self.lock().get_mut(&file)
            && Arc::ptr_eq(&kept.parse, parse)
        {
            last = kept.lowered.take().zip(kept.change.take());
        }
        let part = last.and_then(|(mut last, (from, binding))| {
            let is_known = Arc::ptr_eq(last.parse(), &from);
            let lowered = is_known.then(|| last.again(parse, binding, path, is_global));
            Some((last, lowered??))
        });
        let (last, lowered) = part.unwrap_or_else(|| Relower::new(parse, path, is_global));
        if let Some(kept) = self.lock().get_mut(&file)
            && Arc::ptr_eq(&kept.parse, parse)
        {
            kept.lowered = Some(last);
        }
        lowered
    }

    /// Cuts a module of the file into units: all of it, or what is different from the last one.
    pub(super) fn cut(
        &self,
        file: SourceFile,
        module: &Arc<Module>,
        role: Role,
        is_file: bool,
    ) -> Arc<Definitions> {
        let known = self.lock().get(&file).and_then(|kept| {
            let (number, step) = kept.lowered.as_ref()?.generation(module)?;
            Some((number, step, kept.cut.clone()))
        });
        let Some((number, step, last)) = known else {
            return Arc::new(defs::split(module, role, is_file));
        };
        let last = last.filter(|(_, known, _)| *known == role);
        let cut = match (last, step) {
            (Some((at, _, last)), _) if at == number => return last,
            (Some((at, _, last)), Some(step)) if at + 1 == number => {
                defs::split_again(&last, module, role, &step)
            }
            _ => None,
        };
        let cut = Arc::new(cut.unwrap_or_else(|| defs::split(module, role, is_file)));
        if let Some(kept) = self.lock().get_mut(&file) {
            kept.cut = Some((number, role, cut.clone()));
        }
        cut
    }

    /// A file is not edited any more.
    pub(crate) fn forget(&self, file: SourceFile) {
        self.lock().remove(&file);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FxHashMap<SourceFile, Kept>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}
