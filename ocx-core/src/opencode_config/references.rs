//! Values that opencode's configuration takes from elsewhere: `{env:NAME}` and `{file:PATH}`
//! (<https://opencode.ai/docs/config/#variables>).

use camino::{Utf8Path, Utf8PathBuf};

use crate::disk::read_text;

/// A file with a key is short.
const MAX_BYTES: u64 = 64 * 1024;

/// Where references lead.
pub(crate) struct References<'a> {
    /// The value of a variable.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The directory of the configuration, to which paths are relative.
    pub(crate) directory: &'a Utf8Path,
    /// What `~` stands for.
    pub(crate) home: &'a Utf8Path,
}

impl References<'_> {
    /// A text with what its references lead to. What is not there is empty, as in opencode a variable is.
    pub(crate) fn resolve(&self, text: &str) -> String {
        let with_variables = replaced(text, "{env:", |name| (self.variable)(name.trim()));
        replaced(&with_variables, "{file:", |path| self.content(path.trim()))
    }

    fn content(&self, path: &str) -> Option<String> {
        let path = match path.strip_prefix("~/") {
            Some(below) => self.home.join(below),
            None => self.directory.join(Utf8PathBuf::from(path)),
        };
        let text = read_text(&path, MAX_BYTES).ok()?;
        Some(text.trim().to_owned())
    }
}

/// The references to files in a text, as they are written there.
pub(crate) fn file_references(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("{file:").filter_map(|(start, _)| {
        let length = text[start..].find('}')?;
        Some(&text[start..=start + length])
    })
}

/// The variables that a text refers to.
pub(crate) fn variable_references(text: &str) -> impl Iterator<Item = &str> {
    text.split("{env:").skip(1).filter_map(|part| {
        let (name, _) = part.split_once('}')?;
        Some(name.trim())
    })
}

fn replaced(text: &str, opening: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = text.split(opening);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((name, rest)) => {
                whole.push_str(&value(name).unwrap_or_default());
                whole.push_str(rest);
            }
            None => whole.push_str(part),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_variables_and_files() {
        let directory = tempfile::tempdir().unwrap();
        let at = Utf8Path::from_path(directory.path()).unwrap();
        std::fs::create_dir(at.join("home")).unwrap();
        std::fs::write(at.join("key"), " of a file\n").unwrap();
        std::fs::write(at.join("home/key"), "of home").unwrap();
        let variable = |name: &str| (name == "SET").then(|| "set".to_owned());
        let home = at.join("home");
        let references = References {
            variable: &variable,
            directory: at,
            home: &home,
        };
        let absolute = format!("{{file:{}}}", at.join("key"));
        for (text, expected) in [
            ("plain", "plain"),
            ("https://{env:SET}/{env: SET }/v1", "https://set/set/v1"),
            ("{env:NOT}x", "x"),
            ("{file:key}", "of a file"),
            ("{file:./key}", "of a file"),
            ("{file:~/key}", "of home"),
            ("{file:nothing}", ""),
            (absolute.as_str(), "of a file"),
        ] {
            assert_eq!(references.resolve(text), expected, "{text}");
        }
        let found: Vec<&str> = file_references("a {file:x} {env:Y}{file:~/z}{file:").collect();
        assert_eq!(found, ["{file:x}", "{file:~/z}"]);
        let found: Vec<&str> = variable_references("{env: A } {file:x} {env:B}{env:").collect();
        assert_eq!(found, ["A", "B"]);
    }
}
