//! The table of all keys.

use super::{
    Effect, Key, Kind, Merge,
    effect::{self, Raised},
    effect_on_host, effect_on_network, read, show,
};

/// A reader for one field, which replaces what was there.
macro_rules! set {
    ($field:ident, $reader:ident) => {
        |settings, value, place| {
            settings.$field = read::$reader(value, place)?;
            Ok(())
        }
    };
}

const REGISTRY: &str = "opencode would come from somewhere else";
const MEMORY: Raised = Raised {
    of_user: "it raises the limit on memory that you have set",
    of_ocx: "it raises the limit on memory, which leaves some to the host",
};
const CPUS: &str = "it raises the limit on processors that you have set";
const PIDS: &str = "it raises the limit on processes";
const TMP: Raised = Raised {
    of_user: "it raises the limit on memory for files that you have set",
    of_ocx: "it raises the limit on memory for files",
};
const DISK: &str = "it decides what is removed from your disks for all projects";
const PORT: &str = "a port of the container would be open on the host";
const HOST: &str = "the agent would reach the host's own services";
const PASS: &str = "the agent would see variables of your environment";
const FILES: &str = "the agent would see the content of files that the project names";
const VOLUME: &str = "the project could use the home directory of another one";
const KEEP: &str = "a home directory would be kept that you have switched off";
const GROUPS: &str = "the agent would reach the files of your groups";
const WRITABLE: &str = "the image's files would be writable, against what you have set";
const SHARED: &str = "the agent would work on your own files, where you have set a clone";
const UNTRACKED: &str =
    "the agent would see files that Git does not track, where you have set a clone";
const HOSTS: &str = "the project would say where hosts are, or who tells";
const DEVICES: &str = "the agent would reach devices of this machine";
const PATH: &str = "programs of its choice would run in place of the base's";
const BUILD_NETWORK: &str = "the build of the base would reach more of the network";
const AGENT: &str = "the agent would use your SSH keys";
const CACHES: &str = "the agent could leave in caches what sessions of your other projects run";
const MOUNTS: &str = "the agent would reach more of your files";

