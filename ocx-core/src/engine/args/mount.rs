//! `--mount` and `--tmpfs`.

use crate::{
    engine::{Dialect, Invocation, csv_record},
    spec::{Access, Mount, MountSource, UserMapping},
};

/// Adds the flag for one mount.
///
/// Binds and volumes use `--mount`: a missing source is an error there, while `-v` makes Docker
/// create it as root, and paths may hold colons. Its value is one record of CSV, in which a path
/// with a comma is quoted; both engines read it so.
pub(super) fn add_mount(
    invocation: &mut Invocation,
    dialect: &dyn Dialect,
    mount: &Mount,
    user: UserMapping,
) {
    let mut fields = match &mount.source {
        MountSource::Bind(path) => vec!["type=bind".to_owned(), format!("source={path}")],
        MountSource::Volume(name) => vec!["type=volume".to_owned(), format!("source={name}")],
        MountSource::AnonymousVolume => vec!["type=volume".to_owned()],
        MountSource::Tmpfs { size } => {
            invocation.option(
                "--tmpfs",
                format!("{}:{}", mount.target, dialect.tmpfs_options(*size, user)),
            );
            return;
        }
    };
    fields.push(format!("target={}", mount.target));
    if mount.access == Access::ReadOnly {
        fields.push("readonly".to_owned());
    }
    invocation.option("--mount", csv_record(&fields));
}
