//! What builders print while they build, told into steps: Docker's legacy builder, BuildKit without a
//! terminal (`--progress=plain`), and buildah, which is Podman's. It is for people only: it is shown
//! step by step, and names the step that failed. Nothing is decided by it, and a line that belongs to
//! no step is told as one.

mod header;
mod log;

pub use log::{BuildLog, BuildStep, FailedStep, StepEnd, Told};
