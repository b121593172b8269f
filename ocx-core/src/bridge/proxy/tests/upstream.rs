//! Through a proxy of the user's environment.

use super::*;

const PASSWORD: &str = "hunter2";

/// A proxy that tells in its answer what it was asked, and then sends back what comes.
async fn recording_proxy(status: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&asked);
    let port = server(move |mut stream| {
        let record = Arc::clone(&record);
        async move {
            let asked = head(&mut stream).await;
            record.lock().unwrap().push(asked);
            say(&mut stream, status).await;
            echo(stream).await;
        }
    })
    .await;
    (port, asked)
}

fn through(proxy: String) -> Plan {
    Plan {
        upstream: Some(proxy),
        names: vec![("proxy.corp", "127.0.0.1"), ("here.test", "127.0.0.1")],
        ..Plan::default()
    }
}

#[tokio::test]
async fn tunnels_go_through_an_http_proxy_with_its_password() {
    let (port, asked) = recording_proxy("HTTP/1.1 200 OK\r\nX-Secret: hunter2\r\n\r\n").await;
    let world = through(format!("http://ann:{PASSWORD}@proxy.corp:{port}"))
        .world()
        .await;
    let (mut stream, head) = world.tunnel("far.test:443").await;
    assert!(head.contains(" 200 ") && !head.contains(PASSWORD), "{head}");
    say(&mut stream, "x").await;
    assert_eq!(stream.read_u8().await.unwrap(), b'x');
    // "ann:hunter2" in base64.
    let asked = asked.lock().unwrap()[0].clone();
    assert!(
        asked.starts_with("CONNECT far.test:443 HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(
        asked.to_lowercase().contains("proxy-authorization: basic "),
        "{asked}"
    );
    assert!(asked.contains("YW5uOmh1bnRlcjI="), "{asked}");
    // The name is looked up there.
    assert_eq!(*world.names.asked.lock().unwrap(), ["proxy.corp"]);
    assert_eq!(
        world.events(),
        ["connected to far.test:443 through a proxy"]
    );
}

#[tokio::test]
async fn plain_http_goes_through_as_it_is() {
    let (port, asked) =
        recording_proxy("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            .await;
    let world = through(format!("http://ann:{PASSWORD}@proxy.corp:{port}"))
        .world()
        .await;
    let answer = world
        .ask("GET http://far.test:81/x HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
    let asked = asked.lock().unwrap()[0].clone();
    assert!(
        asked.starts_with("GET http://far.test:81/x HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(asked.contains("YW5uOmh1bnRlcjI="), "{asked}");
}

#[tokio::test]
async fn a_proxy_that_wants_another_password_does_not_ask_the_session() {
    let (port, _) = recording_proxy(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"corp\"\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let world = through(format!("http://ann:{PASSWORD}@proxy.corp:{port}"))
        .world()
        .await;
    let (_, head) = world.tunnel("far.test:443").await;
    let plain = world
        .ask("GET http://far.test/ HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n")
        .await;
    for answer in [head, plain] {
        assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
        let lower = answer.to_lowercase();
        assert!(
            !lower.contains("authenticate:") && !lower.contains(PASSWORD),
            "{answer}"
        );
    }
    for event in world.events() {
        assert!(
            !event.contains(PASSWORD) && !event.contains("YW5u"),
            "{event}"
        );
    }
}

#[tokio::test]
async fn what_no_proxy_names_and_what_is_on_the_host_go_without() {
    let (proxy, asked) = recording_proxy("HTTP/1.1 200 OK\r\n\r\n").await;
    let port = server(echo).await;
    let world = through(format!("http://proxy.corp:{proxy}")).world().await;
    for to in ["here.test", "127.0.0.1"] {
        let (mut stream, head) = world.tunnel(&format!("{to}:{port}")).await;
        assert!(head.contains(" 200 "), "{head}");
        say(&mut stream, "x").await;
        assert_eq!(stream.read_u8().await.unwrap(), b'x');
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn rules_hold_before_any_proxy_is_asked() {
    let (port, asked) = recording_proxy("HTTP/1.1 200 OK\r\n\r\n").await;
    let world = through(format!("http://proxy.corp:{port}")).world().await;
    for to in ["evil.example:443", "10.0.0.1:443", "1.1.1.1:443"] {
        let (_, head) = world.tunnel(to).await;
        assert!(head.contains(" 403 "), "{to}: {head}");
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_proxy_that_should_speak_tls_and_does_not_is_told() {
    let port = server(|mut stream| async move {
        say(&mut stream, "not TLS at all, but some words\r\n\r\n").await;
    })
    .await;
    let world = through(format!("https://proxy.corp:{port}")).world().await;
    let (_, head) = world.tunnel("far.test:443").await;
    assert!(head.contains(" 502 "), "{head}");
    let events = world.events();
    assert!(events[0].contains("it does not speak TLS"), "{events:?}");
}

#[tokio::test]
async fn tunnels_and_plain_http_go_through_a_socks5_proxy_with_its_password() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&told);
    // As RFC 1928 and 1929 have it.
    let port = server(move |mut stream| {
        let record = Arc::clone(&record);
        async move {
            let mut methods = [0; 3];
            stream.read_exact(&mut methods).await.unwrap();
            assert_eq!(methods, [5, 1, 2]);
            stream.write_all(&[5, 2]).await.unwrap();
            let mut login = [0; 13];
            stream.read_exact(&mut login).await.unwrap();
            assert_eq!(&login, b"\x01\x03ann\x07hunter2");
            stream.write_all(&[1, 0]).await.unwrap();
            let mut start = [0; 4];
            stream.read_exact(&mut start).await.unwrap();
            let length = match start[3] {
                3 => usize::from(stream.read_u8().await.unwrap()),
                4 => 16,
                _ => 4,
            };
            let mut place = vec![0; length + 2];
            stream.read_exact(&mut place).await.unwrap();
            record.lock().unwrap().push((start[3], place));
            stream
                .write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
                .await
                .unwrap();
            echo(stream).await;
        }
    })
    .await;
    let mut plan = through(format!("socks5h://ann:{PASSWORD}@proxy.corp:{port}"));
    plan.allow.push("2606::/16");
    let world = plan.world().await;
    for to in ["far.test:443", "[2606::1]:443"] {
        let (mut stream, head) = world.tunnel(to).await;
        assert!(head.contains(" 200 "), "{head}");
        say(&mut stream, "x").await;
        assert_eq!(stream.read_u8().await.unwrap(), b'x');
    }
    // What comes back is what was said, no answer of a server.
    let answer = world
        .ask("GET http://far.test/ HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    let mut address = vec![0x26, 6];
    address.extend([0; 13]);
    address.extend([1, 1, 187]);
    let far = |port: [u8; 2]| (3, [b"far.test".as_slice(), &port].concat());
    assert_eq!(
        *told.lock().unwrap(),
        [far([1, 187]), (4, address), far([0, 80])]
    );
}
