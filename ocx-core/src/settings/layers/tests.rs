//! Layers, provenance and error texts, with files in a temporary directory.

use camino::Utf8PathBuf;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::{super::Loosening, *};
use crate::{
    project::sandbox::Sandbox,
    settings::NetworkMode,
    settings::{ByteSize, KEYS},
    spec::Network,
};

const GLOBAL: &str = "home/.config/ocx/ocx.toml";
const PROJECT: &str = "home/work/app/ocx.toml";

fn set(sandbox: &mut Sandbox, variable: &str, value: &str) {
    sandbox
        .host
        .environment
        .insert(variable.to_owned(), value.to_owned());
}

fn flag(key: &str, value: &str) -> Override {
    Override {
        key: key.to_owned(),
        value: value.to_owned(),
        flag: format!("--set {key}"),
    }
}

fn try_load(sandbox: &Sandbox, overrides: &[Override]) -> Result<Loaded, SettingsError> {
    load(&sandbox.host, &sandbox.project(), overrides)
}

fn loaded(sandbox: &Sandbox) -> Loaded {
    try_load(sandbox, &[]).unwrap()
}

fn global(text: &str) -> Loaded {
    let sandbox = Sandbox::new();
    sandbox.write(GLOBAL, text);
    loaded(&sandbox)
}

fn error_in(path: &str, text: &str) -> String {
    let sandbox = Sandbox::new();
    sandbox.write(path, text);
    sandbox.plain(&try_load(&sandbox, &[]).unwrap_err())
}

fn global_error(text: &str) -> String {
    error_in(GLOBAL, text)
}

fn project_error(text: &str) -> String {
    error_in(PROJECT, text)
}

fn variable_error(variable: &str, value: &str) -> String {
    let mut sandbox = Sandbox::new();
    set(&mut sandbox, variable, value);
    sandbox.plain(&try_load(&sandbox, &[]).unwrap_err())
}

/// The text of a variable for the example in the table, which is TOML.
fn example_text(key: &Key) -> String {
    key.example
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(key.example)
        .to_owned()
}

#[test]
fn every_key_is_in_the_defaults_with_value_or_comment() {
    for key in &KEYS {
        let stands = DEFAULTS.lines().any(|line| {
            let line = line.strip_prefix("# ").unwrap_or(line);
            line.starts_with(&format!("{} = ", key.name))
        });
        assert!(stands, "{}", key.name);
    }
    // The comments are correct settings too.
    let all: String = DEFAULTS
        .lines()
        .filter_map(|line| {
            let line = line.strip_prefix("# ").unwrap_or(line);
            KEYS.iter()
                .any(|key| line.starts_with(&format!("{} = ", key.name)))
                .then(|| format!("{line}\n"))
        })
        .collect();
    global(&all);
}

#[test]
fn every_value_that_must_be_there_has_a_default() {
    let unset = Settings::unset();
    let defaults = files::parse_toml("default.toml".into(), DEFAULTS).unwrap();
    for key in &KEYS {
        if !key.value(&unset).is_null() {
            assert!(defaults.contains_key(key.name), "{}", key.name);
        }
    }
}

