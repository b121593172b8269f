//! The proxy of the user's own environment, through which the bridge itself has to go. It may be on the
//! host's loopback, and what it asks for a password never enters the session.

use std::{fmt, io, sync::Arc};

use hyper::{
    Method, StatusCode, Uri,
    body::Bytes,
    header::{HOST, HeaderValue, PROXY_AUTHORIZATION},
};
use hyper_util::{
    client::{legacy::connect::proxy::SocksV5, proxy::matcher::Matcher},
    rt::TokioIo,
};
use tokio::net::TcpStream;
use tower_service::Service;

use super::{Stream, Tls, TlsError};
use crate::bridge::{Destination, Protocol, Request, destination::Target};

/// Which proxy is used for what: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, as curl reads
/// them. `http`, `https`, `socks5` and `socks5h` proxies are known, with user and password.
#[derive(Clone, Default)]
pub struct Upstream {
    matcher: Option<Arc<Matcher>>,
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It leaves out users and passwords.
        self.matcher.fmt(f)
    }
}

/// One proxy.
#[derive(Clone, Debug)]
pub(in crate::bridge) struct UpstreamProxy {
    pub(super) at: Destination,
    kind: ProxyKind,
}

#[derive(Clone)]
enum ProxyKind {
    Http {
        secure: bool,
        authorization: Option<HeaderValue>,
    },
    Socks5 {
        login: Option<(String, String)>,
    },
}

impl fmt::Debug for ProxyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http { secure: false, .. } => "http",
            Self::Http { secure: true, .. } => "https",
            Self::Socks5 { .. } => "socks5",
        })
    }
}

