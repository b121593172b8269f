//! What is known about a base that could not be built. It is only for hints.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{net::lookup_host, time::timeout};

use crate::{
    base::{frontend, missing_sources, unset_argument},
    image::ImageReference,
    ops::{BuildFacts, Ocx},
    runtime::CommandError,
    spec::BuildSpec,
};

/// How long a name may take to be resolved. The build has failed already, so nobody waits long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where images come from whose names have no registry.
const DOCKER_HUB: &str = "registry-1.docker.io";

const HTTPS: u16 = 443;

/// Variables of proxies that count for builds, as programs look for them.
const PROXIES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

impl Ocx {
    pub(super) async fn build_facts(
        &self,
        spec: &BuildSpec,
        dockerfile: &str,
        not_here: &[ImageReference],
        error: &CommandError,
    ) -> BuildFacts {
        // What the Dockerfile asks to be read by is fetched before its first step.
        let frontend = frontend(dockerfile);
        let is_of_builder = error
            .step
            .as_ref()
            .is_some_and(|step| step.step.place.is_empty());
        let by_frontend = frontend.as_ref().filter(|_| is_of_builder);
        let mut fetched = not_here.to_vec();
        fetched.extend(by_frontend.and_then(|name| name.parse().ok()));
        let instruction = error.step.as_ref().map(|step| &step.step.instruction);
        let is_set = |name: &&str| {
            self.host
                .variable(name)
                .is_some_and(|value| !value.is_empty())
        };
        BuildFacts {
            unset_argument: unset_argument(dockerfile, &spec.build_args),
            missing_sources: instruction
                .map(|instruction| missing_sources(instruction, &spec.context))
                .unwrap_or_default(),
            context: spec.context.clone(),
            frontend,
            unresolved: unresolved(&fetched).await,
            proxy: PROXIES.into_iter().find(is_set),
            network: spec.network,
        }
    }
}

/// The registries of images whose names cannot be resolved.
async fn unresolved(images: &[ImageReference]) -> Vec<String> {
    let mut hosts: Vec<&str> = images
        .iter()
        .map(|image| image.registry().unwrap_or(DOCKER_HUB))
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    let resolved = join_all(hosts.iter().map(|host| is_resolved(host))).await;
    let both = hosts.iter().zip(resolved);
    both.filter(|(_, is_resolved)| !is_resolved)
        .map(|(host, _)| (*host).to_owned())
        .collect()
}

async fn is_resolved(registry: &str) -> bool {
    let address = match registry.contains(':') {
        true => registry.to_owned(),
        false => format!("{registry}:{HTTPS}"),
    };
    match timeout(PATIENCE, lookup_host(address)).await {
        Ok(Ok(mut addresses)) => addresses.next().is_some(),
        Ok(Err(_)) | Err(_) => false,
    }
}
