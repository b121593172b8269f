//! Whose work files are, through sessions, edits and approvals, with files in a temporary directory.

use std::{fs, os::unix::fs::symlink};

use super::*;
use crate::{
    project::{Project, sandbox::Sandbox},
    settings::{Approvals, Layers, Settings},
};

const ALL: [Purpose; 3] = [Purpose::Settings, Purpose::Build, Purpose::Opencode];
const DOCKERFILE: &str = "docker/Dockerfile";

/// A project with settings, a Dockerfile and a file beside it.
struct World {
    sandbox: Sandbox,
}

impl World {
    fn new() -> Self {
        let world = Self::bare();
        world.write(
            "ocx.toml",
            "custom_base_dockerfile = \"docker/Dockerfile\"\n",
        );
        world.write(DOCKERFILE, "FROM debian\nCOPY run.sh /\n");
        world.write("docker/run.sh", "echo\n");
        world
    }

    fn bare() -> Self {
        Self {
            sandbox: Sandbox::new(),
        }
    }

    fn path(&self, path: &str) -> camino::Utf8PathBuf {
        self.sandbox.host.current_dir.join(path)
    }

    fn write(&self, path: &str, text: &str) {
        self.sandbox.write(&format!("home/work/app/{path}"), text);
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    fn project(&self) -> Project {
        self.sandbox.project()
    }

    fn settings(&self) -> Settings {
        let layers = Layers::read(&self.sandbox.host, &self.project()).unwrap();
        layers.resolve(&Approvals::everything()).unwrap().settings
    }

    fn sources(&self) -> Sources {
        Sources::of(&self.sandbox.host, &self.project(), &self.settings())
    }

    fn trust(&self) -> Trust {
        Trust::open(&self.sandbox.host, &self.project()).unwrap()
    }

    fn begin(&self, session: &str) {
        self.trust().begin(session, &self.sources()).unwrap();
    }

    fn end(&self, session: &str) {
        self.trust().end(session, &self.sources()).unwrap();
    }

    /// A session in which the agent does something.
    fn session(&self, agent: impl FnOnce(&Self)) {
        self.begin("s");
        agent(self);
        self.end("s");
    }

    fn verdict(&self) -> Verdict {
        let trust = self.trust();
        trust.verdict(&trust.take(&self.sources()), &ALL)
    }

    fn accept(&self) {
        let mut trust = self.trust();
        let now = trust.take(&self.sources());
        trust.accept(&now, &ALL, None, Extent::ThisContent).unwrap();
    }

    /// The files that an agent made, relative to the project.
    #[track_caller]
    fn agent_made(&self) -> Vec<(String, ChangeKind)> {
        match self.verdict() {
            Verdict::AgentMade(changes) => changes
                .iter()
                .map(|change| {
                    let path = change.path.strip_prefix(self.path("")).unwrap();
                    (path.to_string(), change.kind())
                })
                .collect(),
            verdict => panic!("{verdict:?}"),
        }
    }

    #[track_caller]
    fn assert_agent_made(&self, paths: &[&str]) {
        let made: Vec<String> = self
            .agent_made()
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        assert_eq!(made, paths);
    }
}

#[test]
fn a_fresh_clone_is_untrusted_until_somebody_agrees() {
    let world = World::new();
    assert_eq!(world.verdict(), Verdict::Untrusted);
    assert_eq!(world.trust().standing(), None);
    world.accept();
    assert_eq!(world.verdict(), Verdict::Known);
    // What is pulled or edited later is the user's own.
    world.write(DOCKERFILE, "FROM debian:13\n");
    assert_eq!(world.verdict(), Verdict::UsersOwn);
    world.trust().revoke().unwrap();
    assert_eq!(world.verdict(), Verdict::Untrusted);
}

#[test]
fn a_project_with_nothing_to_build_asks_for_no_trust() {
    let world = World::bare();
    assert_eq!(world.verdict(), Verdict::UsersOwn);
    world.write("ocx.toml", "memory = \"1g\"\n");
    assert_eq!(world.verdict(), Verdict::UsersOwn);
}

#[test]
fn what_an_agent_changes_is_its_own_until_it_is_accepted() {
    let world = World::new();
    world.accept();
    world.session(|world| world.write(DOCKERFILE, "FROM evil\n"));
    world.assert_agent_made(&[DOCKERFILE]);
    // Something else changes, by another agent or by the user.
    world.session(|world| world.write("src/main.rs", "fn main() {}"));
    world.write("docker/run.sh", "mine\n");
    world.assert_agent_made(&[DOCKERFILE]);
    world.write(DOCKERFILE, "FROM evil\n# with a comment of the user's\n");
    world.assert_agent_made(&[DOCKERFILE]);
    world.accept();
    assert_eq!(world.verdict(), Verdict::Known);
    world.session(|_| {});
    assert_eq!(world.verdict(), Verdict::Known);
}

#[test]
fn what_is_again_as_it_was_is_nobodys() {
    let world = World::new();
    world.accept();
    world.session(|world| {
        world.write(DOCKERFILE, "FROM evil\n");
        world.write("docker/more.sh", "x");
        world.remove("docker/run.sh");
    });
    assert_eq!(
        world.agent_made(),
        [
            (DOCKERFILE.to_owned(), ChangeKind::Changed),
            ("docker/more.sh".to_owned(), ChangeKind::Added),
            ("docker/run.sh".to_owned(), ChangeKind::Removed),
        ]
    );
    world.write(DOCKERFILE, "FROM debian\nCOPY run.sh /\n");
    world.write("docker/run.sh", "echo\n");
    world.assert_agent_made(&["docker/more.sh"]);
    world.remove("docker/more.sh");
    assert_eq!(world.verdict(), Verdict::Known);
    // Within a session as well: a branch and back.
    world.session(|world| {
        world.write(DOCKERFILE, "FROM other\n");
        world.write(DOCKERFILE, "FROM debian\nCOPY run.sh /\n");
    });
    assert_eq!(world.verdict(), Verdict::Known);
}

#[test]
fn a_directory_that_is_put_back_is_nobodys() {
    let world = World::new();
    world.accept();
    world.session(|world| {
        fs::rename(world.path("docker"), world.path("elsewhere")).unwrap();
        symlink("elsewhere", world.path("docker")).unwrap();
        world.write("elsewhere/Dockerfile", "FROM evil\n");
    });
    assert!(!world.agent_made().is_empty());
    // Put back as it was, by a user who writes it anew.
    world.remove("docker");
    world.write(DOCKERFILE, "FROM debian\nCOPY run.sh /\n");
    world.write("docker/run.sh", "echo\n");
    assert_eq!(world.verdict(), Verdict::Known);
    // Then the session's end is forgotten with the next one.
    world.session(|_| {});
    assert_eq!(world.verdict(), Verdict::Known);
}

#[test]
fn a_user_who_edits_is_never_asked() {
    let world = World::bare();
    for round in 0..4 {
        world.session(|world| world.write("src/main.rs", &format!("fn main() {{ {round} }}")));
        // The kernel's clock ticks.
        std::thread::sleep(std::time::Duration::from_millis(25));
        match round {
            0 => world.write("ocx.toml", "memory = \"1g\"\n"),
            1 => {
                world.write(DOCKERFILE, "FROM debian\n");
                world.write(
                    "ocx.toml",
                    "custom_base_dockerfile = \"docker/Dockerfile\"\n",
                );
                assert_eq!(world.verdict(), Verdict::Untrusted);
                world.accept();
            }
            2 => world.write("docker/new.sh", "x"),
            _ => world.write(DOCKERFILE, "FROM debian:13\n"),
        }
        let verdict = world.verdict();
        assert!(
            matches!(verdict, Verdict::UsersOwn | Verdict::Known),
            "{round}: {verdict:?}"
        );
    }
}

#[test]
fn an_agent_may_begin_with_nothing() {
    let world = World::bare();
    world.session(|world| {
        world.write(DOCKERFILE, "FROM evil\n");
        world.write(
            "ocx.toml",
            "custom_base_dockerfile = \"docker/Dockerfile\"\n",
        );
    });
    // The Dockerfile was not spoken of when the session began.
    world.assert_agent_made(&[DOCKERFILE, "ocx.toml"]);
}

#[test]
fn an_end_may_know_no_more_than_the_beginning() {
    let world = World::bare();
    world.begin("s");
    world.write(DOCKERFILE, "FROM evil\n");
    world.write(
        "ocx.toml",
        "custom_base_dockerfile = \"docker/Dockerfile\"\n",
    );
    // Settings that an agent has made unreadable are no settings to ask for sources.
    world.trust().end("s", &Sources::default()).unwrap();
    world.assert_agent_made(&[DOCKERFILE, "ocx.toml"]);
}

#[test]
fn what_nobody_looked_at_then_is_told_by_its_times() {
    let world = World::bare();
    world.write("docker/old/Dockerfile", "FROM old\n");
    world.write("elsewhere/Dockerfile", "FROM evil\n");
    world.write("elsewhere/deep/er/Dockerfile", "FROM evil\n");
    std::thread::sleep(std::time::Duration::from_millis(50));
    world.session(|world| {
        world.write("made/Dockerfile", "FROM evil\n");
        fs::rename(world.path("elsewhere"), world.path("moved")).unwrap();
    });
    std::thread::sleep(std::time::Duration::from_millis(50));
    world.accept();
    for (path, is_agents) in [
        ("docker/old/Dockerfile", false),
        ("made/Dockerfile", true),
        ("moved/Dockerfile", true),
        ("moved/deep/er/Dockerfile", true),
    ] {
        world.write(
            "ocx.toml",
            &format!("custom_base_dockerfile = \"{path}\"\n"),
        );
        let verdict = world.verdict();
        let found = matches!(verdict, Verdict::AgentMade(_));
        assert_eq!(found, is_agents, "{path}: {verdict:?}");
    }
    world.accept();
    assert_eq!(world.verdict(), Verdict::Known);
}

#[test]
fn a_session_without_an_end_counts_as_running() {
    let world = World::new();
    world.accept();
    world.begin("killed");
    world.write(DOCKERFILE, "FROM evil\n");
    world.assert_agent_made(&[DOCKERFILE]);
    assert_eq!(world.trust().running().collect::<Vec<_>>(), ["killed"]);
    // What is accepted meanwhile is accepted, and what comes then is not.
    world.accept();
    assert_eq!(world.verdict(), Verdict::Known);
    world.write(DOCKERFILE, "FROM worse\n");
    world.assert_agent_made(&[DOCKERFILE]);
    world.end("killed");
    assert_eq!(world.trust().running().count(), 0);
    world.assert_agent_made(&[DOCKERFILE]);
    // A second end changes nothing.
    world.end("killed");
    world.assert_agent_made(&[DOCKERFILE]);
}

#[test]
fn sessions_side_by_side() {
    let world = World::new();
    world.accept();
    world.begin("one");
    world.write("docker/run.sh", "evil\n");
    world.begin("two");
    world.write(DOCKERFILE, "FROM evil\n");
    world.end("one");
    world.assert_agent_made(&[DOCKERFILE, "docker/run.sh"]);
    world.end("two");
    world.assert_agent_made(&[DOCKERFILE, "docker/run.sh"]);
    world.write("docker/run.sh", "echo\n");
    world.assert_agent_made(&[DOCKERFILE]);
}

#[test]
fn links_count_with_what_they_lead_to() {
    let world = World::new();
    world.write("conf/real.toml", "memory = \"1g\"\n");
    world.remove("ocx.toml");
    symlink("conf/real.toml", world.path("ocx.toml")).unwrap();
    world.accept();
    world.session(|world| world.write("conf/real.toml", "memory = \"2g\"\n"));
    world.assert_agent_made(&["conf/real.toml"]);
    world.accept();
    world.write("conf/other.toml", "memory = \"2g\"\n");
    world.session(|world| {
        world.remove("ocx.toml");
        symlink("conf/other.toml", world.path("ocx.toml")).unwrap();
    });
    assert!(
        world
            .agent_made()
            .iter()
            .any(|(path, _)| path == "ocx.toml")
    );
    // A directory on the way.
    let world = World::new();
    fs::rename(world.path("docker"), world.path("real")).unwrap();
    symlink("real", world.path("docker")).unwrap();
    world.accept();
    world.session(|world| world.write("real/Dockerfile", "FROM evil\n"));
    assert!(
        world
            .agent_made()
            .iter()
            .any(|(path, _)| path.ends_with("/Dockerfile"))
    );
}

#[test]
fn modes_and_odd_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    world.accept();
    world.session(|world| {
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(world.path("docker/run.sh"), mode).unwrap();
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            world.path("docker/pipe").as_std_path(),
            0o644.into(),
        )
        .unwrap();
        use std::os::unix::ffi::OsStrExt as _;
        let odd = std::ffi::OsStr::from_bytes(b"\xff");
        fs::write(world.path("docker").as_std_path().join(odd), "x").unwrap();
    });
    world.assert_agent_made(&["docker", "docker/pipe", "docker/run.sh"]);
}

