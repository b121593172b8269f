//! What ocx does, shown with real engines and the real opencode.

mod base_cases;
mod harness;
mod workshop;
