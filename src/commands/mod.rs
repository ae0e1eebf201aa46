//! One file per command: its arguments and what it does.

pub mod build;
pub mod cache;
pub mod check;
pub mod completions;
pub mod config;
pub mod diff;
pub mod doc;
pub mod eval;
pub mod exec;
pub mod explain;
pub mod fmt;
pub mod graph;
pub mod hosts;
pub mod init;
pub mod list;
pub mod log;
pub mod lsp;
pub mod pipelines;
pub mod repl;
pub mod report;
pub mod resume;
pub mod run;
pub mod test;
pub mod trace;
pub mod version;
pub mod watch;
pub mod why;

use crate::context::Context;
use crate::error::{CliError, Exit};

/// The commands, in the order of the help.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Run tasks and what they depend on
    Run(run::RunArgs),
    /// Make outputs, never effects
    Build(build::BuildArgs),
    /// Go on with a run that did not come to its end
    Resume(resume::ResumeArgs),
    /// Run tasks again whenever something they are made of changes
    Watch(watch::WatchArgs),
    /// Run one command on many hosts
    Exec(exec::ExecArgs),
    /// Show the hosts of the project and look after their keys
    Hosts(hosts::HostsArgs),
    /// Show the tasks of the project
    List(list::ListArgs),
    /// Draw what depends on what
    Graph(graph::GraphArgs),
    /// Explain why a task would run, or why it ran
    Why(why::WhyArgs),
    /// Execute a task and propose what it should declare
    Trace(trace::TraceArgs),
    /// List the runs of the project
    Pipelines(pipelines::PipelinesArgs),
    /// Show what the tasks of a run printed
    Log(log::LogArgs),
    /// Show where the time of a run went
    Report(report::ReportArgs),
    /// Compare two runs
    Diff(diff::DiffArgs),
    /// Find what is wrong without running anything
    #[command(visible_alias = "validate")]
    Check(check::CheckArgs),
    /// Print what an expression or a file gives
    Eval(eval::EvalArgs),
    /// Evaluate the tests of .nx files
    Test(test::TestArgs),
    /// Show what is said about a project, its files, or the standard library
    Doc(doc::DocArgs),
    /// Evaluate expressions as they are typed
    Repl(repl::ReplArgs),
    /// Format .nx files
    Fmt(fmt::FmtArgs),
    /// Serve an editor: completion, mistakes as they are typed, and more
    Lsp(lsp::LspArgs),
    /// Write a first nexus.nx for this folder
    Init(init::InitArgs),
    /// Check the settings of the project, and keep them up to date
    Config(config::ConfigArgs),
    /// Look after what is kept between runs
    Cache(cache::CacheArgs),
    /// Explain an error code
    Explain(explain::ExplainArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Print the version
    Version(version::VersionArgs),
}

impl Command {
    /// Whether `--format dot` and `--format mermaid` make sense.
    pub fn draws_graphs(&self) -> bool {
        matches!(self, Command::Graph(_))
    }

    /// Whether `--format html` and `--format markdown` make sense.
    pub fn writes_documents(&self) -> bool {
        matches!(self, Command::Doc(_))
    }
}

/// Does what a command says.
///
/// # Errors
/// What the command could not do, for the user.
pub fn run(context: &Context, command: Command) -> Result<Exit, CliError> {
    match command {
        Command::Run(args) => run::run(context, &args),
        Command::Build(args) => build::run(context, &args),
        Command::Resume(args) => resume::run(context, &args),
        Command::Watch(args) => watch::run(context, &args),
        Command::Exec(args) => exec::run(context, &args),
        Command::Hosts(args) => hosts::run(context, &args),
        Command::List(args) => list::run(context, &args),
        Command::Graph(args) => graph::run(context, &args),
        Command::Why(args) => why::run(context, &args),
        Command::Trace(args) => trace::run(context, &args),
        Command::Pipelines(args) => pipelines::run(context, &args),
        Command::Log(args) => log::run(context, &args),
        Command::Report(args) => report::run(context, &args),
        Command::Diff(args) => diff::run(context, &args),
        Command::Check(args) => check::run(context, &args),
        Command::Eval(args) => eval::run(context, &args),
        Command::Test(args) => test::run(context, &args),
        Command::Doc(args) => doc::run(context, &args),
        Command::Repl(args) => repl::run(context, &args),
        Command::Fmt(args) => fmt::run(context, &args),
        Command::Lsp(args) => lsp::run(context, &args),
        Command::Init(args) => init::run(context, &args),
        Command::Config(args) => config::run(context, &args),
        Command::Cache(args) => cache::run(context, &args),
        Command::Explain(args) => explain::run(context, &args),
        Command::Completions(args) => completions::run(context, &args),
        Command::Version(args) => version::run(context, &args),
    }
}
