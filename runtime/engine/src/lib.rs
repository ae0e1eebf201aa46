//! Schedules a task graph, runs local processes under a guard, and caches results.
