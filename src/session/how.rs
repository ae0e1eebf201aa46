//! What the command line says about a run.

/// How tasks are to be run.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// `-p`
    pub parallel: Option<usize>,
    /// `--continue-on-error`
    pub continue_on_error: bool,
    /// `--force`
    pub force: bool,
    /// The tasks to run are chosen by looking at the whole graph.
    pub chosen: bool,
    /// `--no-sandbox`
    pub no_sandbox: bool,
    /// `--verify`
    pub verify: bool,
}

impl How {
    /// Whether tasks are executed although their results are known.
    pub fn again(self) -> bool {
        self.force || self.verify
    }
}