/// A proxy does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub(in crate::bridge) enum UpstreamError {
    #[error("it cannot be spoken with in secret")]
    Tls(#[source] TlsError),
    #[error("it does not speak HTTP")]
    Http(#[source] hyper::Error),
    #[error("it answers {0}")]
    Status(StatusCode),
    #[error("it does not speak SOCKS5")]
    Socks(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Upstream {
    /// The proxies that these variables name; `variable` gives a variable's value.
    #[must_use]
    pub fn of_environment<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Self {
        let either = |upper: &str| {
            let value = variable(upper).or_else(|| variable(&upper.to_ascii_lowercase()));
            value.unwrap_or_default().to_owned()
        };
        let matcher = Matcher::builder()
            .all(either("ALL_PROXY"))
            .http(either("HTTP_PROXY"))
            .https(either("HTTPS_PROXY"))
            .no(either("NO_PROXY"))
            .build();
        Self {
            matcher: Some(Arc::new(matcher)),
        }
    }

    /// The proxy for this request, if it needs one. What is on the host itself is never asked of a proxy,
    /// which would take it for its own machine.
    pub(super) fn proxy_for(&self, request: &Request) -> Option<UpstreamProxy> {
        let destination = &request.destination;
        if destination.is_loopback() {
            return None;
        }
        let scheme = match request.protocol {
            Protocol::Tunnel => "https",
            Protocol::Http => "http",
        };
        let uri: Uri = format!("{scheme}://{destination}/").parse().ok()?;
        let found = self.matcher.as_ref()?.intercept(&uri)?;
        let (kind, port) = match found.uri().scheme_str()? {
            scheme @ ("http" | "https") => {
                let secure = scheme == "https";
                let authorization = found.basic_auth().cloned();
                let kind = ProxyKind::Http {
                    secure,
                    authorization,
                };
                (kind, if secure { 443 } else { 80 })
            }
            // What is looked up here or there is one: the names are asked for by name.
            "socks5" | "socks5h" => {
                let login = found.raw_auth();
                let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
                (ProxyKind::Socks5 { login }, 1080)
            }
            _ => return None,
        };
        let host = Target::parse(found.uri().host()?).ok()?;
        let port = found.uri().port_u16().unwrap_or(port);
        Some(UpstreamProxy {
            at: Destination { target: host, port },
            kind,
        })
    }
}

impl UpstreamProxy {
    pub(super) fn speaks_http(&self) -> bool {
        matches!(self.kind, ProxyKind::Http { .. })
    }

    /// What a request of plain HTTP says to the proxy about who asks.
    pub(in crate::bridge) fn authorization(&self) -> Option<HeaderValue> {
        match &self.kind {
            ProxyKind::Http { authorization, .. } => authorization.clone(),
            ProxyKind::Socks5 { .. } => None,
        }
    }

    /// Encrypts the way to the proxy, if it wants that.
    pub(super) async fn secure(
        &self,
        stream: TcpStream,
        tls: &Tls,
    ) -> Result<Box<dyn Stream>, UpstreamError> {
        let stream = Box::new(stream);
        if !matches!(self.kind, ProxyKind::Http { secure: true, .. }) {
            return Ok(stream);
        }
        let stream = tls.secure(stream, &self.at.target).await;
        stream.map_err(UpstreamError::Tls)
    }

    /// A tunnel to the destination.
    pub(super) async fn tunnel(
        &self,
        stream: Box<dyn Stream>,
        destination: &Destination,
    ) -> Result<Box<dyn Stream>, UpstreamError> {
        match &self.kind {
            ProxyKind::Http { authorization, .. } => {
                connect(stream, destination, authorization.clone()).await
            }
            ProxyKind::Socks5 { login } => socks(stream, destination, login.clone()).await,
        }
    }
}

async fn connect(
    stream: Box<dyn Stream>,
    destination: &Destination,
    authorization: Option<HeaderValue>,
) -> Result<Box<dyn Stream>, UpstreamError> {
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.map_err(UpstreamError::Http)?;
    tokio::spawn(connection.with_upgrades());
    let address = destination.to_string();
    let mut request = hyper::Request::builder()
        .method(Method::CONNECT)
        .uri(&address)
        .header(HOST, &address);
    if let Some(authorization) = authorization {
        request = request.header(PROXY_AUTHORIZATION, authorization);
    }
    let request = request
        .body(http_body_util::Empty::<Bytes>::new())
        .expect("a destination is an authority");
    let response = sender.send_request(request).await;
    let response = response.map_err(UpstreamError::Http)?;
    if !response.status().is_success() {
        return Err(UpstreamError::Status(response.status()));
    }
    let upgraded = hyper::upgrade::on(response).await;
    Ok(Box::new(TokioIo::new(
        upgraded.map_err(UpstreamError::Http)?,
    )))
}

async fn socks(
    stream: Box<dyn Stream>,
    destination: &Destination,
    login: Option<(String, String)>,
) -> Result<Box<dyn Stream>, UpstreamError> {
    // Where the proxy is makes no difference: the connection is there.
    let mut socks = SocksV5::new(Uri::from_static("http://proxy/"), Connected(Some(stream)));
    if let Some((user, password)) = login {
        socks = socks.with_auth(user, password);
    }
    let uri: Uri = format!("http://{destination}/")
        .parse()
        .expect("a destination is an authority");
    let stream = socks.call(uri).await;
    let stream = stream.map_err(|error| UpstreamError::Socks(Box::new(error)))?;
    Ok(Box::new(stream.into_inner()))
}

/// A connection that is there already, for those who want to make it.
struct Connected(Option<Box<dyn Stream>>);

impl Service<Uri> for Connected {
    type Response = TokioIo<Box<dyn Stream>>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let stream = self.0.take().map(TokioIo::new);
        std::future::ready(stream.ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], protocol: Protocol, to: &str) -> Option<String> {
        let upstream = Upstream::of_environment(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value)
        });
        assert!(!format!("{upstream:?}").contains("hunter2"));
        let request = Request {
            destination: Destination::parse(to).unwrap(),
            protocol,
            provider: None,
        };
        let proxy = upstream.proxy_for(&request)?;
        assert!(!format!("{proxy:?}").contains("hunter2"));
        Some(format!("{:?} {}", proxy.kind, proxy.at))
    }

    #[test]
    fn variables_name_proxies() {
        use Protocol::{Http, Tunnel};
        for (variables, protocol, to, expected) in [
            (&[][..], Tunnel, "a.test:443", None),
            (
                &[("HTTPS_PROXY", "http://u:hunter2@corp:3128")][..],
                Tunnel,
                "a.test:443",
                Some("http corp:3128"),
            ),
            (
                &[("HTTPS_PROXY", "corp:3128")],
                Tunnel,
                "a.test:443",
                Some("http corp:3128"),
            ),
            (
                &[("https_proxy", "https://corp")],
                Tunnel,
                "a.test:22",
                Some("https corp:443"),
            ),
            (&[("HTTPS_PROXY", "http://corp")], Http, "a.test:80", None),
            (
                &[("http_proxy", "http://corp")],
                Http,
                "a.test:80",
                Some("http corp:80"),
            ),
            (
                &[("ALL_PROXY", "socks5h://u:hunter2@corp")],
                Http,
                "a.test:80",
                Some("socks5 corp:1080"),
            ),
            (
                &[("ALL_PROXY", "socks5://[::1]:9")],
                Tunnel,
                "a.test:443",
                Some("socks5 [::1]:9"),
            ),
            (
                &[("ALL_PROXY", "socks4://corp")],
                Tunnel,
                "a.test:443",
                None,
            ),
            (
                &[("ALL_PROXY", "http://corp"), ("NO_PROXY", ".test")],
                Tunnel,
                "a.test:443",
                None,
            ),
            (
                &[("ALL_PROXY", "http://corp"), ("NO_PROXY", "10.0.0.0/8")],
                Tunnel,
                "10.1.1.1:1",
                None,
            ),
            (
                &[("ALL_PROXY", "http://corp"), ("NO_PROXY", "*")],
                Tunnel,
                "a.test:443",
                None,
            ),
            (
                &[("ALL_PROXY", "http://corp")],
                Tunnel,
                "127.0.0.1:443",
                None,
            ),
            (&[("ALL_PROXY", "http://corp")], Tunnel, "[::1]:443", None),
            (
                &[("ALL_PROXY", "http://corp")],
                Tunnel,
                "x.localhost:443",
                None,
            ),
        ] {
            let found = proxy(variables, protocol, to);
            assert_eq!(found.as_deref(), expected, "{variables:?} {to}");
        }
    }
}
