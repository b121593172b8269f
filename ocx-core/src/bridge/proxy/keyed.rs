//! Requests to a model provider, with the key that the session does not have.
//!
//! They come to the bridge's own address, `/provider/NAME/…`. Where they go is decided by the name
//! alone: neither `Host` nor anything behind the name leads to another server, and a redirection is handed
//! on like any answer.

use std::sync::Arc;

use hyper::{
    HeaderMap, Request, Response, StatusCode, Uri,
    body::Incoming,
    header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderName, HeaderValue, RANGE, UPGRADE},
};

use super::{
    plain,
    redact::{redact_body, redact_headers},
    responses::{self, Body},
    serve::{Place, Shared, Work},
};
use crate::bridge::{
    Protocol, Provider,
    provider::{PATH, ProviderKey, Scheme},
};

/// Where providers look for a key.
const KEYS: [HeaderName; 4] = [
    AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-goog-api-key"),
    HeaderName::from_static("api-key"),
];

/// What of a request to the bridge's own address says which provider is meant.
pub(super) fn is_meant(uri: &Uri) -> bool {
    uri.scheme().is_none() && uri.path().starts_with(PATH)
}

/// Sends the request to its provider, and answers what that does, without its key.
pub(super) async fn ask(
    request: Request<Incoming>,
    shared: &Arc<Shared>,
    place: &Place,
) -> Response<Body> {
    let uri = request.uri();
    let Some((provider, rest)) = named(&shared.providers, uri.path()) else {
        return responses::no_provider();
    };
    let below = provider.base.below(rest, uri.query());
    let Some(Ok(uri)) = below.map(|path| path.parse::<Uri>()) else {
        return responses::outside_of_provider();
    };
    let wanted = crate::bridge::Request {
        destination: provider.base.destination.clone(),
        protocol: match provider.base.scheme {
            Scheme::Http => Protocol::Http,
            Scheme::Https => Protocol::Tunnel,
        },
        provider: Some(provider.name().to_owned()),
    };
    let connection = match shared.connect(&wanted).await {
        Ok(connection) => connection,
        Err(response) => return *response,
    };
    let work = Work::new(shared, place, wanted.destination.clone());
    let request = with_key(request, uri, &provider.key);
    let mut response = plain::forward(request, connection, work).await;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        // Nobody asked for that, and what comes then could not be looked at.
        let odd = std::io::Error::from(std::io::ErrorKind::InvalidData);
        return shared.fail(&wanted.destination, &odd);
    }
    // A reason that the server words itself, and the spelling of its headers' names.
    response.extensions_mut().clear();
    redact_headers(response.headers_mut(), &provider.key.value);
    response.map(|body| redact_body(body, &provider.key.value))
}

/// The provider that a path names, exactly as ocx writes it, and what stands behind.
fn named<'p, 'a>(providers: &'p [Provider], path: &'a str) -> Option<(&'p Provider, &'a str)> {
    let path = path.strip_prefix(PATH)?;
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    let provider = providers.iter().find(|known| known.segment() == name)?;
    Some((provider, rest))
}

fn with_key(request: Request<Incoming>, uri: Uri, key: &ProviderKey) -> Request<Incoming> {
    let (mut parts, body) = request.into_parts();
    parts.uri = uri;
    let headers = &mut parts.headers;
    // The answer has to be readable to be looked through, and to come in one piece.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.remove(RANGE);
    headers.remove(UPGRADE);
    put_key(headers, key);
    Request::from_parts(parts, body)
}

/// Puts the key in where its placeholder stands alone, or behind a word such as `Bearer`.
fn put_key(headers: &mut HeaderMap, key: &ProviderKey) {
    for (name, value) in headers.iter_mut() {
        if !KEYS.contains(name) {
            continue;
        }
        let Some(before) = value
            .to_str()
            .ok()
            .and_then(|text| text.trim().strip_suffix(key.placeholder.as_str()))
        else {
            continue;
        };
        let is_scheme = before.is_empty()
            || before
                .strip_suffix(' ')
                .is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()));
        if is_scheme && let Ok(mut with) = HeaderValue::try_from(format!("{before}{}", key.value)) {
            with.set_sensitive(true);
            *value = with;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(name: &str) -> Provider {
        let key = ProviderKey {
            value: "hunter2-hunter2".to_owned(),
            placeholder: "ocx-placeholder".to_owned(),
        };
        Provider::new(name, "https://a.example/v1", key).unwrap()
    }

    #[test]
    fn a_provider_is_named_exactly() {
        let providers = [provider("a"), provider("a b"), provider("ab")];
        for (path, expected) in [
            ("/provider/a/x/y", Some(("a", "x/y"))),
            ("/provider/a/", Some(("a", ""))),
            ("/provider/a", Some(("a", ""))),
            ("/provider/ab/x", Some(("ab", "x"))),
            ("/provider/a%20b/x", Some(("a b", "x"))),
            ("/provider/a//x", Some(("a", "/x"))),
            ("/provider/A/x", None),
            ("/provider/%61/x", None),
            ("/provider/c/x", None),
            ("/provider//a/x", None),
            ("/provider/../a/x", None),
            ("/provider/", None),
            ("/provider", None),
            ("/Provider/a/x", None),
            ("/x/provider/a/x", None),
        ] {
            let found = named(&providers, path);
            let found = found.map(|(provider, rest)| (provider.name(), rest));
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn the_key_stands_where_its_placeholder_did() {
        let key = provider("a").key;
        for (name, value, expected) in [
            (
                "authorization",
                "Bearer ocx-placeholder",
                "Bearer hunter2-hunter2",
            ),
            (
                "authorization",
                "bearer ocx-placeholder",
                "bearer hunter2-hunter2",
            ),
            ("authorization", "ocx-placeholder", "hunter2-hunter2"),
            ("x-api-key", "ocx-placeholder", "hunter2-hunter2"),
            ("x-goog-api-key", "ocx-placeholder", "hunter2-hunter2"),
            ("api-key", "ocx-placeholder", "hunter2-hunter2"),
            // What the provider may send back as it came.
            ("x-request-id", "ocx-placeholder", "ocx-placeholder"),
            ("x-api-key", "xocx-placeholder", "xocx-placeholder"),
            ("x-api-key", "ocx-placeholderx", "ocx-placeholderx"),
            ("x-api-key", "ocx-placeholder2", "ocx-placeholder2"),
            (
                "authorization",
                "a b ocx-placeholder",
                "a b ocx-placeholder",
            ),
            ("authorization", "Bearer other", "Bearer other"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            put_key(&mut headers, &key);
            assert_eq!(headers[name], expected, "{name}: {value}");
        }
    }

    #[test]
    fn each_of_several_headers_of_one_name_gets_it() {
        let mut headers = HeaderMap::new();
        for value in ["Basic eA==", "Bearer ocx-placeholder"] {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        put_key(&mut headers, &provider("a").key);
        let found: Vec<_> = headers.get_all(AUTHORIZATION).iter().collect();
        assert_eq!(found, ["Basic eA==", "Bearer hunter2-hunter2"]);
    }
}
