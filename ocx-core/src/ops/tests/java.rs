//! Whom Java trusts.

use super::world::World;
use crate::spec::{EnvValue, MountSource};

const NAME: &str = "JAVA_TOOL_OPTIONS";
const KEYSTORE: &str = "/ocx/etc/ca-certificates.jks";
/// Three bytes that are no certificate: nobody looks into them here.
const BUNDLE: &str = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";

/// The options of a session, and whether it has the keystore.
async fn options(mut world: World, own: bool, bundle: &str) -> (Option<String>, bool) {
    let file = world.sandbox.top.join("bundle.pem");
    std::fs::write(&file, bundle).unwrap();
    world.sandbox.host.ca_bundle = Some(file);
    world.sandbox.host.own_authorities = own;
    world.opencode(&[]).await.unwrap();
    let run = world.engine.lock().unwrap().runs.last().unwrap().clone();
    let mount = run.mounts.iter().find(|mount| mount.target == KEYSTORE);
    if let Some(mount) = mount {
        let MountSource::Bind(source) = &mount.source else {
            panic!("{mount:?}")
        };
        assert!(source.is_file() && source.starts_with(&world.sandbox.host.dirs.cache));
    }
    let value = run.environment.get(NAME);
    (
        value.map(EnvValue::expose).map(str::to_owned),
        mount.is_some(),
    )
}

/// Lets the base set a variable.
fn set_in_base(world: &World, line: &str) {
    let team = "team".parse().unwrap();
    let mut engine = world.engine.lock().unwrap();
    let image = engine.images.get_mut(&team).unwrap();
    image.environment.push(line.to_owned());
}

fn world(settings: &[(&str, &str)]) -> World {
    let settings = [&[("custom_base_image", "team")], settings].concat();
    World::with_images(&settings, &["team"])
}

#[tokio::test]
async fn it_is_told_where_somebody_has_added_to_it() {
    let told = format!("-Djavax.net.ssl.trustStore={KEYSTORE}");
    assert_eq!(options(world(&[]), true, BUNDLE).await, (Some(told), true));
    assert_eq!(options(world(&[]), false, BUNDLE).await, (None, false));
    // What is no bundle is nobody's authority.
    assert_eq!(options(world(&[]), true, "odd").await, (None, false));
}

#[tokio::test]
async fn the_settings_and_who_made_the_base_know_better() {
    let own = world(&[("env", "{ JAVA_TOOL_OPTIONS = \"-Xmx1g\" }")]);
    let (value, _) = options(own, true, BUNDLE).await;
    assert_eq!(value.as_deref(), Some("-Xmx1g"));
    let of_base = world(&[]);
    set_in_base(&of_base, &format!("{NAME}=-Xmx2g"));
    assert_eq!(options(of_base, true, BUNDLE).await, (None, false));
}