#[test]
fn what_a_builder_does_not_get_does_not_count() {
    let world = World::new();
    world.write("docker/.dockerignore", "logs\n");
    world.accept();
    world.session(|world| world.write("docker/logs/x", "x"));
    assert_eq!(world.verdict(), Verdict::Known);
    world.session(|world| world.write("docker/.dockerignore", ""));
    let made = world.agent_made();
    assert!(made.iter().any(|(path, _)| path == "docker/.dockerignore"));
    // Podman would read another one.
    let world = World::new();
    world.write("docker/.dockerignore", "logs\n");
    world.write("docker/.containerignore", "\n");
    world.accept();
    world.session(|world| world.write("docker/logs/x", "x"));
    world.assert_agent_made(&["docker/logs", "docker/logs/x"]);
}

#[test]
fn env_files_and_opencodes_own_settings_count() {
    let world = World::new();
    world.write("ocx.toml", "env_file = \".env\"\n");
    world.write(".env", "A=1\n");
    world.accept();
    world.session(|world| {
        world.write(".env", "LD_PRELOAD=x\n");
        world.write(".opencode/plugin/x.js", "evil()");
        world.write("opencode.json", "{}");
    });
    world.assert_agent_made(&[
        ".env",
        ".opencode/plugin",
        ".opencode/plugin/x.js",
        "opencode.json",
    ]);
    let trust = world.trust();
    let now = trust.take(&world.sources());
    let of = |purpose| match trust.verdict(&now, &[purpose]) {
        Verdict::AgentMade(changes) => changes.len(),
        _ => 0,
    };
    assert_eq!(ALL.map(of), [1, 0, 3]);
    // No text of a file that may hold secrets is kept.
    assert_eq!(trust.known_text(&world.path(".env")), None);
    assert_eq!(
        trust.known_text(&world.path("ocx.toml")),
        Some("env_file = \".env\"\n")
    );
}

