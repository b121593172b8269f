//! Several sessions, one after the other and at once, and projects of all kinds.

use camino::Utf8Path;
use ocx_tests::{bases, engine::Engine, on_each_engine, sandbox::Sandbox};
use rustix::process::Signal;

use crate::session_setup::{END, Project};

on_each_engine!(
    sessions_of_one_project_at_once,
    projects_have_homes_of_their_own,
    nothing_is_kept_if_the_user_says_so,
    the_next_session_knows_the_last_one,
    git_works_in_a_linked_worktree,
    odd_paths_of_the_workspace,
);

fn sessions_of_one_project_at_once(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let sessions = [project.waiting(), project.waiting()];
    let running = project.engine.running(&project.label());
    assert_eq!(running.len(), 2);
    let [first, second] = &running[..] else {
        unreachable!()
    };
    assert_ne!(first["Name"], second["Name"]);
    // One that ends leaves the other alone.
    let [first, second] = sessions;
    first.signal(Signal::TERM);
    first.wait(END).exits(143).done();
    assert_eq!(project.engine.running(&project.label()).len(), 1);
    second.signal(Signal::TERM);
    second.wait(END).exits(143).done();
    project.assert_no_containers();
}

fn projects_have_homes_of_their_own(engine: &Engine) {
    let (mut one, mut other) = (Project::new(engine), Project::new(engine));
    one.use_stand_in();
    other.use_stand_in();
    let session = one.waiting();
    one.inside("echo mine > ~/note").success().done();
    other.inside("test ! -e ~/note").success().done();
    one.inside("cat ~/note").success().prints("mine").done();
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();

    for project in [&one, &other] {
        let volumes = project.volumes();
        assert_eq!(volumes.len(), 1, "{volumes:#?}");
        let labels = &volumes[0]["Labels"];
        assert_eq!(labels["ocx.project"], project.sandbox.project().as_str());
    }
}

fn nothing_is_kept_if_the_user_says_so(engine: &Engine) {
    let mut project = Project::new(engine);
    project.configure("data_volumes_mode = \"never\"");
    project.use_stand_in();
    let volumes = || project.engine.cli().lines(&["volume", "ls", "--quiet"]);
    let write = "touch ~/note ~/.local/share/opencode/note && mount | grep -c /ocx/home";
    let session = project.waiting();
    let container = project.container();
    let home = container["Mounts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|mount| mount["Destination"] == "/ocx/home")
        .expect("home is a volume");
    let name = home["Name"].as_str().unwrap().to_owned();
    assert!(volumes().contains(&name));
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
    project.assert_no_containers();
    assert!(!volumes().contains(&name), "{name} was kept");

    project.inside(write).success().done();
    project
        .inside("test ! -e ~/note && test ! -e ~/.local/share/opencode/note")
        .success()
        .done();
    assert_eq!(project.volumes().len(), 0);
}

fn the_next_session_knows_the_last_one(engine: &Engine) {
    let project = Project::new(engine);
    let Some(_model) = project.start_model() else {
        return;
    };
    project
        .opencode(&["run", "--title", "first of two", "hello"])
        .run()
        .success()
        .done();
    project
        .opencode(&["session", "list"])
        .run()
        .success()
        .prints("first of two")
        .done();
}

fn git_works_in_a_linked_worktree(engine: &Engine) {
    let mut project = Project::on(engine, &bases::with_git(engine));
    project.use_stand_in();
    let sandbox = &project.sandbox;
    let git = |directory: &Utf8Path, args: &[&'static str]| {
        let identity = ["-c", "user.name=T", "-c", "user.email=t@example.org"];
        let args = identity.into_iter().chain(args.iter().copied());
        sandbox
            .command("git", args.collect::<Vec<_>>())
            .in_dir(directory)
            .run()
            .success()
            .done();
    };
    let main = sandbox.root().join("home/main");
    sandbox.make_directory(&main);
    git(&main, &["init", "--quiet"]);
    sandbox.write(main.join("ocx.toml"), sandbox.read("ocx.toml"));
    git(&main, &["add", "."]);
    git(&main, &["commit", "--quiet", "--message", "first"]);
    git(&main, &["worktree", "add", "--quiet", "../linked"]);
    let linked = sandbox.home().join("linked");
    project.ensure_image();
    let script = "git status --short --branch && echo x > new && git add new && \
                  git -c user.name=T -c user.email=t@example.org commit --quiet --message inside";
    sandbox
        .ocx(["opencode", "exec", "sh", "-c", script])
        .in_dir(&linked)
        .run()
        .success()
        .prints("## linked")
        .done();
    sandbox
        .command("git", ["log", "--format=%s"])
        .in_dir(&linked)
        .run()
        .success()
        .prints("inside\nfirst\n")
        .done();
}

fn odd_paths_of_the_workspace(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.ensure_image();
    let sandbox: &Sandbox = &project.sandbox;
    for name in [
        "with space",
        "Übung-日本",
        "comma,comma",
        "colon:colon",
        "\"quoted\"",
        "=x",
    ] {
        let directory = sandbox.project().join("odd").join(name);
        sandbox.write(directory.join("ocx.toml"), sandbox.read("ocx.toml"));
        let output = sandbox
            .ocx(["opencode", "exec", "sh", "-c", "pwd && echo x > made"])
            .in_dir(&directory)
            .run()
            .success();
        assert_eq!(output.stdout(), format!("{directory}\n"));
        assert_eq!(sandbox.read(directory.join("made")), "x\n");
    }
}
