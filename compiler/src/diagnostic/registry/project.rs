//! NX04xx: the project and its task graph.

super::family! {}
