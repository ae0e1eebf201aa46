//! Tokens, grammar, lossless tree, recovery and formatter of the .nx language.
