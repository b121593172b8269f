//! Files of the caller's, and volumes.

use std::{fs, os::unix::fs::MetadataExt};

use super::{
    CheckFunction, Suite, check,
    verdict::{Failure, Verdict, equal, holds},
};
use crate::spec::{Access, Mount, MountSource, RunSpec, VolumeName, VolumeSpec};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("files belong to the caller", files_belong_to_the_caller),
    check!("odd paths are mounted", odd_paths),
    check!("a volume keeps what is in it", volumes),
    check!(
        "a volume is found, and goes when it is removed",
        a_volume_goes
    ),
];

async fn files_belong_to_the_caller(suite: &Suite<'_>) -> Verdict {
    let directory = &suite.fixture.directory;
    let spec = RunSpec {
        mounts: vec![Mount::bind(directory, directory, Access::ReadWrite)],
        ..suite.script(&format!(
            "id -u; id -g; mkdir -p {directory}/made/deep && echo x > {directory}/made/deep/file"
        ))
    };
    let (uid, gid) = suite.fixture.user.ids_inside();
    equal(suite.output(&spec).await?, format!("{uid}\n{gid}\n"))?;
    let caller = (
        rustix::process::geteuid().as_raw(),
        rustix::process::getegid().as_raw(),
    );
    for path in ["made", "made/deep", "made/deep/file"] {
        let file =
            fs::metadata(directory.join(path)).map_err(|error| format!("{path}: {error}"))?;
        equal((file.uid(), file.gid()), caller)?;
    }
    Ok(fs::remove_dir_all(directory.join("made"))?)
}

async fn odd_paths(suite: &Suite<'_>) -> Verdict {
    for name in [
        "with space",
        "Übung-日本",
        "a,b",
        "a:b",
        "\"quoted\"",
        "=x",
        "readonly",
    ] {
        let path = suite.fixture.directory.join(name);
        fs::create_dir_all(&path)?;
        let spec = RunSpec {
            mounts: vec![Mount::bind(&path, &path, Access::ReadWrite)],
            working_directory: path.clone(),
            ..suite.script("pwd && touch made")
        };
        let found = suite.output(&spec).await;
        if found != Ok(format!("{path}\n")) {
            return Err(Failure::Broken(format!("{name}: {found:?}")));
        }
        holds(path.join("made").exists(), || {
            format!("{name}: the file is not there")
        })?;
        fs::remove_dir_all(&path)?;
    }
    Ok(())
}

async fn volumes(suite: &Suite<'_>) -> Verdict {
    let name = format!("{}-volume", suite.fixture.prefix);
    let verdict = a_volume_keeps(suite, &name).await;
    suite.witness.remove_volume(&name)?;
    verdict
}

async fn a_volume_keeps(suite: &Suite<'_>, name: &str) -> Verdict {
    let name: VolumeName = name.parse().map_err(|error| format!("{error}"))?;
    let volume = VolumeSpec {
        name: name.clone(),
        labels: [
            ("conformance".to_owned(), suite.fixture.prefix.clone()),
            // The path of a project may hold anything.
            ("conformance.text".to_owned(), "a, \"b\" c=d".to_owned()),
        ]
        .into(),
    };
    // The second time it is there.
    for _ in 0..2 {
        suite.runtime.ensure_volume(&volume).await?;
        let labels = suite.witness.volume(name.as_str())?;
        equal(labels, Some(volume.labels.clone()))?;
    }
    let mounted = |source: MountSource, script: &str| RunSpec {
        mounts: vec![Mount {
            source,
            // World-writable in every image, and a new volume takes that over.
            target: "/tmp".into(),
            access: Access::ReadWrite,
        }],
        ..suite.script(script)
    };
    let named = || MountSource::Volume(name.clone());
    let write = "echo kept > /tmp/file && ls /tmp";
    equal(
        suite.output(&mounted(named(), write)).await?,
        "file\n".to_owned(),
    )?;
    equal(
        suite
            .output(&mounted(named(), "cat /tmp/file; rm /tmp/file"))
            .await?,
        "kept\n".to_owned(),
    )?;
    for _ in 0..2 {
        let found = suite
            .output(&mounted(MountSource::AnonymousVolume, write))
            .await?;
        equal(found, "file\n".to_owned())?;
    }
    Ok(())
}

async fn a_volume_goes(suite: &Suite<'_>) -> Verdict {
    let text = format!("{}-found", suite.fixture.prefix);
    let verdict = a_volume_is_found_and_goes(suite, &text).await;
    suite.witness.remove_volume(&text)?;
    verdict
}

async fn a_volume_is_found_and_goes(suite: &Suite<'_>, text: &str) -> Verdict {
    let parsed = |text: &str| {
        text.parse::<VolumeName>()
            .map_err(|error| error.to_string())
    };
    let (name, missing) = (parsed(text)?, parsed(&format!("{text}-missing"))?);
    let labels = [("conformance".to_owned(), suite.fixture.prefix.clone())];
    let volume = VolumeSpec {
        name: name.clone(),
        labels: labels.into(),
    };
    suite.runtime.ensure_volume(&volume).await?;
    let asked = [missing.clone(), name.clone()];
    let found = suite.runtime.find_volumes(&asked).await?;
    let labels: Vec<_> = found
        .into_iter()
        .map(|volume| volume.map(|volume| volume.labels))
        .collect();
    equal(labels, vec![None, Some(volume.labels.clone())])?;
    // The second time there is nothing to be removed.
    for _ in 0..2 {
        suite.runtime.remove_volume(&name).await?;
        equal(suite.witness.volume(text)?, None)?;
    }
    equal(
        suite.runtime.find_volumes(&[missing, name]).await?,
        vec![None, None],
    )
}
