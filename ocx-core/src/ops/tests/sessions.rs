//! `Program`.

use std::sync::{Arc, Mutex};

use super::world::World;
use crate::{
    layout,
    ops::{BuildError, BuildRequest, Program, SessionError},
    project::{Project, Refusal},
    report::Activity,
    runtime::{EngineInfo, Exit, LimitSupport},
    search_path::SCRIPT_PATH,
    session::plan::terminal_environment,
    spec::{Access, Capabilities, MountSource, Network, RunSpec, Terminal},
    state::ProjectStore,
    testing,
    trust::{Sources, Trust},
};

const TEAM: [(&str, &str); 1] = [("custom_base_image", "team")];

#[tokio::test]
async fn the_second_session_makes_one_call_before_it_runs() {
    let world = World::with_images(&TEAM, &["team"]);
    world.opencode(&["--help"]).await.unwrap();
    world.calls();
    let report = world.opencode(&["run", "--help"]).await.unwrap();
    assert_eq!(report.exit, Exit::Code(0));
    assert_eq!(
        world.calls(),
        [
            "find team ocx-team:1.18.33",
            "run ocx-team:1.18.33 opencode run --help"
        ]
    );
}

#[tokio::test]
async fn a_session_is_hardened_and_sees_the_project() {
    let world = World::with_images(&TEAM, &["team"]);
    let root = world.sandbox.host.current_dir.clone();
    std::fs::write(root.join("ocx.toml"), "").unwrap();
    world.opencode(&[]).await.unwrap();
    let engine = world.engine.lock().unwrap();
    let run = engine.runs.last().unwrap();
    assert_eq!(
        (run.capabilities, run.terminal),
        (Capabilities::None, Terminal::Piped)
    );
    assert_eq!(run.working_directory, root);
    let at = |target: &str| run.mounts.iter().find(|mount| mount.target == target);
    assert_eq!(
        at(root.as_str()).unwrap().source,
        MountSource::Bind(root.clone())
    );
    for file in ["/etc/passwd", "/etc/group"] {
        assert_eq!(at(file).unwrap().access, Access::ReadOnly, "{file}");
    }
    assert!(matches!(
        at(layout::HOME).unwrap().source,
        MountSource::Volume(_)
    ));
    for mount in &run.mounts {
        if let MountSource::Bind(source) = &mount.source {
            assert!(source.exists(), "{source}");
        }
    }
}

#[tokio::test]
async fn the_exit_code_is_opencodes() {
    let world = World::with_images(&TEAM, &["team"]);
    world.ocx().build(&BuildRequest::implicit()).await.unwrap();
    let failing = World::new(&TEAM, Exit::Code(42), testing::engine_info());
    failing.take_over(&world);
    let report = failing.opencode(&[]).await.unwrap();
    assert_eq!(report.exit, Exit::Code(42));
}

#[tokio::test]
async fn a_base_that_is_gone_is_not_needed() {
    let world = World::with_images(&TEAM, &["team"]);
    world.ocx().build(&BuildRequest::implicit()).await.unwrap();
    world
        .engine
        .lock()
        .unwrap()
        .images
        .remove(&"team".parse().unwrap());
    world.opencode(&[]).await.unwrap();
    assert!(world.said("base image team is gone"));
}

#[tokio::test]
async fn a_limit_that_cannot_be_enforced_is_told_once() {
    let info = EngineInfo {
        limits: LimitSupport {
            memory: false,
            cpus: false,
            pids: false,
        },
        ..testing::engine_info()
    };
    let told = "cannot enforce pids_limit";
    let world = World::new(&TEAM, Exit::Code(0), info);
    world.add_image("team", [].into());
    world.ocx().build(&BuildRequest::implicit()).await.unwrap();
    assert!(world.said(told));
    for _ in 0..2 {
        world.forget_what_was_said();
        world.opencode(&[]).await.unwrap();
        assert!(!world.said(told));
    }
    let engine = world.engine.lock().unwrap();
    assert_eq!(engine.runs.last().unwrap().limits.pids, None);
}

#[tokio::test]
async fn a_remote_engine_is_refused() {
    let info = EngineInfo {
        remote: true,
        ..testing::engine_info()
    };
    let world = World::new(&TEAM, Exit::Code(0), info);
    world.add_image("team", [].into());
    let error = world.opencode(&[]).await.unwrap_err();
    assert!(matches!(error, SessionError::Remote { .. }), "{error}");
    assert_eq!(world.calls(), ["info"]);
}

