//! `build`.

use camino::Utf8Path;

use crate::{
    engine::{Dialect, Invocation, client_variables::is_obeyed, csv_record},
    spec::{BuildCache, BuildNetwork, BuildSpec},
};

/// The command that builds `spec`.
///
/// The value of a build argument goes into the environment of the engine's client, which takes it from
/// there where only the name is given (Docker 20.10 and later with each builder, Podman 4.3 and later):
/// other users can read command lines. An argument that the client itself would obey stays in the
/// command line.
#[must_use]
pub(crate) fn build_invocation(
    dialect: &dyn Dialect,
    program: &Utf8Path,
    spec: &BuildSpec,
) -> Invocation {
    let mut invocation = Invocation::change(program, &["build"]);
    invocation.option("--tag", dialect.local_name(&spec.image));
    invocation.option("--file", spec.dockerfile.as_str());
    for (name, value) in &spec.build_args {
        if is_obeyed(name, value) {
            invocation.option("--build-arg", format!("{name}={value}"));
        } else {
            invocation.option("--build-arg", name);
            invocation.environment.insert(name.clone(), value.clone());
        }
    }
    for (id, file) in &spec.secrets {
        let fields = [format!("id={id}"), format!("src={file}")];
        invocation.option("--secret", csv_record(&fields));
    }
    if let Some(target) = &spec.target {
        invocation.option("--target", target);
    }
    for (name, value) in &spec.labels {
        invocation.option("--label", format!("{name}={value}"));
    }
    if spec.network != BuildNetwork::Default {
        invocation.option("--network", spec.network.to_string());
    }
    if spec.cache == BuildCache::Ignore {
        invocation.arg("--no-cache");
    }
    invocation.args.extend(dialect.build_flags(spec));
    invocation.environment.extend(dialect.build_environment());
    invocation.arg(spec.context.as_str());
    invocation
}
