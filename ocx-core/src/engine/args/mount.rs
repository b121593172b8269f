//! `--mount` and `--tmpfs`.

use crate::{
    engine::{Dialect, Invocation},
    plan::{Access, Mount, MountSource},
};

/// Adds the flag for one mount.
///
/// Binds and volumes use `--mount`: a missing source is an error there, while `-v` makes Docker
/// create it as root, and paths may hold colons. Its value is one record of CSV, in which a path
/// with a comma is quoted; both engines read it so.
pub(super) fn add_mount(invocation: &mut Invocation, dialect: &dyn Dialect, mount: &Mount) {
    let mut fields = match &mount.source {
        MountSource::Bind(path) => vec!["type=bind".to_owned(), format!("source={path}")],
        MountSource::Volume(name) => vec!["type=volume".to_owned(), format!("source={name}")],
        MountSource::AnonymousVolume => vec!["type=volume".to_owned()],
        MountSource::Tmpfs { size } => {
            invocation.option(
                "--tmpfs",
                format!("{}:{}", mount.target, dialect.tmpfs_options(*size)),
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

fn csv_record(fields: &[String]) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing into memory cannot fail, and UTF-8 goes in.
    writer
        .write_record(fields)
        .expect("memory takes every record");
    let record = writer.into_inner().expect("memory takes every record");
    String::from_utf8(record)
        .expect("the fields are UTF-8")
        .trim_end_matches(['\r', '\n'])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_only_where_needed() {
        let record = |path: &str| csv_record(&["type=bind".to_owned(), format!("source={path}")]);
        assert_eq!(record("/a b:c"), "type=bind,source=/a b:c");
        assert_eq!(record("/a,b"), r#"type=bind,"source=/a,b""#);
        assert_eq!(record(r#"/a"b"#), r#"type=bind,"source=/a""b""#);
    }

    proptest! {
        #[test]
        fn any_path_comes_back(path in "/[^\r\n\0]{0,60}") {
            let record = csv_record(&["type=bind".to_owned(), format!("source={path}")]);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(record.as_bytes());
            let fields: Vec<String> = reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
            prop_assert_eq!(fields, vec!["type=bind".to_owned(), format!("source={path}")]);
        }
    }
}
