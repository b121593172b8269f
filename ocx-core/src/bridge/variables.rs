//! Variables by which the programs of a session find the proxy.

use super::ssh_proxy_command;
use crate::{
    layout,
    spec::{EnvValue, Environment},
};

/// What must not go through the proxy: the session's own servers.
const OWN: &str = "localhost,127.0.0.1,::1";

/// What the script that begins the session needs, and takes out.
#[must_use]
pub(crate) fn launcher_variables() -> Environment {
    environment([(layout::AS_RUNTIME.to_owned(), "1")])
}

/// Variables that have to be like this: those of the user's own environment name proxies that the session
/// does not reach, with passwords that are not for it.
#[must_use]
pub(crate) fn proxy_variables(port: u16) -> Environment {
    let proxy = format!("http://127.0.0.1:{port}");
    let mut variables: Vec<(String, &str)> = Vec::new();
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY"] {
        variables.push((name.to_owned(), &proxy));
    }
    variables.push(("NO_PROXY".to_owned(), OWN));
    let lower = variables
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), *value));
    let lower: Vec<_> = lower.collect();
    variables.extend(lower);
    // Node.js 22.21 and 24.5 or later.
    variables.push(("NODE_USE_ENV_PROXY".to_owned(), "1"));
    environment(variables)
}

/// What programs do not ask a proxy of the user's for in a session that has one: `NO_PROXY`, with the
/// session's own servers added to what it is so far.
#[must_use]
pub(crate) fn own_servers(so_far: Option<&str>) -> Environment {
    let so_far = so_far.filter(|list| !list.is_empty());
    let all = so_far.map_or(OWN.to_owned(), |list| format!("{list},{OWN}"));
    ["NO_PROXY", "no_proxy"]
        .map(|name| {
            (
                name.parse().expect("a valid name"),
                EnvValue::Secret(all.clone()),
            )
        })
        .into()
}

/// Variables that the settings may set otherwise.
#[must_use]
pub(crate) fn fallback_variables(port: u16) -> Environment {
    let mut java = Vec::new();
    for scheme in ["http", "https"] {
        java.push(format!("-D{scheme}.proxyHost=127.0.0.1"));
        java.push(format!("-D{scheme}.proxyPort={port}"));
    }
    java.push("-Dhttp.nonProxyHosts=localhost|127.*|[::1]".to_owned());
    let ssh = format!("ssh -o 'ProxyCommand={}'", ssh_proxy_command(port));
    environment([
        ("JAVA_TOOL_OPTIONS".to_owned(), java.join(" ").as_str()),
        ("GIT_SSH_COMMAND".to_owned(), &ssh),
    ])
}

fn environment<'a>(variables: impl IntoIterator<Item = (String, &'a str)>) -> Environment {
    let plain = |(name, value): (String, &str)| {
        let name = name.parse().expect("a valid name");
        (name, EnvValue::Plain(value.to_owned()))
    };
    variables.into_iter().map(plain).collect()
}
