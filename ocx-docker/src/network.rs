//! Networks, as `network inspect` tells them.

use std::collections::BTreeMap;

use ocx_core::engine::{ParseError, json_records};
use serde::Deserialize;

/// The option that keeps the containers of a bridge apart.
const CONNECTIONS: &str = "com.docker.network.bridge.enable_icc";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Network {
    driver: String,
    #[serde(default)]
    options: Option<BTreeMap<String, String>>,
}

/// Whether containers in the network do not reach each other.
pub(crate) fn keeps_apart(stdout: &[u8]) -> Result<bool, ParseError> {
    let networks: Vec<Network> = json_records(stdout)?;
    let network = networks.first().ok_or("no network is told")?;
    let options = network.options.as_ref();
    let connections = options.and_then(|options| options.get(CONNECTIONS));
    Ok(network.driver == "bridge" && connections.is_some_and(|value| value == "false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bridge_without_connections_keeps_apart() {
        // As Docker 20.10.24 prints it, in the parts that count.
        let network = |driver: &str, options: &str| {
            format!(r#"[{{"Name":"ocx-0","Driver":"{driver}","Options":{options},"Labels":{{}}}}]"#)
        };
        let off = format!(r#"{{"{CONNECTIONS}":"false"}}"#);
        let on = format!(r#"{{"{CONNECTIONS}":"true"}}"#);
        for (driver, options, expected) in [
            ("bridge", off.as_str(), true),
            ("bridge", &on, false),
            ("bridge", "{}", false),
            ("bridge", "null", false),
            ("macvlan", &off, false),
        ] {
            let found = keeps_apart(network(driver, options).as_bytes()).unwrap();
            assert_eq!(found, expected, "{driver} {options}");
        }
        assert!(keeps_apart(b"[]").is_err());
        assert!(keeps_apart(b"<html>").is_err());
    }
}
