//! Whether a container is confined as it was planned.
//!
//! An engine has a configuration of its own, which may give every container more than was asked for:
//! a mount, a device, a namespace of the host. What a flag can set back, the engine's backend sets
//! back. This is the net below that: what the engine made of a container is compared with the plan.

use std::{collections::BTreeSet, fmt};

use camino::{Utf8Path, Utf8PathBuf};

use crate::spec::{Access, Capabilities, Groups, Network, RunSpec, UserMapping};

/// What an engine made of a planned container, as far as it bears on the confinement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// Whether nearly all confinement is lifted.
    pub privileged: bool,
    /// Capabilities that the program has or could get.
    pub capabilities: BTreeSet<String>,
    /// Whether programs may gain privileges, as with a set-user-ID bit.
    pub new_privileges: bool,
    /// Namespaces that are the host's or another container's.
    pub shared_namespaces: BTreeSet<Namespace>,
    /// What is mounted from outside the container, volumes without a name left out.
    pub mounts: Vec<AppliedMount>,
    /// Devices of the host beyond those that every container has.
    pub devices: BTreeSet<String>,
    /// Whether the caller's supplementary groups are kept.
    pub keeps_groups: bool,
    /// Whether its network is a bridge that it shares with other containers.
    pub bridged: bool,
}

/// A mount from outside the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedMount {
    /// The host's path, or the name of a volume.
    pub source: String,
    /// Path in the container.
    pub target: Utf8PathBuf,
    /// Whether the container may write.
    pub access: Access,
}

/// A kind of namespace that sets a container apart. That of users is left out: which one is right
/// depends on how the user appears in the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Namespace {
    /// Control groups.
    Cgroup,
    /// System V IPC, POSIX message queues and shared memory.
    Ipc,
    /// Network.
    Network,
    /// Processes.
    Pid,
    /// The host's name.
    Uts,
}

impl Namespace {
    /// Whether this mode of a namespace, in the words that engines share, means one that is not the
    /// container's own.
    #[must_use]
    pub(crate) fn is_shared(mode: &str) -> bool {
        mode == "host" || mode.starts_with("container:") || mode.starts_with("ns:")
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cgroup => "cgroups",
            Self::Ipc => "shared memory",
            Self::Network => "network",
            Self::Pid => "processes",
            Self::Uts => "name",
        })
    }
}

/// Something that a container has beyond its plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Excess {
    /// Nearly all confinement is lifted.
    Privileged,
    /// Capabilities.
    Capabilities(BTreeSet<String>),
    /// Programs may gain privileges.
    NewPrivileges,
    /// A namespace is not the container's own.
    Namespace(Namespace),
    /// A mount, or a mount that may be written to.
    Mount(AppliedMount),
    /// A device of the host.
    Device(String),
    /// The caller's supplementary groups.
    Groups,
    /// A network that is shared with other containers, where each should have one of its own.
    Bridge,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Privileged => f.write_str("all privileges"),
            Self::Capabilities(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                write!(f, "the capabilities {}", names.join(", "))
            }
            Self::NewPrivileges => f.write_str("leave to gain privileges"),
            Self::Namespace(namespace) => write!(f, "the host's own {namespace}"),
            Self::Mount(mount) => {
                let access = match mount.access {
                    Access::ReadWrite => "writable",
                    Access::ReadOnly => "read-only",
                };
                write!(f, "`{}` at `{}`, {access}", mount.source, mount.target)
            }
            Self::Device(device) => write!(f, "the device `{device}`"),
            Self::Groups => f.write_str("your supplementary groups"),
            Self::Bridge => f.write_str("a network in which they reach each other"),
        }
    }
}

