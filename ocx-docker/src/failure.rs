//! What Docker's messages mean. Exit codes do not tell: a missing image and a stopped engine both
//! end `image inspect` with 1 (measured with 28.2.2).

use ocx_core::{engine::Problem, image::ImageReference};

pub(crate) fn classify(stderr: &str) -> Problem {
    let message = stderr.to_ascii_lowercase();
    let says = |part: &str| message.contains(part);
    if says("permission denied while trying to connect")
        || (says("docker.sock") && says("permission denied"))
    {
        Problem::Denied
    } else if says("cannot connect to the docker daemon")
        || says("is the docker daemon running")
        || says("error during connect")
        || says("failed to connect to the docker api")
        || says("dial unix")
        || says("no such host")
    {
        Problem::Unreachable
    } else if says("no such container")
        || says("no such image")
        || says("could not find the file")
        || says("no such volume")
    {
        Problem::Missing
    } else {
        Problem::Other
    }
}

/// `Error: No such image: x` (20.10), `Error response from daemon: No such image: x:latest` (28); for
/// one of Docker Hub's by its full name, `no such image: docker.io/library/x: No such image: x:latest`
/// (28.2.2 with 20.10.24).
pub(crate) fn reports_missing(stderr: &str, image: &ImageReference) -> bool {
    let familiar = familiar(image.as_str());
    let endings = [
        format!(" {image}"),
        format!(" {image}:latest"),
        format!(" {familiar}"),
        format!(" {familiar}:latest"),
    ];
    stderr
        .lines()
        .filter(|line| line.to_ascii_lowercase().contains("no such image"))
        .any(|line| {
            endings
                .iter()
                .any(|ending| line.trim_end().ends_with(ending.as_str()))
        })
}

/// A name as the daemon shortens it,
/// <https://github.com/distribution/reference/blob/v0.6.0/helpers.go>.
fn familiar(name: &str) -> &str {
    let Some(path) = name
        .strip_prefix("docker.io/")
        .or_else(|| name.strip_prefix("index.docker.io/"))
    else {
        return name;
    };
    path.strip_prefix("library/").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_kinds_apart() {
        for (message, problem) in [
            (
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
                Problem::Unreachable,
            ),
            (
                "error during connect: Get \"http://x/v1.41/info\": dial tcp: lookup x: no such host",
                Problem::Unreachable,
            ),
            (
                "failed to connect to the docker API at unix:///run/docker.sock; check if the path is correct and if the daemon is running: dial unix /run/docker.sock: connect: no such file or directory",
                Problem::Unreachable,
            ),
            (
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get \"http://%2Fvar%2Frun%2Fdocker.sock/v1.24/info\": dial unix /var/run/docker.sock: connect: permission denied",
                Problem::Denied,
            ),
            (
                "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
                Problem::Denied,
            ),
            (
                "Error response from daemon: Could not find the file /nope in container dffd",
                Problem::Missing,
            ),
            ("Error: No such container: x", Problem::Missing),
            (
                "Error response from daemon: Conflict. The container name \"/x\" is already in use",
                Problem::Other,
            ),
        ] {
            assert_eq!(classify(message), problem, "{message}");
        }
    }

    #[test]
    fn names_the_missing_image() {
        let image = |text: &str| text.parse::<ImageReference>().unwrap();
        let stderr = "Error response from daemon: no such image: nope: No such image: nope:latest\n\
                      Error: No such image: a/nope2:3\n";
        assert!(reports_missing(stderr, &image("nope")));
        assert!(reports_missing(stderr, &image("a/nope2:3")));
        assert!(!reports_missing(stderr, &image("nope2:3")));
        assert!(!reports_missing(stderr, &image("debian")));
        let stderr = "Error response from daemon: no such image: docker.io/library/debian:12: No such image: debian:12\n\
                      Error response from daemon: no such image: docker.io/acme/x: No such image: acme/x:latest\n";
        assert!(reports_missing(
            stderr,
            &image("docker.io/library/debian:12")
        ));
        assert!(reports_missing(stderr, &image("docker.io/acme/x")));
        assert!(!reports_missing(
            stderr,
            &image("docker.io/library/ubuntu:12")
        ));
    }
}
