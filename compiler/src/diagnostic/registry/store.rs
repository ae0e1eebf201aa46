//! NX06xx: the store. Reported by the store.

super::family! {
    /// The folder of the cache cannot be used.
    CACHE_UNUSABLE = 601, "cache-unusable", warning;
    /// The database of the cache is damaged.
    CACHE_DAMAGED = 602, "cache-damaged", warning;
    /// The cache was written by a newer version.
    CACHE_NEWER = 603, "cache-newer", warning;
    /// A result could not be written to the cache.
    RESULT_NOT_STORED = 604, "result-not-stored", warning;
}
