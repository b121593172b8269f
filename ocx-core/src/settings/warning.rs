//! What is odd about settings, but no error.

use std::num::NonZeroUsize;

use super::{DataVolumesMode, Loosening, NetworkMode, Origin, Origins, Settings};
use crate::spec::Network;

/// Something about the settings that the user should know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsWarning {
    /// An `OCX_*` variable that means nothing to ocx.
    #[error(
        "the variable `{name}` is not one of ocx's{}",
        suggestion.map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
    )]
    UnknownVariable {
        /// Its name.
        name: String,
        /// The nearest name that means something.
        suggestion: Option<&'static str>,
    },
    /// A setting that has no effect with the others as they are.
    #[error("setting `{key}` {} has no effect: {reason}", origin.phrase())]
    NoEffect {
        /// The key.
        key: &'static str,
        /// Where it was set.
        origin: Origin,
        /// Why.
        reason: &'static str,
    },
    /// A value of the project's that loosens the isolation and was left out.
    #[error("{loosening}; nobody has trusted the project with that, so it is left out")]
    NotTrusted {
        /// What the project asks for.
        loosening: Loosening,
    },
    /// More processors than there are.
    #[error(
        "setting `cpus` {} is more than the {there} processors of this machine, which an engine may refuse",
        origin.phrase()
    )]
    MoreProcessors {
        /// Where it was set.
        origin: Origin,
        /// How many there are.
        there: NonZeroUsize,
    },
    /// A network that is called almost like one of the words for `network`.
    #[error(
        "setting `network` {} is `{name}`, which means a network of the engine's; did you mean `{mode}`?",
        origin.phrase()
    )]
    AlmostMode {
        /// Where it was set.
        origin: Origin,
        /// The name of the network.
        name: String,
        /// The word that is almost the same.
        mode: &'static str,
    },
    /// A forbidden path outside of the project.
    #[error(
        "{path} {} is not in the project, and so not in the container's workspace; it is not hidden anywhere else",
        origin.phrase()
    )]
    ForbiddenPathOutside {
        /// The path, as it was written.
        path: String,
        /// Where it stands.
        origin: Origin,
    },
}

/// A warning if the engine is asked for more processors than there are. Settings go from machine to machine, so
/// that it is no error.
pub(super) fn of_processors(
    settings: &Settings,
    origins: &Origins,
    there: Option<NonZeroUsize>,
) -> Option<SettingsWarning> {
    let there = there?;
    let known = u32::try_from(there.get()).ok()?;
    (settings.cpus? > f64::from(known)).then(|| SettingsWarning::MoreProcessors {
        origin: origins.of("cpus").clone(),
        there,
    })
}

/// A warning for each setting that the user made and that the others leave without effect.
pub(super) fn without_effect<'a>(
    settings: &Settings,
    origins: &'a Origins,
) -> impl Iterator<Item = SettingsWarning> + use<'a> {
    let no_dockerfile = settings.custom_base_dockerfile.is_none();
    let no_network = *settings.network.of_container() == Network::None;
    let finds_no_hosts = match (&settings.network, settings.network.of_container()) {
        (NetworkMode::Filtered | NetworkMode::Ask, _) => {
            Some("hosts are found by the proxy, outside of the session")
        }
        (_, Network::None) => Some("there is no network"),
        (_, Network::Host) => Some("sessions are in the host's own network"),
        (_, Network::Default | Network::Named(_)) => None,
    };
    let hosts = finds_no_hosts.into_iter().flat_map(|reason| {
        [
            ("add_hosts", !settings.add_hosts.is_empty(), reason),
            ("dns", !settings.dns.is_empty(), reason),
            ("dns_search", !settings.dns_search.is_empty(), reason),
        ]
    });
    let conditions = [
        (
            "custom_base_build_args",
            no_dockerfile && !settings.custom_base_build_args.is_empty(),
            "`custom_base_dockerfile` is not set",
        ),
        (
            "custom_base_target",
            no_dockerfile && settings.custom_base_target.is_some(),
            "`custom_base_dockerfile` is not set",
        ),
        (
            "custom_base_context",
            no_dockerfile && settings.custom_base_context.is_some(),
            "`custom_base_dockerfile` is not set",
        ),
        (
            "port",
            !settings.publish_port && settings.port.is_some(),
            "`publish_port` is false",
        ),
        (
            "ports",
            *settings.network.of_container() == Network::Host && !settings.ports.is_empty(),
            "sessions are in the host's own network",
        ),
        (
            "publish_port",
            *settings.network.of_container() == Network::Host && settings.publish_port,
            "sessions are in the host's own network",
        ),
        (
            "add_host_docker_internal",
            no_network && settings.add_host_docker_internal,
            "there is no network",
        ),
        (
            "ssh_agent",
            settings.network == NetworkMode::Engine(Network::None) && settings.ssh_agent,
            "there is no network",
        ),
        (
            "data_volumes_name",
            settings.data_volumes_mode == DataVolumesMode::Never
                && settings.data_volumes_name.is_some(),
            "`data_volumes_mode` is `never`",
        ),
    ];
    let conditions: Vec<_> = conditions.into_iter().chain(hosts).collect();
    conditions
        .into_iter()
        .filter(|(key, applies, _)| *applies && *origins.of(key) != Origin::Default)
        .map(|(key, _, reason)| SettingsWarning::NoEffect {
            key,
            origin: origins.of(key).clone(),
            reason,
        })
}
