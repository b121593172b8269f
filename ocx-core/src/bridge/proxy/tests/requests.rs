//! What is asked for, and what comes of it.

use super::*;

#[tokio::test]
async fn a_tunnel_carries_both_ways() {
    let port = server(echo).await;
    let world = Plan::default().world().await;
    let (mut stream, head) = world.tunnel(&format!("Server.TEST.:{port}")).await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(!head.to_lowercase().contains("content-length"), "{head}");
    say(&mut stream, "hello").await;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"hello");
    drop(stream);
    world
        .until(|event| matches!(event, Event::Closed { .. }))
        .await;
    let to = format!("server.test:{port}");
    assert_eq!(
        world.events(),
        [
            format!("connected to {to} at 127.0.0.1:{port}"),
            format!("the connection to {to} has ended, 5 bytes were sent and 5 received"),
        ]
    );
    assert!(world.bridge.is_entered());
}

#[tokio::test]
async fn what_is_bytes_behind_a_connect_is_not_lost() {
    let port = server(echo).await;
    let world = Plan::default().world().await;
    let mut stream = world.connection().await;
    let request = format!("CONNECT server.test:{port} HTTP/1.1\r\n\r\nat once");
    say(&mut stream, &request).await;
    head(&mut stream).await;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"at once");
}

#[tokio::test]
async fn who_has_said_all_still_gets_the_answer() {
    let port = server(|mut stream| async move {
        let mut all = String::new();
        stream.read_to_string(&mut all).await.unwrap();
        say(&mut stream, &format!("you said {all}")).await;
    })
    .await;
    let world = Plan::default().world().await;
    let (mut stream, _) = world.tunnel(&format!("server.test:{port}")).await;
    say(&mut stream, "all").await;
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "you said all");
}

