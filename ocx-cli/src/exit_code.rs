//! Exit codes of ocx's own failures, after `sysexits.h`. A session ends with opencode's own code.

/// What a session made conflicts with what the user has.
pub(crate) const CONFLICT: u8 = 1;
/// The command line makes no sense.
pub(crate) const USAGE: u8 = 64;
/// opencode cannot run in the base image.
pub(crate) const UNUSABLE_BASE: u8 = 65;
/// The registry cannot be reached, or did not answer as it should.
pub(crate) const NETWORK: u8 = 68;
/// The container engine is not installed, is too old, or does not answer.
pub(crate) const ENGINE_UNAVAILABLE: u8 = 69;
/// ocx itself failed.
pub(crate) const INTERNAL: u8 = 70;
/// A file that would be written exists already.
pub(crate) const EXISTS: u8 = 73;
/// A file of ocx cannot be read or written.
pub(crate) const FILE: u8 = 74;
/// Another session has what this one needs; it will be free later.
pub(crate) const IN_USE: u8 = 75;
/// The container engine could not do what it was asked.
pub(crate) const ENGINE_FAILED: u8 = 76;
/// The user may not use the engine.
pub(crate) const DENIED: u8 = 77;
/// The settings, or what they name, are wrong.
pub(crate) const CONFIG: u8 = 78;
