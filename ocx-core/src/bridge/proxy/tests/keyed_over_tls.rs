//! The same with servers that speak TLS.

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio_rustls::TlsAcceptor;

use super::{
    keyed::{KEY, OK, PLACEHOLDER, has, last, post, provider, with},
    *,
};
use crate::bridge::dial::Tls;

const PEM: &[u8] = include_bytes!("server.pem");

/// A server that speaks TLS and answers with this; its port, and what it was asked.
async fn secure(answer: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let certificate = CertificateDer::from_pem_slice(PEM).unwrap();
    let key = PrivateKeyDer::from_pem_slice(PEM).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&asked);
    let port = server(move |stream| {
        let (record, acceptor) = (Arc::clone(&record), acceptor.clone());
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            record
                .lock()
                .unwrap()
                .push(String::from_utf8(head).unwrap());
            stream.write_all(answer.as_bytes()).await.unwrap();
            let _ = stream.shutdown().await;
        }
    })
    .await;
    (port, asked)
}

fn trust_the_server(options: &mut BridgeOptions) {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(PEM).unwrap())
        .unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    options.tls = Tls::with(config);
}

#[tokio::test]
async fn a_server_of_https_proves_who_it_is() {
    let (port, asked) = secure(OK).await;
    let key = format!("X-Api-Key: {PLACEHOLDER}\r\n");
    let plan = || Plan {
        change: trust_the_server,
        ..with(provider("corp", &format!("https://server.test:{port}/v1")))
    };
    let world = plan().world().await;
    let answer = world.ask(&post("/provider/corp/x", &key)).await;
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
    let lines = last(&asked);
    assert_eq!(lines[0], "POST /v1/x HTTP/1.1");
    assert!(has(&lines, &format!("x-api-key: {KEY}")), "{lines:?}");
    asked.lock().unwrap().clear();
    // By another name, or by a certificate that nobody vouches for.
    let elsewhere = provider("corp", &format!("https://here.test:{port}/v1"));
    let unknown: fn(&mut BridgeOptions) = |_| {};
    for (provider, change) in [
        (elsewhere, trust_the_server as fn(&mut BridgeOptions)),
        (
            provider("corp", &format!("https://server.test:{port}/v1")),
            unknown,
        ),
    ] {
        let world = Plan {
            providers: vec![provider],
            change,
            ..plan()
        }
        .world()
        .await;
        let answer = world.ask(&post("/provider/corp/x", &key)).await;
        assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_way_is_through_the_users_own_proxy() {
    let (port, asked) = secure(OK).await;
    let connected = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&connected);
    let proxy = server(move |mut stream| {
        let record = Arc::clone(&record);
        async move {
            let asked = head(&mut stream).await;
            record.lock().unwrap().push(asked);
            say(&mut stream, "HTTP/1.1 200 OK\r\n\r\n").await;
            let mut to = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut to).await;
        }
    })
    .await;
    let plan = Plan {
        change: trust_the_server,
        upstream: Some(format!("http://127.0.0.1:{proxy}")),
        ..with(provider("corp", "https://server.test"))
    };
    let world = plan.world().await;
    let key = format!("X-Api-Key: {PLACEHOLDER}\r\n");
    let answer = world.ask(&post("/provider/corp/x", &key)).await;
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
    let lines = last(&connected);
    assert_eq!(lines[0], "CONNECT server.test:443 HTTP/1.1");
    assert!(!lines.join("\n").contains(KEY), "{lines:?}");
    let lines = last(&asked);
    assert!(has(&lines, "host: server.test"), "{lines:?}");
    assert!(has(&lines, &format!("x-api-key: {KEY}")), "{lines:?}");
}