#[tokio::test]
async fn nothing_is_kept_if_that_is_wanted() {
    let world = World::with_images(&[TEAM[0], ("data_volumes_mode", "never")], &["team"]);
    world.opencode(&[]).await.unwrap();
    let engine = world.engine.lock().unwrap();
    let mounts = &engine.runs.last().unwrap().mounts;
    assert_eq!(
        mounts
            .iter()
            .find(|mount| mount.target == layout::HOME)
            .unwrap()
            .source,
        MountSource::AnonymousVolume
    );
    assert!(
        !mounts
            .iter()
            .any(|mount| mount.target == layout::OPENCODE_DATA)
    );
}

#[tokio::test]
async fn the_trial_differs_from_a_session_only_where_it_must() {
    let settings = [
        ("custom_base_image", "team"),
        ("read_only", "true"),
        ("memory", "2g"),
        ("network", "host"),
        // There is no agent in a trial.
        ("agent_notes", "false"),
    ];
    let world = World::with_images(&settings, &["team"]);
    world.opencode(&["--version"]).await.unwrap();
    let engine = world.engine.lock().unwrap();
    let [trial, session] = &engine.runs[..] else {
        panic!("{:#?}", engine.runs)
    };
    // What looks around in it comes on top.
    let mut trial = trial.clone();
    trial.environment.remove("BUN_BE_BUN").unwrap();
    assert_eq!(trial.mounts.pop().unwrap().target, SCRIPT_PATH);
    assert_eq!(std::mem::take(&mut trial.launcher)[3], SCRIPT_PATH);
    // No variable of the trial is another one in a session, and none of a session's own is missing
    // in the trial but for those of the caller's terminal.
    let mut environment = session.environment.clone();
    for name in terminal_environment(&world.sandbox.host).keys() {
        environment.remove(name);
    }
    assert_eq!(trial.environment, environment);
    // The mounts are a session's, except that the home directory is nobody's.
    let home = &trial.mounts[0];
    assert_eq!(
        (home.target.as_str(), &home.source),
        (layout::HOME, &MountSource::AnonymousVolume)
    );
    for mount in &trial.mounts[1..] {
        assert!(session.mounts.contains(mount), "{mount:?}");
    }
    let same = RunSpec {
        image: session.image.clone(),
        name: session.name.clone(),
        working_directory: session.working_directory.clone(),
        mounts: session.mounts.clone(),
        environment: session.environment.clone(),
        labels: session.labels.clone(),
        network: session.network.clone(),
        terminal: session.terminal,
        stdin: session.stdin,
        output: session.output,
        ..trial.clone()
    };
    assert_eq!(same, *session);
}

#[tokio::test]
async fn a_command_without_a_program_is_an_error_and_runs_nothing() {
    let world = World::with_images(&TEAM, &["team"]);
    for command in [vec![], vec![String::new()]] {
        let session = world.ocx().session(Program::command(command));
        let error = session.run().await.unwrap_err();
        assert!(matches!(error, SessionError::EmptyCommand), "{error}");
    }
    assert_eq!(world.calls(), [""; 0]);
}

#[tokio::test]
async fn where_there_is_no_project_nothing_runs_and_nothing_is_built() {
    let world = World::with_images(&TEAM, &["team"]);
    let mut ocx = world.ocx();
    let none = Project {
        refusal: Some(Refusal::System),
        ..(*ocx.project).clone()
    };
    ocx.project = Arc::new(none);
    let session = ocx.session(Program::command(["ls"]));
    let error = session.run().await.unwrap_err();
    assert!(matches!(error, SessionError::Project(_)), "{error}");
    let error = ocx.build(&BuildRequest::implicit()).await.unwrap_err();
    assert!(matches!(error, BuildError::Project(_)), "{error}");
    assert_eq!(world.calls(), [""; 0]);
}

/// Whatever the engine loses, and after whichever call: a use case has done its job, or it fails.
#[tokio::test]
async fn nothing_ends_well_without_having_been_done() {
    for lost in ["team", "ocx-team:1.18.33", "ocx-tmp"] {
        let calls = each_loss(lost, async |world| {
            let done = world.opencode(&["run"]).await;
            let engine = world.engine.lock().unwrap();
            let ran = engine
                .runs
                .iter()
                .any(|spec| spec.command == ["opencode", "run"]);
            assert_eq!(done.is_ok(), ran, "{lost}: {done:?}, {:?}", engine.calls);
        });
        assert!(calls.await > 6, "{lost}: a session builds first");
        let calls = each_loss(lost, async |world| {
            let done = world.ocx().build(&BuildRequest::implicit()).await;
            let engine = world.engine.lock().unwrap();
            let is_there = engine
                .images
                .contains_key(&"ocx-team:1.18.33".parse().unwrap());
            assert!(done.is_err() || is_there, "{lost}: {:?}", engine.calls);
        });
        assert!(calls.await > 5, "{lost}: a build makes and names an image");
    }
}

