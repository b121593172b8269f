//! A program that links ocx as others do, and tries out what they rely on.
//!
//! `ocx-embedding ENGINE PROJECT` prints one line for each thing that works. It is run as a user who
//! may use the engine; nothing but these lines may appear, on whichever stream.

mod third_engine;

use std::{error::Error, fs, sync::Arc, time::Duration};

use ocx_core::{
    cancellation::Cancellation,
    engines::{self, Backend, ChoiceError},
    host::Host,
    ops::{BuildRequest, Ocx, Program, Scope, SessionError, in_full, running_sessions},
    project::{Project, discover},
    report::EventKind,
    settings::Settings,
    spec::{Output, Stdin},
};
use tokio::{sync::Notify, time::sleep};

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [engine, directory] = &args[..] else {
        return Err("usage: ocx-embedding ENGINE PROJECT".into());
    };
    let host = Host::of_this_process()?;
    let project = discover(&host, Some(directory.as_str().into()))?;
    let ocx = open(engine, &host, &project, None).await?;

    let built = ocx.build(&BuildRequest::implicit()).await?;
    println!("built {}", built.image);

    output_is_captured(&ocx).await?;
    lines_are_told(&ocx).await?;
    an_empty_command_is_an_error(&ocx).await?;
    ten_sessions_at_once(&ocx).await?;
    a_session_has_a_time_limit(&ocx).await?;
    a_session_can_be_cancelled(&ocx).await?;
    a_dropped_session_ends(&ocx).await?;
    a_failed_build_tells_why(engine, &host, &project).await?;
    children_have_the_hosts_environment(engine, &host, &project).await?;
    another_engine_is_one_more_backend(engine, &host, &project).await?;
    no_signal_is_handled()?;
    Ok(())
}

fn backends() -> [Arc<dyn Backend>; 2] {
    [ocx_docker::backend(), ocx_podman::backend()]
}

async fn open(
    engine: &str,
    host: &Host,
    project: &Project,
    dockerfile: Option<&str>,
) -> Result<Ocx, Box<dyn Error>> {
    let mut settings = Settings::of_files(host, project).with("runtime", engine)?;
    if let Some(dockerfile) = dockerfile {
        settings = settings.with("custom_base_dockerfile", dockerfile)?;
    }
    let settings = settings.build()?;
    let engine = engines::choose(&backends(), host, project, &settings).await?;
    Ok(Ocx::new(host.clone(), project.clone(), settings, engine))
}

fn shell(script: &str) -> Program {
    Program::command(["sh", "-c", script])
}

async fn output_is_captured(ocx: &Ocx) -> Outcome {
    let done = ocx
        .session(shell("cat; echo out; echo err >&2; exit 3"))
        .stdin(Stdin::Null)
        .output(Output::Capture)
        .run()
        .await?;
    assert_eq!(done.exit.code(), 3);
    assert_eq!(
        (&done.stdout[..], &done.stderr[..]),
        (&b"out\n"[..], &b"err\n"[..])
    );
    println!("output is captured");
    Ok(())
}

/// Notified when a session prints `started`.
fn hearing(ocx: &Ocx) -> (Ocx, Arc<Notify>) {
    let started = Arc::new(Notify::new());
    let heard = Arc::clone(&started);
    let ocx = ocx.clone().on_event(move |event| {
        if matches!(
            event.kind,
            EventKind::ProgramOutput {
                line: "started",
                ..
            }
        ) {
            heard.notify_one();
        }
    });
    (ocx, started)
}

const FOREVER: &str = "trap 'exit 9' TERM; echo started; while :; do sleep 0.1; done";

async fn lines_are_told(ocx: &Ocx) -> Outcome {
    let (ocx, started) = hearing(ocx);
    let session = ocx
        .session(shell("echo started; read line; echo got $line"))
        .stdin(Stdin::Null)
        .output(Output::Lines);
    let done = session.run().await?;
    tokio::time::timeout(Duration::from_secs(1), started.notified()).await?;
    assert_eq!(done.stdout, b"started\ngot\n");
    println!("lines are told");
    Ok(())
}

async fn an_empty_command_is_an_error(ocx: &Ocx) -> Outcome {
    let result = ocx.session(Program::command::<String>([])).run().await;
    assert!(
        matches!(result, Err(SessionError::EmptyCommand)),
        "{result:?}"
    );
    println!("an empty command is an error");
    Ok(())
}

async fn ten_sessions_at_once(ocx: &Ocx) -> Outcome {
    let sessions: Vec<_> = (0..10)
        .map(|number| {
            let session = ocx
                .session(shell(&format!("echo {number}")))
                .stdin(Stdin::Null)
                .output(Output::Capture);
            tokio::spawn(session.run())
        })
        .collect();
    for (number, session) in sessions.into_iter().enumerate() {
        let done = session.await??;
        assert_eq!(String::from_utf8(done.stdout)?, format!("{number}\n"));
    }
    println!("ten sessions at once");
    Ok(())
}

async fn a_session_has_a_time_limit(ocx: &Ocx) -> Outcome {
    let session = ocx
        .session(shell(FOREVER))
        .stdin(Stdin::Null)
        .output(Output::Capture)
        .timeout(Duration::from_secs(4));
    let result = session.run().await;
    assert!(
        matches!(result, Err(SessionError::TimedOut { .. })),
        "{result:?}"
    );
    nothing_runs(ocx).await?;
    println!("a session has a time limit");
    Ok(())
}

