//! Real editors, headless, against the real language server: what a user does in them works.

#[path = "../support/mod.rs"]
mod support;

mod clients;
mod vscode;