#[test]
fn many_files_are_told_together() {
    let world = World::new();
    world.accept();
    world.session(|world| {
        for number in 0..600 {
            world.write(&format!("docker/many/{number}"), "x");
        }
    });
    world.assert_agent_made(&["docker"]);
    world.accept();
    assert_eq!(world.verdict(), Verdict::Known);
}

#[test]
fn a_user_of_the_whole_project_is_asked_for_what_agents_make() {
    let world = World::new();
    let mut trust = world.trust();
    let now = trust.take(&world.sources());
    trust.accept(&now, &ALL, None, Extent::ThisProject).unwrap();
    let approvals = |world: &World| {
        let trust = world.trust();
        trust.approvals(&trust.take(&world.sources()))
    };
    world.write("ocx.toml", "network = \"host\"\n");
    assert_eq!(approvals(&world), Approvals::everything());
    world.session(|world| world.write("ocx.toml", "publish_port = true\n"));
    assert_eq!(approvals(&world), Approvals::none());
    // Exactly that can be approved.
    let layers = Layers::read(&world.sandbox.host, &world.project()).unwrap();
    let content = layers.assess().unwrap().hash().unwrap();
    let mut trust = world.trust();
    let now = trust.take(&world.sources());
    let none: [Purpose; 0] = [];
    trust
        .accept(&now, &none, Some(content.clone()), Extent::ThisContent)
        .unwrap();
    assert_eq!(approvals(&world), Approvals::none().with(content));
}

