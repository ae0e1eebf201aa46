//! Content store, action cache, file digests and the snapshot behind the no-op path.
