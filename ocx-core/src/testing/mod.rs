//! For tests of backends, here and in other crates: sample values, one corpus of specs whose command
//! lines can be compared, and a [conformance suite](conformance) that any
//! [`ContainerRuntime`](crate::runtime::ContainerRuntime) can be run through.

pub mod conformance;
mod specs;

pub use specs::{
    build_command_lines, build_specs, engine_info, exec_command_lines, exec_specs, image_info,
    run_command_lines, run_spec, run_specs,
};
