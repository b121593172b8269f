//! `compat`.

use super::world::World;
use crate::{
    opencode::Libc,
    ops::{BuildError, CompatError, InstructionOutcome, Shell, Subject, compat},
    runtime::{EngineInfo, EngineMode, Exit, HealthCheck},
    testing,
};

fn subject(text: &str) -> Subject {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_bare_image() {
    let world = World::with_images(&[], &["app:2"]);
    let found = compat(&world.ocx(), &subject("app:2")).await.unwrap();
    assert!(found.problems.is_empty(), "{found:?}");
    assert_eq!(
        (found.libc, found.shell),
        (Some(Libc::Glibc), Shell::Missing)
    );
    assert!(found.changes.is_empty());
    assert_eq!(found.result.unwrap().to_string(), "ocx-app--2:1.18.33");
    assert_eq!(world.calls(), ["info", "find app:2", "read"]);
}

#[tokio::test]
async fn all_that_changes_and_all_that_is_wrong() {
    let info = EngineInfo {
        mode: EngineMode::UserNamespaceRemap,
        ..testing::engine_info()
    };
    let world = World::new(&[], Exit::Code(0), info);
    world.add_image("app", [].into());
    {
        let mut engine = world.engine.lock().unwrap();
        let image = engine.images.get_mut(&"app".parse().unwrap()).unwrap();
        image.os = "windows".to_owned();
        image.on_build = vec!["RUN make".to_owned()];
        image.environment = vec!["PATH=/a\n/b".to_owned()];
        image.user = "1000".to_owned();
        image.health_check = HealthCheck::Present;
        image.volumes = vec!["/data".into()];
    }
    let found = compat(&world.ocx(), &subject("app")).await.unwrap();
    assert!(
        matches!(
            found.problems.as_slice(),
            [
                BuildError::Probe(_),
                BuildError::OnBuild { .. },
                BuildError::Path(_),
                BuildError::Identity(_)
            ]
        ),
        "{:?}",
        found.problems
    );
    let changes: Vec<_> = found
        .changes
        .iter()
        .map(|change| (change.instruction, change.outcome))
        .collect();
    assert_eq!(
        changes,
        [
            ("HEALTHCHECK", InstructionOutcome::Reset),
            ("USER", InstructionOutcome::Overridden),
            ("VOLUME", InstructionOutcome::Kept)
        ]
    );
    assert_eq!((found.libc, found.shell), (None, Shell::Unknown));
    assert!(!world.calls().contains(&"read".to_owned()));
}

#[tokio::test]
async fn an_image_that_is_not_there() {
    let world = World::with_images(&[], &[]);
    let error = compat(&world.ocx(), &subject("app")).await.unwrap_err();
    assert!(matches!(error, CompatError::ImageMissing { .. }), "{error}");
}
