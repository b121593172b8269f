//! Reading one value: from what stands in a file, variable or flag to the type of its setting.

use std::{collections::BTreeMap, str::FromStr};

use camino::{Utf8Path, Utf8PathBuf};
use figment::value::{Num, Value};
use url::Url;

use super::{
    ByteSize, DataVolumesMode, ExtraMount, RuntimeChoice, VersionRequest, forbidden, reserved,
};
use crate::{
    host::Host,
    image::{ImageReference, OpencodeVersion, VersionError},
    plan::{Access, ContainerName, EnvName, Network, VolumeName},
    project::Project,
};

/// What a value means depends on where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// What relative paths are relative to.
    pub(super) directory: &'a Utf8Path,
    pub(super) host: &'a Host,
    pub(super) project: &'a Project,
}

/// A value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// What was found, in words; never a secret.
    pub(super) found: String,
    /// What was expected, in words.
    pub(super) expected: String,
}

type Read<T> = Result<T, Mismatch>;

fn mismatch<T>(found: impl Into<String>, expected: impl Into<String>) -> Read<T> {
    Err(Mismatch {
        found: found.into(),
        expected: expected.into(),
    })
}

/// Text in an error: quoted, on one line, not too long.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let shown: String = text.chars().take(LONGEST).collect();
    let cut = if shown.len() < text.len() { "…" } else { "" };
    // Only what could disturb a terminal is escaped; quotes and letters of all scripts stay.
    let shown: String = shown
        .chars()
        .flat_map(|character| {
            if character.is_control() {
                character.escape_default().collect::<Vec<_>>()
            } else {
                vec![character]
            }
        })
        .collect();
    format!("`{shown}{cut}`")
}

/// A value in an error.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::String(_, text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(_, text) => quoted(text),
        Value::Bool(_, flag) => format!("`{flag}`"),
        Value::Num(_, number) => match (whole(*number), number.to_f64()) {
            (Some(whole), _) => format!("`{whole}`"),
            (None, Some(float)) => format!("`{float}`"),
            (None, None) => "a number".to_owned(),
        },
        _ => kind_of(value).to_owned(),
    }
}

/// The kind of a value that may be secret.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(..) => "a text",
        Value::Char(..) => "a character",
        Value::Bool(..) => "a boolean",
        Value::Num(..) => "a number",
        Value::Empty(..) => "nothing",
        Value::Array(..) => "a list",
        // The toml crate hands dates over as a table with this one key.
        Value::Dict(_, dict) if dict.keys().any(|key| key.starts_with("$__toml_private")) => {
            "a date"
        }
        Value::Dict(..) => "a table",
    }
}

/// A text that is not empty and holds no control characters.
fn plain_text<'v>(value: &'v Value, expected: &str) -> Read<&'v str> {
    match value {
        Value::String(_, text) if !text.is_empty() && !text.contains(char::is_control) => Ok(text),
        _ => mismatch(describe(value), expected),
    }
}

fn parsed<T: FromStr>(value: &Value, expected: &str) -> Read<T> {
    plain_text(value, expected)?
        .parse()
        .or_else(|_| mismatch(describe(value), expected))
}

fn integer<T: TryFrom<i128>>(value: &Value, expected: &str) -> Read<T> {
    match value {
        Value::Num(_, number) => whole(*number).and_then(|whole| T::try_from(whole).ok()),
        _ => None,
    }
    .map_or_else(|| mismatch(describe(value), expected), Ok)
}

/// figment's own `to_i128` leaves out unsigned numbers.
fn whole(number: Num) -> Option<i128> {
    number
        .to_i128()
        .or_else(|| i128::try_from(number.to_u128()?).ok())
}

pub(super) fn image(value: &Value, _: &Place) -> Read<Option<ImageReference>> {
    parsed(
        value,
        "the name of an image in lower case, such as `ruby:3.3` or `ghcr.io/acme/app:2`",
    )
    .map(Some)
}

pub(super) fn dockerfile(value: &Value, place: &Place) -> Read<Option<Utf8PathBuf>> {
    let text = plain_text(value, "the path of a Dockerfile")?;
    Ok(Some(place.host.expand_home(text.into())))
}

pub(super) fn name(value: &Value, _: &Place) -> Read<Option<String>> {
    plain_text(value, "a name").map(|text| Some(text.to_owned()))
}