#[test]
fn damage_means_that_nothing_is_trusted() {
    let world = World::new();
    world.write("ocx.toml", "memory = \"1g\"\n");
    world.accept();
    let project = world.project();
    let record = world
        .sandbox
        .host
        .dirs
        .data
        .join(format!("trust/{}.json", project.id));
    use std::os::unix::fs::MetadataExt as _;
    assert_eq!(fs::metadata(&record).unwrap().mode() & 0o7777, 0o600);
    for damage in ["", "{", "[]", "{\"root\": 7}", "{\"root\": \"/elsewhere\"}"] {
        fs::write(&record, damage).unwrap();
        // Even of settings nobody knows whether an agent made them.
        assert_eq!(world.verdict(), Verdict::Untrusted, "{damage}");
        assert_eq!(world.trust().standing(), None);
    }
    world.session(|_| {});
    assert_eq!(world.verdict(), Verdict::Untrusted);
    world.accept();
    assert_eq!(world.verdict(), Verdict::Known);

    // Of a session whose mark is damaged, everything may be.
    world.begin("s");
    let mark = world
        .sandbox
        .host
        .dirs
        .state
        .join(format!("projects/{}/trust/s.json", project.id));
    fs::write(mark, "?").unwrap();
    world.assert_agent_made(&["ocx.toml"]);
    world.accept();
    assert_eq!(world.verdict(), Verdict::Known);
}

