//! The use cases with a mocked engine.

mod base_git;
mod building;
mod carried;
mod compat;
mod confinement;
mod consent;
mod entrypoint;
mod guards;
mod host_servers;
mod java;
mod keys;
mod mcp_commands;
mod mocked_runtime;
mod network;
mod opencode_log;
mod private_paths;
mod provenance;
mod sessions;
mod shared_caches;
mod status;
mod upgrade;
mod user_git;
mod world;
