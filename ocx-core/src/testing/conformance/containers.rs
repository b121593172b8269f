//! Containers in the foreground: exit codes, output, environment, files.

use std::{fs, os::unix::fs::MetadataExt};

use super::{CheckFunction, Suite, Verdict, check, described, equal, holds};
use crate::{
    plan::{
        Access, EnvValue, Mount, MountSource, Network, PublishedPort, RunSpec, VolumeName,
        VolumeSpec,
    },
    runtime::{Exit, RunOutcome, RuntimeError, Started},
};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("exit codes come back as they are", exit_codes),
    check!(
        "a failure of the engine is no exit code",
        failures_of_the_engine
    ),
    check!("output is captured byte by byte", output_is_captured),
    check!("variables are set", variables_are_set),
    check!("files belong to the caller", files_belong_to_the_caller),
    check!("odd paths are mounted", odd_paths),
    check!("a volume keeps what is in it", volumes),
    check!("networks", networks),
];

async fn exit_codes(suite: &Suite<'_>) -> Verdict {
    for code in [0, 1, 42, 125, 126, 127, 255] {
        let outcome = suite
            .outcome(&suite.script(&format!("exit {code}")))
            .await?;
        equal(outcome.exit, Exit::Code(code))?;
    }
    let killed = suite
        .outcome(&suite.script("sh -c 'kill -9 $$'; exit $?"))
        .await?;
    equal(killed.exit, Exit::Code(137))
}

async fn failures_of_the_engine(suite: &Suite<'_>) -> Verdict {
    let missing_image = RunSpec {
        image: suite.image_name("missing"),
        ..suite.script("true")
    };
    let missing_program = RunSpec {
        command: vec!["/no/such/program".to_owned()],
        ..suite.script("")
    };
    let missing_network = RunSpec {
        network: Network::Named(format!("{}-none", suite.fixture.prefix)),
        ..suite.script("true")
    };
    let missing_source = RunSpec {
        mounts: vec![Mount::bind(
            suite.fixture.directory.join("none"),
            "/x",
            Access::ReadWrite,
        )],
        ..suite.script("true")
    };
    for spec in [
        missing_image,
        missing_program,
        missing_network,
        missing_source,
    ] {
        let id_file = Some(suite.fixture.directory.join("container-id"));
        let spec = RunSpec { id_file, ..spec };
        let result = suite.runtime.run(&spec).await;
        let _ = fs::remove_file(suite.fixture.directory.join("container-id"));
        match result {
            // Some make no container at all, and so no record of one.
            Err(RuntimeError::StartFailed { .. })
            | Ok(RunOutcome {
                started: Started::Unknown(_),
                ..
            }) => {}
            other => return Err(format!("{:?}: {other:?}", spec.command)),
        }
    }
    holds(!suite.fixture.directory.join("none").exists(), || {
        "the engine has made a missing source".to_owned()
    })
}

async fn output_is_captured(suite: &Suite<'_>) -> Verdict {
    let script = "printf 'a\\0b\\r\\n'; printf 'to stderr' >&2";
    let outcome = suite.outcome(&suite.script(script)).await?;
    equal(outcome.stdout.as_slice(), b"a\0b\r\n".as_slice())?;
    equal(outcome.stderr.as_slice(), b"to stderr".as_slice())
}

async fn variables_are_set(suite: &Suite<'_>) -> Verdict {
    let values = ["it's \"me\"; $HOME\n2", "secret = 1,2"];
    let name = |text: &str| text.parse().expect("a name");
    let spec = RunSpec {
        environment: [
            (name("PLAIN"), EnvValue::Plain(values[0].to_owned())),
            (name("HIDDEN"), EnvValue::Secret(values[1].to_owned())),
        ]
        .into(),
        working_directory: "/tmp".into(),
        ..suite.script("printf '%s|%s|%s' \"$PLAIN\" \"$HIDDEN\" \"$(pwd)\"")
    };
    let found = suite.output(&spec).await?;
    equal(found, format!("{}|{}|/tmp", values[0], values[1]))
}

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
    fs::remove_dir_all(directory.join("made")).map_err(|error| error.to_string())
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
        fs::create_dir_all(&path).map_err(|error| error.to_string())?;
        let spec = RunSpec {
            mounts: vec![Mount::bind(&path, &path, Access::ReadWrite)],
            working_directory: path.clone(),
            ..suite.script("pwd && touch made")
        };
        let found = suite.output(&spec).await;
        equal(found, Ok(format!("{path}\n"))).map_err(|problem| format!("{name}: {problem}"))?;
        holds(path.join("made").exists(), || {
            format!("{name}: the file is not there")
        })?;
        fs::remove_dir_all(&path).map_err(|error| error.to_string())?;
    }
    Ok(())
}

async fn volumes(suite: &Suite<'_>) -> Verdict {
    let name: VolumeName = format!("{}-volume", suite.fixture.prefix)
        .parse()
        .map_err(|error| format!("{error}"))?;
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
        suite
            .runtime
            .ensure_volume(&volume)
            .await
            .map_err(described)?;
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

async fn networks(suite: &Suite<'_>) -> Verdict {
    let interfaces = "grep -c : /proc/net/dev";
    let with = |network, ports| RunSpec {
        network,
        ports,
        ..suite.script(interfaces)
    };
    let alone = suite.output(&with(Network::None, vec![])).await?;
    let bridged = suite.output(&with(Network::Default, vec![])).await?;
    let count = |text: &str| text.trim().parse::<u32>().unwrap_or_default();
    holds(count(&bridged) > count(&alone), || {
        format!("interfaces without a network: {alone}, with one: {bridged}")
    })?;
    suite.output(&with(Network::Host, vec![])).await?;
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| error.to_string())?;
    let port = PublishedPort {
        host: free.port(),
        container: 4096,
    };
    suite
        .output(&with(Network::Default, vec![port]))
        .await
        .map(drop)
}
