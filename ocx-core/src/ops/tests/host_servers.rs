//! Servers on the host's loopback interface that are offered to sessions.

use super::world::World;

const CONFIG: &str = r#"{
    "provider": {
        "ollama": {"options": {"baseURL": "http://localhost:11434/v1"}},
        "lm": {"options": {"apiKey": "not-needed", "baseURL": "http://127.0.0.1:1234/v1"}}
    },
    "mcp": {
        "docs": {"type": "remote", "url": "http://127.0.0.1:8931/mcp"},
        "v6": {"type": "remote", "url": "http://[::1]:8932/mcp"}
    }
}"#;

fn world(settings: &[(&str, &str)]) -> World {
    let base = [("custom_base_image", "team")];
    let world = World::with_images(&[&base, settings].concat(), &["team"]);
    let config = world.sandbox.host.dirs.config.with_file_name("opencode");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("opencode.json"), CONFIG).unwrap();
    world
}

fn offered(world: &World) -> Vec<u16> {
    let servers = world.ocx().host_servers_to_offer().unwrap();
    servers.iter().map(|server| server.port).collect()
}

#[test]
fn what_sessions_do_not_reach_and_could_is_offered() {
    for (settings, expected) in [
        // The port of `[::1]` would not be brought there.
        (&[][..], &[1234, 11434, 8931][..]),
        (&[("host_ports", "[11434, 8931]")], &[1234]),
        // One with a key is asked by way of the bridge.
        (&[("network", "filtered")], &[11434, 8931]),
        (&[("network", "none")], &[1234, 11434, 8931]),
        (&[("network", "host")], &[]),
    ] {
        assert_eq!(offered(&world(settings)), expected, "{settings:?}");
    }
}

#[test]
fn what_was_not_wanted_is_not_offered_again() {
    let world = world(&[]);
    let servers = world.ocx().host_servers_to_offer().unwrap();
    let (no, others) = servers.split_first().unwrap();
    assert_eq!(
        (no.file.as_str(), no.url.as_str()),
        ("opencode.json", "http://127.0.0.1:1234")
    );
    world
        .ocx()
        .leave_host_servers(std::slice::from_ref(no))
        .unwrap();
    assert_eq!(offered(&world), [11434, 8931]);
    world.ocx().leave_host_servers(others).unwrap();
    assert!(offered(&world).is_empty());
}

#[tokio::test]
async fn all_of_them_are_named() {
    let world = world(&[("host_ports", "[1234]")]);
    world.opencode(&[]).await.unwrap();
    for url in [
        "http://localhost:11434",
        "http://127.0.0.1:8931",
        "http://[::1]:8932",
    ] {
        assert_eq!(world.times_said(url), 1, "{url}: {:?}", world.said);
    }
    assert!(!world.said("1234"), "{:?}", world.said);
}
