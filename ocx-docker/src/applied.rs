//! What Docker made of a container, and where its configuration may have had a part in it.

use ocx_core::{
    confinement::{Applied, Excess, Namespace},
    engine::{ContainerRecord, ParseError},
};

pub(crate) fn parse(stdout: &[u8]) -> Result<Applied, ParseError> {
    let record = ContainerRecord::parse(stdout)?;
    let mut capabilities = record.listed_capabilities();
    if !record.drops_all_capabilities() {
        capabilities.insert("those of the engine's default set".to_owned());
    }
    let mut applied = record.applied();
    applied.capabilities = capabilities;
    Ok(applied)
}

/// The daemon's settings lie on its own machine; `/etc/docker/daemon.json` is where they are as a
/// rule (<https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file>).
pub(crate) fn configuration_behind(excess: &Excess) -> Vec<String> {
    let key = match excess {
        Excess::Namespace(Namespace::Cgroup) => "`default-cgroupns-mode`",
        Excess::Namespace(Namespace::Ipc) => "`default-ipc-mode`",
        Excess::Device(_) | Excess::Mount(_) => "`default-runtime`",
        _ => "the daemon's settings",
    };
    vec![format!("{key} in /etc/docker/daemon.json")]
}

#[cfg(test)]
mod tests {
    use ocx_core::{
        confinement::excess,
        spec::{Access, Mount},
        testing::run_spec,
    };

    use super::*;

    /// What was recorded of two containers: one with the flags of this plan, and one with everything
    /// that a flag or a setting of the daemon can add.
    const RECORDED: [(&str, &str, &str); 3] = [
        (
            "20.10.24",
            include_str!("../fixtures/container-planned-20.10.24.json"),
            include_str!("../fixtures/container-loose-20.10.24.json"),
        ),
        (
            "26.1.5",
            include_str!("../fixtures/container-planned-26.1.5.json"),
            include_str!("../fixtures/container-loose-26.1.5.json"),
        ),
        (
            "28.5.2",
            include_str!("../fixtures/container-planned-28.5.2.json"),
            include_str!("../fixtures/container-loose-28.5.2.json"),
        ),
    ];

    fn found(recorded: &str) -> Vec<String> {
        let passwd = Mount::bind("/etc/hostname", "/etc/passwd", Access::ReadOnly);
        let mut spec = run_spec();
        spec.mounts = vec![passwd];
        let applied = parse(recorded.as_bytes()).unwrap();
        let mut found: Vec<String> = excess(&spec, &applied)
            .iter()
            .map(ToString::to_string)
            .collect();
        found.sort();
        found
    }

    #[test]
    fn finds_what_is_beyond_the_plan_and_nothing_else() {
        for (version, planned, loose) in RECORDED {
            assert_eq!(found(planned), [""; 0], "{version}");
            assert_eq!(
                found(loose),
                [
                    "`/etc` at `/hostetc`, writable",
                    "`cfg-shared` at `/shared`, read-only",
                    "leave to gain privileges",
                    "the capabilities CAP_SYS_ADMIN, those of the engine's default set",
                    "the device `/dev/fuse`",
                    "the host's own cgroups",
                    "the host's own name",
                    "the host's own network",
                    "the host's own processes",
                    "the host's own shared memory",
                ],
                "{version}"
            );
        }
    }

    #[test]
    fn what_is_no_record_of_one_container_is_refused() {
        for answer in ["", "[]", "{}", "[{}]"] {
            assert!(parse(answer.as_bytes()).is_err(), "{answer}");
        }
    }
}
