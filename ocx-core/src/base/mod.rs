//! The base image: which one it is, where its Dockerfile lies, and what is in it.

mod begins_with;
mod build_facts;
mod build_secret;
mod dockerfile;
mod newer_syntax;
mod probe;
mod source;
mod variables;

pub(crate) use begins_with::begins_with;
pub use build_facts::MissingSource;
pub(crate) use build_facts::{frontend, missing_sources, unset_argument};
pub use build_secret::{AUTHORITIES, asks_for_authorities};
pub use dockerfile::{DockerfileError, FoundDockerfile, FoundIn};
pub(crate) use dockerfile::{LARGEST_DOCKERFILE, find_dockerfile};
pub use newer_syntax::{NewerSyntax, newer_syntax};
#[cfg(test)]
pub(crate) use probe::probed_paths;
pub use probe::{BaseContents, BaseProbe, ProbeError};
pub(crate) use probe::{PROBED_PATHS_REVISION, has_musl_loader, probed_paths_in_parts};
pub(crate) use source::DEFAULT_BASE_DOCKERFILE;
pub use source::{BaseError, BasePlan, BaseSource, resolve_base};
pub(crate) use variables::{CERTIFICATES, JAVA_OPTIONS, KEPT_AT, NVM, RUNTIME_DIRECTORY};
