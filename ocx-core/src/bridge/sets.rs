//! Named sets of hosts.

use super::rule::Rule;

/// A named set of hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostSet {
    /// `@models`: the providers of models that the session uses; which those are depends on the user's
    /// configuration of opencode.
    Models,
    /// `@git`: hosts of Git repositories. Whatever may be pushed there can leave the session.
    Git,
    /// `@npm`: the registries of npm and Yarn.
    Npm,
    /// `@pypi`: the Python package index.
    Pypi,
    /// `@crates`: Rust's crates.
    Crates,
    /// `@debian`: Debian's packages.
    Debian,
    /// `@rubygems`: Ruby's gems.
    Rubygems,
    /// `@go`: the proxy and the checksums of Go modules.
    Go,
}

impl HostSet {
    /// All sets.
    pub const ALL: [Self; 8] = [
        Self::Models,
        Self::Git,
        Self::Npm,
        Self::Pypi,
        Self::Crates,
        Self::Debian,
        Self::Rubygems,
        Self::Go,
    ];

    /// The name, without the `@`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The set of this name.
    #[must_use]
    pub fn called(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// The rules in it; none for [`Models`](Self::Models), which depend on the session.
    #[must_use]
    pub fn rules(self) -> Vec<Rule> {
        let rules = self.row().1.iter();
        rules
            .map(|rule| rule.parse().expect("a rule of the table"))
            .collect()
    }

    fn row(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Models => ("models", &[]),
            Self::Git => (
                "git",
                &[
                    "github.com:443",
                    "github.com:22",
                    "api.github.com:443",
                    "codeload.github.com:443",
                    "*.githubusercontent.com:443",
                    "gitlab.com:443",
                    "gitlab.com:22",
                    "bitbucket.org:443",
                    "bitbucket.org:22",
                    "codeberg.org:443",
                    "codeberg.org:22",
                ],
            ),
            Self::Npm => (
                "npm",
                &["registry.npmjs.org:443", "registry.yarnpkg.com:443"],
            ),
            Self::Pypi => ("pypi", &["pypi.org:443", "files.pythonhosted.org:443"]),
            Self::Crates => (
                "crates",
                &[
                    "crates.io:443",
                    "index.crates.io:443",
                    "static.crates.io:443",
                ],
            ),
            Self::Debian => (
                "debian",
                &[
                    "deb.debian.org:80",
                    "deb.debian.org:443",
                    "security.debian.org:80",
                    "security.debian.org:443",
                ],
            ),
            Self::Rubygems => ("rubygems", &["rubygems.org:443", "index.rubygems.org:443"]),
            Self::Go => ("go", &["proxy.golang.org:443", "sum.golang.org:443"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_is_found_by_its_name_and_has_rules() {
        for set in HostSet::ALL {
            assert_eq!(HostSet::called(set.name()), Some(set));
            assert_eq!(set.rules().is_empty(), set == HostSet::Models);
            for rule in set.rules() {
                assert!(matches!(rule, Rule::Hosts { port: Some(_), .. }), "{rule}");
            }
        }
        assert_eq!(HostSet::called("Git"), None);
    }
}
