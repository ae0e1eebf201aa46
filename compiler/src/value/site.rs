//! Where a record comes from: what messages point at, and what makes a record a task.

use super::{TaskPath, TaskTag};
use crate::hir::ExprId;
use rustc_hash::FxHashMap;

/// An interned [`Site`]; 0 is unknown.
pub type SiteId = u32;

/// The origin of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Site {
    /// Made by a built-in, or of too many parts to remember.
    Unknown,
    /// A record expression of a module.
    Literal {
        /// The module, by the program's numbering.
        module: u32,
        /// The record expression.
        expr: ExprId,
    },
    /// `a // b`
    Merge {
        /// The left record.
        left: SiteId,
        /// The right record.
        right: SiteId,
        /// How deep merges are nested.
        depth: u32,
    },
    /// A task of the project.
    Task {
        /// Its path.
        path: TaskPath,
        /// Where it was written.
        written: SiteId,
    },
    /// A group of tasks of the project.
    Namespace {
        /// Its path.
        path: TaskPath,
        /// Where it was written.
        written: SiteId,
    },
}

/// Merges nested deeper than this forget where they come from.
const MAX_MERGES: u32 = 8;
/// Merges remembered at most, in one evaluation.
const MAX_SITES: usize = 1 << 16;

/// The interned sites of one evaluation.
#[derive(Debug)]
pub struct Sites {
    sites: Vec<Site>,
    ids: FxHashMap<Site, SiteId>,
}

impl Default for Sites {
    fn default() -> Self {
        Sites {
            sites: vec![Site::Unknown],
            ids: FxHashMap::default(),
        }
    }
}

impl Sites {
    /// The number of a site.
    pub fn intern(&mut self, site: Site) -> SiteId {
        if let Some(&id) = self.ids.get(&site) {
            return id;
        }
        let id = self.sites.len() as SiteId;
        self.sites.push(site.clone());
        self.ids.insert(site, id);
        id
    }

    /// A site that is not asked for twice.
    pub fn add(&mut self, site: Site) -> SiteId {
        self.sites.push(site);
        (self.sites.len() - 1) as SiteId
    }

    /// The site with a number.
    pub fn get(&self, id: SiteId) -> &Site {
        &self.sites[id as usize]
    }

    /// The site of `left // right`.
    pub fn merge(&mut self, left: SiteId, right: SiteId) -> SiteId {
        if left == right {
            return self.written(left);
        }
        let (left, right) = (self.written(left), self.written(right));
        let depth = 1 + self.depth(left).max(self.depth(right));
        if depth > MAX_MERGES || self.sites.len() > MAX_SITES || (left == 0 && right == 0) {
            return 0;
        }
        self.intern(Site::Merge { left, right, depth })
    }

    fn depth(&self, id: SiteId) -> u32 {
        match self.get(id) {
            Site::Merge { depth, .. } => *depth,
            _ => 0,
        }
    }

    /// The site without what makes it a task.
    pub fn written(&self, id: SiteId) -> SiteId {
        match self.get(id) {
            Site::Task { written, .. } | Site::Namespace { written, .. } => *written,
            _ => id,
        }
    }

    /// Which task or group a record is.
    pub fn tag(&self, id: SiteId) -> Option<TaskTag> {
        match self.get(id) {
            Site::Task { path, .. } => Some(TaskTag::Task(path.clone())),
            Site::Namespace { path, .. } => Some(TaskTag::Namespace(path.clone())),
            _ => None,
        }
    }

    /// The record expressions a record was made of, the last winner first.
    pub fn literals(&self, id: SiteId) -> Vec<(u32, ExprId)> {
        let mut found = Vec::new();
        let mut todo = vec![id];
        while let Some(id) = todo.pop() {
            match self.get(id) {
                Site::Unknown => {}
                Site::Literal { module, expr } => found.push((*module, *expr)),
                Site::Merge { left, right, .. } => todo.extend([*left, *right]),
                Site::Task { written, .. } | Site::Namespace { written, .. } => todo.push(*written),
            }
        }
        found
    }
}
