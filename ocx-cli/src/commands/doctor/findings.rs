//! What follows from the facts.

use ocx_core::{
    engines::Trouble,
    ops::in_full,
    runtime::{EngineInfo, EngineMode, EngineName, RuntimeError},
};

use super::facts::{Directory, Engine, Facts, Settings};
use crate::{backends, build_hints, commands::status, hints};

/// The name of the check of engines.
pub(super) const ENGINE: &str = "engine";

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// Less is not enough for opencode beside what it works on.
const LITTLE_MEMORY: u64 = 2 * GIB;
/// opencode's program takes 190 MB, and what is unpacked and packed on the way there as much again.
const LITTLE_DISK: u64 = GIB;
const NO_DISK: u64 = 64 * MIB;

/// 2026-01-01: the certificates of registries are valid later than that.
const EARLIEST: i64 = 1_767_225_600;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Ok,
    Warning,
    Problem,
}

impl Level {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// What one check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) level: Level,
    pub(super) message: String,
    /// What can be done about it, the best first.
    pub(super) remedies: Vec<String>,
}

fn finding(check: &'static str, level: Level, message: impl Into<String>) -> Finding {
    Finding {
        check,
        level,
        message: message.into(),
        remedies: Vec::new(),
    }
}

impl Finding {
    fn remedied_by<T: Into<String>>(mut self, remedies: impl IntoIterator<Item = T>) -> Self {
        self.remedies.extend(remedies.into_iter().map(Into::into));
        self
    }
}

/// All checks, in the order in which they are best put right.
pub(super) fn of(facts: &Facts) -> Vec<Finding> {
    let mut findings = engines(facts);
    findings.push(memory(facts.memory));
    findings.extend(facts.directories.iter().map(disk));
    findings.extend(settings(&facts.settings));
    findings.push(git(facts));
    findings.push(opencode(&facts.opencode));
    findings.push(network(facts));
    findings.extend(registry(facts));
    findings.push(clock(facts));
    findings.push(terminal(facts));
    findings
}

fn engines(facts: &Facts) -> Vec<Finding> {
    let is_meant = |name: &EngineName| facts.named.is_none_or(|named| named == *name);
    let is_usable = |(name, engine): &(EngineName, Engine)| {
        is_meant(name) && matches!(engine, Engine::Answers(info) if can_run(info))
    };
    // What fails beside one that works is no more than odd.
    let level = if facts.engines.iter().any(is_usable) {
        Level::Warning
    } else {
        Level::Problem
    };
    let mut findings = Vec::new();
    for (name, engine) in &facts.engines {
        let level = if is_meant(name) {
            level
        } else {
            Level::Warning
        };
        match engine {
            Engine::NotInstalled => {}
            Engine::Fails(error) => {
                findings.push(failing(level, error));
            }
            Engine::Answers(info) => findings.extend(answering(name, info, level, &facts.user)),
        }
    }
    let is_there = |(name, engine): &(EngineName, Engine)| {
        is_meant(name) && !matches!(engine, Engine::NotInstalled)
    };
    if !facts.engines.iter().any(is_there) {
        let missing = facts.engines.iter().map(|(name, _)| *name).filter(is_meant);
        let missing: Vec<EngineName> = missing.collect();
        let names: Vec<&str> = missing.iter().map(EngineName::as_str).collect();
        let message = format!("not installed: {}", names.join(", "));
        let remedies = missing
            .iter()
            .flat_map(|name| backends::remedies(name, Trouble::NotInstalled));
        findings.push(finding(ENGINE, Level::Problem, message).remedied_by(remedies));
    }
    findings
}

/// Whether sessions can run on such an engine.
fn can_run(info: &EngineInfo) -> bool {
    !info.remote
        && !matches!(
            info.mode,
            EngineMode::UserNamespaceRemap | EngineMode::RootlessSingleId
        )
}

fn failing(level: Level, error: &RuntimeError) -> Finding {
    finding(ENGINE, level, in_full(error)).remedied_by(hints::of_runtime(error))
}

