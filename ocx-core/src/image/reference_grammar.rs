//! The grammar of image references, after
//! <https://github.com/distribution/reference/blob/v0.6.0/reference.go>:
//!
//! ```text
//! reference := name [ ":" tag ] [ "@" digest ]
//! name      := [ registry "/" ] path
//! registry  := host [ ":" digits ]
//! host      := words of letters, digits and inner hyphens with "." between them, or "[" IPv6 "]"
//! path      := components with "/" between them
//! component := runs of a-z and 0-9 with ".", "_", "__" or any number of "-" between them
//! tag       := a letter, digit or "_", and at most 127 of them or of "." and "-"
//! digest    := "sha256:", "sha384:" or "sha512:" and hexadecimal digits
//! ```
//!
//! Of the parsers on crates.io, oci-spec's comes with 20 more crates and a regular expression that
//! takes 35 ms to compile, which is longer than an engine's answer; the others are not kept any
//! more, or their licence does not fit.

/// Of a repository without its registry, but with the `library/` that engines add.
const LONGEST_PATH: usize = 255;
const LONGEST_TAG: usize = 128;

/// Why a text is not an image reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceProblem {
    /// There is no text.
    #[error("it is empty")]
    Empty,
    /// The name does not follow the grammar.
    #[error(
        "a name is made of lower-case letters and digits, with `.`, `_` or `-` between them and \
         `/` between its parts"
    )]
    Name,
    /// It would be a name in lower case.
    #[error("a name must be in lower case")]
    Uppercase,
    /// The name is too long.
    #[error("a name must not be longer than {LONGEST_PATH} characters")]
    LongName,
    /// What follows the `:` is no tag.
    #[error("a tag is made of at most {LONGEST_TAG} letters, digits, `_`, `.` and `-`")]
    Tag,
    /// What follows the `@` is no digest.
    #[error("a digest is `sha256:` and 64 hexadecimal digits in lower case")]
    Digest,
    /// Engines take 64 hexadecimal digits for an ID, never for a name.
    #[error("it looks like an image ID; give the image a name (`docker tag`)")]
    Id,
}

/// A reference in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) name: &'a str,
    pub(super) tag: Option<&'a str>,
    pub(super) digest: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// The parts of `text`, whether or not they follow the grammar.
    pub(super) fn split(text: &'a str) -> Self {
        let (tagged, digest) = match text.split_once('@') {
            Some((tagged, digest)) => (tagged, Some(digest)),
            None => (text, None),
        };
        // What follows the colon of a registry's port has a slash in it.
        let (name, tag) = match tagged.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (tagged, None),
        };
        Self { name, tag, digest }
    }

    pub(super) fn check(self) -> Result<(), ReferenceProblem> {
        if self.name.is_empty() && self.tag.is_none() && self.digest.is_none() {
            return Err(ReferenceProblem::Empty);
        }
        if !is_name(self.name) {
            return Err(if is_name(&self.name.to_ascii_lowercase()) {
                ReferenceProblem::Uppercase
            } else {
                ReferenceProblem::Name
            });
        }
        if path_length(self.name) > LONGEST_PATH {
            return Err(ReferenceProblem::LongName);
        }
        if !self.tag.is_none_or(is_tag) {
            return Err(ReferenceProblem::Tag);
        }
        if !self.digest.is_none_or(is_digest) {
            return Err(ReferenceProblem::Digest);
        }
        let bare = self.tag.is_none() && self.digest.is_none();
        if bare && self.name.len() == 64 && is_hexadecimal(self.name) {
            return Err(ReferenceProblem::Id);
        }
        Ok(())
    }
}

/// The registry that a name begins with, if it does, and the rest. `acme/app` names none: what is
/// before the slash has to look like a host.
pub(super) fn split_registry(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, path))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.bytes().any(|byte| byte.is_ascii_uppercase()) =>
        {
            (Some(first), path)
        }
        _ => (None, name),
    }
}

/// Whether `text` is one component of a path.
pub(super) fn is_path_component(text: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    alphanumeric(first)
        && alphanumeric(last)
        && text
            .split(|character: char| character.is_ascii_lowercase() || character.is_ascii_digit())
            .filter(|separator| !separator.is_empty())
            .all(|separator| {
                matches!(separator, "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
            })
}

fn is_name(name: &str) -> bool {
    match name.split_once('/') {
        // A first part with dots may be either, so that both readings have to fail.
        Some((first, rest)) => {
            (is_registry(first) || is_path_component(first))
                && rest.split('/').all(is_path_component)
        }
        None => is_path_component(name),
    }
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_host(host) || is_ipv6(host)) && port.is_none_or(is_port)
}

