//! Who a session is, by number and by name.

use std::process::Command;

use ocx_tests::{account::owner, bases, engine::Engine, on_each_engine, on_engines};

use crate::session_setup::Project;

on_each_engine!(the_users_number_has_the_users_name, commits_are_the_users,);
on_engines!(
    [docker],
    because "an ordinary user owns a rootless engine, and another one could not share its files",
    root_has_a_name_too
);

/// What the host's user database says of an ID.
fn on_host(database: &str, id: u32) -> String {
    let output = Command::new("getent")
        .args([database, &id.to_string()])
        .output()
        .expect("getent can be run");
    let line = String::from_utf8(output.stdout).unwrap();
    line.split(':').next().unwrap().to_owned()
}

/// A script that looks the user up in the ways that programs do: by number, by name, by environment.
const LOOK_UP: &str = "whoami; id -gn; echo $USER $LOGNAME; \
                       getent passwd $(id -u) | cut -d: -f1,6; getent passwd $(whoami) | cut -d: -f3; \
                       cd ~ && pwd";

fn looks_up(project: &Project, uid_inside: &str) {
    let account = project.sandbox.account();
    let (name, group) = (
        on_host("passwd", account.uid),
        on_host("group", account.gid),
    );
    let output = project.inside(LOOK_UP).success();
    assert_eq!(
        output.stdout(),
        format!("{name}\n{group}\n{name} {name}\n{name}:/ocx/home\n{uid_inside}\n/ocx/home\n")
    );
}

fn the_users_number_has_the_users_name(engine: &Engine) {
    let uid = ocx_tests::account::Account::ordinary().uid;
    // In the base, the number is somebody else's, and the name is somebody else's, too.
    let name = on_host("passwd", uid);
    let others = bases::from_debian(
        engine,
        "others",
        &format!(
            "RUN useradd --uid {uid} somebody && useradd --uid 777 {name} && useradd --uid 1000 dev\n\
             USER dev"
        ),
    );
    let user = engine.user_inside(&ocx_tests::account::Account::ordinary());
    let uid_inside = user.split(':').next().unwrap();
    for base in [bases::debian(engine), bases::with_user(engine), others] {
        let mut project = Project::on(engine, &base);
        project.use_stand_in();
        looks_up(&project, uid_inside);
    }
}

fn root_has_a_name_too(engine: &Engine) {
    let Some(mut project) = Project::of_root(engine) else {
        return;
    };
    project.use_stand_in();
    looks_up(&project, "0");
}

fn commits_are_the_users(engine: &Engine) {
    let mut project = Project::on(engine, &bases::with_git(engine));
    project.use_stand_in();
    let sandbox = &project.sandbox;
    sandbox.write(
        sandbox.home().join(".gitconfig"),
        "[user]\nname = Ada Lovelace\nemail = ada@example.org\n",
    );
    let git = |args: &[&'static str]| {
        sandbox
            .command("git", args.iter().copied())
            .run()
            .success()
            .stdout()
            .to_owned()
    };
    git(&["init", "--quiet"]);
    let script = "mkdir -p src/deep && echo x > src/deep/file && git add src && \
                  git commit --quiet --message inside && git status --porcelain src";
    let output = project.inside(script).success();
    assert_eq!(output.stdout(), "");
    assert_eq!(
        git(&["log", "--format=%an <%ae> %cn %s"]),
        "Ada Lovelace <ada@example.org> Ada Lovelace inside\n"
    );
    for path in [
        "src",
        "src/deep",
        "src/deep/file",
        ".git/HEAD",
        ".git/index",
    ] {
        let path = sandbox.project().join(path);
        assert_eq!(owner(&path), *sandbox.account(), "{path}");
    }
}
