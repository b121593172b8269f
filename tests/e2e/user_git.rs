//! A session's Git does what the user's own does, and uses the user's SSH agent where that is lent.

use std::{
    io::{Read as _, Write as _},
    os::unix::{
        fs::{PermissionsExt as _, chown},
        net::UnixListener,
    },
    thread,
};

use camino::Utf8Path;
use ocx_tests::{bases, engine::Engine, on_each_engine};

use crate::session_setup::Project;

on_each_engine!(the_users_git_and_agent_are_in_a_session);

/// What `ssh-add -l` asks, and the answer of an agent without keys (draft-ietf-sshm-ssh-agent).
const ASK: &str = r"\0\0\0\001\013";
const NO_KEYS: [u8; 9] = [0, 0, 0, 5, 12, 0, 0, 0, 0];

/// An agent for one client.
fn agent(project: &Project, socket: &Utf8Path) {
    let listener = UnixListener::bind(socket).unwrap();
    let account = project.sandbox.account();
    chown(socket, Some(account.uid), Some(account.gid)).unwrap();
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600)).unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut asked = [0; 5];
            if client.read_exact(&mut asked).is_ok() && asked == [0, 0, 0, 1, 11] {
                client.write_all(&NO_KEYS).unwrap();
            }
        }
    });
}

fn the_users_git_and_agent_are_in_a_session(engine: &Engine) {
    let mut project = Project::on(engine, &bases::with_git(engine));
    project.use_stand_in();
    let sandbox = &project.sandbox;
    sandbox.write(
        sandbox.home().join(".gitconfig"),
        "[user]\nname = Ann\nemail = ann@example.org\n[commit]\ngpgSign = true\n\
         [core]\nexcludesFile = ~/ignored\n[merge]\nff = only\n[pull]\nrebase = true\n\
         [url \"git@x.example:\"]\ninsteadOf = https://x.example/\n\
         [url \"https://mirror.example/\"]\ninsteadOf = https://y.example/\n\
         [filter \"lfs\"]\nprocess = git-lfs filter-process\n",
    );
    sandbox.write(sandbox.home().join("ignored"), "*.mine\n");
    sandbox.write(
        sandbox.home().join(".ssh/known_hosts"),
        "x.example of-mine\n",
    );
    sandbox.write("notes.mine", "");
    sandbox.write("big.bin", "raw content\n");
    sandbox.write(".gitattributes", "*.bin filter=lfs\n");
    for args in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["config", "pull.rebase", "false"],
    ] {
        let args = args.iter().copied();
        sandbox.command("git", args).run().success().done();
    }
    let socket = sandbox.root().join("agent.sock");
    agent(&project, &socket);
    project.sandbox.set_env("SSH_AUTH_SOCK", socket.as_str());
    project.sandbox.set_env("OCX_SSH_AGENT", "true");

    let commit = "git add .gitattributes ocx.toml && git commit --quiet --message inside";
    project.inside(commit).success().says("not signed").done();
    let script = format!(
        r#"git status --short
        git log --format='%an %G? %s'
        git add big.bin 2>/dev/null && echo raw || echo refused
        git ls-remote --get-url https://x.example/app
        git ls-remote --get-url https://y.example/app
        git config merge.ff
        git config pull.rebase
        cat /ocx/etc/ssh_known_hosts
        echo "$GIT_SSH_COMMAND"
        perl -MIO::Socket::UNIX -e '
            my $agent = IO::Socket::UNIX->new(Peer => $ENV{{SSH_AUTH_SOCK}}) or die "no agent: $!";
            print $agent "{ASK}"; $agent->flush; read $agent, my $answer, 9;
            print "agent: ", unpack("H*", $answer), "\n"'
        rm -f "$SSH_AUTH_SOCK" 2>/dev/null || echo kept"#
    );
    assert_eq!(
        project.seen_inside(&script),
        "?? big.bin\n\
         Ann N inside\n\
         refused\n\
         git@x.example:app\n\
         https://mirror.example/app\n\
         only\n\
         false\n\
         x.example of-mine\n\
         ssh -o UserKnownHostsFile=/ocx/etc/ssh_known_hosts -o StrictHostKeyChecking=yes\n\
         agent: 000000050c00000000\n\
         kept\n"
    );
}
