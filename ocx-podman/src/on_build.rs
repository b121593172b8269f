//! The `ONBUILD` instructions of an image, which Podman does not tell.
//!
//! `podman image inspect` shows the configuration in OCI's terms, where there is no such thing, while
//! its builds do carry the instructions out (4.3.1). But they stand in the image's history.

/// What the history holds before an instruction that only changes the configuration.
const NO_COMMAND: &str = "/bin/sh -c #(nop) ";

/// What BuildKit puts behind each instruction.
const BUILDKIT: &str = "# buildkit";

/// The instructions that a build on an image would carry out, from the type of its manifest and the
/// lines of its history, the oldest first.
///
/// Those of an image further down were carried out when somebody built on that, and their results
/// stand in the history behind them, in the same order.
pub(crate) fn pending<'a>(
    manifest_type: &str,
    history: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    // Images in OCI's own format have none; Podman writes them into the history all the same.
    if !manifest_type.contains("docker") {
        return Vec::new();
    }
    let mut pending = Vec::new();
    for line in history {
        let line = line.strip_prefix(NO_COMMAND).unwrap_or(line);
        let line = line.trim().trim_end_matches(BUILDKIT).trim_end();
        if let Some(instruction) = line.strip_prefix("ONBUILD ") {
            pending.push(instruction.trim().to_owned());
        } else if pending.first().is_some_and(|first| is_result(line, first)) {
            pending.remove(0);
        }
    }
    pending
}

/// Whether a line of the history is what carrying out the instruction left there.
fn is_result(line: &str, instruction: &str) -> bool {
    let (word, rest) = instruction.split_once(' ').unwrap_or((instruction, ""));
    match word.to_ascii_uppercase().as_str() {
        "RUN" => line.ends_with(rest.trim()),
        // `COPY . /app` is `COPY dir:4a59… in /app` there.
        "COPY" | "ADD" => {
            line.starts_with(word) && line.split(' ').next_back() == rest.split(' ').next_back()
        }
        _ => line == instruction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";
    const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

    /// As Podman 4.3.1 wrote it.
    const IMAGE: [&str; 4] = [
        "/bin/sh -c #(nop) ADD file:ded408fa4c4c2f25d8fcb1eddda11024e8e69f3a44395a83eec70f243781d7b5 in /",
        "/bin/sh -c #(nop) ONBUILD COPY . /app",
        "/bin/sh -c #(nop) ONBUILD RUN true",
        "/bin/sh -c #(nop) CMD [\"x\"]",
    ];
    const BUILT_ON_IT: [&str; 3] = [
        "/bin/sh -c #(nop) COPY dir:4a59ad6d19dedba173ecb7fa660eadf78f99492a96f18cbaee4c49fbb9a7a0b4 in /app ",
        "/bin/sh -c true",
        "/bin/sh -c #(nop) LABEL a=b",
    ];

    #[test]
    fn those_of_the_image_itself() {
        assert_eq!(pending(DOCKER, IMAGE), ["COPY . /app", "RUN true"]);
        assert_eq!(pending(OCI, IMAGE), Vec::<String>::new());
        assert_eq!(pending(DOCKER, []), Vec::<String>::new());
    }

    #[test]
    fn those_of_an_image_below_are_done() {
        let history = IMAGE.into_iter().chain(BUILT_ON_IT);
        assert_eq!(pending(DOCKER, history), Vec::<String>::new());
        let again = ["/bin/sh -c #(nop) ONBUILD RUN make"];
        let history = IMAGE.into_iter().chain(BUILT_ON_IT).chain(again);
        assert_eq!(pending(DOCKER, history), ["RUN make"]);
    }

    #[test]
    fn as_buildkit_writes_it() {
        let history = [
            "ONBUILD COPY . /app",
            "ONBUILD RUN make",
            "COPY . /app # buildkit",
            "RUN /bin/sh -c make # buildkit",
        ];
        assert_eq!(pending(DOCKER, history[..2].to_vec()).len(), 2);
        assert_eq!(pending(DOCKER, history), Vec::<String>::new());
    }
}
