use axum::http::{StatusCode, header};
use serde_json::json;

use super::{Malformed, Registry, RegistryError, VersionQuery};
use crate::opencode::testing::{
    Reply, Server, breaks_after, client, document, json, nobody, not_found, sha512, stalls_after,
};

const EXACT: VersionQuery<'_> = VersionQuery::Exact("1.18.33");

async fn error(registry: &Registry, query: VersionQuery<'_>) -> RegistryError {
    registry.manifest("pkg", query).await.unwrap_err()
}

async fn error_of_latest(registry: &Registry) -> RegistryError {
    registry.latest("other").await.unwrap_err()
}

#[tokio::test]
async fn reads_versions_and_the_newest() {
    let server = Server::start(|path, base| match path {
        "/pkg/1.18.33" => json(&document("1.18.33", &format!("{base}a.tgz"), &sha512(b"a"))),
        "/pkg/latest" => json(&document("1.18.34", &format!("{base}b.tgz"), &sha512(b"b"))),
        _ => not_found(),
    })
    .await;
    let registry = server.registry();
    let manifest = registry.manifest("pkg", EXACT).await.unwrap();
    assert_eq!(manifest.version, "1.18.33");
    assert_eq!(manifest.tarball, server.url.join("a.tgz").unwrap());
    assert_eq!(manifest.integrity.to_string(), sha512(b"a"));
    assert_eq!(registry.latest("pkg").await.unwrap(), "1.18.34");
}

#[tokio::test]
async fn a_mirror_with_nothing_but_the_list_of_versions_will_do() {
    let server = Server::start(|path, base| match path {
        "/pkg" => json(&json!({
            "dist-tags": { "latest": "1.18.34" },
            "versions": {
                "1.18.33": document("1.18.33", &format!("{base}a.tgz"), &sha512(b"a")),
                "1.18.34": document("1.18.34", &format!("{base}b.tgz"), &sha512(b"b")),
            },
        })),
        _ => StatusCode::METHOD_NOT_ALLOWED.into(),
    })
    .await;
    let registry = server.registry();
    let manifest = registry.manifest("pkg", EXACT).await.unwrap();
    assert_eq!(manifest.integrity.to_string(), sha512(b"a"));
    assert_eq!(registry.latest("pkg").await.unwrap(), "1.18.34");
}

#[tokio::test]
async fn what_is_missing_is_named_together_with_what_is_there() {
    let server = Server::start(|path, _| match path {
        "/pkg" => json(&json!({ "dist-tags": { "latest": "1.18.32" }, "versions": {} })),
        _ => not_found(),
    })
    .await;
    let missing = error(&server.registry(), EXACT).await;
    assert_eq!(
        missing.to_string(),
        format!(
            "pkg 1.18.33 is not published at {} (the newest version there is 1.18.32)",
            server.url
        )
    );
    assert!(missing.is_not_published() && !missing.is_network());
    let missing = error_of_latest(&server.registry()).await;
    assert_eq!(
        missing.to_string(),
        format!("other is not published at {}", server.url)
    );
    assert_eq!(server.requests_for("/latest"), 1, "404 is not tried again");
}

#[tokio::test]
async fn errors_of_the_server_are_tried_again_and_then_told() {
    let server = Server::start(|_, _| StatusCode::INTERNAL_SERVER_ERROR.into()).await;
    let failed = error(&server.registry(), EXACT).await;
    assert!(matches!(failed, RegistryError::Status { status: 500, .. }));
    assert!(failed.is_network());
    assert_eq!(server.requests_for("/pkg/1.18.33"), 3);

    let server = Server::start(|_, _| StatusCode::FORBIDDEN.into()).await;
    let failed = error(&server.registry(), EXACT).await;
    assert!(matches!(failed, RegistryError::Status { status: 403, .. }));
    assert_eq!(server.requests_for("/pkg/1.18.33"), 1);
}

#[tokio::test]
async fn one_error_of_the_server_does_no_harm() {
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_, base| {
        match calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => StatusCode::BAD_GATEWAY.into(),
            1 => StatusCode::TOO_MANY_REQUESTS.into(),
            _ => json(&document("1.18.33", &format!("{base}a.tgz"), &sha512(b"a"))),
        }
    })
    .await;
    assert!(server.registry().manifest("pkg", EXACT).await.is_ok());
}

