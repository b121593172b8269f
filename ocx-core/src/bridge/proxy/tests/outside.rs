//! How the proxy ends, and what a panic does.

use super::*;

#[tokio::test]
async fn a_panic_ends_one_connection_only() {
    let port = server(echo).await;
    let world = Plan::default().world().await;
    let (mut kept, _) = world.tunnel(&format!("server.test:{port}")).await;
    let answer = world.ask("CONNECT panic.example:1 HTTP/1.1\r\n\r\n").await;
    assert_eq!(answer, "");
    say(&mut kept, "x").await;
    assert_eq!(kept.read_u8().await.unwrap(), b'x');
    let (_, head) = world.tunnel(&format!("server.test:{port}")).await;
    assert!(head.contains(" 200 "), "{head}");
}

#[tokio::test]
async fn when_it_is_dropped_nothing_is_reached_any_more() {
    let port = server(echo).await;
    let world = Plan::default().world().await;
    let (mut stream, _) = world.tunnel(&format!("server.test:{port}")).await;
    let World { bridge, at, .. } = world;
    drop(bridge);
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
    // The thread ends on its own.
    while TcpStream::connect(at).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn one_that_waits_at_its_door_ends_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
    let options = BridgeOptions::new(Arc::new(Rules::default()));
    let bridge = Bridge::open(path.clone(), options).unwrap();
    assert!(path.join(door::NAME).exists() && !bridge.is_entered());
    drop(bridge);
    while path.join(door::NAME).exists() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