#[test]
fn what_is_kept_is_listed_and_taken_back() {
    let world = World::new();
    assert!(list(&world.sandbox.host).unwrap().is_empty());
    world.accept();
    let listed = list(&world.sandbox.host).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].root, world.path(""));
    assert_eq!(listed[0].standing, Some(Standing::Known));
    forget(&world.sandbox.host, &world.path("")).unwrap();
    assert_eq!(list(&world.sandbox.host).unwrap()[0].standing, None);
    let error = forget(&world.sandbox.host, "/nowhere".into()).unwrap_err();
    assert!(matches!(error, TrustError::NoRecord { .. }), "{error}");
}

#[test]
fn names_of_sessions_do_not_lead_elsewhere() {
    let world = World::new();
    for name in ["../x", "", "a/b", "inventory"] {
        let begun = world.trust().begin(name, &world.sources());
        assert!(begun.is_err(), "{name}");
    }
}

#[test]
fn a_hash_is_the_same_in_each_clone() {
    let hash = |world: &World| {
        let root = world.path("");
        let root = root.parent().unwrap().join("app");
        world.trust().take(&world.sources()).hash(&root, &ALL)
    };
    let (one, two) = (World::new(), World::new());
    two.write("docker/.git/index", "times of this clone");
    assert_eq!(hash(&one), hash(&two));
    two.write("docker/run.sh", "echo other\n");
    assert_ne!(hash(&one), hash(&two));
}

