//! Reading one value: from what stands in a file, variable or flag to the type of its setting.

mod base;
mod cache_paths;
mod container;
mod devices;
mod environment;
mod limits;
mod mounts;
mod names;
mod network;
mod paths;
mod ports;
mod value;

pub(super) use base::{
    build_network, context, dockerfile, image, name, pull_policy, registry, version,
};
pub(super) use cache_paths::cache_paths;
pub(super) use container::{
    container_name, entrypoint, id, runtime, timezone, username, volume_name, volumes_mode,
    workspace_mode,
};
pub(super) use devices::{devices, gpus};
pub(super) use environment::{build_args, env, env_names, keys_place, providers};
pub(super) use limits::{LEAST_MEMORY, cpus, keep_versions, memory, pids, shm_size, size, ulimits};
pub(super) use mounts::mounts;
pub(super) use names::{add_hosts, dns, dns_search};
pub(super) use network::{network, rules};
pub(super) use paths::{
    files, forbidden_elements, forbidden_paths, path, paths_inside, private_paths, search_path,
};
pub(super) use ports::{forwarded_ports, host_ports, port};
pub(super) use value::{Mismatch, ReadContext, boolean, describe, kind_of, quoted, whole};