#[test]
fn defaults() {
    let sandbox = Sandbox::new();
    let loaded = loaded(&sandbox);
    assert!(loaded.files.is_empty());
    assert!(loaded.warnings.is_empty());
    assert!(
        loaded
            .entries()
            .all(|entry| entry.origins == [&Origin::Default])
    );
    let text: String = loaded
        .entries()
        .map(|entry| format!("{} = {}\n", entry.key.name, entry.value))
        .collect();
    assert_snapshot!(text, @r#"
    custom_base_image = null
    custom_base_dockerfile = null
    custom_base_build_args = {}
    custom_base_target = null
    custom_base_context = null
    custom_base_devcontainer = false
    base_pull = "ask"
    base_build_network = "default"
    opencode_version = "latest"
    opencode_registry = "https://registry.npmjs.org/"
    opencode_binary = null
    keep_versions = 2
    runtime = "auto"
    container_name = null
    memory = null
    cpus = null
    pids_limit = 4096
    tmp_size = null
    workspace_tmp_size = null
    shm_size = null
    ulimits = {}
    network = "default"
    network_allow = ["@models"]
    network_deny = []
    host_ports = []
    ports = []
    publish_port = false
    port = null
    add_host_docker_internal = false
    add_hosts = {}
    dns = []
    dns_search = []
    devices = []
    gpus = null
    username = null
    uid = null
    gid = null
    keep_groups = false
    opencode_config_dir = null
    rgignore_file = null
    env = {}
    env_passthrough = []
    env_file = []
    ssh_agent = false
    providers = "configured"
    keys = null
    agent_notes = true
    data_volumes_mode = "always"
    data_volumes_name = null
    entrypoint = "none"
    path_prepend = []
    read_only = false
    workspace = "shared"
    clone_include = []
    forbidden_paths = []
    private_paths = []
    cache_paths = []
    extra_mounts = []
    timezone = null
    "#);
}

#[test]
fn names_of_variables() {
    for key in &KEYS {
        assert_eq!(key.variable, format!("OCX_{}", key.name.to_uppercase()));
    }
}

/// Each layer with the key's example replaces the default, and the origin says so. A second value
/// above it wins, whatever it is.
#[test]
fn precedence_and_origin_hold_for_every_key() {
    for key in &KEYS {
        let mut sandbox = Sandbox::new();
        let path = sandbox.write(GLOBAL, &format!("{} = {}\n", key.name, key.example));
        let expect = |loaded: &Loaded, origin: &Origin| {
            assert_eq!(loaded.origins.of(key.name), origin, "{}", key.name);
            if key.merge == Merge::Replace {
                assert_eq!(loaded.origins.all(key.name), std::slice::from_ref(origin));
            }
        };
        let from_global = loaded(&sandbox);
        expect(&from_global, &Origin::GlobalFile(path));

        // The same value is no loosening, so it may stand in the project's file. A relative path
        // means another file there.
        if key.name != "rgignore_file" && key.merge == Merge::Replace {
            let path = sandbox.write(PROJECT, &format!("{} = {}\n", key.name, key.example));
            expect(&loaded(&sandbox), &Origin::ProjectFile(path));
        }

        set(&mut sandbox, key.variable, &example_text(key));
        let from_variable = loaded(&sandbox);
        if key.merge == Merge::Replace {
            expect(&from_variable, &Origin::Variable(key.variable.to_owned()));
        }
        if key.name != "rgignore_file" {
            assert_eq!(
                key.value(&from_variable.settings),
                key.value(&from_global.settings),
                "{}",
                key.name
            );
        }

        let flags = [flag(key.name, &example_text(key))];
        let from_flag = try_load(&sandbox, &flags).unwrap();
        if key.merge == Merge::Replace {
            expect(&from_flag, &Origin::Flag(format!("--set {}", key.name)));
        }
    }
}

#[test]
fn a_higher_layer_replaces_maps_and_lists_as_a_whole() {
    let mut sandbox = Sandbox::new();
    sandbox.write(
        GLOBAL,
        "env = { A = \"1\", B = \"2\" }\nenv_file = [\"/a\", \"/b\"]\n",
    );
    set(&mut sandbox, "OCX_ENV", r#"{ "C": "3" }"#);
    set(&mut sandbox, "OCX_ENV_FILE", "/c");
    let settings = loaded(&sandbox).settings;
    assert_eq!(show_map(&settings.env), r#"{"C":"3"}"#);
    assert_eq!(settings.env_file, ["/c"]);
}

fn show_map(map: &std::collections::BTreeMap<crate::spec::EnvName, String>) -> String {
    crate::settings::show::map(map).to_string()
}

#[test]
fn forbidden_paths_of_all_layers_count_each_with_its_origin() {
    let mut sandbox = Sandbox::new();
    let global = sandbox.write(GLOBAL, "forbidden_paths = [\".env\", \"/elsewhere\"]\n");
    let root = sandbox.host.current_dir.clone();
    let project = sandbox.write(
        PROJECT,
        &format!("forbidden_paths = [\"./.env/\", \"{root}/keys\"]\n"),
    );
    set(&mut sandbox, "OCX_FORBIDDEN_PATHS", r#"["a//b", "/out"]"#);
    let loaded = try_load(&sandbox, &[flag("forbidden_paths", "['c']")]).unwrap();
    assert_eq!(
        loaded.settings.forbidden_paths.lists(),
        [
            &[".env", "/elsewhere"][..],
            &["/.env/", "/keys"],
            &["a/b", "/out"],
            &["c"]
        ]
    );
    assert_eq!(
        loaded.origins.all("forbidden_paths"),
        [
            Origin::GlobalFile(global.clone()),
            Origin::GlobalFile(global),
            Origin::ProjectFile(project.clone()),
            Origin::ProjectFile(project),
            Origin::Variable("OCX_FORBIDDEN_PATHS".to_owned()),
            Origin::Variable("OCX_FORBIDDEN_PATHS".to_owned()),
            Origin::Flag("--set forbidden_paths".to_owned()),
        ]
    );
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_snapshot!(warnings.join("\n"), @"/out from the variable `OCX_FORBIDDEN_PATHS` is not in the project, and so not in the container's workspace; it is not hidden anywhere else");
}

#[test]
fn files_of_the_earlier_ocx_load() {
    let sandbox = Sandbox::new();
    let text = r#"{
        "$schema": "https://example.org/schema.json",
        "memory": "1024m", "cpus": 1.0, "pids_limit": 100,
        "tmp_size": "500m", "workspace_tmp_size": "500m",
        "network": "bridge", "publish_port": false, "port": null,
        "add_host_docker_internal": false, "username": null, "uid": null, "gid": null,
        "opencode_version": "latest", "container_name": null,
        "opencode_config_dir": "~/.config/opencode", "rgignore_file": null,
        "env_file": ".env", "data_volumes_mode": "git", "data_volumes_name": null,
        "read_only": true, "forbidden_paths": [".env"], "timezone": null,
        "custom_base_image": null, "custom_base_dockerfile": null
    }"#;
    sandbox.write("home/.config/ocx/ocx.json", text);
    let settings = loaded(&sandbox).settings;
    assert_eq!(settings.memory, Some("1g".parse().unwrap()));
    assert_eq!(settings.cpus, Some(1.0));
    assert_eq!(settings.pids_limit, Some(100));
    assert_eq!(settings.network, NetworkMode::Engine(Network::Default));
    assert_eq!(settings.port, None);
    assert_eq!(
        settings.env_file,
        [sandbox.top.join("home/.config/ocx/.env")]
    );
    assert_eq!(
        settings.opencode_config_dir,
        Some(sandbox.top.join("home/.config/opencode"))
    );

    // In a project too, as long as nothing in it loosens.
    let sandbox = Sandbox::new();
    sandbox.write(
        "home/work/app/ocx.json",
        &text.replace("\"env_file\": \".env\", ", ""),
    );
    assert_eq!(loaded(&sandbox).settings.pids_limit, Some(100));
}

#[test]
fn relative_paths_belong_to_the_file_that_holds_them() {
    let mut sandbox = Sandbox::new();
    sandbox.host.current_dir = sandbox.directory("home/work/app/src");
    sandbox.write(
        GLOBAL,
        "env_file = [\"env\", \"~/x\"]\nopencode_binary = \"./bin/../opencode\"\n\
         extra_mounts = [\"data:/data\", { source = \"~\", target = \"/h\", read_only = false }]\n",
    );
    sandbox.write(PROJECT, "rgignore_file = \"conf/rg\"\n");
    set(&mut sandbox, "OCX_OPENCODE_CONFIG_DIR", "here");
    let settings = loaded(&sandbox).settings;
    let top = &sandbox.top;
    assert_eq!(
        settings.env_file,
        [top.join("home/.config/ocx/env"), top.join("home/x")]
    );
    assert_eq!(
        settings.opencode_binary,
        Some(top.join("home/.config/ocx/bin/../opencode"))
    );
    let mounts: Vec<String> = settings
        .extra_mounts
        .iter()
        .map(|mount| sandbox.plain(mount))
        .collect();
    assert_eq!(mounts, ["/home/.config/ocx/data:/data:ro", "/home:/h:rw"]);
    assert_eq!(
        settings.rgignore_file,
        Some(top.join("home/work/app/conf/rg"))
    );
    assert_eq!(
        settings.opencode_config_dir,
        Some(top.join("home/work/app/src/here"))
    );
}

#[test]
fn a_higher_layer_can_lift_a_limit() {
    let mut sandbox = Sandbox::new();
    sandbox.write(GLOBAL, "memory = \"1g\"\ncpus = 1\npids_limit = 100\n");
    for (variable, value) in [
        ("OCX_MEMORY", "0"),
        ("OCX_CPUS", "0"),
        ("OCX_PIDS_LIMIT", "-1"),
    ] {
        set(&mut sandbox, variable, value);
    }
    let settings = loaded(&sandbox).settings;
    assert_eq!(settings.memory, None);
    assert_eq!(settings.cpus, None);
    assert_eq!(settings.pids_limit, None);
}

#[test]
fn variables_are_read_by_the_kind_of_their_key() {
    let mut sandbox = Sandbox::new();
    for (variable, value) in [
        ("OCX_CONTAINER_NAME", "012"),
        ("OCX_USERNAME", "true"),
        ("OCX_PUBLISH_PORT", "Yes"),
        ("OCX_PORT", "4096"),
        ("OCX_CPUS", "1.5"),
        ("OCX_MEMORY", "1073741824"),
        ("OCX_READ_ONLY", ""),
        ("OCX_ENV", "{ A = \"1\", B = true }"),
        ("OCX_ENV_PASSTHROUGH", "['X', 'Y', 'X']"),
    ] {
        set(&mut sandbox, variable, value);
    }
    let loaded = loaded(&sandbox);
    let settings = &loaded.settings;
    assert_eq!(settings.container_name.as_deref(), Some("012"));
    assert_eq!(settings.username.as_deref(), Some("true"));
    assert!(settings.publish_port);
    assert_eq!(settings.port, Some(4096));
    assert_eq!(settings.cpus, Some(1.5));
    assert_eq!(settings.memory, Some("1g".parse().unwrap()));
    assert_eq!(loaded.origins.of("read_only"), &Origin::Default);
    assert_eq!(show_map(&settings.env), r#"{"A":"1","B":"true"}"#);
    assert_eq!(settings.env_passthrough.len(), 2);
}

#[test]
fn errors_in_variables_and_flags() {
    assert_snapshot!(variable_error("OCX_OPENCODE_VERSION", "1.20"), @"setting `opencode_version` from the variable `OCX_OPENCODE_VERSION`: found `1.20`, expected `latest` or a version of the form `x.y.z`");
    assert_snapshot!(variable_error("OCX_OPENCODE_VERSION", "1.0.3"), @"setting `opencode_version` from the variable `OCX_OPENCODE_VERSION`: found `1.0.3`, expected a newer version (opencode 1.0.3 is refused: versions before 1.0.216 start an unauthenticated server (CVE-2026-22812))");
    assert_snapshot!(variable_error("OCX_PORT", "70000"), @"setting `port` from the variable `OCX_PORT`: found `70000`, expected a port from 1 to 65535");
    assert_snapshot!(variable_error("OCX_READ_ONLY", "maybe"), @"setting `read_only` from the variable `OCX_READ_ONLY`: found `maybe`, expected `true` or `false`");
    assert_snapshot!(variable_error("OCX_FORBIDDEN_PATHS", ".env"), @r#"setting `forbidden_paths` from the variable `OCX_FORBIDDEN_PATHS`: found `.env`, expected a list of paths such as `[".env", "secrets"]`"#);
    assert_snapshot!(variable_error("OCX_ENV", "{ A = hunter2 }"), @"setting `env` from the variable `OCX_ENV`: found a text, expected a table of names and texts");
    assert_snapshot!(variable_error("OCX_ENV_PASSTHROUGH", "[\"TOKEN=hunter2\"]"), @"setting `env_passthrough` from the variable `OCX_ENV_PASSTHROUGH`: found `TOKEN=…` with a value, expected only the name of an environment variable");
    assert_snapshot!(variable_error("OCX_CPUS", "nan"), @"setting `cpus` from the variable `OCX_CPUS`: found `NaN`, expected a number of processors such as `2` or `1.5`, or 0 for no limit");
    let sandbox = Sandbox::new();
    let flags = |key, value| sandbox.plain(&try_load(&sandbox, &[flag(key, value)]).unwrap_err());
    assert_snapshot!(flags("netwrok", "none"), @"unknown setting `netwrok` from the flag `--set netwrok`, did you mean `network`?");
    assert_snapshot!(flags("network", "container:abc"), @"setting `network` from the flag `--set network`: found `container:abc`, expected `default`, `filtered`, `ask`, `none`, `host` or the name of a network");
    assert_snapshot!(flags("container_name", ""), @"setting `container_name` from the flag `--set container_name`: found an empty text, expected at most 60 letters, digits, `_`, `.` and `-`, starting with a letter or digit");
}

#[test]
fn errors_in_files() {
    assert_snapshot!(global_error("memmory = \"1g\"\n"), @"unknown setting `memmory` in /home/.config/ocx/ocx.toml, line 1, did you mean `memory`?");
    assert_snapshot!(global_error("\"\\u001b[31m\" = 1\n"), @r#"unknown setting `\u{1b}[31m` in /home/.config/ocx/ocx.toml, line 1"#);
    assert_snapshot!(global_error("memory = \"lots\"\n"), @"setting `memory` in /home/.config/ocx/ocx.toml, line 1: found `lots`, expected a size such as `512m` or `2g`, or 0 for no limit");
    assert_snapshot!(global_error("memory = 1.5\n"), @"setting `memory` in /home/.config/ocx/ocx.toml, line 1: found `1.5`, expected a size such as `512m` or `2g`, or 0 for no limit");
    assert_snapshot!(global_error("memory = 1979-05-27\n"), @"setting `memory` in /home/.config/ocx/ocx.toml, line 1: found a date, expected a size such as `512m` or `2g`, or 0 for no limit");
    assert_snapshot!(global_error("opencode_version = 1.20\n"), @"setting `opencode_version` in /home/.config/ocx/ocx.toml, line 1: found the number `1.2`, expected `latest` or a version of the form `x.y.z`, in quotes");
    for id in ["a".repeat(64), format!("sha256:{}", "a".repeat(64))] {
        let error = global_error(&format!("custom_base_image = \"{id}\"\n"));
        assert!(
            error.contains("expected a name instead of an ID"),
            "{error}"
        );
    }
    assert_snapshot!(global_error("custom_base_image = \"Ruby:3\"\n"), @"setting `custom_base_image` in /home/.config/ocx/ocx.toml, line 1: found `Ruby:3`, expected the name of an image in lower case, such as `ruby:3.3` or `ghcr.io/acme/app:2`");
    assert_snapshot!(global_error("cpus = -1\n"), @"setting `cpus` in /home/.config/ocx/ocx.toml, line 1: found `-1`, expected a number of processors such as `2` or `1.5`, or 0 for no limit");
    assert_snapshot!(global_error("runtime = \"Docker\"\n"), @"setting `runtime` in /home/.config/ocx/ocx.toml, line 1: found `Docker`, expected `auto`, or the name of an engine, such as `docker` or `podman`");
    assert_snapshot!(global_error("env = { PATH = \"/x\" }\n"), @"setting `env` in /home/.config/ocx/ocx.toml, line 1: found the reserved name `PATH`, expected variables that ocx does not set itself");
    assert_snapshot!(global_error("env = { A = [\"hunter2\"] }\n"), @"setting `env` in /home/.config/ocx/ocx.toml, line 1: found a list for `A`, expected a text in quotes for each name");
    assert_snapshot!(global_error("opencode_registry = \"https://u:hunter2@x.org/\"\n"), @"setting `opencode_registry` in /home/.config/ocx/ocx.toml, line 1: found an address with a user name or password, expected one without, because it would show in messages and labels");
    assert_snapshot!(global_error("opencode_registry = \"ftp://x.org/\"\n"), @"setting `opencode_registry` in /home/.config/ocx/ocx.toml, line 1: found `ftp://x.org/`, expected the http or https address of an npm registry, such as `https://registry.npmjs.org/`");
    assert_snapshot!(global_error("extra_mounts = [\"/a\"]\n"), @"setting `extra_mounts` in /home/.config/ocx/ocx.toml, line 1: found `/a`, expected a mount of the form `SOURCE:TARGET`, `SOURCE:TARGET:ro` or `SOURCE:TARGET:rw`");
    assert_snapshot!(global_error("extra_mounts = [\"/a:b\"]\n"), @"setting `extra_mounts` in /home/.config/ocx/ocx.toml, line 1: found the target `b`, expected an absolute path below `/`, or one below `~/`, the home directory there, without `..`");
    assert_snapshot!(global_error("extra_mounts = [{ source = \"/a\", traget = \"/b\" }]\n"), @"setting `extra_mounts` in /home/.config/ocx/ocx.toml, line 1: found the field `traget`, expected a mount with `source`, `target` and, if it may be written to, `read_only = false`");
    assert_snapshot!(global_error("username = \"a:b\"\n"), @"setting `username` in /home/.config/ocx/ocx.toml, line 1: found `a:b`, expected a user name of at most 32 characters, without white space, `:`, `,` or `/`");
    assert_snapshot!(global_error("timezone = \"../etc/passwd\"\n"), @"setting `timezone` in /home/.config/ocx/ocx.toml, line 1: found `../etc/passwd`, expected a time zone such as `Europe/Berlin` or `UTC`");
    assert_snapshot!(global_error("forbidden_paths = [\"../x\"]\n"), @"setting `forbidden_paths` in /home/.config/ocx/ocx.toml, line 1: found `../x`, expected paths without `..`");
    assert_snapshot!(global_error("forbidden_paths = [\".\"]\n"), @"setting `forbidden_paths` in /home/.config/ocx/ocx.toml, line 1: found `.`, expected paths inside of the project, not all of it");
    assert_snapshot!(global_error("forbidden_paths = [\"[z-a]\"]\n"), @"setting `forbidden_paths` in /home/.config/ocx/ocx.toml, line 1: found `[z-a]`, expected patterns as in `.gitignore`");
}

#[test]
fn errors_of_syntax_name_line_and_column() {
    assert_snapshot!(global_error("cpus = 1\nmemory = = 2\n"), @"/home/.config/ocx/ocx.toml, line 2, column 10: extra `=`, expected nothing");
    assert_snapshot!(global_error("cpus = 1\ncpus = 2\n"), @"/home/.config/ocx/ocx.toml, line 2, column 1: duplicate key");
    assert_snapshot!(error_in("home/.config/ocx/ocx.json", "{\n  \"cpus\": 1,\n}\n"), @"/home/.config/ocx/ocx.json, line 3, column 1: trailing comma");
    assert_snapshot!(error_in("home/.config/ocx/ocx.json", "[]"), @"/home/.config/ocx/ocx.json, line 1, column 1: expected an object of settings");
    assert_snapshot!(error_in("home/.config/ocx/ocx.json", ""), @"/home/.config/ocx/ocx.json, line 1, column 1: EOF while parsing a value");
}

#[test]
fn the_files_that_are_read() {
    let sandbox = Sandbox::new();
    let files = || -> Vec<(FileLayer, Utf8PathBuf)> {
        let layers = Layers::read(&sandbox.host, &sandbox.project()).unwrap();
        let both = |file: &ConfigFile| (file.layer, file.path.clone());
        layers.files().iter().map(both).collect()
    };
    assert_eq!(files(), []);
    let project = (FileLayer::Project, sandbox.write(PROJECT, ""));
    assert_eq!(files(), std::slice::from_ref(&project));
    let global = (FileLayer::Global, sandbox.write(GLOBAL, ""));
    assert_eq!(files(), [global, project]);
}

#[test]
fn two_global_files_and_unreadable_ones() {
    let sandbox = Sandbox::new();
    sandbox.write(GLOBAL, "");
    sandbox.write("home/.config/ocx/ocx.json", "{}");
    assert_snapshot!(sandbox.plain(&try_load(&sandbox, &[]).unwrap_err()), @"both /home/.config/ocx/ocx.toml and /home/.config/ocx/ocx.json exist; ocx reads one of them only");

    let sandbox = Sandbox::new();
    sandbox.directory(GLOBAL);
    let error = try_load(&sandbox, &[]).unwrap_err();
    assert_snapshot!(sandbox.plain(&error), @"could not read /home/.config/ocx/ocx.toml");
    assert_snapshot!(std::error::Error::source(&error).unwrap(), @"it is a directory, not a regular file");
}

/// It may set all that no project may.
#[test]
fn a_global_file_that_others_may_write_is_not_followed() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let mut sandbox = Sandbox::new();
    let path = sandbox.write(GLOBAL, "network = \"host\"\n");
    let set = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    for mode in [0o600, 0o644, 0o664, 0o400] {
        set(mode);
        assert!(try_load(&sandbox, &[]).is_ok(), "{mode:o}");
    }
    for mode in [0o666, 0o602, 0o777, 0o646] {
        set(mode);
        let error = try_load(&sandbox, &[]).unwrap_err();
        assert!(
            matches!(error, SettingsError::WritableByAll { mode: found, .. } if found == mode),
            "{mode:o}: {error}"
        );
    }
    // A link's own mode means nothing.
    let real = sandbox.top.join("dotfiles.toml");
    std::fs::rename(&path, &real).unwrap();
    std::os::unix::fs::symlink(&real, &path).unwrap();
    assert!(try_load(&sandbox, &[]).is_err());
    std::fs::set_permissions(&real, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(try_load(&sandbox, &[]).is_ok());
    // Somebody else's, or a link of somebody else's; only root can make one.
    if rustix::process::geteuid().is_root() {
        sandbox.host.user.uid = 1000;
        for owner in [0, 1000] {
            chown(&real, Some(owner), None).unwrap();
            assert!(try_load(&sandbox, &[]).is_ok(), "{owner}");
        }
        chown(&real, Some(1001), None).unwrap();
        let error = try_load(&sandbox, &[]).unwrap_err();
        assert!(
            matches!(error, SettingsError::Foreign { owner: 1001, .. }),
            "{error}"
        );
    }
}

/// What loosens without an approval.
fn loosenings(error: &SettingsError) -> &[Loosening] {
    match error {
        SettingsError::NotTrusted(not_trusted) => &not_trusted.loosenings,
        _ => panic!("{error}"),
    }
}

/// Settings that a project has when all that it asks for is approved.
fn approved(text: &str) -> Result<Loaded, SettingsError> {
    let sandbox = Sandbox::new();
    sandbox.write(PROJECT, text);
    let layers = Layers::read(&sandbox.host, &sandbox.project())?;
    layers.resolve(&Approvals::everything())
}

#[test]
fn a_project_may_not_loosen() {
    assert_snapshot!(project_error("network = \"host\"\n"), @"the project is not trusted with what its settings ask for: setting `network` in the project's file /home/work/app/ocx.toml is `host`: the agent would reach the host's own services");
    assert_snapshot!(project_error("network = \"shared\"\n"), @"the project is not trusted with what its settings ask for: setting `network` in the project's file /home/work/app/ocx.toml is `shared`: the agent would reach the other containers of that network");
    assert_snapshot!(project_error("extra_mounts = [\"~/data:/s\"]\npublish_port = true\n"), @"the project is not trusted with what its settings ask for: setting `publish_port` in the project's file /home/work/app/ocx.toml is `true`: a port of the container would be open on the host; setting `extra_mounts` in the project's file /home/work/app/ocx.toml is `/home/data:/s:ro`: the agent would reach more of your files");
    assert_snapshot!(project_error("extra_mounts = [\"~/.ssh:/s\"]\n"), @"setting `extra_mounts` in the project's file /home/work/app/ocx.toml is `/home/.ssh:/s:ro`: keys or passwords of yours are kept there, and a project may not decide that");
    assert_snapshot!(project_error("env = { OPENAI_BASE_URL = \"https://x\" }\n"), @"the project is not trusted with what its settings ask for: setting `env` in the project's file /home/work/app/ocx.toml is `OPENAI_BASE_URL`: it holds a variable that steers opencode, or where your credentials are sent");
    assert_snapshot!(project_error("custom_base_dockerfile = \"../Dockerfile\"\n"), @"setting `custom_base_dockerfile` in the project's file /home/work/app/ocx.toml is `../Dockerfile`: the build could read files outside of the project, and a project may not decide that");
    assert_snapshot!(project_error("add_hosts = { \"registry.npmjs.org\" = \"192.0.2.1\" }\n"), @"the project is not trusted with what its settings ask for: setting `add_hosts` in the project's file /home/work/app/ocx.toml is `registry.npmjs.org = 192.0.2.1`: the project would say where hosts are, or who tells");
    assert_snapshot!(project_error("custom_base_context = \"..\"\n"), @"setting `custom_base_context` in the project's file /home/work/app/ocx.toml is `..`: the build could read files outside of the project, and a project may not decide that");
    for text in [
        "env_passthrough = [\"AWS_SECRET_ACCESS_KEY\"]",
        "env_file = \"secrets.env\"",
        "extra_mounts = [\"~/data:/data\"]",
        "cache_paths = \"common\"",
        "publish_port = true",
        "port = 80",
        "add_host_docker_internal = true",
        "host_ports = [11434]",
        "ports = [3000]",
        "shm_size = \"65m\"",
        "ulimits = { nofile = 65536 }",
        "add_hosts = { db = \"host-gateway\" }",
        "dns = [\"192.0.2.53\"]",
        "dns_search = [\"evil.example\"]",
        "devices = [\"/dev/kvm\"]",
        "gpus = \"all\"",
        "gpus = 1",
        "base_build_network = \"host\"",
        "path_prepend = [\"/opt/evil\"]",
        "opencode_config_dir = \"~/other\"",
        "opencode_binary = \"bin/opencode\"",
        "opencode_registry = \"https://evil.example/\"",
        "keep_versions = 0",
        "uid = 12345",
        "gid = 12345",
        "username = \"bob\"",
        "data_volumes_name = \"other\"",
        "pids_limit = 5000",
        "pids_limit = 0",
        "rgignore_file = \"../x\"",
        "custom_base_dockerfile = \"/srv/images/Dockerfile\"",
        "custom_base_dockerfile = \"~/images/Dockerfile\"",
        "custom_base_dockerfile = \"Dockerfile\"\ncustom_base_image = \"ruby:3.4\"",
        "custom_base_dockerfile = \"Dockerfile\"\ncustom_base_image = \"acme/app\"",
    ] {
        let sandbox = Sandbox::new();
        sandbox.write(PROJECT, text);
        let error = try_load(&sandbox, &[]).unwrap_err();
        assert_eq!(loosenings(&error).len(), 1, "{text}: {error}");
        // Once it is approved, it takes effect.
        let approved = approved(text).unwrap();
        let key = Key::find(loosenings(&error)[0].key).unwrap();
        assert!(
            matches!(approved.origins.of(key.name), Origin::ProjectFile(_)),
            "{text}"
        );
        // The user may anyway.
        let sandbox = Sandbox::new();
        sandbox.write(GLOBAL, text);
        loaded(&sandbox);
    }
}

#[test]
fn what_a_project_may_not_do_is_said_to_belong_into_the_users_own_file() {
    let told = |sandbox: &Sandbox| match try_load(sandbox, &[]) {
        Err(SettingsError::Refused {
            global_file,
            variable,
            ..
        }) => (sandbox.plain(&global_file), variable),
        other => panic!("{other:?}"),
    };
    let sandbox = Sandbox::new();
    sandbox.write(PROJECT, "extra_mounts = [\"/etc:/x\"]\n");
    let none_yet = "/home/.config/ocx/ocx.toml".to_owned();
    assert_eq!(told(&sandbox), (none_yet, "OCX_EXTRA_MOUNTS"));
    let json = sandbox.write("home/.config/ocx/ocx.json", "{}");
    assert_eq!(told(&sandbox), (sandbox.plain(&json), "OCX_EXTRA_MOUNTS"));
}

#[test]
fn some_things_no_project_gets() {
    for text in [
        "env_file = \"~/.aws/credentials\"",
        "env_file = [\"ok.env\", \"/etc/environment\"]",
        "extra_mounts = [\"~:/h\"]",
        "ssh_agent = true",
        "extra_mounts = [\"/:/host\"]",
        "extra_mounts = [\"~/.ssh:/s\"]",
        "extra_mounts = [\"~/data:/d\", \"../../.gnupg:/g:rw\"]",
        "extra_mounts = [{ source = \"/var/run/docker.sock\", target = \"/d\" }]",
        "extra_mounts = [\"~/.local/share/ocx:/o\"]",
        "opencode_config_dir = \"~/.ssh\"",
        "rgignore_file = \"~/.ssh/id_rsa\"",
        "custom_base_dockerfile = \"/etc/passwd\"",
        "custom_base_dockerfile = \"~/Dockerfile\"",
        "custom_base_dockerfile = \"../Dockerfile\"",
    ] {
        let error = approved(text).unwrap_err();
        assert!(
            matches!(error, SettingsError::Refused { .. }),
            "{text}: {error}"
        );
        // The user may, in a file of their own.
        let sandbox = Sandbox::new();
        sandbox.write(GLOBAL, text);
        loaded(&sandbox);
    }
}

#[test]
fn what_a_variable_replaces_is_judged_as_if_that_were_not_there() {
    let mut sandbox = Sandbox::new();
    sandbox.write(PROJECT, "memory = \"2g\"\n");
    let assessed = |sandbox: &Sandbox| {
        let layers = Layers::read(&sandbox.host, &sandbox.project()).unwrap();
        let value = layers.assess().unwrap().values.remove(0);
        (value.effect, value.overridden)
    };
    assert_eq!(assessed(&sandbox), (Effect::Tightening, false));
    set(&mut sandbox, "OCX_MEMORY", "1g");
    assert_eq!(assessed(&sandbox), (Effect::Tightening, true));
}

#[test]
fn an_approval_holds_for_exactly_one_content() {
    let sandbox = Sandbox::new();
    let hash = |text: &str| {
        sandbox.write(PROJECT, text);
        let layers = Layers::read(&sandbox.host, &sandbox.project()).unwrap();
        layers.assess().unwrap().hash()
    };
    let first = hash("network = \"host\"\nmemory = \"1g\"\n").unwrap();
    // What does not loosen does not count, nor how it is written.
    assert_eq!(hash("# more\nnetwork = 'host'\n"), Some(first.clone()));
    assert_eq!(hash("memory = \"2g\"\n"), None);
    for other in [
        "network = \"shared\"\n",
        "network = \"host\"\npublish_port = true\n",
        "env = { LD_PRELOAD = \"x\" }\nnetwork = \"host\"\n",
    ] {
        assert_ne!(hash(other), Some(first.clone()), "{other}");
    }
    assert_ne!(
        hash("env = { LD_PRELOAD = \"x\" }"),
        hash("env = { LD_PRELOAD = \"y\" }")
    );
    let layers = Layers::read(&sandbox.host, &sandbox.project()).unwrap();
    let approvals = Approvals::none().with(first);
    assert!(layers.resolve(&approvals).is_err());
    sandbox.write(PROJECT, "network = \"host\"\n");
    let layers = Layers::read(&sandbox.host, &sandbox.project()).unwrap();
    let settings = layers.resolve(&approvals).unwrap().settings;
    assert_eq!(settings.network, NetworkMode::Engine(Network::Host));
}

#[test]
fn an_approval_ends_when_a_file_or_a_link_becomes_another() {
    let sandbox = Sandbox::new();
    sandbox.write(
        PROJECT,
        "env_file = \"a.env\"\nextra_mounts = [\"data:/data\"]\nopencode_binary = \"bin\"\n",
    );
    let hash = || {
        let layers = Layers::read(&sandbox.host, &sandbox.project()).unwrap();
        layers.assess().unwrap().hash().unwrap()
    };
    let mut seen = vec![hash()];
    let mut is_new = |what: &str| {
        let hash = hash();
        assert!(!seen.contains(&hash), "{what}");
        seen.push(hash);
    };
    sandbox.write("home/work/app/a.env", "A=1\n");
    is_new("a file appears");
    sandbox.write("home/work/app/a.env", "A=2\n");
    is_new("it is changed");
    sandbox.directory("home/one");
    sandbox.directory("home/two");
    let link = sandbox.host.current_dir.join("data");
    std::os::unix::fs::symlink(sandbox.top.join("home/one"), &link).unwrap();
    is_new("a link appears");
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(sandbox.top.join("home/two"), &link).unwrap();
    is_new("it is turned elsewhere");
    std::fs::write(sandbox.host.current_dir.join("bin"), [0xff, 0]).unwrap();
    is_new("a program appears");
    std::fs::write(sandbox.host.current_dir.join("bin"), [0xfe, 0]).unwrap();
    is_new("it is changed");
}

#[test]
fn what_a_higher_layer_replaces_needs_no_approval() {
    let sandbox = Sandbox::new();
    sandbox.write(PROJECT, "network = \"host\"\n");
    let settings = try_load(&sandbox, &[flag("network", "none")])
        .unwrap()
        .settings;
    assert_eq!(settings.network, NetworkMode::Engine(Network::None));
}

#[test]
fn what_is_not_approved_can_be_left_out() {
    let sandbox = Sandbox::new();
    let global = sandbox.write(GLOBAL, "network = \"none\"\n");
    sandbox.write(PROJECT, "network = \"host\"\nmemory = \"1g\"\n");
    let layers = Layers::read(&sandbox.host, &sandbox.project()).unwrap();
    let loaded = layers
        .resolve_without_loosening(&Approvals::none())
        .unwrap();
    assert_eq!(loaded.settings.network, NetworkMode::Engine(Network::None));
    assert_eq!(loaded.origins.of("network"), &Origin::GlobalFile(global));
    assert!(loaded.settings.memory.is_some());
    assert!(matches!(
        loaded.warnings[..],
        [SettingsWarning::NotTrusted { .. }]
    ));
    let loaded = layers
        .resolve_without_loosening(&Approvals::everything())
        .unwrap();
    assert_eq!(loaded.settings.network, NetworkMode::Engine(Network::Host));
    assert!(loaded.warnings.is_empty());
}

/// Whoever has chosen the name, the Dockerfile or both: nobody gets an image of the project's for
/// one that others know.
#[test]
fn names_that_a_projects_dockerfile_may_take() {
    let image = |name: &str| format!("custom_base_image = \"{name}\"\n");
    const DOCKERFILE: &str = "custom_base_dockerfile = \"Dockerfile\"\n";
    let asked = |global: &str, project: &str| {
        let sandbox = Sandbox::new();
        sandbox.write(GLOBAL, global);
        sandbox.write(PROJECT, project);
        try_load(&sandbox, &[]).is_err()
    };
    let both = |name: &str| format!("{}{DOCKERFILE}", image(name));
    for name in ["team", "team-tools:2", "localhost/team"] {
        assert!(!asked("", &both(name)), "{name}");
    }
    for name in [
        "ruby",
        "ruby:3.4",
        "localhost/debian",
        "acme/app",
        "ghcr.io/acme/app:2",
    ] {
        assert!(asked("", &both(name)), "{name}");
        assert!(asked(DOCKERFILE, &image(name)), "{name}");
        assert!(asked(&image(name), DOCKERFILE), "{name}");
        assert!(!asked(&both(name), ""), "{name}");
        // Nothing is built under it.
        assert!(!asked("", &image(name)), "{name}");
    }
    for name in [
        "ocx",
        "ocx-base",
        "ocx-team:1.18.33",
        "docker.io/library/ocx-team",
    ] {
        assert!(
            global_error(&image(name)).contains("reserved name"),
            "{name}"
        );
        let error = approved(&image(name)).unwrap_err().to_string();
        assert!(error.contains("reserved name"), "{error}");
    }
}

#[test]
fn a_name_that_the_user_chose_does_not_get_other_files_of_the_projects() {
    let asked = |image: &str| {
        let sandbox = Sandbox::new();
        let text = format!("custom_base_image = {image:?}\ncustom_base_dockerfile = \"D\"\n");
        sandbox.write(GLOBAL, &text);
        sandbox.write(PROJECT, "custom_base_context = \".\"\n");
        try_load(&sandbox, &[]).map_or_else(|error| loosenings(&error)[0].key, |_| "nothing")
    };
    assert_eq!(asked("ruby:3.4"), "custom_base_context");
    assert_eq!(asked("team-tools"), "nothing");
}

#[test]
fn a_project_may_not_undo_what_the_user_tightened() {
    for (global, project) in [
        ("memory = \"1g\"", "memory = \"2g\""),
        ("memory = \"1g\"", "memory = 0"),
        ("cpus = 1", "cpus = 1.5"),
        ("pids_limit = 100", "pids_limit = 101"),
        ("tmp_size = \"1m\"", "tmp_size = \"2m\""),
        ("shm_size = \"1m\"", "shm_size = \"2m\""),
        (
            "ulimits = { nofile = \"5:10\" }",
            "ulimits = { nofile = 10 }",
        ),
        ("read_only = true", "read_only = false"),
        ("network = \"none\"", "network = \"default\""),
        ("network = \"filtered\"", "network = \"default\""),
        ("network = \"walled\"", "network = \"default\""),
        ("runtime = \"podman\"", "runtime = \"docker\""),
        (
            "data_volumes_mode = \"never\"",
            "data_volumes_mode = \"git\"",
        ),
        ("workspace = \"clone\"", "workspace = \"shared\""),
        ("keys = \"outside\"", "keys = \"inside\""),
        ("base_pull = \"never\"", "base_pull = \"ask\""),
        ("base_pull = \"never\"", "base_pull = \"missing\""),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write(GLOBAL, global);
        sandbox.write(PROJECT, project);
        let error = try_load(&sandbox, &[]).unwrap_err();
        assert_eq!(loosenings(&error).len(), 1, "{project}: {error}");
        // The other way round it tightens.
        let sandbox = Sandbox::new();
        sandbox.write(GLOBAL, project);
        sandbox.write(PROJECT, global);
        if !global.contains("walled") && !global.contains("runtime") {
            loaded(&sandbox);
        }
    }
}

#[test]
fn what_is_not_tracked_comes_into_a_clone_of_the_users_only_by_the_user() {
    let project = "clone_include = [\".env\"]";
    let asks = |global: &str, project: &str, overrides: &[Override]| {
        let sandbox = Sandbox::new();
        sandbox.write(GLOBAL, global);
        sandbox.write(PROJECT, project);
        try_load(&sandbox, overrides).is_err()
    };
    assert!(asks("workspace = \"clone\"", project, &[]));
    assert!(asks("", project, &[flag("workspace", "clone")]));
    assert!(!asks("", project, &[]));
    let own_clone = format!("workspace = \"clone\"\n{project}");
    assert!(!asks("", &own_clone, &[]));
    assert!(asks("workspace = \"clone\"", &own_clone, &[]));
    let same = format!("workspace = \"clone\"\n{project}");
    assert!(!asks(&same, project, &[]));
}

#[test]
fn what_a_project_may_set() {
    for text in [
        "custom_base_image = \"ruby:3.3\"",
        "custom_base_dockerfile = \"docker/Dockerfile\"",
        "custom_base_build_args = { A = \"b\" }",
        "custom_base_context = \".\"",
        "custom_base_context = \"docker\"",
        "shm_size = \"1m\"",
        "ulimits = { core = 0 }",
        "devices = []",
        "gpus = 0",
        "base_pull = \"newer\"",
        "opencode_version = \"1.18.33\"",
        "runtime = \"podman\"",
        "network = \"none\"",
        "network = \"filtered\"",
        "network_allow = [\"@npm\"]",
        "network_deny = [\"evil.example\"]",
        "memory = \"64g\"",
        "cpus = 64",
        "pids_limit = 4096",
        "read_only = true",
        "env = { RAILS_ENV = \"test\", DATABASE_HOST = \"db\" }",
        "rgignore_file = \".rgignore\"",
        "data_volumes_mode = \"never\"",
        "workspace = \"clone\"",
        "keys = \"outside\"",
        "clone_include = [\"node_modules\"]",
        "publish_port = false",
        "env_passthrough = []",
        "timezone = \"Europe/Berlin\"",
        "username = \"ann\"",
    ] {
        let sandbox = Sandbox::new();
        let path = sandbox.write(PROJECT, text);
        let key = text.split(' ').next().unwrap();
        assert_eq!(
            loaded(&sandbox).origins.of(key),
            &Origin::ProjectFile(path),
            "{text}"
        );
    }
}

#[test]
fn a_link_in_the_project_does_not_lead_out_of_it() {
    let sandbox = Sandbox::new();
    let secret = sandbox.write("home/.ssh/id_rsa", "hunter2");
    std::os::unix::fs::symlink(&secret, sandbox.host.current_dir.join("rg")).unwrap();
    std::os::unix::fs::symlink(
        secret.parent().unwrap(),
        sandbox.host.current_dir.join("docker"),
    )
    .unwrap();
    for text in [
        "rgignore_file = \"rg\"",
        "custom_base_dockerfile = \"docker/Dockerfile\"",
        "custom_base_context = \"docker\"",
        "custom_base_context = \"docker/none\"",
        "custom_base_context = \"/etc\"",
        "custom_base_context = \"~/.config/ocx\"",
    ] {
        sandbox.write(PROJECT, text);
        assert!(
            matches!(try_load(&sandbox, &[]), Err(SettingsError::Refused { .. })),
            "{text}"
        );
    }
}

#[test]
fn warnings() {
    let mut sandbox = Sandbox::new();
    sandbox.write(GLOBAL, "custom_base_target = \"dev\"\nport = 80\n");
    set(&mut sandbox, "OCX_MEMROY", "1g");
    set(&mut sandbox, "OCX_QQQQQQQQQQQQ", "1");
    set(&mut sandbox, "OCX_TEST_ANYTHING", "1");
    let warnings: Vec<String> = loaded(&sandbox)
        .warnings
        .iter()
        .map(|warning| sandbox.plain(warning))
        .collect();
    assert_snapshot!(warnings.join("\n"), @r#"
    the variable `OCX_MEMROY` is not one of ocx's, did you mean `OCX_MEMORY`?
    the variable `OCX_QQQQQQQQQQQQ` is not one of ocx's
    setting `custom_base_target` in /home/.config/ocx/ocx.toml has no effect: `custom_base_dockerfile` is not set
    setting `port` in /home/.config/ocx/ocx.toml has no effect: `publish_port` is false
    "#);
}

/// The keys of settings that are told to have no effect.
fn without_effect(global: &str) -> Vec<&'static str> {
    let sandbox = Sandbox::new();
    sandbox.write(GLOBAL, global);
    let key = |warning: &SettingsWarning| match warning {
        SettingsWarning::NoEffect { key, .. } => *key,
        other => panic!("{other}"),
    };
    loaded(&sandbox).warnings.iter().map(key).collect()
}

#[test]
fn hosts_have_no_effect_where_a_session_finds_none_by_itself() {
    let hosts =
        "add_hosts = { db = \"10.0.0.5\" }\ndns = \"10.0.0.2\"\ndns_search = \"corp.example\"\n";
    for network in ["none", "host", "filtered", "ask"] {
        let found = without_effect(&format!("network = {network:?}\n{hosts}"));
        assert_eq!(found, ["add_hosts", "dns", "dns_search"], "{network}");
    }
    for network in ["default", "team"] {
        let found = without_effect(&format!("network = {network:?}\n{hosts}"));
        assert_eq!(found, [""; 0], "{network}");
    }
    assert_eq!(without_effect("network = \"none\"\ndns = []\n"), [""; 0]);
    assert_eq!(
        without_effect("custom_base_context = \".\"\n"),
        ["custom_base_context"]
    );
}

#[test]
fn what_is_absurd_of_a_container_is_refused() {
    for (text, part) in [
        ("shm_size = 0", "expected a size above zero"),
        ("shm_size = 64", "found `64`, which is 64 bytes"),
        ("memory = 4", "found `4`, which is 4 bytes"),
        ("memory = \"4096\"", "`4096`, which is 4096 bytes"),
        ("tmp_size = \"1k\"", "`1k`, which is 1024 bytes"),
        ("shm_size = \"unlimited\"", "expected a size above zero"),
        ("shm_size = \"9999999t\"", "expected a size above zero"),
        (
            "memory = \"1g\"\nshm_size = \"2g\"",
            "found `2g`, expected no more than the limit on memory, `1g`",
        ),
        ("ulimits = { nofiles = 1 }", "the limit `nofiles`"),
        ("ulimits = { nofile = \"2:1\" }", "`2:1` for `nofile`"),
        ("ulimits = { nofile = -2 }", "`-2` for `nofile`"),
        ("ulimits = { nofile = 1.5 }", "found `1.5`"),
        ("ulimits = { nofile = true }", "`true` for `nofile`"),
        ("ulimits = 5", "found `5`"),
        (
            "add_hosts = { db.local = \"10.0.0.5\" }",
            "a table for `db`",
        ),
        ("add_hosts = { \"a b\" = \"10.0.0.5\" }", "the host `a b`"),
        ("add_hosts = { db = \"10.0.0\" }", "found `10.0.0`"),
        (
            "add_hosts = { localhost = \"10.0.0.5\" }",
            "the host `localhost`",
        ),
        ("add_hosts = { a = \"::1\", A = \"::1\" }", "twice"),
        ("dns = [\"ns.example\"]", "found `ns.example`"),
        ("dns = [\"127.0.0.53\"]", "a server that sessions reach"),
        ("dns = [\"0.0.0.0\"]", "found `0.0.0.0`"),
        (
            "dns = [\"10.0.0.1\", \"10.0.0.2\", \"10.0.0.3\", \"10.0.0.4\"]",
            "at most 3 servers",
        ),
        ("dns_search = [\"a b\"]", "found `a b`"),
        (
            "path_prepend = [\"bin\"]",
            "absolute paths in the container",
        ),
        (
            "path_prepend = [\"/a/../b\"]",
            "absolute paths in the container",
        ),
        (
            "path_prepend = [\"/a:/b\"]",
            "absolute paths in the container",
        ),
        ("entrypoint = \"yes\"", "one of `none`, `keep`"),
        ("private_paths = [\"../a\"]", "paths inside of the project"),
        ("private_paths = [\".\"]", "paths inside of the project"),
        (
            "private_paths = [\".git\"]",
            "other directories than those of Git",
        ),
        (
            "private_paths = [\"a/.git/b\"]",
            "other directories than those of Git",
        ),
        ("private_paths = [\"a\", \"a/b\"]", "`a` holds it"),
        (
            "cache_paths = \"all\"",
            "expected \"common\", or directories",
        ),
        (
            "cache_paths = [\"/var/cache\"]",
            "directories below the home",
        ),
        ("cache_paths = [\"~\"]", "directories below the home"),
        ("cache_paths = [\"~/a/../b\"]", "directories below the home"),
        ("cache_paths = [\"~/.\"]", "without opencode's own"),
        ("cache_paths = [\"~/.cache\"]", "without opencode's own"),
        ("dns_search = [\".\", \"a\"]", "`.` among other domains"),
        ("devices = [\"/etc/passwd\"]", "found `/etc/passwd`"),
        ("devices = [\"/dev/mem\"]", "the whole machine"),
        ("devices = [\"/dev/kmsg:r\"]", "the whole machine"),
        ("devices = [\"/dev/port\"]", "the whole machine"),
        ("devices = [\"/dev/fd\"]", "leads out of `/dev`"),
        ("devices = [\"/dev/kvm\", \"/dev/kvm:r\"]", "twice"),
        ("gpus = \"some\"", "found `some`"),
        ("gpus = 65", "found `65`"),
        ("gpus = -1", "found `-1`"),
        ("gpus = [\"a,b\"]", "found `a,b`"),
    ] {
        let error = global_error(text);
        let key = text.lines().last().unwrap().split(' ').next().unwrap();
        let place = format!("setting `{key}` in /home/.config/ocx/ocx.toml");
        assert!(error.contains(&place), "{text}: {error}");
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn graphics_cards_are_written_in_each_form() {
    for (text, shown) in [
        ("gpus = \"all\"", "\"all\""),
        ("gpus = 2", "2"),
        ("gpus = 0", "null"),
        ("gpus = []", "null"),
        ("gpus = [0, \"GPU-1a2b\", \"0\"]", "[\"0\",\"GPU-1a2b\"]"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write(GLOBAL, text);
        let settings = loaded(&sandbox).settings;
        let key = Key::find("gpus").unwrap();
        assert_eq!(key.value(&settings).to_string(), shown, "{text}");
    }
    for (text, shown) in [("2", "2"), ("all", "\"all\""), ("[\"1\"]", "[\"1\"]")] {
        let mut sandbox = Sandbox::new();
        set(&mut sandbox, "OCX_GPUS", text);
        let settings = loaded(&sandbox).settings;
        let key = Key::find("gpus").unwrap();
        assert_eq!(key.value(&settings).to_string(), shown, "{text}");
    }
}

#[test]
fn secrets_do_not_show() {
    let mut sandbox = Sandbox::new();
    sandbox.write(GLOBAL, "custom_base_build_args = { A = \"hunter2\" }\n");
    set(&mut sandbox, "OCX_ENV", "{ \"A\": \"hunter2\" }");
    let loaded = loaded(&sandbox);
    assert!(!format!("{loaded:?}").contains("hunter2"));
    assert!(!format!("{:?}", flag("env", "hunter2")).contains("hunter2"));
    let sensitive: Vec<&str> = loaded
        .entries()
        .filter(|entry| entry.key.sensitive)
        .map(|entry| entry.key.name)
        .collect();
    assert_eq!(sensitive, ["custom_base_build_args", "env"]);
}

/// What `ocx config --json` prints can be fed back as a settings file.
#[test]
fn entries_can_be_read_again() {
    let sandbox = Sandbox::new();
    let all: String = KEYS
        .iter()
        .map(|key| format!("{} = {}\n", key.name, key.example))
        .collect();
    sandbox.write(GLOBAL, &all);
    let first = loaded(&sandbox);
    let object: serde_json::Map<_, _> = first
        .entries()
        .map(|entry| (entry.key.name.to_owned(), entry.value))
        .collect();
    std::fs::remove_file(sandbox.top.join(GLOBAL)).unwrap();
    sandbox.write(
        "home/.config/ocx/ocx.json",
        &serde_json::Value::Object(object).to_string(),
    );
    assert_eq!(loaded(&sandbox).settings, first.settings);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_for_any_key_panics(text in "\\PC{0,30}|[\\[{\"'a-z0-9:/.,=\\]} ~-]{0,20}") {
        let sandbox = Sandbox::new();
        let project = sandbox.project();
        for key in &KEYS {
            if let Err(error) = load(&sandbox.host, &project, &[flag(key.name, &text)]) {
                let told = error.to_string();
                prop_assert!(told.contains(key.name), "{told}");
                prop_assert!(!told.contains(char::is_control), "{told:?}");
            }
        }
    }

    #[test]
    fn no_file_panics(text in "\\PC{0,60}|([a-z_]{2,8} = [\\[{\"a-z0-9.\\]}-]{0,12}\n){1,3}") {
        for name in ["ocx.toml", "ocx.json"] {
            let sandbox = Sandbox::new();
            sandbox.write(&format!("home/work/app/{name}"), &text);
            let _ = load(&sandbox.host, &sandbox.project(), &[]);
        }
    }
}

fn fuzz_settings(name: &str, seeds: &[Vec<u8>]) {
    let sandbox = Sandbox::new();
    let path = sandbox.write(&format!("home/work/app/{name}"), "");
    let project = sandbox.project();
    crate::testing::fuzz(seeds, |input| {
        std::fs::write(&path, input).unwrap();
        match load(&sandbox.host, &project, &[]) {
            Ok(loaded) => {
                // They can be shown, and nothing that loosens has slipped in.
                let shown: Vec<_> = loaded.entries().map(|entry| entry.value).collect();
                assert_eq!(shown.len(), KEYS.len());
                let network = loaded.settings.network.of_container();
                assert_ne!(network, &crate::spec::Network::Host);
                assert!(loaded.settings.extra_mounts.is_empty());
            }
            Err(error) => assert!(!error.to_string().contains('\u{1b}'), "{error}"),
        }
    });
}

#[test]
fn fuzz_settings_in_toml() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/settings-toml");
    fuzz_settings("ocx.toml", &crate::testing::corpus(directory));
}

#[test]
fn fuzz_settings_in_json() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/settings-json");
    fuzz_settings("ocx.json", &crate::testing::corpus(directory));
}

#[test]
fn the_size_of_the_machine_limits_a_session_where_nobody_says_otherwise() {
    let mut sandbox = Sandbox::new();
    sandbox.host.memory = Some(8 << 30);
    let settings = |sandbox: &Sandbox| loaded(sandbox).settings;
    let limits = |sandbox: &Sandbox| {
        let settings = settings(sandbox);
        [settings.memory, settings.tmp_size].map(|size| size.map(ByteSize::bytes))
    };
    assert_eq!(limits(&sandbox), [Some(6 << 30), Some(2 << 30)]);
    // A project may not lift that.
    for line in [
        "memory = \"7g\"",
        "memory = 0",
        "tmp_size = \"unlimited\"",
        "tmp_size = \"3g\"",
    ] {
        sandbox.write("home/work/app/ocx.toml", line);
        let project = sandbox.project();
        let layers = Layers::read(&sandbox.host, &project).unwrap();
        assert_eq!(layers.assess().unwrap().pending().len(), 1, "{line}");
    }
    sandbox.write(
        "home/work/app/ocx.toml",
        "memory = \"1g\"\ntmp_size = \"1m\"\n",
    );
    assert_eq!(limits(&sandbox), [Some(1 << 30), Some(1 << 20)]);
    sandbox.write("home/work/app/ocx.toml", "");
    for nothing in ["0", "\"unlimited\"", "\"0\""] {
        let text = format!("memory = {nothing}\ntmp_size = {nothing}\n");
        sandbox.write("home/.config/ocx/ocx.toml", &text);
        assert_eq!(limits(&sandbox), [None, None], "{nothing}");
    }
    sandbox.write("home/.config/ocx/ocx.toml", "pids_limit = \"unlimited\"\n");
    assert_eq!(settings(&sandbox).pids_limit, None);
    // Not every program that links ocx knows the machine.
    sandbox.host.memory = None;
    assert_eq!(limits(&sandbox), [None, None]);
}

#[test]
fn only_who_set_a_limit_is_told_that_they_did() {
    let mut sandbox = Sandbox::new();
    sandbox.host.memory = Some(8 << 30);
    sandbox.write(PROJECT, "memory = \"7g\"\ntmp_size = \"7g\"\n");
    let reasons = |sandbox: &Sandbox| -> Vec<&str> {
        let error = try_load(sandbox, &[]).unwrap_err();
        let reasons = loosenings(&error).iter().map(|loosening| loosening.reason);
        reasons.collect()
    };
    for reason in reasons(&sandbox) {
        assert!(!reason.contains("you have set"), "{reason}");
    }
    // The very values that are ocx's own.
    sandbox.write(GLOBAL, "memory = \"6g\"\ntmp_size = \"2g\"\n");
    let reasons = reasons(&sandbox);
    assert_eq!(reasons.len(), 2);
    for reason in reasons {
        assert!(reason.ends_with("you have set"), "{reason}");
    }
}
