//! Ways to break a runtime.

use std::fmt;

/// A way to break a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// Values of secret variables stand in the command line.
    SecretsInArguments,
    /// Containers get no variables.
    VariablesDropped,
    /// Programs start in the root directory.
    WorkingDirectoryIgnored,
    /// Programs run as the container's root.
    UserIgnored,
    /// Supplementary groups are not passed on.
    GroupsDropped,
    /// Containers always have the engine's own capabilities.
    CapabilitiesKept,
    /// Containers never have capabilities.
    CapabilitiesDropped,
    /// The image's files can always be changed.
    RootWritable,
    /// Read-only mounts can be written to.
    MountsWritable,
    /// Mounts within mounts are left out.
    CoversDropped,
    /// Nothing is mounted.
    MountsDropped,
    /// No tmpfs is mounted.
    TmpfsDropped,
    /// The size of a tmpfs is ignored.
    TmpfsUnlimited,
    /// SELinux labels are never turned off.
    SelinuxLabelKept,
    /// The limit on memory is ignored.
    MemoryUnlimited,
    /// The limit on processors is ignored.
    ProcessorsUnlimited,
    /// The limit on processes is ignored.
    ProcessesUnlimited,
    /// The size of shared memory is ignored.
    SharedMemoryIgnored,
    /// The limits of each process are ignored.
    UlimitsDropped,
    /// Containers have the host's network instead of their own.
    NetworkShared,
    /// Containers have a network of their own instead of the host's.
    NetworkSeparate,
    /// Containers that are to have no network have one.
    NetworkAlways,
    /// Ports are not published.
    PortsDropped,
    /// The host has no name.
    HostAliasDropped,
    /// Containers do not know the hosts that they are to know.
    HostsDropped,
    /// Containers ask other servers for names than they are to ask.
    DnsIgnored,
    /// Containers do not get their devices.
    DevicesDropped,
    /// Containers do not get their name.
    NameDropped,
    /// Containers do not get their labels.
    LabelsDropped,
    /// Containers are never removed.
    ContainerKept,
    /// Containers are always removed.
    ContainerRemoved,
    /// There is never an init process.
    InitDropped,
    /// Output is always captured.
    OutputCaptured,
    /// Output is never captured.
    OutputInherited,
    /// Every program ends well.
    ExitCodesLost,
    /// What the engine could not start has ended with code 125.
    FailuresHidden,
    /// Programs in running containers get no variables.
    ExecVariablesDropped,
    /// Programs in running containers run as the container's root.
    ExecUserIgnored,
    /// No container is listed.
    ListEmpty,
    /// Containers are listed that were not asked for.
    FilterIgnored,
    /// Containers are not stopped.
    StopSkipped,
    /// Containers get no time to end by themselves.
    GraceIgnored,
    /// The engine's version is made up.
    VersionInvented,
    /// How the engine's users relate to the host's is made up.
    ModeInvented,
    /// The engine's limits are the opposite of what they are.
    LimitsInvented,
    /// Images have no configuration.
    ImageFieldsBlank,
    /// Images are found in the wrong order.
    ImagesReversed,
    /// No file is found in an image.
    FilesMissing,
    /// Of a layer, not all is told.
    LayerLeftOut,
    /// Nothing is pulled.
    PullSkipped,
    /// Names are not given.
    TagSkipped,
    /// Names are not taken away.
    RemoveSkipped,
    /// Images are removed that have a name.
    RemoveNamed,
    /// Images without a name stay.
    RemoveNamelessSkipped,
    /// Images do not get their labels.
    BuildLabelsDropped,
    /// Build arguments are ignored.
    BuildArgumentsDropped,
    /// Builds go on to the last stage.
    TargetIgnored,
    /// Builds have the host's network.
    BuildNetworkIgnored,
    /// Builds use the cache that they must not use.
    CacheAlwaysUsed,
    /// Builds use no cache.
    CacheNeverUsed,
    /// Builds never fail.
    BuildFailuresHidden,
    /// Volumes are not made.
    VolumeSkipped,
    /// Volumes do not get their labels.
    VolumeLabelsDropped,
    /// No volume is found.
    VolumesMissing,
    /// Volumes are not removed.
    VolumeKept,
    /// A rehearsal finds nothing.
    RehearsalEmpty,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 66] = [
        Self::SecretsInArguments,
        Self::VariablesDropped,
        Self::WorkingDirectoryIgnored,
        Self::UserIgnored,
        Self::GroupsDropped,
        Self::CapabilitiesKept,
        Self::CapabilitiesDropped,
        Self::RootWritable,
        Self::MountsWritable,
        Self::CoversDropped,
        Self::MountsDropped,
        Self::TmpfsDropped,
        Self::TmpfsUnlimited,
        Self::SelinuxLabelKept,
        Self::MemoryUnlimited,
        Self::ProcessorsUnlimited,
        Self::ProcessesUnlimited,
        Self::SharedMemoryIgnored,
        Self::UlimitsDropped,
        Self::NetworkShared,
        Self::NetworkSeparate,
        Self::NetworkAlways,
        Self::PortsDropped,
        Self::HostAliasDropped,
        Self::HostsDropped,
        Self::DnsIgnored,
        Self::DevicesDropped,
        Self::NameDropped,
        Self::LabelsDropped,
        Self::ContainerKept,
        Self::ContainerRemoved,
        Self::InitDropped,
        Self::OutputCaptured,
        Self::OutputInherited,
        Self::ExitCodesLost,
        Self::FailuresHidden,
        Self::ExecVariablesDropped,
        Self::ExecUserIgnored,
        Self::ListEmpty,
        Self::FilterIgnored,
        Self::StopSkipped,
        Self::GraceIgnored,
        Self::VersionInvented,
        Self::ModeInvented,
        Self::LimitsInvented,
        Self::ImageFieldsBlank,
        Self::ImagesReversed,
        Self::FilesMissing,
        Self::LayerLeftOut,
        Self::PullSkipped,
        Self::TagSkipped,
        Self::RemoveSkipped,
        Self::RemoveNamed,
        Self::RemoveNamelessSkipped,
        Self::BuildLabelsDropped,
        Self::BuildArgumentsDropped,
        Self::TargetIgnored,
        Self::BuildNetworkIgnored,
        Self::CacheAlwaysUsed,
        Self::CacheNeverUsed,
        Self::BuildFailuresHidden,
        Self::VolumeSkipped,
        Self::VolumeLabelsDropped,
        Self::VolumesMissing,
        Self::VolumeKept,
        Self::RehearsalEmpty,
    ];

    /// The check of the [conformance suite](crate::testing::conformance) that must tell.
    #[must_use]
    pub fn told_by(self) -> &'static str {
        match self {
            Self::SecretsInArguments => "secrets stand in no command line",
            Self::VariablesDropped | Self::WorkingDirectoryIgnored => "variables are set",
            Self::UserIgnored => "files belong to the caller",
            Self::GroupsDropped => "groups are passed on",
            Self::CapabilitiesKept => "there are no capabilities and no way to get any",
            Self::CapabilitiesDropped => {
                "the engine's own capabilities are there if they are asked for"
            }
            Self::RootWritable => "a read-only image is read-only",
            Self::MountsWritable => "a read-only mount is read-only",
            Self::CoversDropped => "a covered directory and file are hidden",
            Self::MountsDropped => "odd paths are mounted",
            Self::TmpfsDropped => "a tmpfs is empty, whatever lies beneath it",
            Self::TmpfsUnlimited => "a tmpfs is limited",
            Self::SelinuxLabelKept => "there is no SELinux label if there is to be none",
            Self::MemoryUnlimited => "memory is limited",
            Self::ProcessorsUnlimited => "processors are limited",
            Self::ProcessesUnlimited => "processes are limited",
            Self::SharedMemoryIgnored => "shared memory has its size",
            Self::UlimitsDropped => "each process has its limits",
            Self::NetworkShared | Self::NetworkSeparate => {
                "the host's network is shared only if that is asked for"
            }
            Self::NetworkAlways => "a container without a network has none",
            Self::PortsDropped => "ports are published to this machine",
            Self::HostAliasDropped => "the host has a name",
            Self::HostsDropped => "hosts are known that are given",
            Self::DnsIgnored => "names are asked for where that is to be done",
            Self::DevicesDropped => "a device is there",
            Self::NameDropped | Self::LabelsDropped => "a container has its name and its labels",
            Self::ContainerKept => "a container goes when its program ends",
            Self::ContainerRemoved => "a container stays if it is to be kept",
            Self::InitDropped => "the engine's init process is the first",
            Self::OutputCaptured => {
                "output goes to the caller's own streams if it is to be inherited"
            }
            Self::OutputInherited => "output is captured byte by byte",
            Self::ExitCodesLost => "exit codes come back as they are",
            Self::FailuresHidden => "a failure of the engine is no exit code",
            Self::ExecVariablesDropped | Self::ExecUserIgnored => {
                "programs run in a running container"
            }
            Self::ListEmpty | Self::FilterIgnored => "a running container is listed",
            Self::StopSkipped => "a container that does not end is killed",
            Self::GraceIgnored => "a container gets time to end by itself",
            Self::VersionInvented | Self::ModeInvented | Self::LimitsInvented => {
                "the engine tells what it is"
            }
            Self::ImageFieldsBlank => "an image is told as it is",
            Self::ImagesReversed => "images are found in the order of the question",
            Self::FilesMissing => "files are read out of an image",
            Self::LayerLeftOut => "a layer is told by what is in it",
            Self::PullSkipped => "an image that no registry has is not pulled",
            Self::TagSkipped | Self::RemoveSkipped => "a name is given and taken away",
            Self::RemoveNamed | Self::RemoveNamelessSkipped => {
                "an image is removed by its ID only without a name"
            }
            Self::BuildLabelsDropped | Self::BuildArgumentsDropped => {
                "an image is built with its labels"
            }
            Self::TargetIgnored => "a build stops at its target",
            Self::BuildNetworkIgnored => "a build has the network that it is given",
            Self::CacheAlwaysUsed | Self::CacheNeverUsed => {
                "a build repeats its steps only if it must not use the cache"
            }
            Self::BuildFailuresHidden => "a failed build changes no name",
            Self::VolumeSkipped | Self::VolumeLabelsDropped => "a volume keeps what is in it",
            Self::VolumesMissing | Self::VolumeKept => {
                "a volume is found, and goes when it is removed"
            }
            Self::RehearsalEmpty => {
                "a rehearsal tells what the engine makes of a container, and leaves none"
            }
        }
    }
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing::conformance;

    #[test]
    fn each_check_has_a_mutation_that_it_tells() {
        let told: BTreeSet<&str> = Mutation::ALL.map(Mutation::told_by).into();
        let checks: BTreeSet<&str> = conformance::names().collect();
        let unknown: Vec<&&str> = told.difference(&checks).collect();
        assert!(unknown.is_empty(), "there is no check {unknown:?}");
        let untried: Vec<&&str> = checks.difference(&told).collect();
        assert!(
            untried.is_empty(),
            "no mutation shows that this can fail: {untried:?}"
        );
    }
}
