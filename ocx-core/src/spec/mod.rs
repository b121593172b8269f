//! Plans: typed descriptions of what an engine is asked to do.
//!
//! They say what is meant ("act as the host user"); a backend chooses the flags. Making one is pure:
//! nothing in this module touches the disk, the network or an engine.

mod attach_spec;
mod build_spec;
mod container_id;
mod device;
mod environment;
mod exec_spec;
mod gpus;
mod host_entry;
mod mount;
mod network;
mod piece;
mod run_spec;
mod ulimit;
mod volume;

pub use attach_spec::{AttachSpec, DetachKeys, DetachKeysError};
pub use build_spec::{BasePull, BuildCache, BuildNetwork, BuildOutput, BuildSpec};
pub use container_id::ContainerId;
pub use device::{Device, DeviceError};
pub use environment::{EnvName, EnvNameError, EnvValue, Environment};
pub use exec_spec::ExecSpec;
pub use gpus::Gpus;
pub use host_entry::{HostAddress, HostEntryError, HostName};
pub use mount::{Access, Mount, MountSource, VolumeName, VolumeNameError};
pub use network::NetworkSpec;
pub use piece::Piece;
pub use run_spec::{
    Capabilities, ContainerName, ContainerNameError, Groups, Init, Lifetime, Limits, Network,
    Output, PublishedPort, RootFilesystem, RunSpec, SelinuxLabel, Stdin, Terminal, UserMapping,
};
pub use ulimit::{Ulimit, UlimitError, UlimitName};
pub use volume::VolumeSpec;
