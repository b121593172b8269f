//! What Debian's package says of itself, <https://www.debian.org/doc/debian-policy/ch-controlfields.html>.

use std::fmt;

use super::super::{OCX, entry::Entry};
use crate::step::Outcome;

/// Its fields that are not always the same.
pub(super) struct Control {
    pub(super) version: String,
    pub(super) architecture: &'static str,
    pub(super) depends: String,
    /// KiB.
    pub(super) installed_size: usize,
}

/// An engine, of Debian's or Docker's own archive; Git for the project, and whom downloads trust.
const RECOMMENDS: &str = "docker.io | docker-ce | podman, ca-certificates, git";

/// What engines need that an ordinary user runs, and the newer builder of Docker's.
const SUGGESTS: &str = "uidmap, passt | slirp4netns, fuse-overlayfs, dbus-user-session, docker-buildx | docker-buildx-plugin";

const DESCRIPTION: &str = "\
opencode in a hardened container on your own base image
 ocx runs the opencode coding agent on the files of a project, as you, in a
 container of Docker or Podman that is made of the project's own image. It
 adds one layer with opencode to that image and replaces nothing in it.
 .
 opencode itself is not in this package: ocx fetches the version that the
 settings name when it first builds an image.
";

impl Control {
    pub(super) fn file_name(&self) -> String {
        format!("{OCX}_{}_{}.deb", self.version, self.architecture)
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Package: {OCX}")?;
        writeln!(f, "Version: {}", self.version)?;
        writeln!(f, "Architecture: {}", self.architecture)?;
        writeln!(f, "Maintainer: The ocx developers")?;
        writeln!(f, "Installed-Size: {}", self.installed_size)?;
        // An empty field is an error.
        if !self.depends.is_empty() {
            writeln!(f, "Depends: {}", self.depends)?;
        }
        writeln!(f, "Recommends: {RECOMMENDS}")?;
        writeln!(f, "Suggests: {SUGGESTS}")?;
        writeln!(f, "Section: devel\nPriority: optional")?;
        write!(f, "Description: {DESCRIPTION}")
    }
}

/// A version in Debian's order, in which `0.2.0~rc.1` comes before `0.2.0`.
pub(super) fn version(semantic: &str) -> String {
    // What is built of a commit stands behind a plus, and may have a dash as well.
    let (release, build) = match semantic.split_once('+') {
        Some((release, build)) => (release, format!("+{}", build.replace('-', "."))),
        None => (semantic, String::new()),
    };
    match release.split_once('-') {
        // A dash would separate Debian's own revision.
        Some((release, pre)) => format!("{release}~{}{build}", pre.replace('-', ".")),
        None => format!("{release}{build}"),
    }
}

/// What Debian calls a processor of Rust's.
pub(super) fn architecture(machine: &str) -> Outcome<&'static str> {
    match machine {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        other => Err(format!("there is no package for {other}")),
    }
}

/// The packages in the answer of `dpkg-shlibdeps -O`; none for a static binary.
pub(super) fn depends_of(answer: &str) -> String {
    answer
        .lines()
        .find_map(|line| line.strip_prefix("shlibs:Depends="))
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// KiB of the files, each rounded up, as the policy wants it.
pub(super) fn installed_size(entries: &[Entry]) -> usize {
    entries
        .iter()
        .map(|entry| entry.content.len().div_ceil(1024))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(depends: &str) -> Control {
        Control {
            version: "0.1.0".to_owned(),
            architecture: "amd64",
            depends: depends.to_owned(),
            installed_size: 9000,
        }
    }

    #[test]
    fn fields_are_lines_and_the_description_goes_on_with_blanks() {
        let text = control("libc6 (>= 2.34)").to_string();
        let (fields, description) = text.split_once("Description: ").unwrap();
        let names: Vec<&str> = fields
            .lines()
            .map(|line| line.split_once(": ").unwrap().0)
            .collect();
        assert_eq!(
            names,
            [
                "Package",
                "Version",
                "Architecture",
                "Maintainer",
                "Installed-Size",
                "Depends",
                "Recommends",
                "Suggests",
                "Section",
                "Priority"
            ]
        );
        let mut lines = description.lines();
        let synopsis = lines.next().unwrap();
        assert!(synopsis.len() < 80 && !synopsis.ends_with('.'));
        assert!(lines.all(|line| line.starts_with(' ') && line.len() < 80));
        assert!(text.ends_with('\n'));
        assert_eq!(control("").file_name(), "ocx_0.1.0_amd64.deb");
    }

    #[test]
    fn nothing_is_needed_where_nothing_is_linked() {
        assert_eq!(depends_of(""), "");
        assert_eq!(depends_of("shlibs:Depends=\n"), "");
        assert!(!control("").to_string().contains("Depends:"));
        let needed = "shlibs:Depends=libc6 (>= 2.34), libgcc-s1 (>= 4.2)\n";
        assert_eq!(depends_of(needed), "libc6 (>= 2.34), libgcc-s1 (>= 4.2)");
    }

    #[test]
    fn versions_keep_their_order() {
        for (semantic, debian) in [
            ("0.1.0", "0.1.0"),
            ("0.2.0-rc.1", "0.2.0~rc.1"),
            ("0.2.0-rc-1", "0.2.0~rc.1"),
            ("0.2.0+git-5", "0.2.0+git.5"),
            ("0.2.0-rc.1+git", "0.2.0~rc.1+git"),
        ] {
            assert_eq!(version(semantic), debian);
        }
    }

    #[test]
    fn processors_have_another_name() {
        assert_eq!(architecture("x86_64"), Ok("amd64"));
        assert_eq!(architecture("aarch64"), Ok("arm64"));
        assert!(architecture("riscv64").is_err());
    }

    #[test]
    fn each_file_takes_whole_kibibytes() {
        let entry = |size| Entry::text("x", vec![0; size]);
        assert_eq!(installed_size(&[entry(1), entry(1024), entry(1025)]), 4);
    }
}
