//! What a session may do, and what it may not.

use std::os::unix::fs::symlink;

use ocx_tests::{
    account::{Account, owner},
    bases,
    engine::{Engine, EngineKind},
    on_each_engine, on_engines,
    stub_model::DEFAULT_CONTENT,
};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::session_setup::{END, Project, START};

on_each_engine!(
    a_running_opencode_is_confined,
    the_user_is_the_hosts_and_can_write_at_home,
    what_a_session_makes_of_the_projects_settings_has_no_effect,
    the_agent_works_on_a_read_only_image,
    forbidden_paths_are_hidden_from_the_agent,
);
on_engines!(
    [docker],
    because "root's Podman starts no container on every machine, and rootless engines are not root's",
    root_is_root_without_capabilities
);

/// Where a container's mounts come from and lead to, as `TARGET MODE SOURCE`.
fn mounts(project: &Project, container: &Value) -> Vec<String> {
    let mut mounts: Vec<String> = container["Mounts"]
        .as_array()
        .expect("containers have mounts")
        .iter()
        .filter(|mount| mount["Type"] == "bind")
        .map(|mount| {
            let mode = if mount["RW"] == json!(true) {
                "rw"
            } else {
                "ro"
            };
            let text = |key: &str| mount[key].as_str().unwrap_or_default().to_owned();
            format!("{} {mode} {}", text("Destination"), text("Source"))
        })
        .map(|line| line.replace(project.sandbox.root().as_str(), "ROOT"))
        .collect();
    mounts.sort();
    mounts
}

/// Engines differ in how they write an empty list.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || *value == json!([])
}

fn a_running_opencode_is_confined(engine: &Engine) {
    let project = Project::new(engine);
    let mut session = project.opencode(&["serve", "--port", "0"]).start();
    session.wait_for("listening on", START);
    let container = project.container();
    let host = &container["HostConfig"];
    let account = project.sandbox.account();
    match engine.kind() {
        EngineKind::Docker | EngineKind::DockerRootless => {
            assert_eq!(host["CapDrop"], json!(["ALL"]));
        }
        // It lists those that are left.
        EngineKind::Podman => {
            assert!(is_nothing(&container["EffectiveCaps"]), "{container:#}");
        }
    }
    assert!(is_nothing(&host["CapAdd"]), "{container:#}");
    assert_eq!(host["Privileged"], json!(false));
    if engine.limits_processes() {
        assert_eq!(host["PidsLimit"], json!(4096));
    }
    let options = host["SecurityOpt"].to_string();
    assert!(options.contains("no-new-privileges"), "{options}");
    assert_eq!(
        container["Config"]["User"],
        json!(engine.user_inside(account))
    );

    let id = container["Id"].as_str().unwrap();
    let exec = |script: &str| project.engine.exec(id, &["sh", "-c", script]);
    // Those of init and of opencode.
    let limits = exec(
        "grep -hE '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs):' /proc/[0-9]*/status | sort -u",
    );
    let limits: Vec<&str> = limits.split_whitespace().collect();
    let none = "0000000000000000";
    assert_eq!(
        limits,
        [
            "CapAmb:",
            none,
            "CapBnd:",
            none,
            "CapEff:",
            none,
            "CapInh:",
            none,
            "CapPrm:",
            none,
            "NoNewPrivs:",
            "1"
        ]
    );
    let programs = exec("cat /proc/[0-9]*/comm");
    assert!(
        programs.lines().any(|name| name == "opencode"),
        "{programs}"
    );

    let mounts = mounts(&project, &container);
    let sources: Vec<&str> = mounts
        .iter()
        .map(|mount| mount.split(' ').nth(2).unwrap())
        .collect();
    let intended = |source: &str| {
        source == "ROOT/project"
            || source.starts_with("ROOT/home/.local/state/ocx/projects/")
            || source.starts_with("ROOT/home/.local/share/ocx/")
            || source.starts_with("ROOT/home/.cache/ocx/files/")
            || source.ends_with("/ca-certificates.crt")
            || source.starts_with("ROOT/home/.cache/ocx/java/")
    };
    assert!(sources.iter().all(|source| intended(source)), "{mounts:#?}");
    let targets: Vec<(&str, &str)> = mounts
        .iter()
        // The second, for Java, is there where the machine trusts more than its system does.
        .filter(|mount| !mount.ends_with("/ca-certificates.crt") && !mount.ends_with(".jks"))
        .map(|mount| {
            let mut words = mount.split(' ');
            (words.next().unwrap(), words.next().unwrap())
        })
        .collect();
    let root = project.sandbox.root();
    let workspace = project.sandbox.project().into_string();
    let workspace = workspace.replace(root.as_str(), "ROOT");
    assert_eq!(
        targets,
        [
            ("/etc/group", "ro"),
            ("/etc/passwd", "ro"),
            ("/ocx/etc/where-you-are.md", "ro"),
            ("/ocx/home/.config/opencode", "rw"),
            ("/ocx/home/.local/share/opencode", "rw"),
            ("/ocx/home/.local/share/opencode/auth.json", "rw"),
            ("/ocx/home/.local/share/opencode/mcp-auth.json", "rw"),
            // Where `ocx port` can have sockets handed out.
            ("/ocx/ports", "ro"),
            (workspace.as_str(), "rw"),
        ]
    );
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
}

