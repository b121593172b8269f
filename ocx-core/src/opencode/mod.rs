//! The opencode binary: which build, from where, and the cache of downloads.
