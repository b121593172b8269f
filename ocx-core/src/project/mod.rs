//! The project that ocx works on.