#[test]
fn who_builds_a_project_has_not_agreed_to_what_it_brings_for_opencode() {
    let build_only = |world: &World| {
        let mut trust = world.trust();
        let now = trust.take(&world.sources());
        let build = [Purpose::Build];
        trust
            .accept(&now, &build, None, Extent::ThisContent)
            .unwrap();
    };
    let verdict = |world: &World| {
        let trust = world.trust();
        trust.verdict(&trust.take(&world.sources()), &[Purpose::Opencode])
    };
    let world = World::new();
    world.write(".opencode/plugin/x.js", "evil()");
    // Longer than the kernel's tick, by which times are told.
    std::thread::sleep(std::time::Duration::from_millis(50));
    build_only(&world);
    assert_eq!(world.trust().standing(), Some(Standing::Known));
    assert_eq!(verdict(&world), Verdict::Untrusted);
    // A session makes nothing known.
    world.session(|_| ());
    assert_eq!(verdict(&world), Verdict::Untrusted);
    world.accept();
    assert_eq!(verdict(&world), Verdict::Known);
    world.trust().revoke().unwrap();
    assert_eq!(verdict(&world), Verdict::Untrusted);

    // What the user adds later is the user's own.
    let world = World::new();
    build_only(&world);
    std::thread::sleep(std::time::Duration::from_millis(50));
    world.write("opencode.json", "{}");
    assert_eq!(verdict(&world), Verdict::UsersOwn);
    // Unless it is an agent's.
    world.session(|world| world.write(".opencode/plugin/x.js", "evil()"));
    assert!(matches!(verdict(&world), Verdict::AgentMade(_)));
}

#[test]
fn what_opencode_writes_itself_is_nobodys_change() {
    let world = World::new();
    world.write(".opencode/plugin/x.js", "mine()");
    world.accept();
    world.session(|world| {
        for file in [
            "node_modules/a/index.js",
            "package.json",
            "package-lock.json",
            "bun.lock",
            ".gitignore",
            "plans/1.md",
        ] {
            world.write(&format!(".opencode/{file}"), "x");
        }
    });
    assert_eq!(world.verdict(), Verdict::Known);
    world.session(|world| world.write(".opencode/plugin/package.json", "x"));
    world.assert_agent_made(&[".opencode/plugin/package.json"]);
}

#[test]
fn a_directory_of_opencodes_that_is_a_link_counts() {
    for target in ["/nowhere", "/ocx/home/evil", "conf"] {
        let world = World::new();
        symlink(target, world.path(".opencode")).unwrap();
        let trust = world.trust();
        let now = trust.take(&world.sources());
        let verdict = trust.verdict(&now, &[Purpose::Opencode]);
        assert_eq!(verdict, Verdict::Untrusted, "{target}");
    }
    let world = World::new();
    world.accept();
    world.session(|world| symlink("/ocx/home/evil", world.path(".opencode")).unwrap());
    world.assert_agent_made(&[".opencode"]);
}

#[test]
fn opencode_is_looked_after_where_it_starts() {
    let world = World::new();
    world.write("a/.opencode/plugin/x.js", "evil()");
    let mut project = world.project();
    project.current_dir = project.root.join("a");
    let sources = Sources::of(&world.sandbox.host, &project, &world.settings());
    let trust = world.trust();
    let now = trust.take(&sources);
    assert_eq!(
        trust.verdict(&now, &[Purpose::Opencode]),
        Verdict::Untrusted
    );
}

