//! What ocx does, shown with real engines and the real opencode.

mod base_cases;
mod dockerfile_lookup;
mod freshness;
mod harness;
mod workshop;
