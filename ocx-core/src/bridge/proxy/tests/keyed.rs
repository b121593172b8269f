//! Providers that a session asks with keys that it does not have.

use super::*;
use crate::bridge::{Provider, ProviderKey};

pub(super) const KEY: &str = "sk-hunter2-hunter2";
pub(super) const PLACEHOLDER: &str = "ocx-placeholder-1";

pub(super) fn provider(name: &str, url: &str) -> Provider {
    let key = ProviderKey {
        value: KEY.to_owned(),
        placeholder: PLACEHOLDER.to_owned(),
    };
    Provider::new(name, url, key).unwrap()
}

pub(super) fn with(provider: Provider) -> Plan {
    Plan {
        providers: vec![provider],
        ..Plan::default()
    }
}

/// A server that answers each connection's first request with this; its port, and what it was asked.
async fn answering(answer: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&asked);
    let port = server(move |mut stream| {
        let record = Arc::clone(&record);
        async move {
            let asked = head(&mut stream).await;
            record.lock().unwrap().push(asked);
            say(&mut stream, answer).await;
        }
    })
    .await;
    (port, asked)
}

pub(super) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

pub(super) fn post(path: &str, headers: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:3128\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

/// What was asked last, in lines.
pub(super) fn last(asked: &Mutex<Vec<String>>) -> Vec<String> {
    let asked = asked.lock().unwrap();
    let last = asked.last().expect("it was asked");
    last.lines().map(str::to_owned).collect()
}

pub(super) fn has(lines: &[String], expected: &str) -> bool {
    lines.iter().any(|line| line.eq_ignore_ascii_case(expected))
}

#[tokio::test]
async fn the_provider_sees_the_key_and_the_session_does_not() {
    let (port, asked) = answering(
        "HTTP/1.1 200 sk-hunter2-hunter2\r\nX-Echo: Bearer sk-hunter2-hunter2\r\n\
         X-sk-hunter2-hunter2: 1\r\nContent-Length: 28\r\nConnection: close\r\n\r\n\
         {\"key\":\"sk-hunter2-hunter2\"}",
    )
    .await;
    let url = format!("http://server.test:{port}/team/v1");
    let world = with(provider("corp", &url)).world().await;
    let headers = format!(
        "Authorization: Bearer {PLACEHOLDER}\r\nX-Mine: {PLACEHOLDER}\r\nAccept-Encoding: gzip\r\nRange: bytes=1-2\r\n"
    );
    let answer = world.ask(&post("/provider/corp/chat?a=b", &headers)).await;
    let asked = last(&asked);
    assert_eq!(asked[0], "POST /team/v1/chat?a=b HTTP/1.1");
    for line in [
        &format!("authorization: Bearer {KEY}"),
        &format!("x-mine: {PLACEHOLDER}"),
        &format!("host: server.test:{port}"),
        "accept-encoding: identity",
    ] {
        assert!(has(&asked, line), "{line}: {asked:?}");
    }
    assert!(
        !asked.join("\n").to_lowercase().contains("range"),
        "{asked:?}"
    );
    assert!(!answer.to_lowercase().contains(KEY), "{answer}");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("Bearer ******************\r\n"), "{answer}");
    assert!(
        answer.ends_with("{\"key\":\"******************\"}"),
        "{answer}"
    );
    let to = format!("server.test:{port}");
    assert_eq!(
        world.events()[0],
        format!("connected to {to} at 127.0.0.1:{port}")
    );
}

#[tokio::test]
async fn what_streams_comes_as_it_streams() {
    let (go, waits) = tokio::sync::oneshot::channel::<()>();
    let waits = Arc::new(Mutex::new(Some(waits)));
    let port = server(move |mut stream| {
        let waits = waits.lock().unwrap().take();
        async move {
            head(&mut stream).await;
            say(
                &mut stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: sk-hunter2-",
            )
            .await;
            stream.flush().await.unwrap();
            say(&mut stream, "hunter2\n\n").await;
            waits.unwrap().await.unwrap();
            say(&mut stream, "data: two\n\n").await;
        }
    })
    .await;
    let url = format!("http://server.test:{port}");
    let world = with(provider("corp", &url)).world().await;
    let mut stream = world.connection().await;
    say(&mut stream, &post("/provider/corp/x", "")).await;
    let mut answer = String::new();
    while !answer.contains("\n\n") {
        answer.push(char::from(stream.read_u8().await.unwrap()));
    }
    go.send(()).unwrap();
    let _ = stream.read_to_string(&mut answer).await;
    // What comes before it may be a chunk of its own.
    assert!(answer.contains("******************\n\n"), "{answer}");
    assert!(answer.contains("data: two\n\n"), "{answer}");
}