/// A builder gets them as soon as the user, or another branch, leaves out less.
#[test]
fn what_a_session_wrote_where_no_builder_looks_is_not_the_users_later() {
    let world = World::new();
    world.write("docker/old/kept.sh", "mine\n");
    world.write("docker/.dockerignore", "old\n**/gen\n");
    world.accept();
    pause();
    world.session(|world| {
        world.write("docker/old/evil.sh", "evil\n");
        world.write("docker/a/gen/evil.sh", "evil\n");
    });
    // The directories count, as far as they are no part of what is left out.
    world.accept();
    world.session(|world| world.write("docker/old/more.sh", "evil\n"));
    assert!(!matches!(world.verdict(), Verdict::AgentMade(_)));
    pause();
    world.write("docker/.dockerignore", "# nothing\n");
    let made: Vec<String> = world
        .agent_made()
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    for path in [
        "docker/old/evil.sh",
        "docker/old/more.sh",
        "docker/a/gen/evil.sh",
    ] {
        assert!(made.iter().any(|found| found == path), "{path}: {made:?}");
    }
    assert!(!made.contains(&"docker/run.sh".to_owned()), "{made:?}");
    // What sessions leave out comes to many windows, which are told as one.
    for _ in 0..40 {
        world.session(|_| ());
    }
    assert!(matches!(world.verdict(), Verdict::AgentMade(_)));
    world.accept();
    assert_eq!(world.verdict(), Verdict::Known);
}

/// A project in a directory of this one.
struct Inner<'a> {
    world: &'a World,
    directory: &'static str,
}

impl Inner<'_> {
    /// What it needs to be built from.
    fn write(&self) {
        for (file, text) in [
            ("ocx.toml", "custom_base_dockerfile = \"Dockerfile\"\n"),
            ("Dockerfile", "FROM evil\n"),
        ] {
            self.world
                .write(&format!("{}/{file}", self.directory), text);
        }
    }

    fn look(&self) -> (Trust, Inventory) {
        let host = &self.world.sandbox.host;
        let root = self.world.path(self.directory);
        let project = Project::discover(host, Some(&root)).unwrap();
        let layers = Layers::read(host, &project).unwrap();
        let settings = layers.resolve(&Approvals::everything()).unwrap().settings;
        let trust = Trust::open(host, &project).unwrap();
        let now = trust.take(&Sources::of(host, &project, &settings));
        (trust, now)
    }

    fn verdict(&self, purpose: Purpose) -> Verdict {
        let (trust, now) = self.look();
        trust.verdict(&now, &[purpose])
    }

    fn accept(&self) {
        let (mut trust, now) = self.look();
        trust.accept(&now, &ALL, None, Extent::ThisContent).unwrap();
    }

    #[track_caller]
    fn assert_agent_made(&self) {
        for purpose in [Purpose::Settings, Purpose::Build] {
            let verdict = self.verdict(purpose);
            assert!(matches!(verdict, Verdict::AgentMade(_)), "{verdict:?}");
        }
    }
}

/// Longer than files' times are uncertain.
fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(50));
}

#[test]
fn what_a_session_of_the_project_around_it_made_a_project_is_the_agents() {
    let world = World::new();
    let inner = |directory| Inner {
        world: &world,
        directory,
    };
    let (own, planted, deep) = (inner("own"), inner("planted"), inner("a/b/deep"));
    own.write();
    pause();
    world.begin("s");
    planted.write();
    deep.write();
    // While it runs, and when it has ended, and whoever wrote the one that was there before.
    for is_over in [false, true] {
        if is_over {
            world.end("s");
        }
        planted.assert_agent_made();
        deep.assert_agent_made();
        assert_eq!(own.verdict(Purpose::Build), Verdict::Untrusted);
        assert_eq!(own.verdict(Purpose::Settings), Verdict::UsersOwn);
    }
    // Seen and accepted, it is the user's, and stays so when they edit it.
    planted.accept();
    assert_eq!(planted.verdict(Purpose::Build), Verdict::Known);
    pause();
    world.write("planted/more.sh", "mine\n");
    assert_eq!(planted.verdict(Purpose::Build), Verdict::UsersOwn);
    pause();
    world.session(|world| world.write("planted/more.sh", "evil\n"));
    let verdict = planted.verdict(Purpose::Build);
    let Verdict::AgentMade(changes) = verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].path, world.path("planted/more.sh"));
    // The word is taken back with everything else.
    let (mut trust, _) = planted.look();
    trust.revoke().unwrap();
    planted.assert_agent_made();
}