#[tokio::test]
async fn silence_ends_after_a_while() {
    let server = Server::start(|_, _| Reply::Hang).await;
    let stalled = error(&server.impatient_registry(), EXACT).await;
    assert!(
        matches!(stalled, RegistryError::Stalled { .. }),
        "{stalled:?}"
    );
    assert_eq!(
        stalled.to_string(),
        format!("{}pkg/1.18.33 sent nothing for 0.3 s", server.url)
    );
    // On a busy machine the client may have given up before the server has read anything.
    let requests = server.requests_for("/pkg/1.18.33");
    assert!(requests < 2, "waited for {requests} times");

    let server = Server::start(|_, _| stalls_after(b"{".to_vec())).await;
    let stalled = error(&server.impatient_registry(), EXACT).await;
    assert!(
        matches!(stalled, RegistryError::Stalled { .. }),
        "{stalled:?}"
    );
}

#[tokio::test]
async fn a_broken_connection_is_told() {
    let server = Server::start(|_, _| breaks_after(b"{".to_vec())).await;
    let broken = error(&server.registry(), EXACT).await;
    assert!(
        matches!(broken, RegistryError::Interrupted { .. }),
        "{broken:?}"
    );
}

#[tokio::test]
async fn nobody_there() {
    let failed = error(&nobody(), EXACT).await;
    assert!(
        matches!(failed, RegistryError::Unreachable { .. }),
        "{failed:?}"
    );
    assert!(failed.is_network());
}

#[tokio::test]
async fn credentials_are_sent_and_not_shown() {
    let server = Server::start(|_, _| StatusCode::UNAUTHORIZED.into()).await;
    let mut url = server.url.clone();
    url.set_username("me").unwrap();
    url.set_password(Some("hunter2")).unwrap();
    let denied = error(&client(&url), EXACT).await;
    assert!(!format!("{denied} {denied:?}").contains("hunter2"));
    drop(server);
    let failed = error(&client(&url), EXACT).await;
    assert!(
        matches!(failed, RegistryError::Unreachable { .. }),
        "{failed:?}"
    );
    assert!(!format!("{failed} {failed:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_login_page_is_not_taken_for_a_registry() {
    let server = Server::start(|_, _| {
        (
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            "<html>",
        )
            .into()
    })
    .await;
    let page = error(&server.registry(), EXACT).await;
    let RegistryError::Malformed { source, .. } = &page else {
        panic!("{page:?}")
    };
    assert!(matches!(source, Malformed::WebPage));
    assert!(page.is_network(), "the network may be open later");
}

#[tokio::test]
async fn answers_that_make_no_sense() {
    let good = sha512(b"a");
    let with = move |answer: serde_json::Value| async move {
        let server = Server::start(move |_, _| json(&answer)).await;
        error(&server.registry(), EXACT).await
    };
    let wrong = with(json!({ "version": "1.18.33" })).await;
    assert!(matches!(
        wrong,
        RegistryError::Malformed {
            source: Malformed::Json(_),
            ..
        }
    ));
    let other = with(document("1.18.32", "http://x.example/a.tgz", &good)).await;
    assert!(matches!(
        other,
        RegistryError::Malformed {
            source: Malformed::OtherVersion { .. },
            ..
        }
    ));
    for address in ["file:///etc/passwd", "ftp://x.example/a", "a.tgz", ""] {
        let odd = with(document("1.18.33", address, &good)).await;
        assert!(
            matches!(
                odd,
                RegistryError::Malformed {
                    source: Malformed::TarballUrl { .. },
                    ..
                }
            ),
            "{odd:?}"
        );
    }
}

#[tokio::test]
async fn a_strong_checksum_is_required() {
    for integrity in [
        json!("sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        json!(""),
        json!(null),
    ] {
        let server = Server::start(move |_, base| {
            let tarball = format!("{base}a.tgz");
            json(&json!({
                "version": "1.18.33",
                "dist": { "tarball": tarball, "integrity": integrity.clone() },
            }))
        })
        .await;
        let weak = error(&server.registry(), EXACT).await;
        assert!(
            matches!(weak, RegistryError::NoIntegrity { .. }),
            "{weak:?}"
        );
    }
}

#[tokio::test]
async fn redirects_are_followed_but_not_for_ever() {
    let server = Server::start(|path, base| match path {
        "/pkg/1.18.33" => (StatusCode::FOUND, [(header::LOCATION, "/moved")]).into(),
        "/moved" => json(&document("1.18.33", &format!("{base}a.tgz"), &sha512(b"a"))),
        _ => (StatusCode::FOUND, [(header::LOCATION, "/round")]).into(),
    })
    .await;
    let registry = server.registry();
    assert!(registry.manifest("pkg", EXACT).await.is_ok());
    assert!(registry.manifest("other", EXACT).await.is_err());
}
