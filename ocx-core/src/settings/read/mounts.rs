//! Mounts.

use camino::{Utf8Path, Utf8PathBuf};
use figment::value::{Dict, Value};

use super::{
    paths::absolute,
    value::{Read, ReadContext, describe, list, mismatch, plain_text, quoted},
};
use crate::{layout, settings::ExtraMount, spec::Access};

pub(in crate::settings) fn mounts(value: &Value, place: &ReadContext) -> Read<Vec<ExtraMount>> {
    const EXPECTED: &str = "a list of mounts such as `[\"~/data:/data:ro\"]` or `[{ source = \"~/data\", target = \"/data\" }]`";
    list(value, EXPECTED)?
        .iter()
        .map(|element| match element {
            Value::String(_, text) => mount_from_text(text, element, place),
            Value::Dict(_, dict) => mount_from_table(dict, element, place),
            _ => mismatch(describe(element), EXPECTED),
        })
        .collect()
}

/// `SRC:DST[:ro|rw]`; read-only unless it says `rw`.
fn mount_from_text(text: &str, value: &Value, place: &ReadContext) -> Read<ExtraMount> {
    const EXPECTED: &str =
        "a mount of the form `SOURCE:TARGET`, `SOURCE:TARGET:ro` or `SOURCE:TARGET:rw`";
    plain_text(value, EXPECTED)?;
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, access) = match parts[..] {
        [source, target] | [source, target, "ro"] => (source, target, Access::ReadOnly),
        [source, target, "rw"] => (source, target, Access::ReadWrite),
        _ => return mismatch(describe(value), EXPECTED),
    };
    mount(source, target, access, value, place)
}

fn mount_from_table(dict: &Dict, value: &Value, place: &ReadContext) -> Read<ExtraMount> {
    const EXPECTED: &str =
        "a mount with `source`, `target` and, if it may be written to, `read_only = false`";
    if let Some(unknown) = dict
        .keys()
        .find(|key| !["source", "target", "read_only"].contains(&key.as_str()))
    {
        return mismatch(format!("the field {}", quoted(unknown)), EXPECTED);
    }
    let field = |name: &str| match dict.get(name) {
        Some(field) => plain_text(field, EXPECTED),
        None => mismatch(format!("no `{name}`"), EXPECTED),
    };
    let access = match dict.get("read_only") {
        None | Some(Value::Bool(_, true)) => Access::ReadOnly,
        Some(Value::Bool(_, false)) => Access::ReadWrite,
        Some(other) => {
            return mismatch(format!("`read_only` as {}", describe(other)), EXPECTED);
        }
    };
    mount(field("source")?, field("target")?, access, value, place)
}

fn mount(
    source: &str,
    target: &str,
    access: Access,
    value: &Value,
    place: &ReadContext,
) -> Read<ExtraMount> {
    if source.is_empty() {
        return mismatch(describe(value), "a mount with a source");
    }
    let target_path: Utf8PathBuf = match target.strip_prefix("~/") {
        Some(rest) => Utf8Path::new(layout::HOME).join(rest),
        None => target.into(),
    };
    let target_path: Utf8PathBuf = target_path.components().collect();
    let usable = target_path.is_absolute()
        && target_path != "/"
        && !target_path
            .components()
            .any(|component| component.as_str() == "..");
    if !usable {
        return mismatch(
            format!("the target {}", quoted(target)),
            "an absolute path below `/`, or one below `~/`, the home directory there, without `..`",
        );
    }
    Ok(ExtraMount {
        source: absolute(source, value, place, "a mount with a path of the host")?,
        target: target_path,
        access,
    })
}
