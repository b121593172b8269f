//! What a registry says about a version of a package.

use std::collections::HashMap;

use reqwest::{Response, StatusCode, header};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{Malformed, Registry, RegistryError, body::Body, error::shown};
use crate::opencode::{Integrity, IntegrityError};

/// Longer answers are not read. The list of all versions of a package of opencode takes a few MB.
const LONGEST_ANSWER: usize = 64 << 20;

/// The short form of a package's list of versions, which all npm clients ask for
/// (<https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md>).
const ACCEPT_SHORT: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";

/// Which version of a package is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionQuery<'a> {
    /// The one with the dist-tag `latest`.
    Latest,
    /// This one.
    Exact(&'a str),
}

/// Where a version of a package is, and how to tell that it is the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The version.
    pub version: String,
    /// Address of the tarball.
    pub tarball: Url,
    /// Its checksum.
    pub integrity: Integrity,
}

impl Registry {
    /// What the registry says about a version of a package.
    ///
    /// # Errors
    ///
    /// See [`RegistryError`].
    pub async fn manifest(
        &self,
        package: &str,
        query: VersionQuery<'_>,
    ) -> Result<Manifest, RegistryError> {
        let (document, url) = self.document(package, query).await?;
        self.read(package, &url, document)
    }

    /// The newest version of a package.
    ///
    /// # Errors
    ///
    /// See [`RegistryError`].
    pub async fn latest(&self, package: &str) -> Result<String, RegistryError> {
        Ok(self
            .document(package, VersionQuery::Latest)
            .await?
            .0
            .version)
    }

    async fn document(
        &self,
        package: &str,
        query: VersionQuery<'_>,
    ) -> Result<(VersionDocument, Url), RegistryError> {
        let word = match query {
            VersionQuery::Latest => "latest",
            VersionQuery::Exact(version) => version,
        };
        let url = self.url_of(&[package, word]);
        let response = self.get(&url, "application/json").await?;
        // Some mirrors know nothing but the list of all versions, and that tells more anyway about
        // what is there instead.
        if matches!(
            response.status(),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
        ) {
            return self.document_from_list(package, query).await;
        }
        let document: VersionDocument = self.json(&url, response).await?;
        match query {
            VersionQuery::Exact(version) if version != document.version => {
                let found = document.version;
                Err(RegistryError::malformed(
                    &url,
                    Malformed::OtherVersion { found },
                ))
            }
            _ => Ok((document, url)),
        }
    }

    async fn document_from_list(
        &self,
        package: &str,
        query: VersionQuery<'_>,
    ) -> Result<(VersionDocument, Url), RegistryError> {
        let not_published = |newest| RegistryError::NotPublished {
            package: package.to_owned(),
            version: match query {
                VersionQuery::Latest => None,
                VersionQuery::Exact(version) => Some(version.to_owned()),
            },
            registry: self.address(),
            newest,
        };
        let url = self.url_of(&[package]);
        let response = self.get(&url, ACCEPT_SHORT).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Err(not_published(None));
        }
        let mut list: PackageDocument = self.json(&url, response).await?;
        let newest = list.dist_tags.remove("latest");
        let version = match (query, &newest) {
            (VersionQuery::Exact(version), _) => version.to_owned(),
            (VersionQuery::Latest, Some(newest)) => newest.clone(),
            (VersionQuery::Latest, None) => {
                return Err(RegistryError::malformed(&url, Malformed::NoVersion));
            }
        };
        match list.versions.remove(&version) {
            Some(document) => Ok((document, url)),
            None => Err(not_published(newest)),
        }
    }

    fn read(
        &self,
        package: &str,
        url: &Url,
        document: VersionDocument,
    ) -> Result<Manifest, RegistryError> {
        let VersionDocument { version, dist } = document;
        let no_integrity = |source: Option<IntegrityError>| RegistryError::NoIntegrity {
            url: shown(url),
            package: package.to_owned(),
            version: version.clone(),
            source,
        };
        let integrity = dist.integrity.ok_or_else(|| no_integrity(None))?;
        let integrity = integrity
            .parse()
            .map_err(|error| no_integrity(Some(error)))?;
        let tarball = Url::parse(&dist.tarball)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(tarball) = tarball else {
            let found = dist.tarball;
            return Err(RegistryError::malformed(
                url,
                Malformed::TarballUrl { found },
            ));
        };
        if self.is_secure() && tarball.scheme() != "https" {
            return Err(RegistryError::Insecure {
                url: shown(url),
                target: shown(&tarball),
            });
        }
        Ok(Manifest {
            version,
            tarball,
            integrity,
        })
    }

    async fn json<T: DeserializeOwned>(
        &self,
        url: &Url,
        response: Response,
    ) -> Result<T, RegistryError> {
        let malformed = |source| Err(RegistryError::malformed(url, source));
        if !response.status().is_success() {
            return Err(RegistryError::Status {
                url: shown(url),
                status: response.status().as_u16(),
            });
        }
        let web_page = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if web_page {
            return malformed(Malformed::WebPage);
        }
        let mut text = Vec::new();
        let mut body = Body::new(self, url, response);
        while let Some(chunk) = body.chunk().await? {
            let chunk = chunk.as_ref();
            if text.len() + chunk.len() > LONGEST_ANSWER {
                return malformed(Malformed::TooLong {
                    limit: LONGEST_ANSWER,
                });
            }
            text.extend_from_slice(chunk);
        }
        serde_json::from_slice(&text).or_else(|error| malformed(Malformed::Json(error)))
    }
}

#[derive(Deserialize)]
struct VersionDocument {
    version: String,
    dist: Dist,
}

#[derive(Deserialize)]
struct Dist {
    tarball: String,
    integrity: Option<String>,
}

#[derive(Deserialize)]
struct PackageDocument {
    #[serde(rename = "dist-tags", default)]
    dist_tags: HashMap<String, String>,
    versions: HashMap<String, VersionDocument>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opencode::testing::{document, sha512};

    fn read(registry: &str, tarball: &str) -> Result<Manifest, RegistryError> {
        let registry = Registry::new(&registry.parse().unwrap());
        let document = document("1.0.0", tarball, &sha512(b"a"));
        let url = registry.url_of(&["pkg", "1.0.0"]);
        registry.read("pkg", &url, serde_json::from_value(document).unwrap())
    }

    #[test]
    fn a_secure_registry_has_secure_tarballs() {
        let (secure, plain) = ("https://a.example/", "http://a.example/");
        let error = read(secure, "http://cdn.example/a.tgz").unwrap_err();
        assert!(matches!(error, RegistryError::Insecure { .. }), "{error:?}");
        assert!(read(secure, "https://cdn.example/a.tgz").is_ok());
        assert!(read(plain, "http://cdn.example/a.tgz").is_ok());
        assert!(read(plain, "https://cdn.example/a.tgz").is_ok());
    }

    #[test]
    fn fuzz_documents() {
        let registry = Registry::new(&"https://a.example/".parse().unwrap());
        let url = registry.url_of(&["pkg", "1.0.0"]);
        let seeds = crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/registry"));
        crate::testing::fuzz(&seeds, |input| {
            let mut documents: Vec<VersionDocument> = Vec::new();
            documents.extend(serde_json::from_slice::<VersionDocument>(input).ok());
            if let Ok(list) = serde_json::from_slice::<PackageDocument>(input) {
                documents.extend(list.versions.into_values());
            }
            for document in documents {
                if let Ok(manifest) = registry.read("pkg", &url, document) {
                    assert_eq!(manifest.tarball.scheme(), "https");
                }
            }
        });
    }
}