fn the_user_is_the_hosts_and_can_write_at_home(engine: &Engine) {
    // Somebody else has the caller's number in the base.
    let uid = Account::ordinary().uid;
    let user = format!("RUN useradd --uid {uid} --create-home somebody");
    let base = bases::from_debian(engine, "somebody", &user);
    let mut project = Project::on(engine, &base);
    project.use_stand_in();
    let account = project.sandbox.account();
    let name = account.name();
    let script = "whoami; id -u; id -g; id -G; echo $USER; echo $HOME; touch made && \
                  touch ~/x ~/.cache/x ~/.config/x ~/.local/share/x && stat -c %u ~/x && \
                  ! touch /etc/passwd 2>/dev/null && echo fine";
    let output = project.inside(script).success();
    let inside = engine.user_inside(account);
    let (uid, gid) = inside.split_once(':').unwrap();
    assert_eq!(
        output.stdout(),
        format!("{name}\n{uid}\n{gid}\n{gid}\n{name}\n/ocx/home\n{uid}\nfine\n")
    );
    assert_eq!(owner(&project.sandbox.project().join("made")), *account);
    // Where the user is root inside, the image's files are the user's.
    if uid != "0" {
        let script = "! touch /usr/bin/x 2>/dev/null && ! setpriv --reuid=0 id 2>/dev/null";
        project.inside(script).success().done();
    }
}

fn root_is_root_without_capabilities(engine: &Engine) {
    let Some(mut project) = Project::of_root(engine) else {
        return;
    };
    project.use_stand_in();
    let output = project
        .inside("id -u; whoami; grep CapEff /proc/self/status; touch ~/x && echo home")
        .success();
    assert_eq!(
        output.stdout(),
        "0\nroot\nCapEff:\t0000000000000000\nhome\n"
    );
}

fn what_a_session_makes_of_the_projects_settings_has_no_effect(engine: &Engine) {
    let base = bases::debian(engine);
    let sandbox = ocx_tests::sandbox::Sandbox::new();
    let settings = format!(
        "custom_base_image = \"{}-own\"\ncustom_base_dockerfile = \"docker/Dockerfile\"\n",
        sandbox.name()
    );
    sandbox.write("ocx.toml", &settings);
    sandbox.write("docker/Dockerfile", format!("FROM {base}\n"));
    let mut project = Project::bare(sandbox, engine);
    project.use_stand_in();
    // Files are replaced as Git, an editor or an agent replaces them; nothing stands in the way.
    let script = "echo 'network = \"host\"' > other && mv other ocx.toml && \
                  mv docker elsewhere && mkdir elsewhere/more && ln -s elsewhere docker && \
                  echo 'RUN touch /planted' >> docker/Dockerfile && echo done";
    project.inside(script).success().prints("done").done();
    for refused in [
        project.sandbox.ocx(["opencode", "--version"]),
        project.sandbox.ocx(["build"]),
    ] {
        let output = refused.run().exits(78);
        output.says("changed while a session ran").done();
    }
    // Put back by the user, it is what was known.
    project.sandbox.write("ocx.toml", &settings);
    std::fs::remove_file(project.sandbox.project().join("docker")).expect("the link is there");
    project
        .sandbox
        .write("docker/Dockerfile", format!("FROM {base}\n"));
    project.inside("ls /planted").exits(2).done();
}

fn the_agent_works_on_a_read_only_image(engine: &Engine) {
    let mut project = Project::new(engine);
    project.configure("read_only = true");
    let Some(model) = project.start_model() else {
        return;
    };
    project
        .opencode(&["run", "write hello.txt"])
        .run()
        .success()
        .done();
    assert_eq!(project.sandbox.read("hello.txt"), DEFAULT_CONTENT);
    assert!(!model.requests().is_empty());
    project.use_stand_in();
    project
        .inside("! touch /usr/bin/x 2>&1 && touch ~/x /tmp/x /var/tmp/x && echo written")
        .success()
        .prints("Read-only file system")
        .prints("written")
        .done();
}

fn forbidden_paths_are_hidden_from_the_agent(engine: &Engine) {
    let project = Project::new(engine);
    let sandbox = &project.sandbox;
    project.configure("forbidden_paths = [\"secrets\", \".env\", \"link\", \"by-way\"]");
    for path in ["secrets/key", ".env", "real/key", "file-behind-link"] {
        sandbox.write(path, "TOPSECRET\n");
    }
    symlink("real", sandbox.project().join("link")).unwrap();
    symlink("file-behind-link", sandbox.project().join("by-way")).unwrap();
    sandbox.write("open", "seen\n");
    let Some(model) = project.start_model() else {
        return;
    };
    let told = project.agent_runs(
        &model,
        "cat open secrets/key .env link/key real/key by-way file-behind-link; \
         ls -A secrets real link; grep -r TOPSEC''RET .; \
         echo x > .env; echo x > secrets/new; rm -f secrets/key .env; rm -rf real; \
         mv .env moved; mv secrets moved; echo end",
    );
    assert!(told.contains("seen") && told.contains("end"), "{told}");
    assert!(!told.contains("TOPSECRET"), "{told}");
    for path in ["secrets/key", ".env", "real/key", "file-behind-link"] {
        assert_eq!(sandbox.read(path), "TOPSECRET\n", "{path}");
    }
    assert!(!sandbox.project().join("moved").exists());
    assert!(!sandbox.project().join("secrets/new").exists());
}
