//! What a container must not be able to do.

use std::fs;

use super::{
    CheckFunction, Found, Suite, check,
    held::{Held, unique},
    verdict::{Verdict, applies, equal, holds},
};
use crate::{
    runtime::GroupSupport,
    spec::{
        Access, Capabilities, Groups, Mount, MountSource, RootFilesystem, RunSpec, SelinuxLabel,
    },
};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!(
        "there are no capabilities and no way to get any",
        no_capabilities
    ),
    check!(
        "the engine's own capabilities are there if they are asked for",
        default_capabilities
    ),
    check!("groups are passed on", groups),
    check!("there is no SELinux label if there is to be none", selinux),
    check!("a read-only image is read-only", a_read_only_image),
    check!("a read-only mount is read-only", a_read_only_mount),
    check!(
        "a tmpfs is empty, whatever lies beneath it",
        a_tmpfs_is_empty
    ),
    check!("a tmpfs is limited", a_tmpfs_is_limited),
    check!("a covered directory and file are hidden", covers_hide),
];

async fn no_capabilities(suite: &Suite<'_>) -> Verdict {
    let script =
        "grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs):' /proc/self/status | tr -d '\\t'";
    let found = suite.output(&suite.script(script)).await?;
    let none = "0".repeat(16);
    let expected: String = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]
        .iter()
        .map(|set| format!("{set}:{none}\n"))
        .collect();
    equal(found, expected + "NoNewPrivs:1\n")
}

async fn default_capabilities(suite: &Suite<'_>) -> Verdict {
    let spec = RunSpec {
        capabilities: Capabilities::EngineDefault,
        ..suite.script("grep -E '^(CapBnd|NoNewPrivs):' /proc/self/status")
    };
    let found = suite.output(&spec).await?;
    let words: Vec<&str> = found.split_whitespace().collect();
    let [_, capabilities, _, new_privileges] = &words[..] else {
        return Err(format!("found {found:?}").into());
    };
    holds(capabilities.contains(|digit| digit != '0'), || {
        "there are none".to_owned()
    })?;
    equal(*new_privileges, "0")
}

/// The group IDs of a container's process.
async fn groups_inside(suite: &Suite<'_>, groups: Groups) -> Found<Vec<u32>> {
    let spec = RunSpec {
        groups,
        ..suite.script("id -G")
    };
    let found = suite.output(&spec).await?;
    let numbers: Result<Vec<u32>, _> = found.split_whitespace().map(str::parse).collect();
    Ok(numbers.map_err(|_| found)?)
}

async fn groups(suite: &Suite<'_>) -> Verdict {
    const GROUP: u32 = 4242;
    let support = suite.witness.engine()?.groups;
    let (_, gid) = suite.fixture.user.ids_inside();
    equal(groups_inside(suite, Groups::None).await?, vec![gid])?;
    applies(
        support != GroupSupport::Unsupported,
        "the engine passes no groups on",
    )?;
    if support == GroupSupport::ByNumber {
        let found = groups_inside(suite, Groups::Numbers(vec![GROUP])).await?;
        return equal(found, vec![gid, GROUP]);
    }
    let own = rustix::process::getegid();
    let all = rustix::process::getgroups().map_err(std::io::Error::from)?;
    applies(
        all.iter().any(|group| *group != own),
        "the caller has no other groups",
    )?;
    // They have no number inside, so one number stands for all of them.
    let kept = groups_inside(suite, Groups::KeepHosts).await?;
    holds(kept.len() > 1, || format!("found {kept:?}"))
}

async fn selinux(suite: &Suite<'_>) -> Verdict {
    let disabled = async |selinux| {
        let spec = RunSpec {
            selinux,
            ..suite.script("")
        };
        let look = async |held: &Held| Ok(suite.witness.container(&held.name)?);
        let (facts, _) = suite.held(spec, look).await?;
        let options = facts.ok_or("no container has the name")?.security_options;
        Found::Ok(options.iter().any(|option| option == "label=disable"))
    };
    equal(disabled(SelinuxLabel::Disabled).await?, true)?;
    equal(disabled(SelinuxLabel::EngineDefault).await?, false)
}

