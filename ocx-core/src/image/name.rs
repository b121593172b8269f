//! Names of ocx images: a pure and injective function of the base and the opencode version.
//!
//! - A reference whose plain mapping (`/` → `__`, `:` → `--`) is a legal repository and can be
//!   undone keeps that readable name: `ghcr.io/acme/app:2` → `ocx-ghcr.io__acme__app--2`.
//! - Any other gets `<slug>---<hash>`. Three hyphens in a row are legal in a repository and never
//!   come out of the plain mapping, so the two kinds cannot meet.

use std::fmt;

use camino::Utf8Path;
use sha2::{Digest, Sha256};

use super::{ImageReference, OpencodeVersion, reference_grammar::is_path_component};
use crate::slug::slug;

/// Names longer than this get a hash; engines cut listings off and registries have limits.
const LONGEST_PLAIN: usize = 100;
const LONGEST_SLUG: usize = 60;

/// The base image that ocx builds itself when the settings name none.
///
/// # Panics
///
/// Never: the name is a valid reference.
#[must_use]
pub(crate) fn default_base() -> ImageReference {
    "ocx-base".parse().expect("a valid reference")
}

/// The ocx image on top of the base image that the user calls `base`.
///
/// # Examples
///
/// ```
/// use ocx_core::image::ocx_image;
///
/// let image = ocx_image(&"ruby:3.3".parse()?, &"1.18.33".parse()?);
/// println!("{image}");
/// # assert!(image.as_str().starts_with("ocx-ruby--3.3"), "{image}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn ocx_image(base: &ImageReference, version: &OpencodeVersion) -> ImageReference {
    tagged(&format!("ocx-{}", mapped(base)), version)
}

/// The ocx image on top of [`default_base`]. No configured base can have this name, because every
/// name made from a base starts with `ocx-`.
#[must_use]
pub(crate) fn ocx_image_for_default_base(version: &OpencodeVersion) -> ImageReference {
    tagged("ocx", version)
}

/// The names of a base that is built from a Dockerfile and has no name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedName(String);

impl DerivedName {
    /// A name for the Dockerfile at `canonical_path`, called by `readable` (directory names, say),
    /// which is made fit for a repository.
    ///
    /// Context, target and build arguments count, so that two projects which build one global
    /// Dockerfile with others do not take each other's base away. `context` is the directory that the
    /// settings name; `None` for the Dockerfile's own.
    #[must_use]
    pub fn new<'a>(
        readable: &str,
        canonical_path: &Utf8Path,
        context: Option<&Utf8Path>,
        target: Option<&str>,
        build_args: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut hash = match context {
            Some(context) => {
                let mut hash = Fields::new("dockerfile with context");
                hash.add(context.as_str());
                hash
            }
            None => Fields::new("dockerfile"),
        };
        hash.add(canonical_path.as_str());
        hash.add(target.unwrap_or_default());
        for (name, value) in build_args {
            hash.add(name);
            hash.add(value);
        }
        Self(format!(
            "{}---{}",
            slug(readable, LONGEST_SLUG, "base"),
            hash.finish()
        ))
    }

    /// The base image itself.
    #[must_use]
    pub fn base(&self) -> ImageReference {
        parse(&format!("ocx-base-{self}"))
    }

    /// The ocx image on top of it.
    #[must_use]
    pub fn ocx_image(&self, version: &OpencodeVersion) -> ImageReference {
        tagged(&format!("ocx-{self}"), version)
    }
}

impl fmt::Display for DerivedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn mapped(base: &ImageReference) -> String {
    let text = base.as_str();
    let plain = text.replace('/', "__").replace(':', "--");
    let reversible = !text.contains("__") && !text.contains("--");
    if reversible && plain.len() <= LONGEST_PLAIN && is_path_component(&plain) {
        return plain;
    }
    let mut hash = Fields::new("reference");
    hash.add(text);
    format!("{}---{}", slug(text, LONGEST_SLUG, "base"), hash.finish())
}

/// A hash over several texts, in which no two lists of texts look the same.
struct Fields(Sha256);

impl Fields {
    fn new(domain: &str) -> Self {
        let mut fields = Self(Sha256::new());
        fields.add(domain);
        fields
    }

