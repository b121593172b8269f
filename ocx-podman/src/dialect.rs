//! How Podman's command line differs.

use std::collections::BTreeMap;

use camino::Utf8Path;
use ocx_core::{
    engine::{Dialect, Effect, Invocation, ParseError, Problem, label_filters},
    image::ImageReference,
    plan::{BasePull, BuildCache, BuildSpec, UserMapping},
    runtime::{CommandError, ContainerInfo, EngineInfo, ImageInfo},
};

use crate::{failure, info, records};

/// Podman's way of saying things.
#[derive(Clone, Copy, Debug)]
pub struct Podman;

impl Dialect for Podman {
    fn name(&self) -> &'static str {
        "podman"
    }

    fn info_questions(&self) -> Vec<Vec<&'static str>> {
        vec![vec!["info", "--format", "json"]]
    }

    fn parse_info(&self, answers: &[Vec<u8>]) -> Result<EngineInfo, ParseError> {
        info::parse(answers)
    }

    fn user_flags(&self, user: UserMapping) -> Vec<String> {
        let (uid, gid) = user.ids_inside();
        let mut flags = vec!["--user".to_owned(), format!("{uid}:{gid}")];
        if let UserMapping::KeepId { .. } = user {
            // Not enough alone: the image's `USER` wins over it (tried with 4.3.1).
            flags.splice(0..0, ["--userns".to_owned(), "keep-id".to_owned()]);
        }
        flags
    }

    fn tmpfs_options(&self, size: Option<u64>) -> String {
        // Podman copies into a tmpfs what lies beneath it, unless told otherwise with a word that
        // Docker refuses: <https://github.com/containers/podman/issues/28684>.
        let size = size.map(|size| format!(",size={size}")).unwrap_or_default();
        format!("rw,exec,nosuid,nodev,mode=1777,notmpcopyup{size}")
    }

    fn add_host(&self, _alias: &str) -> Option<String> {
        // `host.containers.internal` is always there; `host-gateway` needs Podman 4.7.
        None
    }

    fn build_flags(&self, spec: &BuildSpec) -> Vec<String> {
        let mut flags = Vec::new();
        if spec.cache == BuildCache::NotWorthKeeping {
            // One layer instead of one for each line; what it is built on is in local storage.
            flags.extend(["--layers=false".to_owned(), "--pull=never".to_owned()]);
        } else if spec.base_pull == BasePull::IfMissing {
            flags.push("--pull=missing".to_owned());
        }
        flags
    }

    fn build_environment(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn copy_flags(&self) -> &'static [&'static str] {
        &[]
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
        let mut args = ["ps", "--no-trunc", "--format", "json"]
            .map(str::to_owned)
            .to_vec();
        args.extend(label_filters(labels));
        args
    }

    fn parse_containers(&self, stdout: &[u8]) -> Result<Vec<ContainerInfo>, ParseError> {
        records::parse_containers(stdout)
    }

    fn prepare(&self, program: &Utf8Path, image: &str, user: UserMapping) -> Vec<Invocation> {
        if !matches!(user, UserMapping::KeepId { .. }) {
            return Vec::new();
        }
        // Making a container copies the image's layers with shifted IDs, once for each image and
        // mapping (2.0 s for 366 MB with 4.3.1); it is not started.
        let mut create = Invocation::change(
            program,
            &["run", "--rm", "--pull", "never", "--network", "none"],
        );
        create.args.extend(self.user_flags(user));
        create.args.extend([
            image.to_owned(),
            "opencode".to_owned(),
            "--version".to_owned(),
        ]);
        create.effect = Effect::Query;
        vec![create]
    }

    fn classify(&self, error: &CommandError) -> Problem {
        failure::classify(&error.stderr)
    }
}
