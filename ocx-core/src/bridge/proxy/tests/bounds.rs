//! Much at once, too much, and too slow.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::*;

#[tokio::test]
async fn five_hundred_connections_at_once() {
    // All four ends of each are in this process.
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum.map(|most| most.min(8192)).or(Some(8192)),
        ..limit
    };
    if limit.current.is_some_and(|current| current < 4096) {
        setrlimit(Resource::Nofile, raised).unwrap();
    }
    let port = server(echo).await;
    let world = Plan::default().world().await;
    let mut streams = Vec::new();
    for number in 0..500 {
        let (mut stream, head) = world.tunnel(&format!("server.test:{port}")).await;
        assert!(head.contains(" 200 "), "{number}: {head}");
        say(&mut stream, &format!("{number:03}")).await;
        streams.push(stream);
    }
    for (number, stream) in streams.iter_mut().enumerate() {
        let mut answer = [0; 3];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, format!("{number:03}").as_bytes());
    }
}

#[tokio::test]
async fn two_hundred_megabytes_arrive_whole() {
    const PIECES: usize = 200;
    let piece: Arc<Vec<u8>> = Arc::new((0..1 << 20).map(|n: u32| (n % 251) as u8).collect());
    let sent = Arc::clone(&piece);
    let port = server(move |mut stream| {
        let piece = Arc::clone(&sent);
        async move {
            for _ in 0..PIECES {
                stream.write_all(&piece).await.unwrap();
            }
        }
    })
    .await;
    let world = Plan::default().world().await;
    let (mut stream, _) = world.tunnel(&format!("server.test:{port}")).await;
    let mut found = vec![0; piece.len()];
    for _ in 0..PIECES {
        stream.read_exact(&mut found).await.unwrap();
        assert!(found == *piece);
    }
    assert_eq!(stream.read(&mut found).await.unwrap(), 0);
}

#[tokio::test]
async fn more_connections_wait_until_others_have_ended() {
    let port = server(echo).await;
    let plan = Plan {
        change: |options| options.limits.connections = 2,
        ..Plan::default()
    };
    let world = plan.world().await;
    let to = format!("server.test:{port}");
    let (first, _) = world.tunnel(&to).await;
    let (_second, _) = world.tunnel(&to).await;
    let mut third = world.connection().await;
    say(&mut third, &format!("CONNECT {to} HTTP/1.1\r\n\r\n")).await;
    // Not served, however long it waits; a busy machine only makes this see less.
    let early = tokio::time::timeout(Duration::from_millis(200), third.readable()).await;
    assert!(early.is_err(), "it is served already");
    drop(first);
    let head = head(&mut third).await;
    assert!(head.contains(" 200 "), "{head}");
}

#[tokio::test]
async fn who_does_not_finish_a_head_is_sent_away() {
    let plan = Plan {
        change: |options| options.limits.head = Duration::from_millis(100),
        ..Plan::default()
    };
    let world = plan.world().await;
    let mut stream = world.connection().await;
    say(&mut stream, "GET http://server.test/ HTTP/1.1\r\nHo").await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    let rest = String::from_utf8(rest).unwrap();
    assert!(
        rest.is_empty() || rest.starts_with("HTTP/1.1 408 "),
        "{rest}"
    );
    assert!(world.events().is_empty());
}

#[tokio::test]
async fn a_head_of_any_size_is_not_read() {
    let world = Plan::default().world().await;
    let long = "a".repeat(1 << 20);
    let mut stream = world.connection().await;
    let request = format!("GET http://server.test/ HTTP/1.1\r\nX: {long}\r\n\r\n");
    // Who does not listen any more resets the connection, and may take its answer back by that.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
        "{answer}"
    );
    assert!(world.events().is_empty());
}

#[tokio::test]
async fn a_connection_that_sleeps_is_ended() {
    let port = server(echo).await;
    let plan = Plan {
        change: |options| options.limits.idle = Duration::from_millis(50),
        ..Plan::default()
    };
    let world = plan.world().await;
    let (mut stream, _) = world.tunnel(&format!("server.test:{port}")).await;
    let mut byte = [0];
    let ended = tokio::time::timeout(Duration::from_secs(60), stream.read(&mut byte)).await;
    assert_eq!(ended.expect("it ends").unwrap_or(0), 0);
}