#[tokio::test]
async fn what_is_not_allowed_is_refused_at_once_and_told() {
    let world = Plan::default().world().await;
    for request in [
        "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        "GET http://evil.example:443/ HTTP/1.1\r\nHost: server.test\r\nConnection: close\r\n\r\n",
        "CONNECT EVIL.example.:443 HTTP/1.1\r\nConnection: close\r\n\r\n",
    ] {
        let answer = world.ask(request).await;
        assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
        assert!(
            answer.contains("may not reach evil.example:443"),
            "{answer}"
        );
        assert!(
            answer.contains("\"evil.example\" in the list `network_allow`"),
            "{answer}"
        );
    }
    assert_eq!(
        world.events(),
        ["refused evil.example:443: it is not allowed"; 3]
    );
    assert!(world.names.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn who_is_refused_while_it_sends_reads_why() {
    let world = Plan::default().world().await;
    for head in [
        "POST http://evil.example/ HTTP/1.1\r\nContent-Length: 4194304\r\n\r\n",
        "CONNECT evil.example:443 HTTP/1.1\r\nConnection: close\r\n\r\n",
    ] {
        for _ in 0..10 {
            let mut stream = world.connection().await;
            say(&mut stream, head).await;
            stream.write_all(&vec![b'x'; 4 << 20]).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
        }
    }
}

#[tokio::test]
async fn after_a_refusal_a_connection_serves_on() {
    let port = server(|mut stream| async move {
        head(&mut stream).await;
        say(
            &mut stream,
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        )
        .await;
    })
    .await;
    let world = Plan::default().world().await;
    let mut stream = world.connection().await;
    say(
        &mut stream,
        "GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    .await;
    let refused = head(&mut stream).await;
    assert!(refused.contains(" 403 "), "{refused}");
    let length = refused.to_lowercase();
    let length = length.split("content-length: ").nth(1).unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    stream.read_exact(&mut vec![0; length]).await.unwrap();
    for _ in 0..2 {
        let request = format!("GET http://server.test:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n");
        say(&mut stream, &request).await;
        assert!(head(&mut stream).await.contains(" 200 "));
        stream.read_exact(&mut [0; 2]).await.unwrap();
    }
}

#[tokio::test]
async fn a_name_that_leads_to_the_host_or_its_neighbours_is_refused() {
    let port = server(echo).await;
    for (address, allow) in [
        ("127.0.0.1", vec!["*"]),
        ("127.0.0.1", vec!["*", "0.0.0.0/0"]),
        ("127.0.0.1", vec!["*", "10.0.0.0/8"]),
        ("::ffff:127.0.0.1", vec!["*"]),
        ("169.254.169.254", vec!["*"]),
        ("fd00:ec2::254", vec!["*"]),
        ("0.0.0.0", vec!["*"]),
    ] {
        let plan = Plan {
            allow,
            names: vec![("rebound.test", address)],
            ..Plan::default()
        };
        let world = plan.world().await;
        let (_, head) = world.tunnel(&format!("rebound.test:{port}")).await;
        assert!(head.contains(" 403 "), "{address}: {head}");
        assert_eq!(*world.names.asked.lock().unwrap(), ["rebound.test"]);
    }
}

#[tokio::test]
async fn what_is_connected_to_is_what_was_looked_at() {
    // Of the two addresses only the second is allowed, and there the server is; the name is asked for
    // once, so that it cannot lead elsewhere afterwards.
    let port = server(echo).await;
    let plan = Plan {
        names: vec![("two.test", "169.254.169.254"), ("two.test", "127.0.0.1")],
        ..Plan::default()
    };
    let world = plan.world().await;
    let (_, head) = world.tunnel(&format!("two.test:{port}")).await;
    assert!(head.contains(" 200 "), "{head}");
    assert_eq!(*world.names.asked.lock().unwrap(), ["two.test"]);
    assert_eq!(
        world.events(),
        [format!("connected to two.test:{port} at 127.0.0.1:{port}")]
    );
}

#[tokio::test]
async fn what_is_denied_by_address_is_so_by_name_too() {
    let plan = Plan {
        deny: vec!["127.0.0.0/8"],
        ..Plan::default()
    };
    let world = plan.world().await;
    let (_, head) = world.tunnel("server.test:80").await;
    assert!(head.contains(" 403 "), "{head}");
}

#[tokio::test]
async fn who_is_not_there_is_told_from_who_is_not_allowed() {
    let world = Plan::default().world().await;
    let (_, head) = world.tunnel("nobody.test:80").await;
    assert!(head.contains(" 502 "), "{head}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let (_, head) = world.tunnel(&format!("server.test:{port}")).await;
    assert!(head.contains(" 502 "), "{head}");
    let events = world.events();
    assert!(
        events[0].starts_with("cannot reach nobody.test:80: "),
        "{events:?}"
    );
    assert!(
        events[1].contains("cannot connect to 127.0.0.1"),
        "{events:?}"
    );
}

#[tokio::test]
async fn plain_http_goes_where_its_address_says_and_nowhere_else() {
    let port = server(|mut stream| async move {
        let asked = head(&mut stream).await.to_lowercase();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nProxy-Authenticate: Basic\r\nConnection: x-own\r\nX-Own: 1\r\n\
             Content-Length: {}\r\n\r\n{asked}",
            asked.len()
        );
        say(&mut stream, &answer).await;
    })
    .await;
    let world = Plan::default().world().await;
    let answer = world
        .ask(&format!(
            "GET http://server.test:{port}/a?b HTTP/1.1\r\nHost: evil.example\r\nAccept: a\r\n\
             Proxy-Authorization: Basic eA==\r\nConnection: close\r\n\r\n"
        ))
        .await;
    let (head, asked) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{answer}");
    for absent in ["proxy-authenticate", "x-own"] {
        assert!(!head.to_lowercase().contains(absent), "{answer}");
    }
    assert!(asked.starts_with("get /a?b http/1.1\r\n"), "{asked}");
    assert!(
        asked.contains(&format!("host: server.test:{port}\r\n")),
        "{asked}"
    );
    assert!(asked.contains("accept: a\r\n"), "{asked}");
    assert!(
        !asked.contains("evil") && !asked.contains("basic"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_websocket_is_carried() {
    let port = server(|mut stream| async move {
        let asked = head(&mut stream).await.to_lowercase();
        assert!(asked.contains("upgrade: websocket\r\n"), "{asked}");
        let granted =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        say(&mut stream, granted).await;
        echo(stream).await;
    })
    .await;
    let world = Plan::default().world().await;
    let mut stream = world.connection().await;
    say(
        &mut stream,
        &format!(
            "GET http://server.test:{port}/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        ),
    )
    .await;
    let granted = head(&mut stream).await.to_lowercase();
    assert!(granted.starts_with("http/1.1 101"), "{granted}");
    assert!(granted.contains("upgrade: websocket"), "{granted}");
    say(&mut stream, "frame").await;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"frame");
    drop(stream);
    world
        .until(|event| matches!(event, Event::Closed { .. }))
        .await;
}

#[tokio::test]
async fn what_says_not_where_it_goes_goes_nowhere() {
    let world = Plan::default().world().await;
    for request in [
        "GET / HTTP/1.1\r\nHost: server.test\r\n",
        "GET https://server.test/ HTTP/1.1\r\nHost: server.test\r\n",
        "GET ftp://server.test/ HTTP/1.1\r\nHost: server.test\r\n",
        "GET http://server.test@evil.example/ HTTP/1.1\r\nHost: server.test\r\n",
        "CONNECT server.test@evil.example:443 HTTP/1.1\r\n",
        "CONNECT server.test HTTP/1.1\r\n",
        "CONNECT server.test:0 HTTP/1.1\r\n",
        "CONNECT / HTTP/1.1\r\n",
        "CONNECT http://server.test:80/ HTTP/1.1\r\n",
        "nonsense\r\n",
    ] {
        let answer = world
            .ask(&format!("{request}Connection: close\r\n\r\n"))
            .await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{request}: {answer}");
    }
    assert!(world.events().is_empty() && world.names.asked.lock().unwrap().is_empty());
}
