//! What a [`Mutant`] makes of a spec.

use camino::Utf8PathBuf;

use super::{Mutant, Mutation};
use crate::spec::{
    Access, BuildCache, BuildNetwork, BuildSpec, Capabilities, EnvValue, Environment, Groups, Init,
    Lifetime, MountSource, Network, Output, RootFilesystem, RunSpec, SelinuxLabel, UserMapping,
};

/// Another user inside than the one that is meant.
pub(super) fn somebody_else(user: UserMapping) -> UserMapping {
    match user {
        UserMapping::Direct { .. } => UserMapping::Direct { uid: 0, gid: 0 },
        UserMapping::KeepId { .. } => UserMapping::KeepId { uid: 0, gid: 0 },
        // Root is the caller there.
        UserMapping::ContainerRootIsHost => UserMapping::Direct { uid: 1, gid: 1 },
    }
}

fn revealed(environment: &mut Environment) {
    for value in environment.values_mut() {
        *value = EnvValue::Plain(value.expose().to_owned());
    }
}

impl Mutant<'_> {
    pub(super) fn run_spec(self, spec: &RunSpec) -> RunSpec {
        let mut spec = spec.clone();
        match self.mutation {
            Mutation::SecretsInArguments => revealed(&mut spec.environment),
            Mutation::VariablesDropped => spec.environment.clear(),
            Mutation::WorkingDirectoryIgnored => spec.working_directory = "/".into(),
            Mutation::UserIgnored => spec.user = somebody_else(spec.user),
            Mutation::GroupsDropped => spec.groups = Groups::None,
            Mutation::CapabilitiesKept => spec.capabilities = Capabilities::EngineDefault,
            Mutation::CapabilitiesDropped => spec.capabilities = Capabilities::None,
            Mutation::RootWritable => spec.root_filesystem = RootFilesystem::Writable,
            Mutation::SelinuxLabelKept => spec.selinux = SelinuxLabel::EngineDefault,
            Mutation::MemoryUnlimited => spec.limits.memory = None,
            Mutation::ProcessorsUnlimited => spec.limits.cpus = None,
            Mutation::ProcessesUnlimited => spec.limits.pids = None,
            Mutation::SharedMemoryIgnored => spec.shm_size = None,
            Mutation::UlimitsDropped => spec.ulimits.clear(),
            Mutation::PortsDropped => spec.ports.clear(),
            Mutation::HostAliasDropped => spec.host_alias = None,
            Mutation::HostsDropped => spec.hosts.clear(),
            Mutation::DnsIgnored => {
                spec.dns_servers.clear();
                spec.dns_search.clear();
            }
            Mutation::DevicesDropped => spec.devices.clear(),
            Mutation::NameDropped => spec.name = None,
            Mutation::LabelsDropped => spec.labels.clear(),
            Mutation::ContainerKept => spec.lifetime = Lifetime::Keep,
            Mutation::ContainerRemoved => spec.lifetime = Lifetime::RemoveOnExit,
            Mutation::InitDropped => spec.init = Init::Program,
            Mutation::OutputCaptured => spec.output = Output::Capture,
            Mutation::OutputInherited => spec.output = Output::Inherit,
            _ => {}
        }
        self.change_mounts(&mut spec);
        self.change_network(&mut spec);
        spec
    }

    fn change_mounts(self, spec: &mut RunSpec) {
        if self.is(Mutation::MountsDropped) {
            spec.mounts.clear();
        }
        if self.is(Mutation::TmpfsDropped) {
            let is_tmpfs = |source: &MountSource| matches!(source, MountSource::Tmpfs { .. });
            spec.mounts.retain(|mount| !is_tmpfs(&mount.source));
        }
        if self.is(Mutation::CoversDropped) {
            let targets: Vec<Utf8PathBuf> = spec
                .mounts
                .iter()
                .map(|mount| mount.target.clone())
                .collect();
            spec.mounts.retain(|mount| {
                let mut above = mount.target.ancestors().skip(1);
                !above.any(|path| targets.iter().any(|target| target == path))
            });
        }
        for mount in &mut spec.mounts {
            match &mut mount.source {
                MountSource::Tmpfs { size } if self.is(Mutation::TmpfsUnlimited) => *size = None,
                _ if self.is(Mutation::MountsWritable) => mount.access = Access::ReadWrite,
                _ => {}
            }
        }
    }

    fn change_network(self, spec: &mut RunSpec) {
        let network = match (self.mutation, &spec.network) {
            (Mutation::NetworkShared, Network::Default) => Network::Host,
            (Mutation::NetworkSeparate, Network::Host)
            | (Mutation::NetworkAlways, Network::None) => Network::Default,
            _ => return,
        };
        spec.network = network;
    }

    pub(super) fn build_spec(self, spec: &BuildSpec) -> BuildSpec {
        let mut spec = spec.clone();
        match self.mutation {
            Mutation::BuildLabelsDropped => spec.labels.clear(),
            Mutation::BuildArgumentsDropped => spec.build_args.clear(),
            Mutation::TargetIgnored => spec.target = None,
            Mutation::BuildNetworkIgnored => spec.network = BuildNetwork::Host,
            Mutation::CacheAlwaysUsed => spec.cache = BuildCache::Use,
            Mutation::CacheNeverUsed => spec.cache = BuildCache::Ignore,
            _ => {}
        }
        spec
    }
}