fn answering(name: &EngineName, info: &EngineInfo, level: Level, user: &str) -> Vec<Finding> {
    let mut what = format!("{name} {}, {}", info.version, status::mode(info.mode));
    if info.selinux {
        what += ", with SELinux labels";
    }
    let first = match info.mode {
        EngineMode::RootlessSingleId => finding(
            ENGINE,
            level,
            format!("{what}: `{user}` has no subordinate IDs in /etc/subuid and /etc/subgid"),
        )
        .remedied_by(build_hints::of_missing_subordinate_ids(user)),
        EngineMode::UserNamespaceRemap => finding(
            ENGINE,
            level,
            format!("{what}: nobody in its containers can own your files"),
        )
        .remedied_by([build_hints::WITHOUT_REMAP]),
        _ if info.remote => finding(
            ENGINE,
            level,
            format!("{what}: it runs on another machine, where your files are not"),
        )
        .remedied_by([hints::ON_ANOTHER_MACHINE]),
        _ => finding(ENGINE, Level::Ok, what),
    };
    let mut findings = vec![first];
    let limits = [
        ("memory", info.limits.memory),
        ("processors", info.limits.cpus),
        ("processes", info.limits.pids),
    ];
    let unlimited = limits.iter().filter(|(_, is_there)| !is_there);
    let unlimited: Vec<&str> = unlimited.map(|(what, _)| *what).collect();
    if !unlimited.is_empty() {
        let message = format!("{name} cannot limit {}", unlimited.join(", "));
        findings.push(
            finding("limits", Level::Warning, message).remedied_by([
                "a rootless engine needs the control groups delegated to you: https://rootlesscontaine.rs/getting-started/common/cgroup2/",
            ]),
        );
    }
    if !info.seccomp {
        let message = format!("{name} does not filter system calls (seccomp)");
        findings.push(finding("seccomp", Level::Warning, message));
    }
    if info.copies_images {
        let message = format!(
            "{name} copies each image's files for each container (storage driver vfs), which is slow and takes room"
        );
        findings.push(finding("storage", Level::Warning, message));
    }
    findings
}

fn memory(memory: Option<u64>) -> Finding {
    let Some(memory) = memory else {
        return finding("memory", Level::Ok, "the machine does not tell its size");
    };
    let level = if memory < LITTLE_MEMORY {
        Level::Warning
    } else {
        Level::Ok
    };
    let size = size(memory);
    match level {
        Level::Ok => finding("memory", level, size),
        _ => finding(
            "memory",
            level,
            format!("{size}, which is little for opencode"),
        ),
    }
}

fn disk(directory: &Directory) -> Finding {
    let (check, path) = (directory.check, &directory.path);
    if !directory.is_writable {
        return finding(
            check,
            Level::Problem,
            format!("{path} cannot be written to"),
        )
        .remedied_by(["it has to be yours, with mode 700"]);
    }
    let Some(free) = directory.free else {
        return finding(check, Level::Ok, path.as_str());
    };
    let level = match free {
        ..NO_DISK => Level::Problem,
        NO_DISK..LITTLE_DISK => Level::Warning,
        _ => Level::Ok,
    };
    let found = finding(check, level, format!("{path}, {} free", size(free)));
    match level {
        Level::Ok => found,
        _ => found.remedied_by(["make room on that disk"]),
    }
}

fn settings(settings: &Settings) -> Vec<Finding> {
    const CHECK: &str = "settings";
    match settings {
        Settings::Wrong { message, hints } => {
            vec![finding(CHECK, Level::Problem, message).remedied_by(hints.iter().cloned())]
        }
        Settings::NoProject(reason) => {
            vec![finding(
                CHECK,
                Level::Ok,
                format!("no project here: {reason}"),
            )]
        }
        Settings::Read { files, warnings } => {
            let files: Vec<&str> = files.iter().map(|file| file.as_str()).collect();
            let message = if files.is_empty() {
                "no files, so the defaults".to_owned()
            } else {
                files.join(", ")
            };
            let warnings = warnings
                .iter()
                .map(|warning| finding(CHECK, Level::Warning, warning));
            [finding(CHECK, Level::Ok, message)]
                .into_iter()
                .chain(warnings)
                .collect()
        }
    }
}

fn git(facts: &Facts) -> Finding {
    match &facts.git {
        Some(path) => finding("git", Level::Ok, path.as_str()),
        None => finding(
            "git",
            Level::Warning,
            "not installed: sessions do not know your name and address, and `workspace = \"clone\"` does not work",
        )
        .remedied_by(["install git"]),
    }
}

fn opencode(versions: &[String]) -> Finding {
    let message = if versions.is_empty() {
        "none is kept; `ocx build` or the first session fetches one".to_owned()
    } else {
        format!("kept for builds: {}", versions.join(", "))
    };
    finding("opencode", Level::Ok, message)
}