async fn a_read_only_image(suite: &Suite<'_>) -> Verdict {
    let tmpfs = |target: &str| Mount {
        source: MountSource::Tmpfs {
            size: Some(1 << 24),
        },
        target: target.into(),
        access: Access::ReadWrite,
    };
    let spec = RunSpec {
        root_filesystem: RootFilesystem::ReadOnly,
        mounts: ["/tmp", "/run", "/var/tmp"].map(tmpfs).to_vec(),
        ..suite.script(
            "touch /usr/x 2>/dev/null && echo written; \
             grep -c '^[^ ]* / [^ ]* ro[, ]' /proc/mounts; touch /var/tmp/x && \
             printf '#!/bin/sh\\necho ran\\n' > /tmp/x && chmod +x /tmp/x && /tmp/x",
        )
    };
    equal(suite.output(&spec).await?.as_str(), "1\nran\n")
}

async fn a_read_only_mount(suite: &Suite<'_>) -> Verdict {
    let directory = &suite.fixture.directory;
    let spec = RunSpec {
        mounts: vec![Mount::bind(directory, directory, Access::ReadOnly)],
        ..suite.script(&format!("touch {directory}/x 2>/dev/null || echo refused"))
    };
    equal(suite.output(&spec).await?, "refused\n".to_owned())
}

async fn a_tmpfs_is_empty(suite: &Suite<'_>) -> Verdict {
    let (directory, secret) = secret(suite)?;
    let spec = RunSpec {
        mounts: vec![
            Mount::bind(&directory, &directory, Access::ReadWrite),
            Mount {
                source: MountSource::Tmpfs { size: None },
                target: directory.join("secret"),
                access: Access::ReadWrite,
            },
        ],
        ..suite.script(&format!(
            "ls -A {directory}/secret; cat {secret} 2>/dev/null; echo looked"
        ))
    };
    equal(suite.output(&spec).await?.as_str(), "looked\n")?;
    Ok(fs::remove_dir_all(directory)?)
}

async fn a_tmpfs_is_limited(suite: &Suite<'_>) -> Verdict {
    let spec = RunSpec {
        mounts: vec![Mount {
            source: MountSource::Tmpfs {
                size: Some(1 << 24),
            },
            target: "/tmp".into(),
            access: Access::ReadWrite,
        }],
        ..suite.script("grep ' /tmp tmpfs ' /proc/mounts")
    };
    let found = suite.output(&spec).await?;
    let is_limited = found
        .split([' ', ','])
        .any(|option| option == "size=16384k");
    holds(is_limited, || format!("found {found:?}"))
}

async fn covers_hide(suite: &Suite<'_>) -> Verdict {
    let (directory, secret) = secret(suite)?;
    let covers = unique(&suite.fixture.directory, "covers");
    fs::create_dir_all(covers.join("directory"))?;
    fs::write(covers.join("file"), "")?;
    fs::write(directory.join("key"), "TOPSECRET\n")?;
    let spec = RunSpec {
        mounts: vec![
            Mount::bind(&directory, &directory, Access::ReadWrite),
            Mount::bind(
                covers.join("directory"),
                directory.join("secret"),
                Access::ReadOnly,
            ),
            Mount::bind(covers.join("file"), directory.join("key"), Access::ReadOnly),
        ],
        ..suite.script(&format!(
            "cd {directory} && ls -A secret; cat key {secret} 2>/dev/null; \
             (echo x > key) 2>/dev/null && echo written; \
             (echo x > secret/new) 2>/dev/null && echo written; \
             mv key moved 2>/dev/null && echo moved; rm -rf secret 2>/dev/null && echo removed; \
             echo looked"
        ))
    };
    equal(suite.output(&spec).await?.as_str(), "looked\n")?;
    for file in [&secret, &directory.join("key")] {
        let kept = fs::read_to_string(file).unwrap_or_default();
        holds(kept == "TOPSECRET\n", || format!("{file}: {kept:?}"))?;
    }
    fs::remove_dir_all(directory)?;
    Ok(fs::remove_dir_all(covers)?)
}

/// A directory with a secret in a directory of its own, and the secret.
fn secret(suite: &Suite<'_>) -> Found<(camino::Utf8PathBuf, camino::Utf8PathBuf)> {
    let directory = unique(&suite.fixture.directory, "workspace");
    let file = directory.join("secret/key");
    fs::create_dir_all(directory.join("secret"))?;
    fs::write(&file, "TOPSECRET\n")?;
    Ok((directory, file))
}
