//! `build`.

use camino::Utf8Path;

use crate::{
    engine::{Dialect, Invocation},
    spec::{BuildCache, BuildSpec},
};

/// The command that builds `spec`.
#[must_use]
pub fn build_invocation(dialect: &dyn Dialect, program: &Utf8Path, spec: &BuildSpec) -> Invocation {
    let mut invocation = Invocation::change(program, &["build"]);
    invocation.option("--tag", dialect.local_name(&spec.image));
    invocation.option("--file", spec.dockerfile.as_str());
    for (name, value) in &spec.build_args {
        invocation.option("--build-arg", format!("{name}={value}"));
    }
    if let Some(target) = &spec.target {
        invocation.option("--target", target);
    }
    for (name, value) in &spec.labels {
        invocation.option("--label", format!("{name}={value}"));
    }
    if spec.cache == BuildCache::Ignore {
        invocation.arg("--no-cache");
    }
    invocation.args.extend(dialect.build_flags(spec));
    invocation.environment.extend(dialect.build_environment());
    invocation.arg(spec.context.as_str());
    invocation
}
