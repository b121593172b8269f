//! The npm packages that hold the binaries.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Integrity;
use crate::host::Arch;

/// A C library that a build is linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Libc {
    /// The GNU C library: Debian, Fedora and most others.
    Glibc,
    /// musl: Alpine.
    Musl,
}

impl Libc {
    /// A word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
        }
    }
}

/// Which instructions of an x64 processor a build may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// Those that the publisher takes for granted; on x64 that includes AVX2.
    Plain,
    /// Those that any x64 processor has.
    Baseline,
}

/// A build of opencode for Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Build {
    /// The processor.
    pub arch: Arch,
    /// The instructions it needs.
    pub variant: Variant,
    /// The C library it needs.
    pub libc: Libc,
}

impl Build {
    /// The npm package that holds it, such as `opencode-linux-x64-baseline-musl`.
    #[must_use]
    pub fn package_name(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "opencode-linux-{}", self.arch.npm_name())?;
        if self.variant == Variant::Baseline {
            f.write_str("-baseline")?;
        }
        if self.libc == Libc::Musl {
            f.write_str("-musl")?;
        }
        Ok(())
    }
}

/// The builds that may run in a base, in the order in which they should be tried; never empty.
///
/// The packages of one version are published at different times, so on x64 the second choice is
/// also what is left when the first is not there yet. That is why the plain build is tried even
/// without AVX2: in 1.18.33 it is byte for byte the baseline build, and one that is not ends with
/// an illegal instruction when it is tried out. For arm64 there is one build only.
#[must_use]
pub(crate) fn candidates(arch: Arch, libc: Libc, avx2: bool) -> Vec<Build> {
    let variants: &[Variant] = match (arch, avx2) {
        (Arch::X64, true) => &[Variant::Plain, Variant::Baseline],
        (Arch::X64, false) => &[Variant::Baseline, Variant::Plain],
        (Arch::Arm64, _) => &[Variant::Plain],
    };
    variants
        .iter()
        .map(|&variant| Build {
            arch,
            variant,
            libc,
        })
        .collect()
}

/// One exact file of the npm registry, known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinnedPackage {
    /// The package's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Path of the program in the tarball.
    pub(super) member: &'static str,
    sha512: &'static str,
}

impl PinnedPackage {
    /// The checksum of its tarball.
    ///
    /// # Panics
    ///
    /// Never: the constants are well-formed.
    #[must_use]
    pub fn integrity(&self) -> Integrity {
        self.sha512.parse().expect("a well-formed checksum")
    }
}

/// ripgrep, which opencode's search needs, for any Linux of an architecture: both binaries are
/// linked statically.
///
/// Version and checksums are those of
/// <https://registry.npmjs.org/@vscode%2fripgrep-linux-x64/1.18.0> and
/// <https://registry.npmjs.org/@vscode%2fripgrep-linux-arm64/1.18.0>, read on 2026-11-24. The
/// version is that of the npm package, not of ripgrep itself.
#[must_use]
pub fn ripgrep(arch: Arch) -> PinnedPackage {
    let (name, sha512) = match arch {
        Arch::X64 => (
            "@vscode/ripgrep-linux-x64",
            "sha512-mQ3bVrUpnD2vs7QT0vX90Lt0cnUq467uFtEktIdsJJmW296RoSULRGqWgzG1AKxyBpNDD6l4ZO4qKf6SgyC23Q==",
        ),
        Arch::Arm64 => (
            "@vscode/ripgrep-linux-arm64",
            "sha512-lQ/5zTG++U0E3IhVgS4EPTTn/U4okncaRMM5GOFfOYZywS4nuD31GhkHbNYlDk5CuDC68+hYJ0/eQeyCKJDA+g==",
        ),
    };
    PinnedPackage {
        name,
        version: "1.18.0",
        member: "package/bin/rg",
        sha512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arch: Arch, libc: Libc, avx2: bool) -> Vec<String> {
        candidates(arch, libc, avx2)
            .iter()
            .map(Build::package_name)
            .collect()
    }

    #[test]
    fn the_best_build_comes_first() {
        assert_eq!(
            names(Arch::X64, Libc::Glibc, true),
            ["opencode-linux-x64", "opencode-linux-x64-baseline"]
        );
        assert_eq!(
            names(Arch::X64, Libc::Musl, false),
            [
                "opencode-linux-x64-baseline-musl",
                "opencode-linux-x64-musl"
            ]
        );
        assert_eq!(
            names(Arch::Arm64, Libc::Musl, false),
            ["opencode-linux-arm64-musl"]
        );
        assert_eq!(
            names(Arch::Arm64, Libc::Glibc, true),
            ["opencode-linux-arm64"]
        );
    }

    #[test]
    fn pinned_checksums_are_well_formed() {
        for arch in [Arch::X64, Arch::Arm64] {
            assert_eq!(ripgrep(arch).integrity().to_string(), ripgrep(arch).sha512);
        }
    }
}
