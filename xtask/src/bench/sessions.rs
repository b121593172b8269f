//! Sessions, and programs in sessions that run.

use std::time::Duration;

use ocx_tests::engine::EngineKind;

use super::{
    report::Comparison,
    scene::Scene,
    timing::{Contest, Pairs, pairs},
};
use crate::step::{Outcome, read};

const SESSION: [&str; 2] = ["opencode", "--version"];

pub(super) fn warm_start(scene: &Scene<'_>) -> Outcome<Vec<Comparison>> {
    let words = scene.planned_one(&SESSION, "run")?;
    let times = pairs(
        scene.rounds,
        || scene.ocx(&SESSION),
        || scene.by_hand(&words),
        || {},
    )?;
    Ok(vec![Comparison {
        what: "warm start, `ocx opencode --version`".to_owned(),
        beside: format!("the same `{} run`", scene.program()),
        times,
    }])
}

/// The first session after a build beside a later one: the build has done what the engine does once
/// for each image.
pub(super) fn first_session(scene: &Scene<'_>) -> Outcome<Vec<Comparison>> {
    let words = scene.planned_one(&SESSION, "run")?;
    let image = words
        .iter()
        .rposition(|word| word == "opencode")
        .and_then(|position| words.get(position - 1))
        .ok_or("the planned run has no image")?;
    let times = pairs(
        scene.long_rounds(),
        || {
            let _ = scene.cli().ask(&["rmi", image]);
            // What fails here fails in the session, too.
            let _ = scene.ocx(&["--quiet", "build"]).status();
            scene.ocx(&SESSION)
        },
        || scene.ocx(&SESSION),
        || {},
    )?;
    Ok(vec![Comparison {
        what: "the first session after a build".to_owned(),
        beside: "a later one".to_owned(),
        times,
    }])
}

/// A program in a session that runs.
pub(super) fn exec(scene: &Scene<'_>) -> Outcome<Vec<Comparison>> {
    let _session = scene
        .invocation(&["exec", "--new", "sleep", "3600"])
        .start();
    let id = await_session(scene, &[])?;
    let program = ["exec", "true"];
    let named = ["exec", "--session", &id, "true"];
    let words = scene.planned_one(&program, "exec")?;
    let told = scene.invocation(&["--verbose", "exec", "true"]).run();
    let asked = told.stderr().lines().filter(|line| line.starts_with("$ "));
    if asked.count() != 1 {
        return Err(format!("`exec` asks the engine more than that: {told}"));
    }
    let times = Contest {
        rounds: scene.rounds,
        commands: vec![
            Box::new(|| scene.ocx(&program)),
            Box::new(|| scene.ocx(&named)),
            Box::new(|| scene.by_hand(&words)),
        ],
        before: Box::new(|_| Ok(())),
    }
    .run();
    scene.once(&["stop"]);
    let times = times?;
    let beside = format!("the same `{} exec`", scene.program());
    let row = |what: &str, ocx| Comparison {
        what: what.to_owned(),
        beside: beside.clone(),
        times: Pairs::of(&times, ocx, 2),
    };
    Ok(vec![
        row("a program in the running session, `ocx exec true`", 0),
        row("the same by its ID, `ocx exec --session ID true`", 1),
    ])
}

/// How long a session has to run until ocx knows without asking that it does, and a bit.
const SETTLED: Duration = Duration::from_secs(11);

/// The ID of the session that is none of these, once it has been running for a while.
pub(super) fn await_session(scene: &Scene<'_>, others: &[String]) -> Outcome<String> {
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(300));
        let list = read(&mut scene.ocx(&["ps", "--json"]))?;
        let list: serde_json::Value =
            serde_json::from_str(&list).map_err(|error| error.to_string())?;
        let sessions = list.as_array().into_iter().flatten();
        let mut ids = sessions.filter_map(|session| session["session"].as_str());
        if let Some(id) = ids.find(|id| others.iter().all(|other| other != id)) {
            std::thread::sleep(SETTLED);
            return Ok(id.to_owned());
        }
    }
    Err("the session did not start".to_owned())
}

/// How many files are hidden where the engine can mount as much, in how many directories.
const HIDDEN: usize = 1000;
const DIRECTORIES: usize = 10;

/// runc 1.1 gets the sources of a rootless container's mounts in one message of 64 KiB, and starts nothing
/// if they are longer. A source has some 125 bytes here.
const HIDDEN_WITH_PODMAN: usize = 400;

/// A session in which many files are hidden, and one with none.
pub(super) fn hidden_files(scene: &Scene<'_>) -> Outcome<Vec<Comparison>> {
    let hidden = match scene.kind() {
        EngineKind::Podman => HIDDEN_WITH_PODMAN,
        EngineKind::Docker | EngineKind::DockerRootless => HIDDEN,
    };
    let paths: Vec<String> = (0..hidden)
        .map(|number| format!("secrets/{}/{number}.env", number % DIRECTORIES))
        .collect();
    let settings = scene.sandbox.read("ocx.toml");
    let project = |name: &str, more: &str| {
        // Beside the other project, since what a session there could change is the agent's.
        let directory = scene.sandbox.project().with_file_name(name);
        for path in &paths {
            scene.sandbox.write(directory.join(path), "KEY=1\n");
        }
        scene
            .sandbox
            .write(directory.join("ocx.toml"), format!("{settings}{more}"));
    };
    project("hiding", &format!("forbidden_paths = {paths:?}\n"));
    project("open", "");
    let session = |directory: &'static str| ["--workspace", directory, "opencode", "--version"];
    let (hiding, open) = (session("../hiding"), session("../open"));
    let runs = [
        scene.planned_one(&hiding, "run")?,
        scene.planned_one(&open, "run")?,
    ];
    let times = Contest {
        rounds: scene.long_rounds(),
        commands: vec![
            Box::new(|| scene.ocx(&hiding)),
            Box::new(|| scene.ocx(&open)),
            Box::new(|| scene.by_hand(&runs[0])),
            Box::new(|| scene.by_hand(&runs[1])),
        ],
        before: Box::new(|_| Ok(())),
    }
    .run()?;
    let row = |what: String, beside: String, ocx, bare| Comparison {
        what,
        beside,
        times: Pairs::of(&times, ocx, bare),
    };
    let program = scene.program();
    Ok(vec![
        row(
            format!("a session with {hidden} hidden files"),
            "a session with none".to_owned(),
            0,
            1,
        ),
        row(
            "the same session".to_owned(),
            format!("the same `{program} run`, with the same mounts"),
            0,
            2,
        ),
        row(
            format!("that `{program} run` itself"),
            "the same without those mounts".to_owned(),
            2,
            3,
        ),
    ])
}