fn is_host(text: &str) -> bool {
    text.split('.').all(|word| {
        !word.is_empty()
            && !word.starts_with('-')
            && !word.ends_with('-')
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

fn is_ipv6(text: &str) -> bool {
    text.strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .is_some_and(|address| {
            !address.is_empty()
                && address
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit() || byte == b':')
        })
}

fn path_length(name: &str) -> usize {
    match split_registry(name) {
        (None | Some("docker.io" | "index.docker.io"), path) if !path.contains('/') => {
            "library/".len() + path.len()
        }
        (_, path) => path.len(),
    }
}

fn is_tag(text: &str) -> bool {
    text.len() <= LONGEST_TAG
        && !text.is_empty()
        && !text.starts_with(['.', '-'])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let digits = |expected: usize, found: &str| found.len() == expected && is_hexadecimal(found);
    match text.split_once(':') {
        Some(("sha256", found)) => digits(64, found),
        Some(("sha384", found)) => digits(96, found),
        Some(("sha512", found)) => digits(128, found),
        _ => false,
    }
}

/// Whether `text` is hexadecimal digits in lower case, as digests and IDs are written.
fn is_hexadecimal(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) -> Result<(), ReferenceProblem> {
        Parts::split(text).check()
    }

    #[test]
    fn references() {
        let digits = "0123456789abcdef".repeat(8);
        for text in [
            "ruby",
            "ruby:3.3",
            "ghcr.io/acme/app:V2_x",
            "localhost:5000/a/b_c-d",
            "a--b/c__d:_",
            "Registry/app",
            "a.b/c",
            "x-y.example:80/a",
            "[2001:db8::1]:5000/app:1",
            "[::1]/app",
            &format!("app@sha256:{}", &digits[..64]),
            &format!("app@sha384:{}", &digits[..96]),
            &format!("app:1@sha512:{digits}"),
            &format!("app:{}", "a".repeat(128)),
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn each_problem_is_told() {
        use ReferenceProblem::{Digest, Empty, Id, LongName, Name, Tag, Uppercase};

        let digits = "0123456789abcdef".repeat(4);
        for (text, problem) in [
            ("", Empty),
            (":a", Name),
            ("a/", Name),
            ("/a", Name),
            ("a//b", Name),
            ("-a", Name),
            ("a-", Name),
            ("a___b", Name),
            ("a..b", Name),
            ("a._b", Name),
            ("../x", Name),
            ("a b", Name),
            ("é", Name),
            ("a:b:c", Name),
            ("-x.example/a", Name),
            ("x:/a", Name),
            ("[::1/a", Name),
            ("[]/a", Name),
            ("Ruby", Uppercase),
            ("ghcr.io/Acme/app", Uppercase),
            ("a:", Tag),
            ("a:-b", Tag),
            ("a:.b", Tag),
            ("a:b\n", Tag),
            ("a:é", Tag),
            (&format!("a:{}", "b".repeat(129)), Tag),
            ("a@", Digest),
            ("a@sha256:", Digest),
            ("a@sha256:12", Digest),
            (&format!("a@md5:{digits}"), Digest),
            (&format!("a@sha384:{digits}"), Digest),
            (&format!("a@sha512:{digits}"), Digest),
            (&format!("a@sha256:{}", digits.to_uppercase()), Digest),
            (&format!("a@sha256:{digits}@"), Digest),
            (&format!("x.example/{}", "a".repeat(256)), LongName),
            (&"a".repeat(248), LongName),
            (&digits, Id),
        ] {
            assert_eq!(check(text), Err(problem), "{text:?}");
        }
        for fits in [
            &format!("x.example/{}", "a".repeat(255)),
            &"a".repeat(247),
            &format!("acme/{}", "a".repeat(250)),
            &format!("{digits}:1"),
        ] {
            assert_eq!(check(fits), Ok(()), "{fits}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_parts_that_make_it_up(text in "[a-zA-Z0-9._:/@-]{0,20}|.{0,20}") {
            let parts = Parts::split(&text);
            let tag = parts.tag.map(|tag| format!(":{tag}")).unwrap_or_default();
            let digest = parts.digest.map(|digest| format!("@{digest}")).unwrap_or_default();
            prop_assert_eq!(format!("{}{tag}{digest}", parts.name), text.as_str());
            // What an engine could take for a flag or for two arguments is never a reference.
            if parts.check().is_ok() {
                prop_assert!(!text.starts_with('-') && text.bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
