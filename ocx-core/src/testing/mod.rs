//! For tests of backends, here and in other crates: sample values, one corpus of specs whose command
//! lines can be compared, and a [conformance suite](conformance) that any
//! [`ContainerRuntime`](crate::runtime::ContainerRuntime) can be run through.

pub mod conformance;
mod recordings;
mod samples;
mod specs;

pub use recordings::{Recording, recordings, same_in_other_shapes, with_one_change};
pub use samples::{engine_info, image_info};
pub use specs::{
    build_command_lines, build_specs, exec_command_lines, exec_specs, run_command_lines, run_spec,
    run_specs,
};