/// All keys, in the order in which they are listed.
pub static KEYS: [Key; 59] = [
    Key {
        name: "custom_base_image",
        variable: "OCX_CUSTOM_BASE_IMAGE",
        kind: Kind::Text,
        doc: "Name of the base image",
        example: "\"ruby:3.3\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(custom_base_image, image),
        show: |settings| show::optional(settings.custom_base_image.as_ref()),
        effect: effect::base_image,
    },
    Key {
        name: "custom_base_dockerfile",
        variable: "OCX_CUSTOM_BASE_DOCKERFILE",
        kind: Kind::Path,
        doc: "Dockerfile of the base, relative to the project or to the global directory",
        example: "\"docker/Dockerfile\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(custom_base_dockerfile, dockerfile),
        show: |settings| show::optional(settings.custom_base_dockerfile.as_ref()),
        effect: effect::dockerfile,
    },
    Key {
        name: "custom_base_build_args",
        variable: "OCX_CUSTOM_BASE_BUILD_ARGS",
        kind: Kind::TextMap,
        doc: "Build arguments for that Dockerfile",
        example: "{ NODE_VERSION = \"22\" }",
        merge: Merge::Replace,
        sensitive: true,
        read: set!(custom_base_build_args, build_args),
        show: |settings| show::map(&settings.custom_base_build_args),
        effect: effect::harmless,
    },
    Key {
        name: "custom_base_target",
        variable: "OCX_CUSTOM_BASE_TARGET",
        kind: Kind::Text,
        doc: "Stage of that Dockerfile to stop at",
        example: "\"dev\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(custom_base_target, name),
        show: |settings| show::optional(settings.custom_base_target.as_ref()),
        effect: effect::harmless,
    },
    Key {
        name: "custom_base_context",
        variable: "OCX_CUSTOM_BASE_CONTEXT",
        kind: Kind::Path,
        doc: "Build context of that Dockerfile, relative to the project; the Dockerfile's directory if not set",
        example: "\".\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(custom_base_context, context),
        show: |settings| show::optional(settings.custom_base_context.as_ref()),
        effect: effect::context,
    },
    Key {
        name: "custom_base_devcontainer",
        variable: "OCX_CUSTOM_BASE_DEVCONTAINER",
        kind: Kind::Boolean,
        doc: "Whether the project's `devcontainer.json` says what the base is, in place of these",
        example: "false",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(custom_base_devcontainer, boolean),
        show: |settings| settings.custom_base_devcontainer.into(),
        // What it names is judged as if the project's own file named it.
        effect: effect::harmless,
    },
    Key {
        name: "base_pull",
        variable: "OCX_BASE_PULL",
        kind: Kind::Choice(&["ask", "never", "missing", "newer"]),
        doc: "When images are fetched for the base: `ask`, `never`, `missing` or `newer`",
        example: "\"missing\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(base_pull, pull_policy),
        show: |settings| show::text(&settings.base_pull),
        effect: effect::base_pull,
    },
    Key {
        name: "base_build_network",
        variable: "OCX_BASE_BUILD_NETWORK",
        kind: Kind::Choice(&["default", "none", "host"]),
        doc: "What the build of the base reaches: `default`, what the engine's own network does, `none` or `host`",
        example: "\"none\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(base_build_network, build_network),
        show: |settings| show::text(&settings.base_build_network),
        effect: |change| {
            let (below, with) = (
                change.below.base_build_network,
                change.with.base_build_network,
            );
            effect::limit(Some(below), Some(with), BUILD_NETWORK)
        },
    },
    Key {
        name: "opencode_version",
        variable: "OCX_OPENCODE_VERSION",
        kind: Kind::Text,
        doc: "Version of opencode: `latest` or `x.y.z`",
        example: "\"1.18.33\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(opencode_version, version),
        show: |settings| show::text(&settings.opencode_version),
        effect: effect::harmless,
    },
    Key {
        name: "opencode_registry",
        variable: "OCX_OPENCODE_REGISTRY",
        kind: Kind::Text,
        doc: "npm registry that opencode comes from",
        example: "\"https://registry.npmjs.org/\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(opencode_registry, registry),
        show: |settings| show::text(&settings.opencode_registry),
        effect: |change| {
            effect::any_change(
                &change.below.opencode_registry,
                &change.with.opencode_registry,
                REGISTRY,
            )
        },
    },
    Key {
        name: "opencode_binary",
        variable: "OCX_OPENCODE_BINARY",
        kind: Kind::Path,
        doc: "A local opencode binary to use instead of one from the registry",
        example: "\"~/opencode/bin/opencode\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(opencode_binary, path),
        show: |settings| show::optional(settings.opencode_binary.as_ref()),
        effect: |change| {
            effect::any_change(
                &change.below.opencode_binary,
                &change.with.opencode_binary,
                REGISTRY,
            )
        },
    },
    Key {
        name: "keep_versions",
        variable: "OCX_KEEP_VERSIONS",
        kind: Kind::Integer,
        doc: "How many of the newest versions of opencode `ocx prune` keeps",
        example: "3",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(keep_versions, keep_versions),
        show: |settings| settings.keep_versions.into(),
        effect: |change| {
            effect::any_change(
                &change.below.keep_versions,
                &change.with.keep_versions,
                DISK,
            )
        },
    },
    Key {
        name: "runtime",
        variable: "OCX_RUNTIME",
        kind: Kind::Choice(&["auto", "docker", "podman"]),
        doc: "Container engine: `auto`, `docker` or `podman`",
        example: "\"podman\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(runtime, runtime),
        show: |settings| show::text(&settings.runtime),
        effect: effect::runtime,
    },
    Key {
        name: "container_name",
        variable: "OCX_CONTAINER_NAME",
        kind: Kind::Text,
        doc: "Prefix of the names of containers",
        example: "\"my-app\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(container_name, container_name),
        show: |settings| show::optional(settings.container_name.as_ref()),
        effect: effect::harmless,
    },
    Key {
        name: "memory",
        variable: "OCX_MEMORY",
        kind: Kind::Size,
        doc: "Limit on memory; 0 for none",
        example: "\"4g\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(memory, memory),
        show: |settings| show::size(settings.memory),
        effect: |change| effect::limit_of_machine("memory", change, |of| of.memory, &MEMORY),
    },
    Key {
        name: "cpus",
        variable: "OCX_CPUS",
        kind: Kind::Number,
        doc: "Limit on processors; 0 for none",
        example: "2.0",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(cpus, cpus),
        show: |settings| settings.cpus.into(),
        effect: |change| effect::limit(change.below.cpus, change.with.cpus, CPUS),
    },
    Key {
        name: "pids_limit",
        variable: "OCX_PIDS_LIMIT",
        kind: Kind::Integer,
        doc: "Limit on processes and threads; 0 for none",
        example: "1024",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(pids_limit, pids),
        show: |settings| settings.pids_limit.unwrap_or(0).into(),
        effect: |change| effect::limit(change.below.pids_limit, change.with.pids_limit, PIDS),
    },
    Key {
        name: "tmp_size",
        variable: "OCX_TMP_SIZE",
        kind: Kind::Size,
        doc: "Size of /tmp, which is in memory; 0 for the engine's own",
        example: "\"2g\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(tmp_size, size),
        show: |settings| show::size(settings.tmp_size),
        effect: |change| effect::limit_of_machine("tmp_size", change, |of| of.tmp_size, &TMP),
    },
    Key {
        name: "workspace_tmp_size",
        variable: "OCX_WORKSPACE_TMP_SIZE",
        kind: Kind::Size,
        doc: "Size of a tmp directory in memory in the workspace; 0 for none",
        example: "\"500m\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(workspace_tmp_size, size),
        show: |settings| show::size(settings.workspace_tmp_size),
        effect: |change| match (
            change.below.workspace_tmp_size,
            change.with.workspace_tmp_size,
        ) {
            (Some(_), None) => Effect::Tightening,
            (below, with) => effect::limit(below, with, TMP.of_user),
        },
    },
    Key {
        name: "shm_size",
        variable: "OCX_SHM_SIZE",
        kind: Kind::Size,
        doc: "Size of /dev/shm, by which programs share memory; the engine's own if not set",
        example: "\"1g\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(shm_size, shm_size),
        show: |settings| show::size(settings.shm_size),
        effect: |change| effect_on_host::shm_size(change.below.shm_size, change.with.shm_size),
    },
    Key {
        name: "ulimits",
        variable: "OCX_ULIMITS",
        kind: Kind::TextMap,
        doc: "Limits of each process, a number or `SOFT:HARD`; the engine's own if not set",
        example: "{ nofile = 65536, nproc = \"1024:2048\" }",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(ulimits, ulimits),
        show: |settings| show::map(&settings.ulimits),
        effect: |change| effect_on_host::ulimits(&change.below.ulimits, &change.with.ulimits),
    },
    Key {
        name: "network",
        variable: "OCX_NETWORK",
        kind: Kind::Text,
        doc: "What sessions reach: `default`, `filtered`, `ask`, `none`, `host` or the name of a network",
        example: "\"filtered\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(network, network),
        show: |settings| show::text(&settings.network),
        effect: effect_on_network::network,
    },
    Key {
        name: "network_allow",
        variable: "OCX_NETWORK_ALLOW",
        kind: Kind::TextList,
        doc: "What sessions reach with `network = \"filtered\"`, and unasked with `\"ask\"`: hosts, patterns, networks and sets",
        example: "[\"@models\", \"github.com\", \"*.npmjs.org:443\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(network_allow, rules),
        show: |settings| show::list(&settings.network_allow),
        effect: effect_on_network::network_allow,
    },
    Key {
        name: "network_deny",
        variable: "OCX_NETWORK_DENY",
        kind: Kind::TextList,
        doc: "What they do not reach then, whatever allows it; those of all layers count",
        example: "[\"*.internal.example\"]",
        merge: Merge::Unite,
        sensitive: false,
        read: |settings, value, place| {
            for rule in read::rules(value, place)? {
                if !settings.network_deny.contains(&rule) {
                    settings.network_deny.push(rule);
                }
            }
            Ok(())
        },
        show: |settings| show::list(&settings.network_deny),
        effect: effect_on_network::network_deny,
    },
    Key {
        name: "host_ports",
        variable: "OCX_HOST_PORTS",
        kind: Kind::Ports,
        doc: "Ports of the host's 127.0.0.1 that are the session's 127.0.0.1, too",
        example: "[11434]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(host_ports, host_ports),
        show: |settings| settings.host_ports.clone().into(),
        effect: |change| effect::additions(&change.below.host_ports, &change.with.host_ports, HOST),
    },
    Key {
        name: "ports",
        variable: "OCX_PORTS",
        kind: Kind::Ports,
        doc: "Ports of a session that are on the host's 127.0.0.1 while it runs",
        example: "[3000, \"8080:80\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(ports, forwarded_ports),
        show: |settings| show::ports(&settings.ports),
        effect: |change| effect::additions(&change.below.ports, &change.with.ports, PORT),
    },
    Key {
        name: "publish_port",
        variable: "OCX_PUBLISH_PORT",
        kind: Kind::Boolean,
        doc: "Whether the port of opencode's server is on the host's 127.0.0.1 while a session runs",
        example: "true",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(publish_port, boolean),
        show: |settings| settings.publish_port.into(),
        effect: |change| {
            effect::switch_on(change.below.publish_port, change.with.publish_port, PORT)
        },
    },
    Key {
        name: "port",
        variable: "OCX_PORT",
        kind: Kind::Integer,
        doc: "Its port there; the server's own if not set, and another if that is taken",
        example: "4096",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(port, port),
        show: |settings| settings.port.into(),
        effect: |change| effect::any_change(&change.below.port, &change.with.port, PORT),
    },
    Key {
        name: "add_host_docker_internal",
        variable: "OCX_ADD_HOST_DOCKER_INTERNAL",
        kind: Kind::Boolean,
        doc: "Whether the host is reachable as host.docker.internal",
        example: "true",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(add_host_docker_internal, boolean),
        show: |settings| settings.add_host_docker_internal.into(),
        effect: |change| {
            effect::switch_on(
                change.below.add_host_docker_internal,
                change.with.add_host_docker_internal,
                HOST,
            )
        },
    },
    Key {
        name: "add_hosts",
        variable: "OCX_ADD_HOSTS",
        kind: Kind::TextMap,
        doc: "Hosts that sessions know, with their addresses; `host-gateway` is this machine",
        example: "{ \"db.local\" = \"10.0.0.5\" }",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(add_hosts, add_hosts),
        show: |settings| show::map(&settings.add_hosts),
        effect: |change| effect::any_change(&change.below.add_hosts, &change.with.add_hosts, HOSTS),
    },
    Key {
        name: "dns",
        variable: "OCX_DNS",
        kind: Kind::TextList,
        doc: "Name servers that sessions ask; those of the engine if not set",
        example: "[\"10.0.0.2\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(dns, dns),
        show: |settings| show::list(&settings.dns),
        effect: |change| effect::any_change(&change.below.dns, &change.with.dns, HOSTS),
    },
    Key {
        name: "dns_search",
        variable: "OCX_DNS_SEARCH",
        kind: Kind::TextList,
        doc: "Domains in which names without a dot are looked up; those of the engine if not set",
        example: "[\"corp.example\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(dns_search, dns_search),
        show: |settings| show::list(&settings.dns_search),
        effect: |change| {
            effect::any_change(&change.below.dns_search, &change.with.dns_search, HOSTS)
        },
    },
    Key {
        name: "devices",
        variable: "OCX_DEVICES",
        kind: Kind::TextList,
        doc: "Devices of this machine, `HOST[:CONTAINER][:PERMISSIONS]`; `rw` unless they say otherwise",
        example: "[\"/dev/kvm\", \"/dev/snd:/dev/snd:r\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(devices, devices),
        show: |settings| show::list(&settings.devices),
        effect: |change| effect::additions(&change.below.devices, &change.with.devices, DEVICES),
    },
    Key {
        name: "gpus",
        variable: "OCX_GPUS",
        kind: Kind::TextList,
        doc: "NVIDIA graphics cards of this machine: `all`, a number, or a list of numbers or IDs",
        example: "\"all\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(gpus, gpus),
        show: |settings| show::gpus(settings.gpus.as_ref()),
        effect: |change| {
            effect_on_host::gpus(change.below.gpus.as_ref(), change.with.gpus.as_ref())
        },
    },
    Key {
        name: "username",
        variable: "OCX_USERNAME",
        kind: Kind::Text,
        doc: "User name in the container; yours if not set",
        example: "\"dev\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(username, username),
        show: |settings| show::optional(settings.username.as_ref()),
        effect: effect::username,
    },
    Key {
        name: "uid",
        variable: "OCX_UID",
        kind: Kind::Integer,
        doc: "User ID in the container; yours if not set",
        example: "1000",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(uid, id),
        show: |settings| settings.uid.into(),
        effect: effect::uid,
    },
    Key {
        name: "gid",
        variable: "OCX_GID",
        kind: Kind::Integer,
        doc: "Group ID in the container; yours if not set",
        example: "1000",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(gid, id),
        show: |settings| settings.gid.into(),
        effect: effect::gid,
    },
    Key {
        name: "keep_groups",
        variable: "OCX_KEEP_GROUPS",
        kind: Kind::Boolean,
        doc: "Whether the host user's supplementary groups are kept",
        example: "true",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(keep_groups, boolean),
        show: |settings| settings.keep_groups.into(),
        effect: |change| {
            effect::switch_on(change.below.keep_groups, change.with.keep_groups, GROUPS)
        },
    },
    Key {
        name: "opencode_config_dir",
        variable: "OCX_OPENCODE_CONFIG_DIR",
        kind: Kind::Path,
        doc: "Your opencode configuration; ~/.config/opencode if not set",
        example: "\"~/.config/opencode\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(opencode_config_dir, path),
        show: |settings| show::optional(settings.opencode_config_dir.as_ref()),
        effect: effect::opencode_config_dir,
    },
    Key {
        name: "rgignore_file",
        variable: "OCX_RGIGNORE_FILE",
        kind: Kind::Path,
        doc: "A file with ignore rules for the search in opencode",
        example: "\".rgignore\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(rgignore_file, path),
        show: |settings| show::optional(settings.rgignore_file.as_ref()),
        effect: effect::rgignore_file,
    },
    Key {
        name: "env",
        variable: "OCX_ENV",
        kind: Kind::TextMap,
        doc: "Environment variables of the container",
        example: "{ RAILS_ENV = \"development\" }",
        merge: Merge::Replace,
        sensitive: true,
        read: set!(env, env),
        show: |settings| show::map(&settings.env),
        effect: effect::env,
    },
    Key {
        name: "env_passthrough",
        variable: "OCX_ENV_PASSTHROUGH",
        kind: Kind::TextList,
        doc: "Environment variables that are passed on from the host, by name",
        example: "[\"GITHUB_TOKEN\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(env_passthrough, env_names),
        show: |settings| show::list(&settings.env_passthrough),
        effect: |change| {
            effect::additions(
                &change.below.env_passthrough,
                &change.with.env_passthrough,
                PASS,
            )
        },
    },
    Key {
        name: "env_file",
        variable: "OCX_ENV_FILE",
        kind: Kind::Paths,
        doc: "Files with environment variables for the container",
        example: "[\"~/.config/ocx/env\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(env_file, files),
        show: |settings| show::list(&settings.env_file),
        effect: |change| {
            let added = effect::additions(&change.below.env_file, &change.with.env_file, FILES);
            effect::of_paths("env_file", change, added)
        },
    },
    Key {
        name: "ssh_agent",
        variable: "OCX_SSH_AGENT",
        kind: Kind::Boolean,
        doc: "Whether sessions may use the keys of your SSH agent",
        example: "true",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(ssh_agent, boolean),
        show: |settings| settings.ssh_agent.into(),
        effect: |change| match (change.below.ssh_agent, change.with.ssh_agent) {
            // As with the socket itself in `extra_mounts`.
            (false, true) => Effect::Refused(AGENT),
            (below, with) => effect::switch_on(below, with, AGENT),
        },
    },
    Key {
        name: "providers",
        variable: "OCX_PROVIDERS",
        kind: Kind::TextList,
        doc: "Model providers whose keys and logins a session gets: `configured`, `all` or a list",
        example: "[\"anthropic\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(providers, providers),
        show: |settings| settings.providers.show(),
        effect: |change| effect::providers(&change.below.providers, &change.with.providers),
    },
    Key {
        name: "keys",
        variable: "OCX_KEYS",
        kind: Kind::Choice(&["outside", "inside"]),
        doc: "Where the API keys of those are: `outside` the session or `inside`; if not set, outside with `network = \"filtered\"`, `\"ask\"` or `\"none\"`",
        example: "\"outside\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(keys, keys_place),
        show: |settings| show::optional(settings.keys.as_ref()),
        effect: effect_on_network::keys,
    },
    Key {
        name: "agent_notes",
        variable: "OCX_AGENT_NOTES",
        kind: Kind::Boolean,
        doc: "Whether the agent is told where it is, and how it gets what is not there",
        example: "false",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(agent_notes, boolean),
        show: |settings| settings.agent_notes.into(),
        effect: effect::harmless,
    },
    Key {
        name: "data_volumes_mode",
        variable: "OCX_DATA_VOLUMES_MODE",
        kind: Kind::Choice(&["git", "always", "never"]),
        doc: "Which projects keep a home directory between sessions: `git`, `always` or `never`",
        example: "\"git\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(data_volumes_mode, volumes_mode),
        show: |settings| show::text(&settings.data_volumes_mode),
        effect: |change| {
            effect::limit(
                Some(change.below.data_volumes_mode),
                Some(change.with.data_volumes_mode),
                KEEP,
            )
        },
    },
    Key {
        name: "data_volumes_name",
        variable: "OCX_DATA_VOLUMES_NAME",
        kind: Kind::Text,
        doc: "Name of the home volume; one of the project's own if not set",
        example: "\"shared-home\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(data_volumes_name, volume_name),
        show: |settings| show::optional(settings.data_volumes_name.as_ref()),
        effect: |change| {
            effect::any_change(
                &change.below.data_volumes_name,
                &change.with.data_volumes_name,
                VOLUME,
            )
        },
    },
    Key {
        name: "entrypoint",
        variable: "OCX_ENTRYPOINT",
        kind: Kind::Choice(&["none", "keep"]),
        doc: "What becomes of the base's ENTRYPOINT: `none` leaves it out, `keep` starts each session by it",
        example: "\"keep\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(entrypoint, entrypoint),
        show: |settings| show::text(&settings.entrypoint),
        effect: effect::harmless,
    },
    Key {
        name: "path_prepend",
        variable: "OCX_PATH_PREPEND",
        kind: Kind::TextList,
        doc: "Directories of the container that stand first in the search path; `~` is the home directory there",
        example: "[\"/opt/conda/bin\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(path_prepend, search_path),
        show: |settings| show::list(&settings.path_prepend),
        effect: |change| {
            effect::additions(&change.below.path_prepend, &change.with.path_prepend, PATH)
        },
    },
    Key {
        name: "read_only",
        variable: "OCX_READ_ONLY",
        kind: Kind::Boolean,
        doc: "Whether the image's own files are read-only",
        example: "true",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(read_only, boolean),
        show: |settings| settings.read_only.into(),
        effect: |change| {
            effect::switch_on(!change.below.read_only, !change.with.read_only, WRITABLE)
        },
    },
    Key {
        name: "workspace",
        variable: "OCX_WORKSPACE",
        kind: Kind::Choice(&["shared", "clone"]),
        doc: "What sessions work on: `shared`, your files, or `clone`, a private clone of the repository",
        example: "\"clone\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(workspace, workspace_mode),
        show: |settings| show::text(&settings.workspace),
        effect: |change| {
            let (below, with) = (change.below.workspace, change.with.workspace);
            effect::limit(Some(below), Some(with), SHARED)
        },
    },
    Key {
        name: "clone_include",
        variable: "OCX_CLONE_INCLUDE",
        kind: Kind::TextList,
        doc: "Paths of the project that are copied into a clone although Git does not track them",
        example: "[\"node_modules\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(clone_include, paths_inside),
        show: |settings| show::list(&settings.clone_include),
        effect: |change| effect::clone_include(change, UNTRACKED),
    },
    Key {
        name: "forbidden_paths",
        variable: "OCX_FORBIDDEN_PATHS",
        kind: Kind::TextList,
        doc: "Paths of the project that are hidden, with patterns as in `.gitignore`; those of all layers count",
        example: "[\".env\", \"secrets\"]",
        merge: Merge::Unite,
        sensitive: false,
        read: |settings, value, place| {
            let list = read::forbidden_paths(value, place)?;
            settings.forbidden_paths.add(list);
            Ok(())
        },
        show: |settings| show::list(&settings.forbidden_paths.patterns()),
        effect: |change| {
            if change.below.forbidden_paths == change.with.forbidden_paths {
                Effect::Harmless
            } else {
                Effect::Tightening
            }
        },
    },
    Key {
        name: "private_paths",
        variable: "OCX_PRIVATE_PATHS",
        kind: Kind::TextList,
        doc: "Directories of the project that sessions have for themselves, such as installed packages",
        example: "[\"node_modules\", \".venv\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(private_paths, private_paths),
        show: |settings| show::list(&settings.private_paths),
        effect: effect::harmless,
    },
    Key {
        name: "cache_paths",
        variable: "OCX_CACHE_PATHS",
        kind: Kind::TextList,
        doc: "Caches that the sessions of all projects share: `common`, or directories below the home directory",
        example: "[\"~/.cargo/registry\", \"~/.npm\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(cache_paths, cache_paths),
        show: |settings| show::list(&settings.cache_paths),
        effect: |change| {
            effect::additions(&change.below.cache_paths, &change.with.cache_paths, CACHES)
        },
    },
    Key {
        name: "extra_mounts",
        variable: "OCX_EXTRA_MOUNTS",
        kind: Kind::Mounts,
        doc: "More mounts, `SOURCE:TARGET[:ro|rw]` or a table; read-only unless they say otherwise",
        example: "[\"~/datasets:/data:ro\"]",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(extra_mounts, mounts),
        show: |settings| show::list(&settings.extra_mounts),
        effect: |change| {
            let (below, with) = (&change.below.extra_mounts, &change.with.extra_mounts);
            effect::of_paths(
                "extra_mounts",
                change,
                effect::additions(below, with, MOUNTS),
            )
        },
    },
    Key {
        name: "timezone",
        variable: "OCX_TIMEZONE",
        kind: Kind::Text,
        doc: "Time zone of the container; the host's if not set",
        example: "\"Europe/Berlin\"",
        merge: Merge::Replace,
        sensitive: false,
        read: set!(timezone, timezone),
        show: |settings| show::optional(settings.timezone.as_ref()),
        effect: effect::harmless,
    },
];
