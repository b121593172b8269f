//! The base image: which one it is, where its Dockerfile lies, and what is in it.

mod begins_with;
mod dockerfile;
mod newer_syntax;
mod probe;
mod source;

pub use begins_with::begins_with;
pub(crate) use dockerfile::LARGEST_DOCKERFILE;
pub use dockerfile::{DockerfileError, FoundDockerfile, FoundIn, find_dockerfile};
pub use newer_syntax::{NewerSyntax, newer_syntax};
pub use probe::{BaseContents, BaseProbe, PROBED_PATHS_REVISION, ProbeError, probed_paths};
pub(crate) use probe::{has_musl_loader, probed_paths_in_parts};
pub use source::{BaseError, BasePlan, BaseSource, DEFAULT_BASE_DOCKERFILE, resolve_base};