async fn a_session_can_be_cancelled(ocx: &Ocx) -> Outcome {
    let (ocx, started) = hearing(ocx);
    let cancellation = Cancellation::new();
    let session = ocx
        .session(shell(FOREVER))
        .stdin(Stdin::Null)
        .output(Output::Lines)
        .cancel(cancellation.clone());
    let session = tokio::spawn(session.run());
    started.notified().await;
    cancellation.cancel();
    let done = session.await??;
    assert_eq!(done.exit.code(), 143);
    nothing_runs(&ocx).await?;
    println!("a session can be cancelled");
    Ok(())
}

async fn a_dropped_session_ends(ocx: &Ocx) -> Outcome {
    let (ocx, started) = hearing(ocx);
    let session = ocx
        .session(shell(FOREVER))
        .stdin(Stdin::Null)
        .output(Output::Lines);
    tokio::select! {
        done = session.run() => return Err(format!("it ended by itself: {done:?}").into()),
        () = started.notified() => {}
    }
    nothing_runs(&ocx).await?;
    println!("a dropped session ends");
    Ok(())
}

/// Fails unless the project's sessions end within the time that a container gets for it.
async fn nothing_runs(ocx: &Ocx) -> Outcome {
    for _ in 0..150 {
        if running_sessions(ocx, Scope::Project).await?.is_empty() {
            return Ok(());
        }
        sleep(Duration::from_millis(200)).await;
    }
    Err("a session goes on".into())
}

async fn a_failed_build_tells_why(engine: &str, host: &Host, project: &Project) -> Outcome {
    // The user's own, so that nobody has to agree to it.
    let dockerfile = host.dirs.config.join("Failing.Dockerfile");
    fs::create_dir_all(&host.dirs.config)?;
    let image = fs::read_to_string(project.root.join("base-name"))?;
    fs::write(
        &dockerfile,
        format!("FROM {}\nRUN echo this is why; exit 7\n", image.trim()),
    )?;
    let ocx = open(engine, host, project, Some(dockerfile.as_str())).await?;
    let mut settings = ocx.settings().clone();
    settings.custom_base_image = None;
    let ocx = ocx.clone().with_settings(settings);
    let error = ocx.build(&BuildRequest::implicit()).await.unwrap_err();
    let text = in_full(&error);
    assert!(text.contains("this is why"), "{text}");
    println!("a failed build tells why");
    Ok(())
}

async fn children_have_the_hosts_environment(
    engine: &str,
    host: &Host,
    project: &Project,
) -> Outcome {
    let mut elsewhere = host.clone();
    elsewhere
        .environment
        .insert("PATH".to_owned(), "/nonexistent".to_owned());
    let settings = Settings::of_files(&elsewhere, project)
        .with("runtime", engine)?
        .build()?;
    let found = engines::choose(&backends(), &elsewhere, project, &settings).await;
    assert!(
        matches!(found, Err(ChoiceError::NotInstalled { .. })),
        "{found:?}"
    );
    println!("children have the host's environment");
    Ok(())
}

/// An engine of which ocx knows nothing is found, chosen by its name, built on and run. Its command is
/// Docker's, so this is for those who have that.
async fn another_engine_is_one_more_backend(
    engine: &str,
    host: &Host,
    project: &Project,
) -> Outcome {
    if engine == "docker" {
        // Not in the project: no program of that is run.
        let bin = host.dirs.config.join("bin");
        fs::create_dir_all(&bin)?;
        let docker = host.find_program("docker").ok_or("it is in use")?;
        std::os::unix::fs::symlink(docker, bin.join("nerdctl"))?;
        let mut host = host.clone();
        let path = format!("{bin}:{}", host.variable("PATH").unwrap_or_default());
        host.environment.insert("PATH".to_owned(), path);
        let [docker, podman] = backends();
        let all = [docker, podman, third_engine::backend()];
        let settings = Settings::of_files(&host, project)
            .with("runtime", "nerdctl")?
            .build()?;
        let found = engines::choose(&all, &host, project, &settings).await?;
        assert_eq!(found.name().as_str(), "nerdctl");
        let ocx = Ocx::new(host, project.clone(), settings, found);
        ocx.build(&BuildRequest::implicit()).await?;
        let session = ocx
            .session(shell("echo in nerdctl"))
            .stdin(Stdin::Null)
            .output(Output::Capture);
        assert_eq!(session.run().await?.stdout, b"in nerdctl\n");
    }
    println!("another engine is one more backend");
    Ok(())
}

/// SIGINT, SIGQUIT, SIGTERM and SIGHUP are the program's own business.
fn no_signal_is_handled() -> Outcome {
    let status = fs::read_to_string("/proc/self/status")?;
    let caught = status
        .lines()
        .find_map(|line| line.strip_prefix("SigCgt:"))
        .ok_or("no signals")?;
    let caught = u64::from_str_radix(caught.trim(), 16)?;
    for signal in [1, 2, 3, 15] {
        assert_eq!(caught >> (signal - 1) & 1, 0, "signal {signal} is handled");
    }
    println!("no signal is handled");
    Ok(())
}