/// What a container has beyond its plan.
#[must_use]
pub fn excess(spec: &RunSpec, applied: &Applied) -> Vec<Excess> {
    let mut excess = Vec::new();
    if applied.privileged {
        excess.push(Excess::Privileged);
    }
    if spec.capabilities == Capabilities::None {
        if !applied.capabilities.is_empty() {
            excess.push(Excess::Capabilities(applied.capabilities.clone()));
        }
        if applied.new_privileges {
            excess.push(Excess::NewPrivileges);
        }
    }
    let shared = applied.shared_namespaces.iter().copied();
    excess.extend(
        shared
            .filter(|&namespace| !may_share(spec, namespace))
            .map(Excess::Namespace),
    );
    excess.extend(
        applied
            .mounts
            .iter()
            .filter(|mount| !is_planned(spec, mount))
            .cloned()
            .map(Excess::Mount),
    );
    excess.extend(
        applied
            .devices
            .iter()
            .filter(|device| !is_planned_device(spec, device))
            .cloned()
            .map(Excess::Device),
    );
    if applied.keeps_groups && spec.groups != Groups::KeepHosts {
        excess.push(Excess::Groups);
    }
    if applied.bridged && has_own_network(spec) {
        excess.push(Excess::Bridge);
    }
    excess
}

/// Whether the container's network is one of its own where nobody chose one: that of an engine in the
/// user's own namespace.
fn has_own_network(spec: &RunSpec) -> bool {
    spec.network == Network::Default && matches!(spec.user, UserMapping::KeepId { .. })
}

fn may_share(spec: &RunSpec, namespace: Namespace) -> bool {
    // A network with a name is the user's own choice, whatever the name means to the engine.
    namespace == Namespace::Network && matches!(spec.network, Network::Host | Network::Named(_))
}

/// Whether a device, or a kind of devices, is one that was asked for.
fn is_planned_device(spec: &RunSpec, applied: &str) -> bool {
    let is_listed = spec
        .devices
        .iter()
        .any(|planned| Utf8Path::new(applied).starts_with(&planned.host));
    // Docker repeats the request, which may name no driver; Podman may tell the devices behind a name.
    let is_card = matches!(applied, "" | "cdi" | "nvidia")
        || ["/dev/nvidia", "/dev/dri/", "nvidia.com/gpu"]
            .iter()
            .any(|prefix| applied.starts_with(prefix));
    is_listed || (is_card && spec.gpus.is_some())
}