/// Of variables only the names are shown: a proxy's address may have a password in it.
fn network(facts: &Facts) -> Finding {
    let seen = if facts.variables.is_empty() {
        "no proxies".to_owned()
    } else {
        format!("set: {}", facts.variables.join(", "))
    };
    match &facts.ca_bundle {
        Some(bundle) => finding(
            "network",
            Level::Ok,
            format!("{seen}; authorities: {bundle}"),
        ),
        None => finding(
            "network",
            Level::Warning,
            format!("{seen}; no bundle of certificate authorities was found"),
        )
        .remedied_by(["install the package ca-certificates"]),
    }
}

/// A warning only: sessions need it for the first build and for newer versions.
fn registry(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "registry";
    let answer = facts.registry.as_ref()?;
    let address = &answer.address;
    let why = match &answer.newest {
        Ok(newest) => {
            let message = format!("{address} has opencode {newest}");
            return Some(finding(CHECK, Level::Ok, message));
        }
        Err(why) => why,
    };
    let proxies = match facts.variables.is_empty() {
        true => "if this machine needs a proxy, set HTTPS_PROXY",
        false => {
            "look at the variables that are set for the network: the proxy may be the one that fails"
        }
    };
    let message = format!("{address} cannot be asked for versions of opencode: {why}");
    Some(finding(CHECK, Level::Warning, message).remedied_by([
        proxies,
        "if it is about a certificate, let this system trust your company's authority: `ocx help companies`",
    ]))
}

fn clock(facts: &Facts) -> Finding {
    let message = facts.now.to_string();
    if facts.now.as_second() < EARLIEST {
        let message = format!("{message} is past, so that no certificate is valid yet");
        return finding("clock", Level::Problem, message).remedied_by(["set the clock"]);
    }
    finding("clock", Level::Ok, message)
}

fn terminal(facts: &Facts) -> Finding {
    const CHECK: &str = "terminal";
    if !facts.terminals.stdin || !facts.terminals.stdout {
        let message = "none: `ocx opencode` needs one for its screen, `ocx run` does not";
        return finding(CHECK, Level::Ok, message);
    }
    match facts.term.as_deref() {
        None | Some("dumb") => finding(
            CHECK,
            Level::Warning,
            "the variable TERM does not say what it can do, so opencode's screen may look odd",
        )
        .remedied_by(["`export TERM=xterm-256color`"]),
        Some(term) => finding(CHECK, Level::Ok, term),
    }
}

