//! The registry's own interface,
//! <https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md>. It needs no engine.

use reqwest::{Client, RequestBuilder, Response, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// An architecture that no test runs on.
const FOREIGN: &str = "riscv64";

/// This machine's, as images name it.
const OWN: &str = if cfg!(target_arch = "aarch64") {
    "arm64"
} else {
    "amd64"
};

/// A client of a registry on this machine.
pub(super) struct Api {
    base: String,
    client: Client,
}

/// A manifest or an index.
struct Manifest {
    media_type: String,
    digest: String,
    body: Vec<u8>,
}

impl Api {
    pub(super) fn at(port: u16) -> Self {
        Self {
            base: format!("http://127.0.0.1:{port}"),
            client: crate::registry::http_client(),
        }
    }

    /// Asks what `ask` asks.
    pub(super) fn run<T>(&self, ask: impl AsyncFnOnce(&Self) -> T) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made")
            .block_on(ask(self))
    }

    pub(super) async fn digest(&self, repository: &str, tag: &str) -> String {
        self.manifest(repository, tag).await.digest
    }

    pub(super) async fn retag(&self, repository: &str, from: &str, tag: &str) {
        let manifest = self.manifest(repository, from).await;
        self.put(repository, tag, &manifest.media_type, manifest.body)
            .await;
    }

    pub(super) async fn make_index(&self, repository: &str, from: &str, tag: &str) {
        let native = self.native(repository, from).await;
        let foreign = self.foreign(repository, &native).await;
        let index = match native.media_type.as_str() {
            DOCKER_MANIFEST => DOCKER_INDEX,
            _ => OCI_INDEX,
        };
        let entry = |manifest: &Manifest, architecture: &str| {
            json!({
                "mediaType": manifest.media_type,
                "digest": manifest.digest,
                "size": manifest.body.len(),
                "platform": { "architecture": architecture, "os": "linux" },
            })
        };
        let body = json!({
            "schemaVersion": 2,
            "mediaType": index,
            // Who takes the first one takes the wrong one.
            "manifests": [entry(&foreign, FOREIGN), entry(&native, OWN)],
        });
        self.put(repository, tag, index, body.to_string().into_bytes())
            .await;
    }

    /// Puts an image into the registry that is like this one, but for another architecture.
    async fn foreign(&self, repository: &str, native: &Manifest) -> Manifest {
        let mut manifest: Value = serde_json::from_slice(&native.body).expect("manifests are JSON");
        let digest = manifest["config"]["digest"].as_str().expect("it has one");
        let blob = format!("/v2/{repository}/blobs/{digest}");
        let config = self.send(self.client.get(self.url(&blob))).await;
        let mut config: Value = config.json().await.expect("it is JSON");
        config["architecture"] = json!(FOREIGN);
        let config = config.to_string().into_bytes();
        manifest["config"]["digest"] = json!(digest_of(&config));
        manifest["config"]["size"] = json!(config.len());

        let uploads = format!("/v2/{repository}/blobs/uploads/");
        let upload = self.send(self.client.post(self.url(&uploads))).await;
        let place = upload.headers()[header::LOCATION].to_str().expect("text");
        let separator = if place.contains('?') { '&' } else { '?' };
        let place = format!("{place}{separator}digest={}", digest_of(&config));
        self.send(self.client.put(place).body(config)).await;

        let body = manifest.to_string().into_bytes();
        let digest = digest_of(&body);
        self.put(repository, &digest, &native.media_type, body.clone())
            .await;
        Manifest {
            media_type: native.media_type.clone(),
            digest,
            body,
        }
    }

    /// The image for this machine. Docker with containerd's store pushes an index of it and of the
    /// record of its build.
    async fn native(&self, repository: &str, tag: &str) -> Manifest {
        let found = self.manifest(repository, tag).await;
        let body: Value = serde_json::from_slice(&found.body).expect("manifests are JSON");
        let entries = body["manifests"].as_array().into_iter().flatten();
        let own = entries
            .filter(|entry| entry["platform"]["architecture"] == OWN)
            .find_map(|entry| entry["digest"].as_str());
        match own {
            Some(digest) => self.manifest(repository, digest).await,
            None => found,
        }
    }

    async fn manifest(&self, repository: &str, tag: &str) -> Manifest {
        let kinds = [DOCKER_MANIFEST, OCI_MANIFEST, DOCKER_INDEX, OCI_INDEX].join(", ");
        let request = self
            .client
            .get(self.url(&format!("/v2/{repository}/manifests/{tag}")));
        let response = self.send(request.header(header::ACCEPT, kinds)).await;
        let media_type = response.headers()[header::CONTENT_TYPE]
            .to_str()
            .expect("text")
            .to_owned();
        let body = response.bytes().await.expect("it has a body").to_vec();
        Manifest {
            media_type,
            digest: digest_of(&body),
            body,
        }
    }

    async fn put(&self, repository: &str, reference: &str, media_type: &str, body: Vec<u8>) {
        let request = self
            .client
            .put(self.url(&format!("/v2/{repository}/manifests/{reference}")))
            .header(header::CONTENT_TYPE, media_type)
            .body(body);
        self.send(request).await;
    }

    async fn send(&self, request: RequestBuilder) -> Response {
        let response = request.send().await.expect("the registry answers");
        let status = response.status();
        if !status.is_success() {
            panic!("{status}: {}", response.text().await.unwrap_or_default());
        }
        response
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

fn digest_of(content: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(content)))
}