#[tokio::test]
async fn only_the_provider_of_a_path_gets_its_key() {
    let (port, asked) = answering(OK).await;
    let (other_port, other_asked) = answering(OK).await;
    let other = Provider::new(
        "other",
        &format!("http://server.test:{other_port}"),
        ProviderKey {
            value: "sk-of-the-other".to_owned(),
            placeholder: "ocx-placeholder-2".to_owned(),
        },
    );
    let world = Plan {
        providers: vec![
            provider("corp", &format!("http://server.test:{port}")),
            other.unwrap(),
        ],
        ..Plan::default()
    }
    .world()
    .await;
    let both = format!("X-Api-Key: {PLACEHOLDER}\r\nApi-Key: ocx-placeholder-2\r\n");
    world.ask(&post("/provider/other/x", &both)).await;
    let lines = last(&other_asked);
    assert!(
        has(&lines, &format!("x-api-key: {PLACEHOLDER}")),
        "{lines:?}"
    );
    assert!(has(&lines, "api-key: sk-of-the-other"), "{lines:?}");
    assert!(asked.lock().unwrap().is_empty());
    for unknown in [
        "/provider/nobody/x",
        "/provider/%63orp/x",
        "/provider/",
        "/provider//corp/x",
    ] {
        let answer = world.ask(&post(unknown, &both)).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{unknown}: {answer}");
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn no_path_leads_out_of_the_providers_address() {
    let (port, asked) = answering(OK).await;
    let url = format!("http://server.test:{port}/team/v1");
    let world = with(provider("corp", &url)).world().await;
    for path in [
        "/provider/corp/../other/x",
        "/provider/corp/..",
        "/provider/corp/x/../../y",
        "/provider/corp/%2e%2e/y",
        "/provider/corp/..%2fy",
        "/provider/corp/%252e%252e%252fy",
        "/provider/corp/..;/y",
    ] {
        let answer = world.ask(&post(path, "")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn neither_host_nor_the_form_of_a_request_leads_elsewhere() {
    let (port, asked) = answering(OK).await;
    let (evil_port, evil) = answering(OK).await;
    let url = format!("http://server.test:{port}");
    let world = with(provider("corp", &url)).world().await;
    let key = format!("X-Api-Key: {PLACEHOLDER}\r\n");
    let request = format!(
        "GET /provider/corp/x HTTP/1.1\r\nHost: here.test:{evil_port}\r\nX-Forwarded-Host: here.test\r\n{key}Connection: close\r\n\r\n"
    );
    world.ask(&request).await;
    let lines = last(&asked);
    assert!(
        has(&lines, &format!("host: server.test:{port}")),
        "{lines:?}"
    );
    assert!(has(&lines, &format!("x-api-key: {KEY}")), "{lines:?}");
    // As a proxy it forwards what it gets.
    for to in [
        format!("http://server.test:{port}/provider/corp/x"),
        format!("http://here.test:{evil_port}/provider/corp/x"),
    ] {
        world.ask(&post(&to, &key)).await;
    }
    for lines in [last(&asked), last(&evil)] {
        assert!(
            has(&lines, &format!("x-api-key: {PLACEHOLDER}")),
            "{lines:?}"
        );
    }
    let (mut stream, _) = world.tunnel(&format!("here.test:{evil_port}")).await;
    say(&mut stream, &post("/provider/corp/x", &key)).await;
    let _ = stream.read_to_string(&mut String::new()).await;
    let lines = last(&evil);
    assert!(
        has(&lines, &format!("x-api-key: {PLACEHOLDER}")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_redirection_is_the_sessions_to_follow() {
    let (port, asked) =
        answering("HTTP/1.1 307 Away\r\nLocation: http://here.test/?k=sk-hunter2-hunter2\r\nContent-Length: 0\r\n\r\n")
            .await;
    let url = format!("http://server.test:{port}");
    let world = with(provider("corp", &url)).world().await;
    let answer = world.ask(&post("/provider/corp/x", "")).await;
    assert!(answer.starts_with("HTTP/1.1 307 "), "{answer}");
    assert!(answer.contains("http://here.test/?k=***"), "{answer}");
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert_eq!(*world.names.asked.lock().unwrap(), ["server.test"]);
}

#[tokio::test]
async fn nothing_is_upgraded() {
    let (port, asked) =
        answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nsk-hunter2-hunter2")
            .await;
    let url = format!("http://server.test:{port}");
    let world = with(provider("corp", &url)).world().await;
    let request =
        "GET /provider/corp/x HTTP/1.1\r\nHost: x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
    let mut stream = world.connection().await;
    say(&mut stream, request).await;
    let answer = head(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    let lines = last(&asked);
    assert!(
        !lines.join("\n").to_lowercase().contains("upgrade"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn the_policy_decides_about_providers_too() {
    let (port, asked) = answering(OK).await;
    let url = format!("http://server.test:{port}");
    for (allow, deny) in [
        (vec![], vec![]),
        (vec!["*"], vec!["server.test"]),
        (vec!["*"], vec!["127.0.0.0/8"]),
    ] {
        let plan = Plan {
            allow,
            deny,
            ..with(provider("corp", &url))
        };
        let world = plan.world().await;
        let answer = world.ask(&post("/provider/corp/x", "")).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
        let refused = format!("refused server.test:{port}");
        assert!(
            world.events()[0].starts_with(&refused),
            "{:?}",
            world.events()
        );
    }
    assert!(asked.lock().unwrap().is_empty());
    // The user's own address may be a special one; what a session names may not.
    let plan = Plan {
        allow: vec!["server.test"],
        ..with(provider("corp", &url))
    };
    let world = plan.world().await;
    let answer = world.ask(&post("/provider/corp/x", "")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let (_, head) = world.tunnel(&format!("server.test:{port}")).await;
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
}
