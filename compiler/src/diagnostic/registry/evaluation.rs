//! NX03xx: evaluation.

super::family! {}
