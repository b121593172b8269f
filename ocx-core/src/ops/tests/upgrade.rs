//! `upgrade`.

use super::world::World;
use crate::ops::{BuildError, Pin, UpgradeCheck, UpgradeReport, check_upgrade, upgrade};

const TEAM: [(&str, &str); 1] = [("custom_base_image", "team")];

#[tokio::test]
async fn a_pin_needs_neither_engine_nor_registry() {
    let world = World::with_images(&TEAM, &["team"]);
    let check = check_upgrade(&world.ocx()).await.unwrap();
    assert!(
        matches!(check, UpgradeCheck::Pinned(Pin::Binary(_))),
        "{check:?}"
    );
    let report = upgrade(&world.ocx()).await.unwrap();
    assert!(matches!(report, UpgradeReport::Pinned(_)), "{report:?}");
    assert!(world.calls().is_empty());
}

#[tokio::test]
async fn nothing_is_built_when_the_registry_cannot_be_asked() {
    let world = World::with_images(&TEAM, &["team"]).following_latest();
    let error = upgrade(&world.ocx()).await.unwrap_err();
    assert!(matches!(error, BuildError::Latest(_)), "{error}");
    assert_eq!(world.calls(), ["find team", "info", "read"]);
}

#[tokio::test]
async fn a_base_that_is_missing_is_told_before_the_registry_is_asked() {
    let world = World::with_images(&TEAM, &[]).following_latest();
    let error = check_upgrade(&world.ocx()).await.unwrap_err();
    assert!(matches!(error, BuildError::BaseMissing { .. }), "{error}");
}
