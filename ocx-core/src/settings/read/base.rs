//! The base image and opencode.

use camino::Utf8PathBuf;
use figment::value::Value;
use url::Url;

use super::value::{
    Mismatch, Read, ReadContext, choice, describe, kind_of, mismatch, parsed, plain_text,
};
use crate::{
    image::{ImageId, ImageReference, OpencodeVersion, VersionError, is_reserved},
    settings::{PullPolicy, VersionRequest},
    spec::BuildNetwork,
};

pub(in crate::settings) fn image(value: &Value, _: &ReadContext) -> Read<Option<ImageReference>> {
    const FORM: &str =
        "the name of an image in lower case, such as `ruby:3.3` or `ghcr.io/acme/app:2`";
    // Engines take it for an ID, so an image could be neither built nor fetched under that name.
    if plain_text(value, FORM)?.parse::<ImageId>().is_ok() {
        return mismatch(
            describe(value),
            "a name instead of an ID: give the image one (`docker tag`)",
        );
    }
    let image = parsed(value, FORM)?;
    if is_reserved(&image) {
        return mismatch(
            format!("the reserved name {}", describe(value)),
            "a name that does not begin with `ocx-`, as those of ocx's own images do",
        );
    }
    Ok(Some(image))
}

pub(in crate::settings) fn dockerfile(
    value: &Value,
    place: &ReadContext,
) -> Read<Option<Utf8PathBuf>> {
    let text = plain_text(value, "the path of a Dockerfile")?;
    Ok(Some(place.host.expand_home(text.into())))
}

/// Relative to the project, wherever it stands.
pub(in crate::settings) fn context(
    value: &Value,
    place: &ReadContext,
) -> Read<Option<Utf8PathBuf>> {
    let text = plain_text(value, "the path of a directory")?;
    Ok(Some(place.host.expand_home(text.into())))
}

pub(in crate::settings) fn name(value: &Value, _: &ReadContext) -> Read<Option<String>> {
    plain_text(value, "a name").map(|text| Some(text.to_owned()))
}

pub(in crate::settings) fn pull_policy(value: &Value, _: &ReadContext) -> Read<PullPolicy> {
    choice(
        value,
        [
            ("ask", PullPolicy::Ask),
            ("never", PullPolicy::Never),
            ("missing", PullPolicy::Missing),
            ("newer", PullPolicy::Newer),
        ],
    )
}

pub(in crate::settings) fn build_network(value: &Value, _: &ReadContext) -> Read<BuildNetwork> {
    choice(
        value,
        [
            ("default", BuildNetwork::Default),
            ("none", BuildNetwork::None),
            ("host", BuildNetwork::Host),
        ],
    )
}

pub(in crate::settings) fn version(value: &Value, _: &ReadContext) -> Read<VersionRequest> {
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

pub(in crate::settings) fn registry(value: &Value, _: &ReadContext) -> Read<Url> {
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
