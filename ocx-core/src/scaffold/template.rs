//! Dockerfiles to begin with.

use std::{fmt, str::FromStr};

use super::TemplateTool;
use crate::image::ImageReference;

/// A Dockerfile to begin with.
///
/// Each takes the image it builds on from the build argument `BASE`, so that another version, a
/// mirror or a local image can stand in without a change to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Debian with a C compiler.
    Debian,
    /// Ruby, with what Rails applications need.
    Rails,
    /// Rust with Clippy and rustfmt.
    Rust,
    /// Node.js with npm.
    Node,
    /// Python with pip.
    Python,
    /// Go with a C compiler.
    Go,
    /// A JDK, for Gradle's and Maven's wrappers.
    Java,
    /// PHP with Composer.
    Php,
    /// Elixir with a C compiler.
    Elixir,
    /// Alpine Linux with the libraries of opencode's build for it.
    Alpine,
}

impl Template {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 10] = [
        Self::Debian,
        Self::Rails,
        Self::Rust,
        Self::Node,
        Self::Python,
        Self::Go,
        Self::Java,
        Self::Php,
        Self::Elixir,
        Self::Alpine,
    ];

    /// What users call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Debian => "debian",
            Self::Rails => "rails",
            Self::Rust => "rust",
            Self::Node => "node",
            Self::Python => "python",
            Self::Go => "go",
            Self::Java => "java",
            Self::Php => "php",
            Self::Elixir => "elixir",
            Self::Alpine => "alpine",
        }
    }

    /// What is in it, in a few words.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::Debian => "Debian with a C compiler and common tools",
            Self::Rails => "Ruby, with what a Rails application mostly needs",
            Self::Rust => "Rust with Clippy and rustfmt",
            Self::Node => "Node.js with npm, and what native packages need",
            Self::Python => "Python with pip, and a C compiler",
            Self::Go => "Go, and a C compiler for cgo",
            Self::Java => "A JDK, for the wrappers of Gradle and Maven",
            Self::Php => "PHP with Composer, and what Symfony and Laravel mostly need",
            Self::Elixir => "Elixir, and a C compiler",
            Self::Alpine => "Alpine Linux with the libraries that opencode needs there",
        }
    }

    /// The Dockerfile.
    #[must_use]
    pub fn dockerfile(self) -> &'static str {
        match self {
            Self::Debian => include_str!("templates/debian.Dockerfile"),
            Self::Rails => include_str!("templates/rails.Dockerfile"),
            Self::Rust => include_str!("templates/rust.Dockerfile"),
            Self::Node => include_str!("templates/node.Dockerfile"),
            Self::Python => include_str!("templates/python.Dockerfile"),
            Self::Go => include_str!("templates/go.Dockerfile"),
            Self::Java => include_str!("templates/java.Dockerfile"),
            Self::Php => include_str!("templates/php.Dockerfile"),
            Self::Elixir => include_str!("templates/elixir.Dockerfile"),
            Self::Alpine => include_str!("templates/alpine.Dockerfile"),
        }
    }

    /// The Dockerfile, with another image to build on if one is given, and with more tools.
    pub(super) fn dockerfile_on(
        self,
        base: Option<&ImageReference>,
        tools: &[TemplateTool],
    ) -> String {
        let text = self.dockerfile();
        let mut text = match base {
            Some(base) => text.replace(
                &format!("ARG BASE={}\n", self.base()),
                &format!("ARG BASE={base}\n"),
            ),
            None => text.to_owned(),
        };
        for tool in tools {
            text.push_str(&format!(
                "\n# For {}.\n{}\n",
                tool.lock_file(),
                tool.instructions()
            ));
        }
        text
    }

    /// The image that it builds on unless the build argument `BASE` names another.
    #[must_use]
    pub fn base(self) -> &'static str {
        self.dockerfile()
            .lines()
            .find_map(|line| line.strip_prefix("ARG BASE="))
            .unwrap_or_default()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Template {
    type Err = UnknownTemplate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|template| template.name() == text)
            .ok_or_else(|| UnknownTemplate {
                found: text.to_owned(),
            })
    }
}

/// There is no template of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no template `{found}`; there are {}", Template::ALL.map(Template::name).join(", "))]
pub struct UnknownTemplate {
    /// What was asked for.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout;

    /// The instructions, with continued lines joined.
    fn instructions(template: Template) -> Vec<String> {
        let joined: String = template
            .dockerfile()
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| match line.strip_suffix('\\') {
                Some(begun) => begun.to_owned(),
                None => format!("{line}\n"),
            })
            .collect();
        joined.lines().map(str::to_owned).collect()
    }

    #[test]
    fn names_are_read_back() {
        for template in Template::ALL {
            assert_eq!(template.name().parse(), Ok(template));
        }
        insta::assert_snapshot!(
            "cobol".parse::<Template>().unwrap_err(),
            @"there is no template `cobol`; there are debian, rails, rust, node, python, go, java, php, elixir, alpine"
        );
    }

    #[test]
    fn every_builder_understands_them() {
        for template in Template::ALL {
            let text = template.dockerfile();
            assert!(
                text.starts_with("# What the agent works with: "),
                "{template}"
            );
            assert!(text.ends_with('\n') && !text.contains('\r'), "{template}");
            let instructions = instructions(template);
            assert_eq!(instructions[1], "FROM ${BASE}", "{template}");
            for line in &instructions {
                // Of BuildKit only: here-documents, mounts, modes. Nothing may need a build
                // context either, since there is nothing in it yet.
                let word = line.split(' ').next().unwrap();
                assert!(["ARG", "FROM", "RUN", "ENV"].contains(&word), "{line}");
                assert!(!line.contains("<<") && !line.contains(" --mount"), "{line}");
            }
        }
    }

    #[test]
    fn each_has_git_certificates_and_a_locale_and_belongs_to_nobody() {
        for template in Template::ALL {
            let instructions = instructions(template).join("\n");
            for needed in [" git ", " ca-certificates ", "ENV LANG=C.UTF-8"] {
                assert!(instructions.contains(needed), "{template}: {needed}");
            }
            assert!(!instructions.contains("USER "), "{template}");
        }
    }

    #[test]
    fn each_builds_on_an_image_with_a_version() {
        for template in Template::ALL {
            let base: ImageReference = template.base().parse().unwrap();
            assert!(base.tag().is_some(), "{template}: {base}");
        }
    }

    #[test]
    fn each_builds_on_another_image_as_well() {
        let other: ImageReference = "registry.example/x:1".parse().unwrap();
        for template in Template::ALL {
            let text = template.dockerfile_on(Some(&other), &[]);
            assert!(text.contains("\nARG BASE=registry.example/x:1\nFROM ${BASE}\n"));
            assert_eq!(text.lines().count(), template.dockerfile().lines().count());
            assert_eq!(template.dockerfile_on(None, &[]), template.dockerfile());
        }
    }

    #[test]
    fn paths_of_sessions_are_the_real_ones() {
        let mut paths = 0;
        for template in Template::ALL {
            for (at, _) in template.dockerfile().match_indices("/ocx/") {
                let path = &template.dockerfile()[at..];
                assert!(path.starts_with(layout::HOME), "{template}: {path}");
                paths += 1;
            }
        }
        assert!(paths > 0, "no template names one");
    }

    #[test]
    fn alpine_has_the_libraries_of_musl_builds() {
        let text = Template::Alpine.dockerfile();
        assert!(text.contains(" libgcc libstdc++ "));
    }
}
