//! The project schema and libraries, written in .nx and embedded.
