//! How ocx behaves, shown with a scripted engine. These tests need no container engine.

mod harness;
