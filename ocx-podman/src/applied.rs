//! What Podman made of a container, and where its configuration may have had a part in it.

use ocx_core::{
    confinement::{Applied, Excess, Namespace},
    engine::{ContainerRecord, ParseError},
};

use crate::Configuration;

/// With this annotation crun keeps the caller's supplementary groups; `--group-add keep-groups` sets
/// it, and `annotations` in `containers.conf` can (tried with 5.4.2 and 5.8.6).
const KEEPS_GROUPS: &str = "run.oci.keep_original_groups";

pub(crate) fn parse(stdout: &[u8], configuration: &Configuration) -> Result<Applied, ParseError> {
    let record = ContainerRecord::parse(stdout)?;
    let capabilities = record.listed_capabilities();
    let keeps_groups = record.annotation(KEEPS_GROUPS).is_some();
    let mut applied = record.applied();
    // A rootless engine mounts devices and lists them neither there nor there (4.3.1, 5.4.2, 5.8.6).
    let configured = configuration.containers_list("devices");
    applied
        .devices
        .extend(configured.iter().map(|device| host_path(device).to_owned()));
    applied.capabilities = capabilities;
    applied.keeps_groups = keeps_groups;
    Ok(applied)
}

/// A device is `HOST[:CONTAINER][:PERMISSIONS]`.
fn host_path(device: &str) -> &str {
    device.split_once(':').map_or(device, |(path, _)| path)
}

pub(crate) fn configuration_behind(excess: &Excess, configuration: &Configuration) -> Vec<String> {
    let keys: &[&str] = match excess {
        Excess::Privileged => &["privileged"],
        Excess::Capabilities(_) => &["default_capabilities"],
        Excess::Namespace(Namespace::Cgroup) => &["cgroupns"],
        Excess::Namespace(Namespace::Ipc) => &["ipcns"],
        Excess::Namespace(Namespace::Network) => &["netns"],
        Excess::Namespace(Namespace::Pid) => &["pidns"],
        Excess::Namespace(Namespace::Uts) => &["utsns"],
        Excess::Mount(_) => &["volumes", "mounts"],
        Excess::Device(_) => &["devices"],
        Excess::Groups => &["annotations"],
        Excess::Bridge => &["netns"],
        _ => &[],
    };
    let set: Vec<String> = keys
        .iter()
        .flat_map(|key| {
            let files = configuration.files_that_set(key).into_iter();
            files.map(move |file| format!("`{key}` in {file}"))
        })
        .collect();
    if !set.is_empty() {
        return set;
    }
    let files = configuration.files();
    files.iter().rev().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use ocx_core::{
        confinement::excess,
        spec::{Access, Mount},
        testing::run_spec,
    };

    use super::*;

    /// What was recorded of two containers: one with the flags of this plan, and one with everything
    /// that `containers.conf` can add and none of the flags that set it back.
    const RECORDED: [(&str, &str, &str); 3] = [
        (
            "4.3.1",
            include_str!("../fixtures/container-planned-4.3.1.json"),
            include_str!("../fixtures/container-loose-4.3.1.json"),
        ),
        (
            "5.4.2",
            include_str!("../fixtures/container-planned-5.4.2.json"),
            include_str!("../fixtures/container-loose-5.4.2.json"),
        ),
        (
            "5.8.6",
            include_str!("../fixtures/container-planned-5.8.6.json"),
            include_str!("../fixtures/container-loose-5.8.6.json"),
        ),
    ];

    fn found(recorded: &str, configuration: &Configuration) -> Vec<Excess> {
        let passwd = Mount::bind("/etc/hostname", "/etc/passwd", Access::ReadOnly);
        let mut spec = run_spec();
        spec.mounts = vec![passwd];
        let applied = parse(recorded.as_bytes(), configuration).unwrap();
        excess(&spec, &applied)
    }

    fn texts(excess: &[Excess]) -> Vec<String> {
        let mut texts: Vec<String> = excess.iter().map(ToString::to_string).collect();
        texts.sort();
        texts
    }

    #[test]
    fn finds_what_is_beyond_the_plan_and_nothing_else() {
        let configuration = Configuration::default();
        for (version, planned, loose) in RECORDED {
            let found = |recorded| texts(&found(recorded, &configuration));
            assert_eq!(found(planned), [""; 0], "{version}");
            assert_eq!(
                found(loose),
                [
                    "`/etc` at `/hostetc`, writable",
                    "`cfg-shared` at `/shared`, read-only",
                    "leave to gain privileges",
                    "the capabilities CAP_SYS_ADMIN",
                    "the host's own cgroups",
                    "the host's own name",
                    "the host's own network",
                    "the host's own processes",
                    "your supplementary groups",
                ],
                "{version}"
            );
        }
    }

    #[test]
    fn devices_are_told_by_the_configuration_and_its_file_is_named() {
        let home = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(home.path()).unwrap();
        let file = home.join(".config/containers/containers.conf");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(
            &file,
            "[containers]\ndevices = [\"/dev/fuse:/dev/f:rwm\"]\n",
        )
        .unwrap();
        let configuration = Configuration::find(&[].into(), home);
        let found = found(RECORDED[0].1, &configuration);
        assert_eq!(texts(&found), ["the device `/dev/fuse`"]);
        assert_eq!(
            configuration_behind(&found[0], &configuration),
            [format!("`devices` in {file}")]
        );
        // Nothing sets what it may come from: then it is one of the files.
        let files = configuration_behind(&Excess::Groups, &configuration);
        assert_eq!(files.first(), Some(&file.to_string()));
    }
}