pub(super) fn version(value: &Value, _: &Place) -> Read<VersionRequest> {
    const FORM: &str = "`latest` or a version of the form `x.y.z`";
    let text = match value {
        Value::Num(..) => {
            return mismatch(
                format!("the number {}", describe(value)),
                format!("{FORM}, in quotes"),
            );
        }
        _ => plain_text(value, FORM)?,
    };
    if text == "latest" {
        return Ok(VersionRequest::Latest);
    }
    match text.parse::<OpencodeVersion>() {
        Ok(version) => Ok(VersionRequest::Exact(version)),
        Err(VersionError::NotAVersion { .. }) => mismatch(describe(value), FORM),
        Err(error @ VersionError::TooOld { .. }) => {
            mismatch(describe(value), format!("a newer version ({error})"))
        }
    }
}

pub(super) fn registry(value: &Value, _: &Place) -> Read<Url> {
    const EXPECTED: &str =
        "the http or https address of an npm registry, such as `https://registry.npmjs.org/`";
    // The text is shown only once it is known to hold no password.
    let text = plain_text(value, EXPECTED).map_err(|problem| Mismatch {
        found: kind_of(value).to_owned(),
        ..problem
    })?;
    let Ok(mut url) = text.parse::<Url>() else {
        let found = if text.contains('@') {
            "a text that is no address".to_owned()
        } else {
            describe(value)
        };
        return mismatch(found, EXPECTED);
    };
    if !url.username().is_empty() || url.password().is_some() {
        return mismatch(
            "an address with a user name or password",
            "one without, because it would show in messages and labels",
        );
    }
    if !matches!(url.scheme(), "http" | "https")
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return mismatch(describe(value), EXPECTED);
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

pub(super) fn path(value: &Value, place: &Place) -> Read<Option<Utf8PathBuf>> {
    const EXPECTED: &str = "a path";
    absolute(plain_text(value, EXPECTED)?, value, place, EXPECTED).map(Some)
}

fn absolute(text: &str, value: &Value, place: &Place, expected: &str) -> Read<Utf8PathBuf> {
    if text.starts_with('~') && text != "~" && !text.starts_with("~/") {
        return mismatch(
            describe(value),
            format!("{expected}; the home directory of another user must be written out"),
        );
    }
    let path = place
        .directory
        .join(place.host.expand_home(Utf8Path::new(text)));
    // `a/./b` and `a//b` are tidied; `..` stays, because `a` may be a symbolic link.
    Ok(path.components().collect())
}

pub(super) fn runtime(value: &Value, _: &Place) -> Read<RuntimeChoice> {
    choice(
        value,
        [
            ("auto", RuntimeChoice::Auto),
            ("docker", RuntimeChoice::Docker),
            ("podman", RuntimeChoice::Podman),
        ],
    )
}

pub(super) fn volumes_mode(value: &Value, _: &Place) -> Read<DataVolumesMode> {
    choice(
        value,
        [
            ("git", DataVolumesMode::Git),
            ("always", DataVolumesMode::Always),
            ("never", DataVolumesMode::Never),
        ],
    )
}

fn choice<T: Copy, const N: usize>(value: &Value, choices: [(&str, T); N]) -> Read<T> {
    let chosen = match value {
        Value::String(_, text) => choices.iter().find(|(name, _)| name == text),
        _ => None,
    };
    match chosen {
        Some((_, chosen)) => Ok(*chosen),
        None => mismatch(
            describe(value),
            format!(
                "one of {}",
                choices.map(|(name, _)| quoted(name)).join(", ")
            ),
        ),
    }
}

pub(super) fn container_name(value: &Value, _: &Place) -> Read<Option<String>> {
    const EXPECTED: &str =
        "at most 60 letters, digits, `_`, `.` and `-`, starting with a letter or digit";
    let text = plain_text(value, EXPECTED)?;
    // Something always follows the prefix.
    if text.len() > 60 || format!("{text}-x").parse::<ContainerName>().is_err() {
        return mismatch(describe(value), EXPECTED);
    }
    Ok(Some(text.to_owned()))
}

/// Engines take a size of 0 for "no limit", and so does ocx: a higher layer can lift a limit.
pub(super) fn size(value: &Value, _: &Place) -> Read<Option<ByteSize>> {
    const EXPECTED: &str = "a size such as `512m` or `2g`, or 0 for no limit";
    let size = match value {
        Value::Num(..) => ByteSize(integer(value, EXPECTED)?),
        _ => parsed(value, EXPECTED)?,
    };
    Ok((size.bytes() > 0).then_some(size))
}

pub(super) fn cpus(value: &Value, _: &Place) -> Read<Option<f64>> {
    const EXPECTED: &str = "a number of processors such as `2` or `1.5`, or 0 for no limit";
    let number = match value {
        Value::Num(_, number) => number
            .to_f64()
            .or_else(|| f64::from(u32::try_from(whole(*number)?).ok()?).into()),
        _ => None,
    };
    match number {
        Some(0.0) => Ok(None),
        // Engines refuse less than a hundredth of a processor, and more than there are.
        Some(number) if (0.01..=65536.0).contains(&number) => Ok(Some(number)),
        _ => mismatch(describe(value), EXPECTED),
    }
}

/// Engines take 0 and -1 for "no limit".
pub(super) fn pids(value: &Value, _: &Place) -> Read<Option<u32>> {
    const EXPECTED: &str = "a whole number of processes, or 0 for no limit";
    match integer::<i64>(value, EXPECTED)? {
        0 | -1 => Ok(None),
        limit => match u32::try_from(limit) {
            // What engines hand on to the kernel is a signed number.
            Ok(limit) if i32::try_from(limit).is_ok() => Ok(Some(limit)),
            _ => mismatch(describe(value), EXPECTED),
        },
    }
}

pub(super) fn network(value: &Value, _: &Place) -> Read<Network> {
    const EXPECTED: &str = "`default`, `none`, `host` or the name of a network";
    let text = plain_text(value, EXPECTED)?;
    Ok(match text {
        "default" | "bridge" => Network::Default,
        "none" => Network::None,
        "host" => Network::Host,
        // Networks have the same grammar for names as containers.
        name if name.parse::<ContainerName>().is_ok() => Network::Named(name.to_owned()),
        _ => return mismatch(describe(value), EXPECTED),
    })
}

pub(super) fn boolean(value: &Value, _: &Place) -> Read<bool> {
    match value {
        Value::Bool(_, flag) => Ok(*flag),
        _ => mismatch(describe(value), "`true` or `false`"),
    }
}

pub(super) fn port(value: &Value, _: &Place) -> Read<Option<u16>> {
    const EXPECTED: &str = "a port from 1 to 65535";
    match integer::<u16>(value, EXPECTED)? {
        0 => mismatch(describe(value), EXPECTED),
        port => Ok(Some(port)),
    }
}

/// A name that may stand in `/etc/passwd`.
pub(super) fn username(value: &Value, _: &Place) -> Read<Option<String>> {
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

pub(super) fn id(value: &Value, _: &Place) -> Read<Option<u32>> {
    const EXPECTED: &str = "a whole number from 0 to 4294967294";
    match integer::<u32>(value, EXPECTED)? {
        // The kernel takes this one, -1, for "none".
        u32::MAX => mismatch(describe(value), EXPECTED),
        id => Ok(Some(id)),
    }
}

/// Values may be secret, so no error shows one.
pub(super) fn text_map(value: &Value, _: &Place) -> Read<BTreeMap<String, String>> {
    let Value::Dict(_, dict) = value else {
        return mismatch(kind_of(value), "a table of names and texts");
    };
    if kind_of(value) != "a table" {
        return mismatch(kind_of(value), "a table of names and texts");
    }
    dict.iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(_, text) if !text.contains('\0') => text.clone(),
                Value::Bool(_, flag) => flag.to_string(),
                Value::Num(_, number) if whole(*number).is_some() => {
                    whole(*number).unwrap_or_default().to_string()
                }
                _ => {
                    return mismatch(
                        format!("{} for {}", kind_of(value), quoted(name)),
                        "a text in quotes for each name",
                    );
                }
            };
            Ok((name.clone(), text))
        })
        .collect()
}

