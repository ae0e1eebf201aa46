//! NX06xx: the store and caches shared with other machines.

super::family! {
    /// The folder of the cache cannot be used.
    CACHE_UNUSABLE = 601, "cache-unusable", warning;
    /// The database of the cache is damaged.
    CACHE_DAMAGED = 602, "cache-damaged", warning;
    /// The cache was written by a newer version.
    CACHE_NEWER = 603, "cache-newer", warning;
    /// A result could not be written to the cache.
    RESULT_NOT_STORED = 604, "result-not-stored", warning;
    /// A setting of a shared cache is wrong.
    SHARED_CACHE_SETTING = 630, "shared-cache-setting";
    /// Nothing in the shared cache could be trusted, or nothing signs what is written.
    SHARED_CACHE_KEYS = 631, "shared-cache-without-keys";
    /// The shared cache did not answer as it should.
    SHARED_CACHE_FAILED = 632, "shared-cache-failed", warning;
    /// The shared cache gave something else than it should.
    SHARED_CACHE_WRONG = 633, "shared-cache-wrong", warning;
    /// The shared cache has results that are not trusted.
    SHARED_CACHE_UNTRUSTED = 634, "shared-cache-untrusted", warning;
    /// Results could not be written to the shared cache.
    SHARED_CACHE_UNWRITTEN = 635, "shared-cache-unwritten", warning;
    /// A key for signing cannot be used.
    SHARED_CACHE_SECRET = 636, "shared-cache-secret";
    /// `nexus cache doctor` found the shared cache wanting.
    SHARED_CACHE_SICK = 637, "shared-cache-sick";
}
