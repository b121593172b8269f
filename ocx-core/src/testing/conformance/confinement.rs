//! What a container must not be able to do.

use std::fs;

use super::{CheckFunction, Suite, Verdict, check, equal, holds};
use crate::plan::{
    Access, Capabilities, Mount, MountSource, RootFilesystem, RunSpec, SelinuxLabel,
};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!(
        "there are no capabilities and no way to get any",
        no_capabilities
    ),
    check!("a read-only image is read-only", a_read_only_image),
    check!("a read-only mount is read-only", a_read_only_mount),
    check!(
        "a tmpfs is empty, whatever lies beneath it",
        a_tmpfs_is_empty
    ),
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
    equal(found, expected + "NoNewPrivs:1\n")?;
    let more = RunSpec {
        capabilities: Capabilities::EngineDefault,
        ..suite.script("true")
    };
    suite.output(&more).await.map(drop)
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
        selinux: SelinuxLabel::Disabled,
        mounts: ["/tmp", "/run", "/var/tmp"].map(tmpfs).to_vec(),
        ..suite.script(
            "touch /usr/x 2>/dev/null && echo written; touch /var/tmp/x && \
             printf '#!/bin/sh\\necho ran\\n' > /tmp/x && chmod +x /tmp/x && /tmp/x",
        )
    };
    equal(suite.output(&spec).await?, "ran\n".to_owned())
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
            "ls -A {directory}/secret; cat {secret} 2>/dev/null; true"
        ))
    };
    equal(suite.output(&spec).await?, String::new())?;
    fs::remove_dir_all(directory).map_err(|error| error.to_string())
}

async fn covers_hide(suite: &Suite<'_>) -> Verdict {
    let (directory, secret) = secret(suite)?;
    let covers = suite.fixture.directory.join("covers");
    let make = || {
        fs::create_dir_all(covers.join("directory"))?;
        fs::write(covers.join("file"), "")?;
        fs::write(directory.join("key"), "TOPSECRET\n")
    };
    make().map_err(|error: std::io::Error| error.to_string())?;
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
             mv key moved 2>/dev/null && echo moved; rm -rf secret 2>/dev/null && echo removed; true"
        ))
    };
    equal(suite.output(&spec).await?, String::new())?;
    for file in [&secret, &directory.join("key")] {
        let kept = fs::read_to_string(file).unwrap_or_default();
        holds(kept == "TOPSECRET\n", || format!("{file}: {kept:?}"))?;
    }
    fs::remove_dir_all(directory)
        .and_then(|()| fs::remove_dir_all(covers))
        .map_err(|error| error.to_string())
}

/// A directory with a secret in a directory of its own, and the secret.
fn secret(suite: &Suite<'_>) -> Result<(camino::Utf8PathBuf, camino::Utf8PathBuf), String> {
    let directory = suite.fixture.directory.join("workspace");
    let file = directory.join("secret/key");
    fs::create_dir_all(directory.join("secret"))
        .and_then(|()| fs::write(&file, "TOPSECRET\n"))
        .map_err(|error| error.to_string())?;
    Ok((directory, file))
}