/// Sources are not compared: an engine in a virtual machine has other paths for them.
fn is_planned(spec: &RunSpec, applied: &AppliedMount) -> bool {
    spec.mounts.iter().any(|planned| {
        planned.target == applied.target
            && (applied.access == Access::ReadOnly || planned.access == Access::ReadWrite)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{spec::Mount, testing::run_spec};

    fn mount(target: &str, access: Access) -> AppliedMount {
        AppliedMount {
            source: "/etc".to_owned(),
            target: target.into(),
            access,
        }
    }

    /// What is found if an engine adds `applied` to a container with one mount of each access.
    fn found(applied: &Applied) -> Vec<String> {
        let spec = RunSpec {
            mounts: vec![
                Mount::bind("/p", "/p", Access::ReadWrite),
                Mount::bind("/c", "/etc/passwd", Access::ReadOnly),
            ],
            ..run_spec()
        };
        excess(&spec, applied)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn what_is_planned_or_less_is_no_excess() {
        let mounts = ["/p", "/etc/passwd"].map(|target| mount(target, Access::ReadOnly));
        let applied = Applied {
            mounts: mounts.to_vec(),
            ..Applied::default()
        };
        assert_eq!(found(&applied), [""; 0]);
    }

    #[test]
    fn each_kind_of_excess_is_told() {
        let nothing = Applied::default();
        for (applied, expected) in [
            (
                Applied {
                    privileged: true,
                    ..nothing.clone()
                },
                "all privileges",
            ),
            (
                Applied {
                    capabilities: ["CAP_SYS_ADMIN".to_owned()].into(),
                    ..nothing.clone()
                },
                "the capabilities CAP_SYS_ADMIN",
            ),
            (
                Applied {
                    new_privileges: true,
                    ..nothing.clone()
                },
                "leave to gain privileges",
            ),
            (
                Applied {
                    shared_namespaces: [Namespace::Pid].into(),
                    ..nothing.clone()
                },
                "the host's own processes",
            ),
            (
                Applied {
                    mounts: vec![mount("/hostetc", Access::ReadOnly)],
                    ..nothing.clone()
                },
                "`/etc` at `/hostetc`, read-only",
            ),
            (
                Applied {
                    mounts: vec![mount("/etc/passwd", Access::ReadWrite)],
                    ..nothing.clone()
                },
                "`/etc` at `/etc/passwd`, writable",
            ),
            (
                Applied {
                    devices: ["/dev/fuse".to_owned()].into(),
                    ..nothing.clone()
                },
                "the device `/dev/fuse`",
            ),
            (
                Applied {
                    keeps_groups: true,
                    ..nothing
                },
                "your supplementary groups",
            ),
        ] {
            assert_eq!(found(&applied), [expected]);
        }
    }

    #[test]
    fn what_was_asked_for_is_no_excess() {
        let applied = Applied {
            capabilities: ["CAP_CHOWN".to_owned()].into(),
            new_privileges: true,
            shared_namespaces: [Namespace::Network].into(),
            keeps_groups: true,
            ..Applied::default()
        };
        let spec = RunSpec {
            capabilities: Capabilities::EngineDefault,
            network: Network::Host,
            groups: Groups::KeepHosts,
            ..run_spec()
        };
        assert_eq!(excess(&spec, &applied), []);
        let default = RunSpec {
            network: Network::Default,
            ..spec
        };
        assert_eq!(
            excess(&default, &applied),
            [Excess::Namespace(Namespace::Network)]
        );
    }

    #[test]
    fn devices_that_were_asked_for_are_no_excess() {
        let found = |spec: &RunSpec, device: &str| {
            let applied = Applied {
                devices: [device.to_owned()].into(),
                ..Applied::default()
            };
            let mut found = excess(spec, &applied);
            found.retain(|excess| matches!(excess, Excess::Device(_)));
            !found.is_empty()
        };
        let listed = RunSpec {
            devices: vec!["/dev/snd".parse().unwrap()],
            ..run_spec()
        };
        assert!(!found(&listed, "/dev/snd"));
        assert!(!found(&listed, "/dev/snd/seq"));
        let cards = RunSpec {
            gpus: Some(crate::spec::Gpus::All),
            ..run_spec()
        };
        for device in ["", "nvidia", "cdi", "/dev/nvidia0", "nvidia.com/gpu=all"] {
            assert!(!found(&cards, device), "{device}");
            assert!(found(&listed, device), "{device}");
        }
        for spec in [&listed, &cards] {
            for device in ["/dev/sda", "/dev/sndx", "/dev/fuse"] {
                assert!(found(spec, device), "{device}");
            }
        }
    }

    #[test]
    fn a_bridge_is_no_network_of_ones_own() {
        let bridged = Applied {
            bridged: true,
            ..Applied::default()
        };
        let spec = |network, user| RunSpec {
            network,
            user,
            ..run_spec()
        };
        let (uid, gid) = (1501, 1501);
        let rootless = UserMapping::KeepId { uid, gid };
        let default = spec(Network::Default, rootless);
        assert_eq!(excess(&default, &bridged), [Excess::Bridge]);
        for spec in [
            spec(Network::Named("mine".to_owned()), rootless),
            spec(Network::None, rootless),
            // Root's engines have nothing else.
            spec(Network::Default, UserMapping::Direct { uid, gid }),
        ] {
            assert_eq!(excess(&spec, &bridged), []);
        }
    }

    #[test]
    fn modes_of_namespaces() {
        for shared in ["host", "container:abc", "ns:/proc/1/ns/net"] {
            assert!(Namespace::is_shared(shared), "{shared}");
        }
        for own in [
            "",
            "private",
            "shareable",
            "bridge",
            "default",
            "none",
            "pasta",
            "slirp4netns",
        ] {
            assert!(!Namespace::is_shared(own), "{own}");
        }
    }
}
