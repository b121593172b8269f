//! What ocx does, shown with real engines and the real opencode.

mod base_cases;
mod base_dockerfiles;
mod both_engines;
mod conformance;
mod credentials;
mod dockerfile_lookup;
mod downloads;
mod exit_codes;
mod freshness;
mod hardening;
mod harness;
mod identity;
mod inside;
mod killing;
mod layer;
mod library;
mod main_job;
mod matrix;
mod moving_base;
mod session_setup;
mod several;
mod stdio;
mod templates;
mod temporary;
mod terminal;
mod workshop;
