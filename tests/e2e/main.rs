//! What ocx does, shown with real engines and the real opencode.

mod harness;
