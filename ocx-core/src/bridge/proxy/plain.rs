//! Plain HTTP, request by request, with what it may be upgraded to.

use std::{sync::Arc, time::Duration};

use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Request, Response, StatusCode, Uri, Version,
    body::Incoming,
    client::conn::http1,
    header::{
        CONNECTION, HOST, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
        TRAILER, TRANSFER_ENCODING, UPGRADE,
    },
};
use hyper_util::rt::TokioIo;

use super::{
    copy::carry_upgraded,
    responses::Body,
    serve::Work,
    traffic::{Counted, Traffic},
};
use crate::bridge::{
    Destination,
    dial::{Connection, Form},
};

/// What is between two neighbours only (RFC 9110, 7.6.1). Passwords for proxies are, too: the session's
/// are for nobody, and the user's are not for the session.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

#[derive(Debug, thiserror::Error)]
enum ForwardError {
    #[error("it does not speak HTTP")]
    Http(#[source] hyper::Error),
    #[error("the proxy of the user's environment wants another user or password")]
    Login,
}

/// Sends the request to its server, and answers what that does.
pub(super) async fn forward(
    mut request: Request<Incoming>,
    connection: Connection,
    work: Work,
) -> Response<Body> {
    let inside = upgrade_of(request.headers()).map(|_| hyper::upgrade::on(&mut request));
    let request = outgoing(request, &work.destination, &connection.form);
    let (shared, destination) = (Arc::clone(&work.shared), work.destination.clone());
    let idle = shared.limits.idle;
    let (outside, traffic) = Counted::new(connection.stream, work);
    let mut response = match exchange(request, outside, &traffic, idle).await {
        Ok(response) => response,
        Err(error) => return shared.fail(&destination, &error),
    };
    if response.status() == StatusCode::SWITCHING_PROTOCOLS
        && let Some(inside) = inside
    {
        let outside = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            if let Ok(outside) = outside.await {
                carry_upgraded(inside, TokioIo::new(outside), &traffic, idle).await;
            }
        });
    }
    let kept = match response.status() {
        StatusCode::SWITCHING_PROTOCOLS => upgrade_of(response.headers()),
        _ => None,
    };
    strip(response.headers_mut(), kept);
    response.map(BodyExt::boxed)
}

async fn exchange(
    request: Request<Incoming>,
    outside: Counted,
    traffic: &Arc<Traffic>,
    idle: Duration,
) -> Result<Response<Incoming>, ForwardError> {
    let handshake = http1::Builder::new()
        .preserve_header_case(true)
        .handshake(TokioIo::new(outside));
    let (mut sender, connection) = handshake.await.map_err(ForwardError::Http)?;
    let traffic = Arc::clone(traffic);
    tokio::spawn(async move {
        tokio::select! {
            _ = connection.with_upgrades() => {}
            () = traffic.sleeps(idle) => {}
        }
    });
    let response = sender.send_request(request).await;
    let response = response.map_err(ForwardError::Http)?;
    match response.status() {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(ForwardError::Login),
        _ => Ok(response),
    }
}

/// The request as it leaves. Where it goes is what was decided about, whatever its `Host` says.
fn outgoing(
    request: Request<Incoming>,
    destination: &Destination,
    form: &Form,
) -> Request<Incoming> {
    let (mut parts, body) = request.into_parts();
    let kept = upgrade_of(&parts.headers);
    strip(&mut parts.headers, kept);
    let host = destination.host_header(match form {
        Form::OverTls => 443,
        Form::Origin | Form::Absolute(_) => 80,
    });
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri = match form {
        Form::Origin | Form::OverTls => path.parse(),
        Form::Absolute(_) => format!("http://{host}{path}").parse(),
    };
    parts.uri = uri.unwrap_or_else(|_| Uri::from_static("/"));
    parts.version = Version::HTTP_11;
    let host = HeaderValue::try_from(host).expect("a host is a header");
    parts.headers.insert(HOST, host);
    if let Form::Absolute(proxy) = form
        && let Some(authorization) = proxy.authorization()
    {
        parts.headers.insert(PROXY_AUTHORIZATION, authorization);
    }
    Request::from_parts(parts, body)
}

/// The protocol that is asked for, or granted, instead of HTTP.
fn upgrade_of(headers: &HeaderMap) -> Option<HeaderValue> {
    let asked = named_by_connection(headers).any(|name| name == UPGRADE);
    headers.get(UPGRADE).filter(|_| asked).cloned()
}

/// Takes out what is for a neighbour only, but for an upgrade that goes all the way.
fn strip(headers: &mut HeaderMap, upgrade: Option<HeaderValue>) {
    let named: Vec<HeaderName> = named_by_connection(headers).collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
    if let Some(upgrade) = upgrade {
        headers.insert(UPGRADE, upgrade);
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    }
}

fn named_by_connection(headers: &HeaderMap) -> impl Iterator<Item = HeaderName> {
    let lists = headers.get_all(CONNECTION).into_iter();
    lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|name| name.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&str, &str)| -> (HeaderName, HeaderValue) {
            (name.parse().unwrap(), value.parse().unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn what_is_for_a_neighbour_stays_with_it() {
        let mut found = headers(&[
            ("Connection", "close, X-Mine"),
            ("X-Mine", "1"),
            ("Proxy-Authorization", "Basic eA=="),
            ("Proxy-Connection", "keep-alive"),
            ("Transfer-Encoding", "chunked"),
            ("Upgrade", "h2c"),
            ("Accept", "*/*"),
        ]);
        assert_eq!(upgrade_of(&found), None);
        strip(&mut found, None);
        assert_eq!(found, headers(&[("Accept", "*/*")]));
    }

    #[test]
    fn an_upgrade_goes_all_the_way() {
        let mut found = headers(&[
            ("Connection", "keep-alive, Upgrade"),
            ("Upgrade", "websocket"),
        ]);
        let upgrade = upgrade_of(&found);
        strip(&mut found, upgrade);
        let expected = headers(&[("Upgrade", "websocket"), ("Connection", "upgrade")]);
        assert_eq!(found, expected);
    }
}
