//! Where Debian keeps what.

use super::{
    super::{
        OCX,
        contents::{Contents, Kind, Part, Shell},
        entry::{Entry, Mode, gzip},
    },
    copyright,
};
use crate::step::Outcome;

/// The files of a package, by path.
pub(super) fn entries(contents: &Contents) -> Outcome<Vec<Entry>> {
    let mut entries = Vec::new();
    for part in &contents.0 {
        entries.extend(entry(part)?);
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

fn entry(part: &Part) -> Outcome<Option<Entry>> {
    let documents = format!("usr/share/doc/{OCX}");
    let plain = |path: String| Entry::text(path, part.content.clone());
    let packed = |path: String| gzip(&part.content).map(|content| Entry::text(path, content));
    Ok(Some(match &part.kind {
        Kind::Program => Entry {
            mode: Mode::Program,
            ..plain(format!("usr/bin/{OCX}"))
        },
        Kind::Completions(Shell::Bash) => {
            plain(format!("usr/share/bash-completion/completions/{OCX}"))
        }
        Kind::Completions(Shell::Zsh) => plain(format!("usr/share/zsh/vendor-completions/_{OCX}")),
        Kind::Completions(Shell::Fish) => {
            plain(format!("usr/share/fish/vendor_completions.d/{OCX}.fish"))
        }
        Kind::ManualPage(name) => packed(format!("usr/share/man/man1/{name}.gz"))?,
        Kind::Document("CHANGELOG.md") => packed(format!("{documents}/changelog.gz"))?,
        Kind::Document("LICENSE-MIT") => {
            let terms = String::from_utf8_lossy(&part.content);
            Entry::text(format!("{documents}/copyright"), copyright::file(&terms))
        }
        // Every Debian system has its text.
        Kind::Document("LICENSE-APACHE") => return Ok(None),
        Kind::Document(name) => plain(format!("{documents}/{name}")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_place() {
        let kinds = [
            Kind::Program,
            Kind::Completions(Shell::Bash),
            Kind::Completions(Shell::Zsh),
            Kind::Completions(Shell::Fish),
            Kind::ManualPage("ocx-build.1".to_owned()),
            Kind::Document("CHANGELOG.md"),
            Kind::Document("LICENSE-APACHE"),
            Kind::Document("LICENSE-MIT"),
            Kind::Document("README.md"),
        ];
        let contents = Contents(
            kinds
                .into_iter()
                .map(|kind| Part {
                    kind,
                    content: b"text".to_vec(),
                })
                .collect(),
        );
        let entries = entries(&contents).unwrap();
        let paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "usr/bin/ocx",
                "usr/share/bash-completion/completions/ocx",
                "usr/share/doc/ocx/README.md",
                "usr/share/doc/ocx/changelog.gz",
                "usr/share/doc/ocx/copyright",
                "usr/share/fish/vendor_completions.d/ocx.fish",
                "usr/share/man/man1/ocx-build.1.gz",
                "usr/share/zsh/vendor-completions/_ocx",
            ]
        );
        for entry in &entries {
            let is_program = entry.path == "usr/bin/ocx";
            assert_eq!(entry.mode == Mode::Program, is_program, "{}", entry.path);
            let is_packed = entry.content.starts_with(&[0x1f, 0x8b]);
            assert_eq!(is_packed, entry.path.ends_with(".gz"), "{}", entry.path);
        }
    }
}
