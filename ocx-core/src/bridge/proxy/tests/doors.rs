//! What comes through the door.

use super::*;

#[tokio::test]
async fn only_a_listening_socket_on_the_loopback_comes_in_and_only_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
    let options = BridgeOptions::new(Arc::new(Rules::default()));
    let bridge = Bridge::open(path.clone(), options).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let elsewhere = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    let everywhere = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let unix = std::os::unix::net::UnixListener::bind(path.join("other")).unwrap();
    let packets = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let file = std::fs::File::open("/dev/null").unwrap();
    for wrong in [
        connected.as_fd(),
        elsewhere.as_fd(),
        everywhere.as_fd(),
        unix.as_fd(),
        packets.as_fd(),
        file.as_fd(),
    ] {
        assert_eq!(hand_over(&path, wrong).await.unwrap_or(0), 0, "{wrong:?}");
        assert!(!bridge.is_entered());
    }
    let mut silent = UnixStream::connect(path.join(door::NAME)).await.unwrap();
    silent.write_all(b"x").await.unwrap();
    assert_eq!(silent.read(&mut [0; 1]).await.unwrap_or(0), 0);
    assert_eq!(hand_over(&path, listener.as_fd()).await.unwrap(), 1);
    assert!(bridge.is_entered());
    let again = hand_over(&path, listener.as_fd()).await;
    assert_eq!(again.unwrap_or(0), 0);
    assert!(!path.join(door::NAME).exists());
}

#[tokio::test]
async fn a_long_path_is_no_hindrance() {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::try_from(directory.path().join("d".repeat(200))).unwrap();
    std::fs::create_dir(&path).unwrap();
    let options = BridgeOptions::new(Arc::new(Rules::default()));
    let _bridge = Bridge::open(path.clone(), options).unwrap();
    assert!(path.join(door::NAME).exists());
}

#[test]
fn without_a_directory_there_is_no_bridge() {
    let options = BridgeOptions::new(Arc::new(Rules::default()));
    let error = Bridge::open("/nowhere/at/all".into(), options).unwrap_err();
    assert_eq!(error.path, "/nowhere/at/all/door");
}
