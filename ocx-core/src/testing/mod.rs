//! For tests of backends, here and in other crates: sample values, one corpus of specs whose command
//! lines can be compared, and a [conformance suite](conformance) that any
//! [`ContainerRuntime`](crate::runtime::ContainerRuntime) can be run through, with [`Mutant`]s that
//! it must not let through.

pub mod conformance;
mod fuzz;
mod idle;
mod mutant;
mod recorded_answers;
mod recordings;
mod samples;
mod specs;
mod witness;

pub use fuzz::{corpus, fuzz};
pub use idle::Idle;
pub use mutant::{Mutant, Mutation};
pub use recorded_answers::RecordedAnswers;
pub use recordings::{Recording, recordings, same_in_other_shapes, with_one_change};
pub use samples::{engine_info, image_info};
pub use specs::{
    build_command_lines, build_specs, exec_command_lines, exec_specs, run_command_lines, run_spec,
    run_specs,
};
pub use witness::{ContainerFacts, EngineFacts, ImageFacts, Witness};
