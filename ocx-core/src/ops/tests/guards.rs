//! What a session's parts hold is put in order, however the session ends.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;

use super::world::World;
use crate::{
    base::{BasePlan, BaseSource},
    ops::{
        Ocx, SessionError,
        session::{
            Program,
            carried::Carried,
            guards::Guards,
            keys::OutsideKeys,
            parts::{Begun, Guard, Opening, Part},
            project_config::ProjectConfig,
        },
    },
    session::{SessionId, plan::Contribution},
    state::ProjectStore,
};

type Log = Arc<Mutex<Vec<String>>>;

/// A part that says what it does.
#[derive(Debug)]
struct Telling {
    name: &'static str,
    log: Log,
    fails: bool,
    lifts: bool,
}

#[derive(Debug)]
struct TellingGuard {
    name: &'static str,
    log: Log,
    lifts: bool,
}

#[async_trait]
impl Part for Telling {
    fn purpose(&self) -> &'static str {
        self.name
    }

    async fn begin(&self, _opening: &Opening<'_>) -> Result<Begun, SessionError> {
        if self.fails {
            return Err(SessionError::EmptyCommand);
        }
        self.log
            .lock()
            .unwrap()
            .push(format!("{} begins", self.name));
        Ok(Begun {
            contribution: Contribution::default(),
            guard: Some(Box::new(TellingGuard {
                name: self.name,
                log: Arc::clone(&self.log),
                lifts: self.lifts,
            })),
        })
    }
}

#[async_trait]
impl Guard for TellingGuard {
    async fn watch(&mut self, _ocx: &Ocx) -> SessionError {
        if self.lifts {
            return SessionError::EmptyCommand;
        }
        std::future::pending().await
    }

    async fn end(self: Box<Self>, _ocx: &Ocx) {
        self.log.lock().unwrap().push(format!("{} ends", self.name));
    }
}

/// Guards of three parts, of which the one called `fails` does not begin and the one called `lifts`
/// wants the session to be stopped.
async fn begun(world: &World, fails: &str, lifts: &str) -> (Guards, Log, bool) {
    let log = Log::default();
    let ocx = world.ocx();
    let program = Program::command(["true"]);
    let session = SessionId::random().unwrap();
    let store = ProjectStore::open(
        &ocx.host.dirs.state,
        ocx.project.id.as_str(),
        &ocx.project.root,
    );
    let parts = ["a", "b", "c"].map(|name| Telling {
        name,
        log: Arc::clone(&log),
        fails: name == fails,
        lifts: name == lifts,
    });
    let [a, b, c] = &parts;
    let mut guards = Guards::new(&ocx);
    let opening = Opening {
        ocx: &ocx,
        version: &"1.18.33".parse().unwrap(),
        base_variables: &[].into(),
        program: &program,
        project_config: &ProjectConfig::Followed,
        base_plan: &BasePlan {
            source: BaseSource::Default,
            build_args: [].into(),
            target: None,
        },
        session: &session,
        container: &"ocx-p-1".parse().unwrap(),
        home: None,
        reach: &ocx.reach(&ProjectConfig::Followed),
        keys: &OutsideKeys::default(),
        store: &store.unwrap(),
        private: &[],
        carried: &Carried::default(),
        more_mounts: &[],
        caches: &[],
        home_parents: &[],
    };
    let result = guards.begin(&[a, b, c], &opening).await;
    (guards, log, result.is_ok())
}

fn lines(log: &Log) -> Vec<String> {
    log.lock().unwrap().clone()
}

#[tokio::test]
async fn they_end_in_the_reverse_order() {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    let (guards, log, began) = begun(&world, "", "").await;
    assert!(began);
    guards.end().await;
    let expected = [
        "a begins", "b begins", "c begins", "c ends", "b ends", "a ends",
    ];
    assert_eq!(lines(&log), expected);
}

#[tokio::test]
async fn those_that_have_begun_end_when_another_does_not() {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    let (guards, log, began) = begun(&world, "b", "").await;
    assert!(!began);
    guards.end().await;
    assert_eq!(lines(&log), ["a begins", "a ends"]);
}

#[tokio::test]
async fn they_end_when_nobody_waits_for_them() {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    let (guards, log, _) = begun(&world, "", "").await;
    drop(guards);
    while lines(&log).len() < 6 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(lines(&log)[3..], ["c ends", "b ends", "a ends"]);
}

#[tokio::test]
async fn one_can_ask_for_the_end() {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    let (mut guards, _, _) = begun(&world, "", "b").await;
    assert!(matches!(guards.watch().await, SessionError::EmptyCommand));
    let (mut guards, _, _) = begun(&world, "", "").await;
    let patience = Duration::from_millis(50);
    assert!(
        tokio::time::timeout(patience, guards.watch())
            .await
            .is_err()
    );
}
