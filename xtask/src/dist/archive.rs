//! The archive for systems without Debian's packages.

use super::{
    contents::{Contents, Kind, Shell},
    entry::{Entry, Mode, gzip},
    moment::Moment,
};
use crate::step::Outcome;

/// A compressed archive in which everything lies in one directory.
pub(super) fn pack(contents: &Contents, directory: &str, moment: Moment) -> Outcome<Vec<u8>> {
    let entries = contents
        .0
        .iter()
        .map(|part| Entry {
            path: format!("{directory}/{}", place(&part.kind)),
            mode: match part.kind {
                Kind::Program => Mode::Program,
                _ => Mode::Text,
            },
            content: part.content.clone(),
        })
        .collect();
    gzip(&tar(entries, moment).map_err(|error| format!("tar: {error}"))?)
}

fn place(kind: &Kind) -> String {
    match kind {
        Kind::Program => "ocx".to_owned(),
        Kind::Completions(Shell::Bash) => "completions/ocx.bash".to_owned(),
        Kind::Completions(Shell::Zsh) => "completions/_ocx".to_owned(),
        Kind::Completions(Shell::Fish) => "completions/ocx.fish".to_owned(),
        Kind::ManualPage(name) => format!("man/man1/{name}"),
        Kind::Document(name) => (*name).to_owned(),
    }
}

/// The same bytes for the same files, in whatever order they come, whoever packs them and when.
fn tar(mut entries: Vec<Entry>, moment: Moment) -> std::io::Result<Vec<u8>> {
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    let mut archive = tar::Builder::new(Vec::new());
    for entry in &entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(entry.content.len() as u64);
        header.set_mode(entry.mode.bits());
        header.set_mtime(moment.0.into());
        header.set_uid(0);
        header.set_gid(0);
        header.set_username("root")?;
        header.set_groupname("root")?;
        archive.append_data(&mut header, &entry.path, entry.content.as_slice())?;
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::contents::Part;

    fn contents() -> Contents {
        let part = |kind, content: &str| Part {
            kind,
            content: content.into(),
        };
        Contents(vec![
            part(Kind::Program, "program"),
            part(Kind::Completions(Shell::Bash), "bash"),
            part(Kind::Completions(Shell::Zsh), "zsh"),
            part(Kind::Completions(Shell::Fish), "fish"),
            part(Kind::ManualPage("ocx.1".to_owned()), "page"),
            part(Kind::Document("LICENSE-MIT"), "licence"),
        ])
    }

    #[test]
    fn everything_is_root_s_sorted_and_of_one_date() {
        let packed = pack(&contents(), "ocx-1", Moment(1_700_000_000)).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
        let seen: Vec<(String, u32)> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
                assert_eq!(header.mtime().unwrap(), 1_700_000_000);
                let path = entry.path().unwrap().display().to_string();
                (path, header.mode().unwrap())
            })
            .collect();
        let expected = [
            ("ocx-1/LICENSE-MIT", 0o644),
            ("ocx-1/completions/_ocx", 0o644),
            ("ocx-1/completions/ocx.bash", 0o644),
            ("ocx-1/completions/ocx.fish", 0o644),
            ("ocx-1/man/man1/ocx.1", 0o644),
            ("ocx-1/ocx", 0o755),
        ];
        assert_eq!(seen, expected.map(|(path, mode)| (path.to_owned(), mode)));
    }

    #[test]
    fn the_same_files_are_the_same_archive() {
        let mut other = contents();
        other.0.reverse();
        let pack = |contents: &Contents| pack(contents, "ocx-1", Moment(1)).unwrap();
        assert_eq!(pack(&contents()), pack(&other));
    }
}
