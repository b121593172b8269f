//! What a Dockerfile can have for its `RUN` instructions without a trace in the image.

/// The ID of the secret that holds the bundle of certificate authorities which the host trusts.
///
/// A build gets it if its Dockerfile asks for it:
///
/// ```dockerfile
/// RUN --mount=type=secret,id=ca-certificates,target=/etc/ssl/certs/ca-certificates.crt curl https://…
/// ```
///
/// It is mounted for that instruction, and not part of the image nor of the key in the build cache
/// (<https://docs.docker.com/reference/dockerfile/#run---mounttypesecret>; BuildKit, and Podman since 3.2).
/// A build elsewhere, which has no such secret, uses what the image has at that place.
pub const AUTHORITIES: &str = "ca-certificates";

/// Whether a Dockerfile asks for [`AUTHORITIES`]. To hand the secret to one that only looks like it does no
/// harm: whom a machine trusts is known to whoever it talks to.
#[must_use]
pub fn asks_for_authorities(dockerfile: &str) -> bool {
    let instructions = dockerfile
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with('#'));
    let mounts = instructions
        .flat_map(str::split_whitespace)
        .filter_map(|word| word.strip_prefix("--")?.strip_prefix("mount="));
    mounts
        .map(|mount| mount.trim_matches(['"', '\'']))
        .any(|mount| {
            let has = |field: &str| mount.split(',').any(|found| found == field);
            has("type=secret") && has(&format!("id={AUTHORITIES}"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerfile_asks_by_a_mount() {
        for (text, asks) in [
            (
                "FROM x\nRUN --mount=type=secret,id=ca-certificates,target=/c curl x\n",
                true,
            ),
            (
                "RUN --mount=type=cache,target=/x \\\n    --mount=id=ca-certificates,type=secret \\\n  pip x",
                true,
            ),
            (
                "RUN \\\n\t--mount=\"type=secret,id=ca-certificates\" pip x",
                true,
            ),
            ("RUN --mount=type=secret,id=token pip x\n", false),
            (
                "RUN --mount=type=secret,id=ca-certificates-of-mine pip x\n",
                false,
            ),
            (
                "RUN --mount=type=cache,id=ca-certificates,target=/x pip x\n",
                false,
            ),
            (
                "# RUN --mount=type=secret,id=ca-certificates curl x\n",
                false,
            ),
            ("RUN apt-get install ca-certificates\n", false),
            ("", false),
        ] {
            assert_eq!(asks_for_authorities(text), asks, "{text}");
        }
    }
}
