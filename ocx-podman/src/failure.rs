//! What Podman's messages mean.

use ocx_core::{engine::Problem, image::ImageReference};

pub(crate) fn classify(stderr: &str) -> Problem {
    let message = stderr.to_ascii_lowercase();
    let says = |part: &str| message.contains(part);
    if says("cannot connect to podman") || says("unable to connect to podman") {
        Problem::Unreachable
    } else if says("locating image with id") {
        // `image inspect` walks over all images to find an image's parent, and gives up if one is
        // removed meanwhile (4.3.1).
        Problem::Passing
    } else if says("no such container")
        || says("image not known")
        || says("no such volume")
        || (says("could not be found on container") && says("no such file or directory"))
    {
        Problem::Missing
    } else {
        Problem::Other
    }
}

/// `Error: inspecting object: x: image not known`; every line but the last is without `Error:`
/// (4.3.1).
pub(crate) fn reports_missing(stderr: &str, image: &ImageReference) -> bool {
    let endings = [
        format!(" {image}: image not known"),
        format!(" {image}:latest: image not known"),
    ];
    stderr.lines().any(|line| {
        endings
            .iter()
            .any(|ending| line.trim_end().ends_with(ending.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_kinds_apart() {
        for (message, problem) in [
            ("Error: nope:1: image not known", Problem::Missing),
            (
                "Error: no container with name or ID \"nope\" found: no such container",
                Problem::Missing,
            ),
            (
                "Error: \"/nope\" could not be found on container 606b6c5c1545: no such file or directory",
                Problem::Missing,
            ),
            (
                "Cannot connect to Podman. Please verify your connection to the Linux system",
                Problem::Unreachable,
            ),
            (
                "Error: reading image \"a9e5\": locating image with ID \"a9e5\": image not known",
                Problem::Passing,
            ),
            (
                "Error: container_linux.go:380: no such file or directory",
                Problem::Other,
            ),
        ] {
            assert_eq!(classify(message), problem, "{message}");
        }
    }

    #[test]
    fn names_the_missing_images() {
        let image = |text: &str| text.parse::<ImageReference>().unwrap();
        let stderr = "error inspecting object: x/y:3: image not known\nError: inspecting object: nope: image not known\n";
        assert!(reports_missing(stderr, &image("x/y:3")));
        assert!(reports_missing(stderr, &image("nope")));
        assert!(!reports_missing(stderr, &image("y:3")));
    }
}