#[test]
fn a_build_context_of_the_project_around_counts_in_it_too() {
    let world = World::new();
    let inner = Inner {
        world: &world,
        directory: "docker",
    };
    world.accept();
    // What is spoken of there, is told by its content.
    world.session(|world| {
        world.write(
            "docker/ocx.toml",
            "custom_base_dockerfile = \"Dockerfile\"\n",
        );
        world.write(DOCKERFILE, "FROM evil\n");
    });
    inner.assert_agent_made();
}

#[test]
fn what_is_written_between_two_looks_counts_if_a_session_runs() {
    let world = World::new();
    world.accept();
    let look = || world.trust().take(&world.sources());
    let written = |before: &Inventory| {
        let changes = world.trust().written_meanwhile(before, &look());
        let names = changes.iter().filter_map(|change| change.path.file_name());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let evil_for_a_moment = || {
        world.write("docker/run.sh", "evil\n");
        world.write("docker/run.sh", "echo\n");
    };
    let before = look();
    pause();
    evil_for_a_moment();
    world.write("docker/new", "");
    assert!(written(&before).is_empty());
    world.begin("s");
    let before = look();
    assert!(written(&before).is_empty());
    pause();
    evil_for_a_moment();
    assert_eq!(written(&before), ["run.sh"]);
    world.write("docker/newer", "");
    world.remove("docker/new");
    assert_eq!(written(&before), ["new", "newer", "run.sh"]);
    world.end("s");
}

#[test]
fn a_build_context_that_is_named_counts_instead_of_the_dockerfiles_directory() {
    let world = World::new();
    world.write(
        "ocx.toml",
        "custom_base_dockerfile = \"docker/Dockerfile\"\ncustom_base_context = \"lib\"\n",
    );
    world.write("lib/version", "1\n");
    world.accept();
    world.session(|world| {
        world.write("lib/version", "2\n");
        world.write("docker/run.sh", "evil\n");
    });
    world.assert_agent_made(&["lib/version"]);
    world.accept();
    world.session(|world| world.write(DOCKERFILE, "FROM evil\n"));
    world.assert_agent_made(&[DOCKERFILE]);
}

#[test]
fn a_devcontainer_that_is_followed_counts_as_the_settings_do() {
    const FILE: &str = ".devcontainer/devcontainer.json";
    let world = World::bare();
    world.write("ocx.toml", "custom_base_devcontainer = true\n");
    world.write(
        FILE,
        "{\"dockerComposeFile\": \"../c.yaml\", \"service\": \"a\"}",
    );
    world.write("c.yaml", "services: {a: {image: ruby}}");
    world.session(|_| {});
    assert_ne!(world.verdict(), Verdict::Untrusted);
    // The user edits it, and is not asked.
    world.write("c.yaml", "services: {a: {image: \"ruby:3\"}}");
    assert!(!matches!(world.verdict(), Verdict::AgentMade(_)));
    for (path, text) in [
        (FILE, "{\"image\": \"evil\"}"),
        (
            FILE,
            "{\"dockerComposeFile\": \"../c.yaml\", \"service\": \"a\"} // again",
        ),
        ("c.yaml", "services: {a: {image: evil}}"),
    ] {
        world.session(|agent| agent.write(path, text));
        world.assert_agent_made(&[path]);
        world.accept();
        world.write(
            FILE,
            "{\"dockerComposeFile\": \"../c.yaml\", \"service\": \"a\"}",
        );
    }
    // One at the place that comes first would win.
    let other = World::bare();
    other.write("ocx.toml", "custom_base_devcontainer = true\n");
    other.write(".devcontainer.json", "{\"image\": \"ruby\"}");
    other.session(|agent| agent.write(FILE, "{\"image\": \"evil\"}"));
    other.assert_agent_made(&[FILE]);
}