pub(super) fn build_args(value: &Value, place: &Place) -> Read<BTreeMap<String, String>> {
    let arguments = text_map(value, place)?;
    for name in arguments.keys() {
        name.parse::<EnvName>()
            .or_else(|_| mismatch(quoted(name), "names of build arguments"))?;
    }
    Ok(arguments)
}

pub(super) fn env(value: &Value, place: &Place) -> Read<BTreeMap<EnvName, String>> {
    text_map(value, place)?
        .into_iter()
        .map(|(name, text)| Ok((env_name(&name)?, text)))
        .collect()
}

fn env_name(text: &str) -> Read<EnvName> {
    // Somebody may have written `NAME=secret`.
    if let Some((name, _)) = text.split_once('=') {
        return mismatch(
            format!("{} with a value", quoted(&format!("{name}=…"))),
            "only the name of an environment variable",
        );
    }
    let name: EnvName = text
        .parse()
        .or_else(|_| mismatch(quoted(text), "the name of an environment variable"))?;
    if reserved::is_reserved(name.as_str()) {
        return mismatch(
            quoted(text),
            "no variable that ocx sets itself: it decides who and where the program is, and what opencode may do",
        );
    }
    Ok(name)
}

fn list<'v>(value: &'v Value, expected: &str) -> Read<&'v [Value]> {
    match value {
        Value::Array(_, elements) => Ok(elements),
        _ => mismatch(describe(value), expected),
    }
}