    fn add(&mut self, text: &str) {
        self.0.update(text.len().to_le_bytes());
        self.0.update(text);
    }

    fn finish(self) -> String {
        hex::encode(&self.0.finalize()[..6])
    }
}

fn tagged(repository: &str, version: &OpencodeVersion) -> ImageReference {
    parse(&format!("{repository}:{version}"))
}

fn parse(text: &str) -> ImageReference {
    text.parse().expect("names are made to fit the grammar")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn version() -> OpencodeVersion {
        "1.18.33".parse().unwrap()
    }

    fn name(base: &str) -> String {
        ocx_image(&base.parse().unwrap(), &version()).to_string()
    }

    #[test]
    fn readable_where_that_is_unambiguous() {
        assert_eq!(name("rails-app"), "ocx-rails-app:1.18.33");
        assert_eq!(name("rails-app:latest"), "ocx-rails-app:1.18.33");
        assert_eq!(name("ruby:3.3"), "ocx-ruby--3.3:1.18.33");
        assert_eq!(
            name("ghcr.io/acme/app:2"),
            "ocx-ghcr.io__acme__app--2:1.18.33"
        );
        assert_eq!(name("localhost:5000/x"), "ocx-localhost--5000__x:1.18.33");
    }

    #[test]
    fn hashed_where_it_is_not() {
        assert_eq!(name("a__b"), "ocx-a-b---6b4c1d2de754:1.18.33");
        for base in ["a--b", "app:V2", "app:_x", "app:x-", "app:a..b", "Host/app"] {
            assert!(name(base).contains("---"), "{base}: {}", name(base));
        }
        let digest = format!("app@sha256:{}", "0".repeat(64));
        assert!(
            name(&digest).starts_with("ocx-app-sha256-000"),
            "{}",
            name(&digest)
        );
    }

    #[test]
    fn the_default_base_meets_no_other_name() {
        assert_eq!(
            ocx_image_for_default_base(&version()).to_string(),
            "ocx:1.18.33"
        );
        assert_eq!(name("ocx-base"), "ocx-ocx-base:1.18.33");
        assert_ne!(name("base"), default_base().to_string());
    }

    #[test]
    fn derived_names_tell_projects_targets_and_arguments_apart() {
        let derived = |path: &str, target, args: &[(&'static str, &'static str)]| {
            DerivedName::new(
                "My App/docker",
                Utf8Path::new(path),
                None,
                target,
                args.iter().copied(),
            )
        };
        let one = derived("/a/app/Dockerfile", None, &[]);
        assert!(one.base().as_str().starts_with("ocx-base-my-app-docker---"));
        assert!(
            one.ocx_image(&version())
                .as_str()
                .starts_with("ocx-my-app-docker---")
        );
        assert_ne!(one, derived("/b/app/Dockerfile", None, &[]));
        assert_ne!(one, derived("/a/app/Dockerfile", Some("dev"), &[]));
        assert_ne!(one, derived("/a/app/Dockerfile", None, &[("A", "1")]));
        assert_ne!(
            derived("/a", None, &[("A", "1"), ("B", "2")]),
            derived("/a", None, &[("A", "1B"), ("", "2")])
        );
        let with_context = |context: &str| {
            let path = Utf8Path::new("/a/app/Dockerfile");
            DerivedName::new("My App/docker", path, Some(context.into()), None, [])
        };
        assert_ne!(one, with_context("/a/app"));
        assert_ne!(with_context("/a/app"), with_context("/b/app"));
        let odd = DerivedName::new("Ünï cödé", Utf8Path::new("/x"), None, None, []);
        assert!(
            odd.base().as_str().starts_with("ocx-base-n-c-d---"),
            "{odd}"
        );
        assert!(
            DerivedName::new("日本", Utf8Path::new("/x"), None, None, [])
                .base()
                .as_str()
                .starts_with("ocx-base-base---")
        );
    }

    #[test]
    fn every_short_reference_has_a_name_of_its_own() {
        let alphabet = b"ab-_./:@A";
        let mut seen: HashMap<String, String> = HashMap::new();
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            texts = texts
                .iter()
                .flat_map(|text| {
                    alphabet
                        .iter()
                        .map(move |&byte| format!("{text}{}", byte as char))
                })
                .collect();
            for text in &texts {
                let Ok(reference) = text.parse::<ImageReference>() else {
                    continue;
                };
                let name = ocx_image(&reference, &version()).to_string();
                if let Some(other) = seen.insert(name.clone(), reference.to_string()) {
                    assert_eq!(other, reference.to_string(), "both are called {name}");
                }
            }
        }
        assert!(seen.len() > 1000, "{}", seen.len());
    }

    #[test]
    fn names_in_the_wild() {
        // What a user may write, and the beginning of the image's name; `None` if it is refused.
        let digest = format!("app@sha256:{}", "0".repeat(64));
        for (base, expected) in [
            ("debian:bookworm-slim", Some("ocx-debian--bookworm-slim:")),
            ("localhost/tools", Some("ocx-localhost__tools:")),
            ("localhost/tools:Dev", Some("ocx-localhost-tools-dev---")),
            (
                "registry.acme.org:5000/team/app:1.2",
                Some("ocx-registry.acme.org--5000__team__app--1.2:"),
            ),
            ("127.0.0.1:5000/app", Some("ocx-127.0.0.1--5000__app:")),
            ("ghcr.io/acme/app:V2", Some("ocx-ghcr-io-acme-app-v2---")),
            (digest.as_str(), Some("ocx-app-sha256-0000")),
            ("4bcd12ef9a0b", Some("ocx-4bcd12ef9a0b:")),
            ("acme/App", None),
            ("https://ghcr.io/acme/app", None),
            ("ghcr.io/acme/app:", None),
            ("app@sha256:123", None),
            ("app:latest:2", None),
            ("./app", None),
            ("app\\x", None),
        ] {
            match (base.parse::<ImageReference>(), expected) {
                (Ok(base), Some(expected)) => {
                    let name = ocx_image(&base, &version()).to_string();
                    assert!(name.starts_with(expected), "{base}: {name}");
                }
                (Err(_), None) => {}
                (parsed, _) => panic!("{base}: {parsed:?}"),
            }
        }
    }

    #[test]
    fn names_that_an_engine_takes_for_one_are_told_apart() {
        // The engine finds the same image by all of them, and what is built on each belongs to the
        // name that is in the settings.
        let names = [
            "debian:12",
            "library/debian:12",
            "docker.io/library/debian:12",
            "docker.io/debian:12",
        ];
        let images: std::collections::BTreeSet<String> =
            names.iter().map(|base| name(base)).collect();
        assert_eq!(images.len(), names.len());
        assert_eq!(name("debian"), name("debian:latest"));
    }

    fn reference() -> impl Strategy<Value = ImageReference> {
        "([a-z0-9A-Z.-]{1,8}(:[0-9]{1,5})?/)?[a-z0-9]{1,5}([._-]{1,3}[a-z0-9]{1,4}){0,2}(/[a-z0-9_-]{1,8}){0,2}(:[a-zA-Z0-9_.-]{1,40})?(@sha256:[0-9a-f]{64})?"
            .prop_filter_map("a reference", |text| text.parse().ok())
    }

    proptest! {
        #[test]
        fn any_text_is_accepted_or_refused_without_a_panic(text in ".{0,200}") {
            if let Ok(reference) = text.parse::<ImageReference>() {
                let _ = ocx_image(&reference, &version());
            }
        }

        #[test]
        fn names_are_legal_and_different(left in reference(), right in reference()) {
            let (left_name, right_name) = (ocx_image(&left, &version()), ocx_image(&right, &version()));
            prop_assert_eq!(left == right, left_name == right_name);
            prop_assert!(is_path_component(left_name.repository()), "{}", left_name);
            prop_assert!(left_name.as_str().len() <= 128, "{}", left_name);
        }

        #[test]
        fn derived_names_are_legal(readable in ".{0,80}", path in "/.{0,80}") {
            let derived = DerivedName::new(&readable, Utf8Path::new(&path), None, None, []);
            prop_assert!(is_path_component(derived.base().repository()));
            prop_assert!(is_path_component(derived.ocx_image(&version()).repository()));
        }
    }
}