/// Tries a use case again and again, with the images called `lost` going with each of the engine's calls
/// in turn. Returns how many calls it makes.
async fn each_loss(lost: &str, try_out: impl AsyncFn(&World)) -> usize {
    let mut after = 0;
    loop {
        let world = World::with_images(&TEAM, &["team"]);
        world.engine.lock().unwrap().loses = Some((after, lost.to_owned()));
        try_out(&world).await;
        if world.engine.lock().unwrap().loses.is_some() {
            return after;
        }
        after += 1;
    }
}

/// What an event belongs to, and what it says.
type Heard = (Option<Activity>, String);

#[tokio::test]
async fn what_happens_belongs_to_a_build_or_a_session() {
    let heard = |world: &World| {
        let events: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let told = Arc::clone(&events);
        let ocx = world.ocx().on_event(move |event| {
            let event = (event.activity.cloned(), event.to_string());
            told.lock().unwrap().push(event);
        });
        (ocx, events)
    };
    let world = World::with_images(&TEAM, &["team"]);
    let (ocx, events) = heard(&world);
    ocx.build(&BuildRequest::implicit()).await.unwrap();
    let events = std::mem::take(&mut *events.lock().unwrap());
    let build = Some(Activity::Build("team".parse().unwrap()));
    assert!(events.iter().all(|(of, _)| *of == build), "{events:?}");
    let texts: Vec<&str> = events.iter().map(|(_, text)| text.as_str()).collect();
    for text in &texts {
        let ended = format!("ended: {text}");
        let is_step = text.starts_with("building ") || text.starts_with("trying ");
        assert!(!is_step || texts.contains(&ended.as_str()), "{texts:?}");
    }
    assert!(texts.iter().any(|text| text.starts_with("building ")));

    // What is built for a session is the session's.
    let world = World::with_images(&TEAM, &["team"]);
    let (ocx, events) = heard(&world);
    ocx.session(Program::opencode(["x"])).run().await.unwrap();
    let engine = world.engine.lock().unwrap();
    let id = engine.runs.last().unwrap().labels["ocx.session"].clone();
    let (session, events) = (Some(Activity::Session(id)), events.lock().unwrap());
    assert!(!events.is_empty());
    assert!(events.iter().all(|(of, _)| *of == session), "{events:?}");
}

#[tokio::test]
async fn a_session_whose_ocx_died_is_over_before_another_begins() {
    let world = World::with_images(&TEAM, &["team"]);
    world.opencode(&[]).await.unwrap();
    world.calls();
    let ocx = world.ocx();
    let (host, project) = (ocx.host(), ocx.project());
    let sources = Sources::of(host, project, ocx.settings());
    let mut trust = Trust::open(host, project).unwrap();
    trust.begin("dead", &sources).unwrap();
    let store = ProjectStore::open(&host.dirs.state, project.id.as_str(), &project.root).unwrap();
    std::fs::write(store.sessions_dir().join("dead.lock"), "ocx-p-dead").unwrap();

    world.opencode(&["x"]).await.unwrap();
    let calls = world.calls();
    let at = |call: &str| {
        calls
            .iter()
            .position(|made| made.starts_with(call))
            .unwrap()
    };
    assert!(at("stop ocx-p-dead") < at("run "), "{calls:?}");
    // What it changed is the agent's, and what is changed from now on the user's.
    let trust = Trust::open(host, project).unwrap();
    assert_eq!(trust.running().count(), 0);
}

#[tokio::test]
async fn a_session_gets_a_network_that_is_made_once_and_made_anew() {
    let networks = |world: &World| {
        let calls = world.calls();
        let made = |call: &&String| call.starts_with("network ");
        calls.iter().filter(made).count()
    };
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    world.opencode(&[]).await.unwrap();
    let own = format!("ocx-{}", world.sandbox.host.user.uid);
    let last = |world: &World| world.engine.lock().unwrap().runs.last().unwrap().clone();
    assert_eq!(last(&world).network, Network::Named(own.clone()));
    world.opencode(&[]).await.unwrap();
    assert_eq!(networks(&world), 1, "the second session asks nothing");
    // It vanishes.
    world.engine.lock().unwrap().networks.clear();
    world.opencode(&[]).await.unwrap();
    assert_eq!(networks(&world), 1);
    world.opencode(&[]).await.unwrap();
    assert_eq!(networks(&world), 0);
    // One that the user chose is the user's own.
    for (setting, network) in [
        ("none", Network::None),
        ("host", Network::Host),
        ("mine", Network::Named("mine".to_owned())),
    ] {
        let world = World::with_images(
            &[("custom_base_image", "team"), ("network", setting)],
            &["team"],
        );
        world
            .engine
            .lock()
            .unwrap()
            .networks
            .insert("mine".to_owned());
        world.opencode(&[]).await.unwrap();
        assert_eq!((last(&world).network, networks(&world)), (network, 0));
    }
}