pub(super) fn env_names(value: &Value, _: &Place) -> Read<Vec<EnvName>> {
    const EXPECTED: &str =
        "a list of names of environment variables such as `[\"NAME\", \"OTHER\"]`";
    let elements = match value {
        // Somebody may have written `NAME=secret`.
        Value::String(..) => return mismatch("a text", EXPECTED),
        _ => list(value, EXPECTED)?,
    };
    let mut names = Vec::new();
    for element in elements {
        let name = match element {
            Value::String(_, text) => env_name(text)?,
            _ => return mismatch(kind_of(element), EXPECTED),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

pub(super) fn files(value: &Value, place: &Place) -> Read<Vec<Utf8PathBuf>> {
    const EXPECTED: &str = "a path or a list of paths";
    match value {
        Value::String(_, text) => {
            plain_text(value, EXPECTED)?;
            Ok(vec![absolute(text, value, place, EXPECTED)?])
        }
        _ => list(value, EXPECTED)?
            .iter()
            .map(|element| absolute(plain_text(element, EXPECTED)?, element, place, EXPECTED))
            .collect(),
    }
}

pub(super) fn volume_name(value: &Value, _: &Place) -> Read<Option<VolumeName>> {
    parsed(
        value,
        "at least two letters, digits, `_`, `.` and `-`, starting with a letter or digit",
    )
    .map(Some)
}

/// Those of `paths` that lie in the project, relative to its root.
pub(super) fn forbidden_paths(value: &Value, place: &Place) -> Read<Vec<Utf8PathBuf>> {
    let mut paths = Vec::new();
    for element in forbidden_elements(value)? {
        match forbidden::place(element, place.host, &place.project.root) {
            forbidden::Placed::Inside(path) => paths.push(path),
            forbidden::Placed::Outside => {}
            forbidden::Placed::Everything => {
                return mismatch(
                    quoted(element),
                    "paths inside of the project, not all of it",
                );
            }
            forbidden::Placed::Unclear => {
                return mismatch(quoted(element), "paths without `..`");
            }
        }
    }
    Ok(paths)
}

/// The texts in a list of forbidden paths.
pub(super) fn forbidden_elements(value: &Value) -> Read<impl Iterator<Item = &str>> {
    const EXPECTED: &str = "a list of paths such as `[\".env\", \"secrets\"]`";
    let texts: Vec<&str> = list(value, EXPECTED)?
        .iter()
        .map(|element| plain_text(element, EXPECTED))
        .collect::<Read<_>>()?;
    Ok(texts.into_iter())
}

pub(super) fn mounts(value: &Value, place: &Place) -> Read<Vec<ExtraMount>> {
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
fn mount_from_text(text: &str, value: &Value, place: &Place) -> Read<ExtraMount> {
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

fn mount_from_table(dict: &figment::value::Dict, value: &Value, place: &Place) -> Read<ExtraMount> {
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
    place: &Place,
) -> Read<ExtraMount> {
    if source.is_empty() {
        return mismatch(describe(value), "a mount with a source");
    }
    let target_path: Utf8PathBuf = Utf8Path::new(target).components().collect();
    let usable = target_path.is_absolute()
        && target_path != "/"
        && !target_path
            .components()
            .any(|component| component.as_str() == "..");
    if !usable {
        return mismatch(
            format!("the target {}", quoted(target)),
            "an absolute path below `/`, without `..`",
        );
    }
    Ok(ExtraMount {
        source: absolute(source, value, place, "a mount with a path of the host")?,
        target: target_path,
        access,
    })
}

/// A name of the time zone database. Whether it exists is only known where it is used.
pub(super) fn timezone(value: &Value, _: &Place) -> Read<Option<String>> {
    const EXPECTED: &str = "a time zone such as `Europe/Berlin` or `UTC`";
    let text = plain_text(value, EXPECTED)?;
    let part_is_good = |part: &str| {
        part.starts_with(|character: char| character.is_ascii_alphanumeric())
            && part.chars().all(|character| {
                character.is_ascii_alphanumeric() || matches!(character, '_' | '+' | '-')
            })
    };
    if text.len() > 64 || !text.split('/').all(part_is_good) {
        return mismatch(describe(value), EXPECTED);
    }
    Ok(Some(text.to_owned()))
}
