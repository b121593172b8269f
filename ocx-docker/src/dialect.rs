//! How Docker's command line differs.

use std::collections::BTreeMap;

use camino::Utf8Path;
use ocx_core::{
    engine::{Dialect, Invocation, ParseError, Problem, label_filters},
    image::ImageReference,
    plan::{BuildSpec, UserMapping},
    runtime::{CommandError, ContainerInfo, EngineInfo, ImageInfo},
};

use crate::{Endpoint, failure, info, records};

/// Docker's way of saying things.
#[derive(Clone, Debug)]
pub struct Docker {
    /// The builder that is part of the engine the context names. Others, such as a builder in a
    /// container, do not see the engine's images.
    builder: String,
}

impl Docker {
    /// For the engine at `endpoint`.
    #[must_use]
    pub fn new(endpoint: &Endpoint) -> Self {
        // <https://docs.docker.com/build/builders/>: each context has a builder of its own name.
        Self {
            builder: endpoint.context.clone(),
        }
    }
}

impl Dialect for Docker {
    fn name(&self) -> &'static str {
        "docker"
    }

    fn info_questions(&self) -> Vec<Vec<&'static str>> {
        vec![
            vec!["version", "--format", "{{json .}}"],
            vec!["info", "--format", "{{json .}}"],
        ]
    }

    fn parse_info(&self, answers: &[Vec<u8>]) -> Result<EngineInfo, ParseError> {
        info::parse(answers)
    }

    fn user_flags(&self, user: UserMapping) -> Vec<String> {
        // Docker has no `--userns=keep-id`; its own remapping is refused before it comes to this.
        let (uid, gid) = user.ids_inside();
        vec!["--user".to_owned(), format!("{uid}:{gid}")]
    }

    fn tmpfs_options(&self, size: Option<u64>) -> String {
        // Docker mounts with `noexec` unless told otherwise, on which opencode's terminal interface
        // fails: it loads a library from there.
        let size = size.map(|size| format!(",size={size}")).unwrap_or_default();
        format!("rw,exec,nosuid,nodev,mode=1777{size}")
    }

    fn add_host(&self, alias: &str) -> Option<String> {
        Some(format!("{alias}:host-gateway"))
    }

    fn build_flags(&self, _spec: &BuildSpec) -> Vec<String> {
        Vec::new()
    }

    fn build_environment(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("BUILDX_BUILDER".to_owned(), self.builder.clone())])
    }

    fn copy_flags(&self) -> &'static [&'static str] {
        &["--follow-link"]
    }

    fn local_name(&self, image: &ImageReference) -> String {
        image.to_string()
    }

    fn reports_missing(&self, stderr: &str, image: &ImageReference) -> bool {
        failure::reports_missing(stderr, image)
    }

    fn parse_images(&self, stdout: &[u8]) -> Result<Vec<ImageInfo>, ParseError> {
        records::parse_images(stdout)
    }

    fn list_containers(&self, labels: &BTreeMap<String, String>) -> Vec<String> {
        let mut args = ["ps", "--no-trunc", "--format", "{{json .}}"]
            .map(str::to_owned)
            .to_vec();
        args.extend(label_filters(labels));
        args
    }

    fn parse_containers(&self, stdout: &[u8]) -> Result<Vec<ContainerInfo>, ParseError> {
        records::parse_containers(stdout)
    }

    fn prepare(&self, _program: &Utf8Path, _image: &str, _user: UserMapping) -> Vec<Invocation> {
        // Docker shifts no IDs, so the first run of an image costs what the next one does.
        Vec::new()
    }

    fn classify(&self, error: &CommandError) -> Problem {
        failure::classify(&error.stderr)
    }
}