/// A number of bytes for people.
fn size(bytes: u64) -> String {
    if bytes < GIB {
        format!("{} MiB", bytes / MIB)
    } else {
        let tenths = bytes / (GIB / 10);
        format!("{}.{} GiB", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use ocx_core::host::Terminals;

    use super::{super::registry::Answer, *};

    fn name(name: &str) -> EngineName {
        name.parse().unwrap()
    }

    fn info(mode: EngineMode) -> EngineInfo {
        let mut info = EngineInfo::new("5.4.2".to_owned(), mode, "amd64".to_owned());
        info.seccomp = true;
        info.limits.memory = true;
        info.limits.cpus = true;
        info.limits.pids = true;
        info
    }

    fn hangs() -> Engine {
        Engine::Fails(RuntimeError::NotInstalled {
            program: "docker".into(),
        })
    }

    /// A machine on which all is well.
    fn healthy() -> Facts {
        Facts {
            engines: vec![
                (name("docker"), Engine::NotInstalled),
                (
                    name("podman"),
                    Engine::Answers(info(EngineMode::RootlessKeepId)),
                ),
            ],
            named: None,
            user: "jane".to_owned(),
            memory: Some(8 * GIB),
            directories: vec![Directory {
                check: "cache",
                path: "/home/jane/.cache/ocx".into(),
                is_writable: true,
                free: Some(20 * GIB),
            }],
            settings: Settings::Read {
                files: vec!["/home/jane/.config/ocx/ocx.toml".into()],
                warnings: Vec::new(),
            },
            git: Some("/usr/bin/git".into()),
            opencode: vec!["1.18.33".to_owned()],
            registry: Some(Answer {
                address: "https://registry.example".to_owned(),
                newest: Ok("1.18.34".to_owned()),
            }),
            variables: vec!["HTTPS_PROXY"],
            ca_bundle: Some("/etc/ssl/certs/ca-certificates.crt".into()),
            now: Timestamp::from_second(EARLIEST + 1_000_000).unwrap(),
            terminals: Terminals {
                stdin: true,
                stdout: true,
                stderr: true,
            },
            term: Some("xterm".to_owned()),
        }
    }

    /// What is not all right, as `LEVEL CHECK: MESSAGE`.
    fn odd(facts: &Facts) -> Vec<String> {
        of(facts)
            .iter()
            .filter(|finding| finding.level > Level::Ok)
            .map(|found| format!("{} {}: {}", found.level.word(), found.check, found.message))
            .collect()
    }

    fn only_odd(facts: &Facts) -> String {
        let odd = odd(facts);
        assert_eq!(odd.len(), 1, "{odd:#?}");
        odd[0].clone()
    }

    #[test]
    fn a_healthy_machine() {
        let findings = of(&healthy());
        assert!(findings.iter().all(|found| found.level == Level::Ok));
        assert!(findings.iter().all(|found| found.remedies.is_empty()));
        assert_eq!(findings[0].message, "podman 5.4.2, rootless");
        let mut facts = healthy();
        let mut labels = info(EngineMode::RootlessKeepId);
        labels.selinux = true;
        facts.engines[1].1 = Engine::Answers(labels);
        assert!(of(&facts)[0].message.ends_with(", with SELinux labels"));
    }

    #[test]
    fn engines_that_are_not_there_or_do_not_answer() {
        let mut facts = healthy();
        facts.engines[1].1 = Engine::NotInstalled;
        assert_eq!(
            only_odd(&facts),
            "problem engine: not installed: docker, podman"
        );
        assert!(!of(&facts)[0].remedies.is_empty());
        // The settings name one, and the other does not help.
        let mut facts = healthy();
        facts.named = Some(name("docker"));
        assert_eq!(only_odd(&facts), "problem engine: not installed: docker");
        // One that fails is a problem, unless another one works.
        facts.engines[0].1 = hangs();
        assert!(only_odd(&facts).starts_with("problem engine: "));
        facts.named = None;
        assert!(only_odd(&facts).starts_with("warning engine: "));
    }

    #[test]
    fn engines_on_which_no_session_runs() {
        for mode in [EngineMode::RootlessSingleId, EngineMode::UserNamespaceRemap] {
            let mut facts = healthy();
            facts.engines[1].1 = Engine::Answers(info(mode));
            assert!(only_odd(&facts).starts_with("problem engine: podman 5.4.2"));
            assert!(!of(&facts)[0].remedies.is_empty());
        }
        let mut facts = healthy();
        let mut remote = info(EngineMode::Rootful);
        remote.remote = true;
        facts.engines[1].1 = Engine::Answers(remote);
        assert!(only_odd(&facts).contains("another machine"));
    }

    #[test]
    fn what_an_engine_cannot_do_is_a_warning() {
        let mut facts = healthy();
        let bare = EngineInfo::new("4.0".to_owned(), EngineMode::Rootful, "amd64".to_owned());
        facts.engines[1].1 = Engine::Answers(bare);
        assert_eq!(
            odd(&facts),
            [
                "warning limits: podman cannot limit memory, processors, processes",
                "warning seccomp: podman does not filter system calls (seccomp)",
            ]
        );
    }

    #[test]
    fn the_rest_of_the_machine() {
        let with = |change: &dyn Fn(&mut Facts)| {
            let mut facts = healthy();
            change(&mut facts);
            only_odd(&facts)
        };
        assert!(with(&|facts| facts.memory = Some(GIB)).starts_with("warning memory: 1.0 GiB"));
        let disk = |free| with(&move |facts: &mut Facts| facts.directories[0].free = Some(free));
        assert!(disk(500 * MIB).starts_with("warning cache: "));
        assert!(disk(MIB).starts_with("problem cache: "));
        let closed = with(&|facts| facts.directories[0].is_writable = false);
        assert!(closed.starts_with("problem cache: "));
        let wrong = with(&|facts| {
            facts.settings = Settings::Wrong {
                message: "unknown setting".to_owned(),
                hints: Vec::new(),
            };
        });
        assert_eq!(wrong, "problem settings: unknown setting");
        assert!(with(&|facts| facts.git = None).starts_with("warning git: "));
        assert!(with(&|facts| facts.ca_bundle = None).starts_with("warning network: "));
        let silent = with(&|facts| {
            let registry = facts.registry.as_mut().unwrap();
            registry.newest = Err("no route".to_owned());
        });
        assert_eq!(
            silent,
            "warning registry: https://registry.example cannot be asked for versions of opencode: no route"
        );
        let early = with(&|facts| facts.now = Timestamp::UNIX_EPOCH);
        assert!(early.starts_with("problem clock: 1970-01-01"));
        assert!(with(&|facts| facts.term = None).starts_with("warning terminal: "));
        let mut facts = healthy();
        facts.settings = Settings::NoProject("/ cannot be a project".to_owned());
        facts.terminals.stdin = false;
        assert!(odd(&facts).is_empty());
    }
}
