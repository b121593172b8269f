//! Which engine the `docker` command talks to.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use ocx_core::engine::read_text;
use serde::Deserialize;

/// The client's configuration is no larger than this.
const LARGEST: u64 = 16 << 20;

/// Where the `docker` command sends its requests, as far as it can be told without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The Docker context; `default` where none is chosen or `DOCKER_HOST` overrides it.
    pub context: String,
    /// The address in `DOCKER_HOST`, if that is set.
    pub host: Option<String>,
    /// Whether `DOCKER_BUILDKIT` asks for BuildKit, which is then not replaced by the legacy builder
    /// if it is not installed.
    pub buildkit: bool,
}

impl Endpoint {
    /// Reads the endpoint from variables and the client's own configuration, in the order that the
    /// client uses: `DOCKER_HOST`, `DOCKER_CONTEXT`, then `currentContext` in its `config.json`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ocx_docker::Endpoint;
    ///
    /// let address = "unix:///run/user/1000/docker.sock";
    /// let environment = [("DOCKER_HOST".to_owned(), address.to_owned())];
    /// let endpoint = Endpoint::find(&environment.into(), "/home/jane".into());
    /// assert_eq!(endpoint.host.as_deref(), Some(address));
    /// ```
    #[must_use]
    pub fn find(environment: &BTreeMap<String, String>, home: &Utf8Path) -> Self {
        let variable = |name: &str| {
            environment
                .get(name)
                .filter(|value| !value.is_empty())
                .cloned()
        };
        let buildkit = variable("DOCKER_BUILDKIT").is_some_and(|value| {
            matches!(value.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True")
        });
        if let Some(host) = variable("DOCKER_HOST") {
            return Self {
                buildkit,
                context: "default".to_owned(),
                host: Some(host),
            };
        }
        let context = variable("DOCKER_CONTEXT").or_else(|| {
            let directory =
                variable("DOCKER_CONFIG").map_or_else(|| home.join(".docker"), Utf8PathBuf::from);
            let text = read_text(&directory.join("config.json"), LARGEST).ok()?;
            serde_json::from_str::<ClientConfig>(&text)
                .ok()?
                .current_context
        });
        Self {
            context: context.unwrap_or_else(|| "default".to_owned()),
            host: None,
            buildkit,
        }
    }

    /// The address of the engine, if that is known without asking the client about its context.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        match &self.host {
            Some(host) => Some(host.clone()),
            None => self.socket().map(|socket| format!("unix://{socket}")),
        }
    }

    /// The socket that the endpoint is, if it is known to be one on this machine.
    #[must_use]
    pub fn socket(&self) -> Option<Utf8PathBuf> {
        match &self.host {
            Some(host) => host.strip_prefix("unix://").map(Utf8PathBuf::from),
            None if self.context == "default" => Some("/var/run/docker.sock".into()),
            None => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientConfig {
    current_context: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)]) -> Endpoint {
        let environment = variables
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Endpoint::find(&environment, Utf8Path::new("/nonexistent"))
    }

    #[test]
    fn the_host_wins_over_the_context() {
        let endpoint = find(&[
            ("DOCKER_HOST", "unix:///run/x.sock"),
            ("DOCKER_CONTEXT", "work"),
        ]);
        assert_eq!(endpoint.socket().unwrap(), "/run/x.sock");
        assert_eq!(
            find(&[("DOCKER_CONTEXT", "work")]),
            Endpoint {
                context: "work".to_owned(),
                host: None,
                buildkit: false,
            }
        );
        assert_eq!(
            find(&[("DOCKER_HOST", "")]).socket().unwrap(),
            "/var/run/docker.sock"
        );
        assert_eq!(find(&[("DOCKER_HOST", "ssh://x")]).socket(), None);
    }

    #[test]
    fn buildkit_is_asked_for_by_a_variable() {
        for (value, asked) in [("1", true), ("true", true), ("0", false), ("", false)] {
            assert_eq!(
                find(&[("DOCKER_BUILDKIT", value)]).buildkit,
                asked,
                "{value}"
            );
            let host = ("DOCKER_HOST", "unix:///run/x.sock");
            assert_eq!(find(&[host, ("DOCKER_BUILDKIT", value)]).buildkit, asked);
        }
    }

    #[test]
    fn the_address_is_known_unless_a_context_has_it() {
        assert_eq!(find(&[]).address().unwrap(), "unix:///var/run/docker.sock");
        assert_eq!(
            find(&[("DOCKER_HOST", "ssh://x")]).address().unwrap(),
            "ssh://x"
        );
        assert_eq!(find(&[("DOCKER_CONTEXT", "work")]).address(), None);
    }
}
