//! `debian/copyright`, <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>.

const HEAD: &str = "\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ocx

Files: *
Copyright: The ocx developers
License: Expat or Apache-2.0
Comment: The binary also holds the Rust libraries that the bill of materials of
 the release lists, each with its licence.

License: Apache-2.0
 On Debian systems the full text of the Apache License 2.0 can be found in
 /usr/share/common-licenses/Apache-2.0.

License: Expat
";

/// The file, with the text of the MIT licence, which Debian calls Expat.
pub(super) fn file(mit: &str) -> String {
    let terms: String = mit
        .lines()
        .skip_while(|line| !line.starts_with("Permission"))
        .map(|line| match line {
            "" => " .\n".to_owned(),
            line => format!(" {line}\n"),
        })
        .collect();
    format!("{HEAD}{terms}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_indented_and_whole() {
        let file =
            file("MIT License\n\nCopyright (c) X\n\nPermission is granted.\n\nNo warranty.\n");
        assert!(file.ends_with("License: Expat\n Permission is granted.\n .\n No warranty.\n"));
    }
}
