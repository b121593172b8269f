//! What a machine has and has not, looked at once.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use ocx_core::{
    engines::Connection,
    host::{Host, Terminals},
    ops::in_full,
    project::{self, ProjectError},
    runtime::{EngineInfo, EngineName, RuntimeError},
    settings::{EditError, RuntimeChoice, SettingsEdit},
};
use rustix::fs::{Access, access, statvfs};

use super::registry;
use crate::{args::GlobalArgs, backends, context::Context, failure::Failure, hints};

/// The facts that the findings follow from.
pub(super) struct Facts {
    /// The engines that ocx knows, the one that is preferred first.
    pub(super) engines: Vec<(EngineName, Engine)>,
    /// The engine that the settings name.
    pub(super) named: Option<EngineName>,
    pub(super) user: String,
    /// Size of the memory in bytes.
    pub(super) memory: Option<u64>,
    pub(super) directories: Vec<Directory>,
    pub(super) settings: Settings,
    pub(super) git: Option<Utf8PathBuf>,
    /// Versions of opencode that are kept.
    pub(super) opencode: Vec<String>,
    /// What the registry of opencode said; `None` if the settings do not tell which it is.
    pub(super) registry: Option<registry::Answer>,
    /// Names of the variables about proxies and authorities that are set.
    pub(super) variables: Vec<&'static str>,
    pub(super) ca_bundle: Option<Utf8PathBuf>,
    pub(super) now: Timestamp,
    pub(super) terminals: Terminals,
    /// The variable `TERM`.
    pub(super) term: Option<String>,
}

/// An engine that ocx knows.
pub(super) enum Engine {
    NotInstalled,
    Answers(EngineInfo),
    Fails(RuntimeError),
}

/// A directory of ocx's, which need not be there yet.
pub(super) struct Directory {
    pub(super) check: &'static str,
    pub(super) path: Utf8PathBuf,
    pub(super) is_writable: bool,
    /// Bytes that are free on its disk.
    pub(super) free: Option<u64>,
}

/// What became of the settings.
pub(super) enum Settings {
    /// The files that were read, and what is odd about them.
    Read {
        files: Vec<Utf8PathBuf>,
        warnings: Vec<String>,
    },
    /// There is no project here, for this reason, and nothing is wrong with the user's own settings.
    NoProject(String),
    Wrong {
        message: String,
        hints: Vec<String>,
    },
}

/// Variables that decide how ocx reaches the network, and whom it trusts there.
const VARIABLES: [&str; 11] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
];

impl Facts {
    /// Looks at the machine. Whatever cannot be told is a fact, too.
    pub(super) async fn gather(global: &GlobalArgs, host: Host) -> Self {
        let mut registry = None;
        let (host, named, settings) = match Context::if_there_is_one(global) {
            Ok(context) => {
                registry = Some(registry::ask(&context.host, &context.loaded.settings).await);
                let named = match context.loaded.settings.runtime {
                    RuntimeChoice::Named(name) => Some(name),
                    RuntimeChoice::Auto => None,
                };
                let files = context.loaded.files.into_iter().map(|file| file.path);
                let project = context.project.warnings.iter().map(ToString::to_string);
                let loaded = context.loaded.warnings.iter().map(ToString::to_string);
                let settings = Settings::Read {
                    files: files.collect(),
                    warnings: project.chain(loaded).collect(),
                };
                (context.host, named, settings)
            }
            Err(failure) => {
                let host = without_programs_of_the_project(global, &host);
                let settings = without_project(&host, &failure);
                (host, None, settings)
            }
        };
        let mut engines = Vec::new();
        for backend in backends::all() {
            let engine = match backend.find(&host) {
                None => Engine::NotInstalled,
                Some(found) => match found.connect(Connection::default()).engine_info().await {
                    Ok(info) => Engine::Answers(info),
                    Err(error) => Engine::Fails(error),
                },
            };
            engines.push((backend.name(), engine));
        }
        let is_set = |name: &&str| host.variable(name).is_some();
        let dirs = &host.dirs;
        Self {
            engines,
            named,
            user: host.user.name.clone(),
            memory: host.memory,
            directories: vec![
                directory("cache", &dirs.cache),
                directory("state", &dirs.state),
                directory("data", &dirs.data),
            ],
            settings,
            git: host.find_program("git"),
            opencode: names_in(&dirs.cache.join("opencode")),
            registry,
            variables: VARIABLES.into_iter().filter(is_set).collect(),
            ca_bundle: host.ca_bundle.clone(),
            now: Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default(),
            terminals: host.terminals,
            term: host.variable("TERM").map(str::to_owned),
        }
    }
}

/// The settings of a project may be wrong because a session made them so, and then its programs are none
/// to run either.
pub(in crate::commands) fn without_programs_of_the_project(
    global: &GlobalArgs,
    host: &Host,
) -> Host {
    let root = |explicit: Option<&Utf8Path>| match project::discover(host, explicit) {
        Ok(project) => Some(project.root),
        // A link that leads nowhere is as good for that as a second file.
        Err(
            ProjectError::TwoConfigFiles { toml: path, .. }
            | ProjectError::ForeignConfigFile { path, .. }
            | ProjectError::Unreadable { path, .. },
        ) => path.parent().map(Utf8Path::to_owned),
        // Then no session has run there.
        Err(_) => None,
    };
    let roots = [root(global.workspace.as_deref()), root(None)];
    let roots: Vec<&Utf8Path> = roots.iter().flatten().map(Utf8PathBuf::as_path).collect();
    host.clone().without_programs_in(&roots)
}

/// What is known of the settings if they could not be loaded for a project.
fn without_project(host: &Host, failure: &Failure) -> Settings {
    let wrong = |failure: &Failure| Settings::Wrong {
        message: in_full(failure),
        hints: hints::of(failure),
    };
    let Failure::Project(ProjectError::Refused { .. }) = failure else {
        return wrong(failure);
    };
    let own = SettingsEdit::of_user(host).and_then(|own| own.check(host));
    match own {
        // JSON is not changed, and so not checked here.
        Ok(_) | Err(EditError::Json { .. }) => Settings::NoProject(failure.to_string()),
        Err(error) => wrong(&error.into()),
    }
}

fn directory(check: &'static str, path: &Utf8Path) -> Directory {
    let there = path.ancestors().find(|ancestor| ancestor.exists());
    let there = there.unwrap_or(path);
    Directory {
        check,
        path: path.to_owned(),
        is_writable: access(there.as_std_path(), Access::WRITE_OK).is_ok(),
        free: statvfs(there.as_std_path())
            .ok()
            .map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
    }
}

/// The names in a directory, in order; none if it cannot be read.
fn names_in(path: &Utf8Path) -> Vec<String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    names.sort();
    names
}
