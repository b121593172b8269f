//! What people see on a terminal, as recordings: one screen after the other, each taken when what it waits
//! for is there. `tests/cli/recordings` has them.

use camino::Utf8PathBuf;
use ocx_tests::{fake_engine::Rule, pty::key};

use crate::{inside, scene::Scene, shell_screen::ShellScreen};

/// Leaves a session that goes on.
const CTRL_RIGHT_BRACKET: &str = "\x1d";

/// How the step of a Dockerfile ends.
#[derive(Clone, Copy)]
enum Step {
    GoesWell,
    Fails,
}

/// A project with a Dockerfile, whose build says something and then waits for a file.
fn building(step: Step) -> (Scene, Utf8PathBuf) {
    let mut scene = Scene::with_dockerfile();
    let gate = scene.docker.directory().join("gate");
    let docker = scene.sandbox.bin().join("docker");
    let end = match step {
        // The engine itself is behind it.
        Step::GoesWell => format!("exec {docker} \"$@\""),
        Step::Fails => "echo 'cc: fatal error: no input files' >&2; exit 2".to_owned(),
    };
    let script = format!(
        "echo 'Step 1/2 : FROM scratch'; echo ' ---> 0123456789ab'; \
         echo 'Step 2/2 : RUN make'; \
         for word in one two three four five six; do echo \"cc $word.c\"; done; \
         while [ ! -e {gate} ]; do /bin/sleep 0.05; done; {end}"
    );
    let rule = Rule::on(&["build"]).containing("docker/Dockerfile");
    scene.docker.rule(rule.times(1).shell(&script));
    (scene, gate)
}

/// A built project, and sessions in which a script runs in place of the engine's client.
fn running(script: &str) -> Scene {
    let mut scene = Scene::new();
    scene.warm_up();
    let rule = Rule::on(&["run"]).containing("ocx.session=");
    scene.docker.rule(rule.starts().shell(script));
    scene
}

#[test]
fn a_first_run_folds_its_build() {
    let (mut scene, gate) = building(Step::GoesWell);
    let session = Rule::on(&["run"]).containing("ocx.session=");
    scene
        .docker
        .rule(session.starts().stdout("All tests pass.\n"));
    let mut screen = ShellScreen::open(&scene);
    screen.types("ocx run 'fix the tests'");
    screen.shows("cc six.c");
    screen.record("while the step of the Dockerfile runs");
    scene.sandbox.write(&gate, "");
    screen.wait_for_prompt();
    screen.record("when the session has ended");
    screen.types("ocx run 'and now?'");
    screen.wait_for_prompt();
    screen.record("when the next one has");
    screen.compare("first_run");
}

#[test]
fn a_build_that_fails_is_shown_whole() {
    let (scene, gate) = building(Step::Fails);
    let mut screen = ShellScreen::open(&scene);
    screen.types("ocx build; echo \"exit code $?\"");
    screen.shows("cc six.c");
    screen.record("before it fails");
    scene.sandbox.write(&gate, "");
    screen.wait_for_prompt();
    screen.record("when it has failed");
    screen.compare("failing_build");
}

#[test]
fn ctrl_c_in_a_build() {
    let (scene, _) = building(Step::GoesWell);
    let mut screen = ShellScreen::open(&scene);
    screen.types("ocx build");
    screen.shows("cc six.c");
    screen.presses(key::CTRL_C);
    screen.wait_for_prompt();
    screen.types("echo \"exit code $?\"");
    screen.wait_for_prompt();
    screen.record("after Ctrl-C");
    screen.compare("interrupted_build");
}

/// What the job control of the shell does: the build itself goes on beside it.
#[test]
fn ctrl_z_in_a_build() {
    let (scene, gate) = building(Step::GoesWell);
    let mut screen = ShellScreen::open(&scene);
    screen.types("ocx build --base");
    screen.shows("cc six.c");
    screen.presses(key::CTRL_Z);
    screen.wait_for_prompt();
    screen.record("after Ctrl-Z");
    scene.sandbox.write(&gate, "");
    screen.types("fg");
    screen.wait_for_prompt();
    screen.record("when it has been fetched back");
    screen.compare("suspended_build");
}

#[test]
fn a_shell_in_a_new_session() {
    let script = "printf 'ann@project:~$ '; read -r line; echo \"[typed: $line]\"; exit 7";
    let scene = running(script);
    let mut screen = ShellScreen::open(&scene);
    screen.types("ocx shell");
    screen.shows("ann@project:~$");
    screen.record("in the shell");
    screen.presses("exit 7\r");
    screen.wait_for_prompt();
    screen.types("echo \"exit code $?\"");
    screen.wait_for_prompt();
    screen.record("after it");
    screen.compare("shell");
}

/// A program for the whole screen, as engines' clients show it: it gets the keys themselves, and draws when
/// the size changes. It ends with `q`.
const PROGRAM: &str = r#"
    draw() { printf '\033[H\033[2J[opencode] %s\r\n' "$(stty size)"; printf '%s' "$keys"; }
    trap draw WINCH
    # Now and then without a key, so that the size is looked at.
    stty raw -echo min 0 time 1
    printf '\033[?1049h\033[?25l'
    draw
    while key=$(dd bs=1 count=1 2>/dev/null | od -An -tx1 | tr -d ' \n'); do
        case $key in
            '') continue ;;
            71) break ;;
        esac
        keys="$keys[key $key]"; draw
    done
    printf '\033[?25h\033[?1049l'
    stty sane
"#;

#[test]
fn a_session_follows_the_size_of_the_terminal() {
    let scene = running(PROGRAM);
    let mut screen = ShellScreen::open(&scene);
    screen.types("ocx opencode");
    screen.shows("[opencode] 40 200");
    screen.record("in the session");
    screen.resize(20, 60);
    screen.shows("[opencode] 20 60");
    screen.record("in a smaller window");
    screen.presses("q");
    screen.wait_for_prompt();
    screen.record("after it");
    screen.compare("resized_session");
}

/// The program gets the keys, and decides.
#[test]
fn ctrl_c_and_ctrl_z_in_a_session() {
    let scene = running(PROGRAM);
    let mut screen = ShellScreen::open(&scene);
    screen.types("ocx opencode");
    screen.shows("[opencode] 40 200");
    screen.presses(key::CTRL_C);
    screen.shows("[key 03]");
    screen.presses(key::CTRL_Z);
    screen.shows("[key 1a]");
    screen.record("after Ctrl-C and Ctrl-Z");
    screen.presses("q");
    screen.wait_for_prompt();
    screen.types("jobs; echo \"exit code $?\"");
    screen.wait_for_prompt();
    screen.record("after it");
    screen.compare("keys_in_session");
}

#[test]
fn a_session_is_detached_attached_to_and_left() {
    let mut scene = Scene::new();
    scene.warm_up();
    inside::detachable(&mut scene);
    let mut screen = ShellScreen::open(&scene);
    screen.types("ocx opencode --detach");
    screen.wait_for_prompt();
    screen.record("detached");
    screen.types("ocx attach");
    screen.shows("Ask anything");
    screen.record("attached");
    screen.presses(CTRL_RIGHT_BRACKET);
    screen.wait_for_prompt();
    screen.record("left with Ctrl-]");
    screen.types("ocx attach");
    screen.shows("Ask anything");
    screen.presses("q");
    screen.wait_for_prompt();
    screen.record("ended");
    screen.compare("detached_session");
}
