//! The text of a Git configuration file, read as Git itself reads it.
//!
//! This follows `config.c` of Git 2.47 state by state, and nothing but it: whatever Git would not
//! read is malformed here, too, and is never taken for harmless. `gix-config` reads the format as
//! well, but it is made to be kind to its input, and a kindness that Git does not share is a way
//! past the guard; with its dependencies it is also larger than the whole of ocx-core.

use std::ops::Range;

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::git_guard) struct Entry {
    pub(in crate::git_guard) key: Key,
    /// `None` for a variable without `=`, which means true.
    pub(in crate::git_guard) value: Option<Vec<u8>>,
    /// Where it stands in the text, from the first letter of its name to the end of its line.
    pub(in crate::git_guard) span: Range<usize>,
}

/// The full name of a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::git_guard) struct Key {
    /// In lower case.
    pub(in crate::git_guard) section: String,
    /// As written; case matters.
    pub(in crate::git_guard) subsection: Option<Vec<u8>>,
    /// In lower case.
    pub(in crate::git_guard) name: String,
}

impl Key {
    /// As `git config` prints it.
    pub(in crate::git_guard) fn shown(&self) -> String {
        match &self.subsection {
            Some(middle) => format!(
                "{}.{}.{}",
                self.section,
                String::from_utf8_lossy(middle),
                self.name
            ),
            None if self.section.is_empty() => self.name.clone(),
            None => format!("{}.{}", self.section, self.name),
        }
    }
}

/// What was read: everything before the first thing that Git does not understand.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(in crate::git_guard) struct Config {
    pub(in crate::git_guard) entries: Vec<Entry>,
    pub(in crate::git_guard) malformed: bool,
}

impl Config {
    pub(in crate::git_guard) fn parse(text: &[u8]) -> Self {
        let mut reader = Reader { text, at: 0 };
        let mut config = Self::default();
        // Git's values are C strings.
        config.malformed = reader.read(&mut config.entries).is_none() || text.contains(&0);
        config
    }

    /// All values of a variable, in order.
    pub(in crate::git_guard) fn values(&self, key: &Key) -> Vec<Option<&[u8]>> {
        self.entries
            .iter()
            .filter(|entry| entry.key == *key)
            .map(|entry| entry.value.as_deref())
            .collect()
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

/// `None` is a mistake in the text.
impl Reader<'_> {
    fn read(&mut self, entries: &mut Vec<Entry>) -> Option<()> {
        if self.text.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        // Git reads a variable before the first header, too.
        let mut header = (String::new(), None);
        let mut comment = false;
        loop {
            let start = self.at;
            let (byte, ended) = self.next();
            match byte {
                b'\n' => {
                    if ended {
                        return Some(());
                    }
                    comment = false;
                }
                _ if comment || is_space(byte) => {}
                b'#' | b';' => comment = true,
                b'[' => header = self.header()?,
                _ if byte.is_ascii_alphabetic() => {
                    let (name, value) = self.variable(byte)?;
                    let (section, subsection) = header.clone();
                    entries.push(Entry {
                        key: Key {
                            section,
                            subsection,
                            name,
                        },
                        value,
                        span: start..self.before_line_end(),
                    });
                }
                _ => return None,
            }
        }
    }

    /// The next byte, and whether it stands for the end of the text.
    fn next(&mut self) -> (u8, bool) {
        let Some(&byte) = self.text.get(self.at) else {
            return (b'\n', true);
        };
        self.at += 1;
        if byte == b'\r' && self.text.get(self.at) == Some(&b'\n') {
            self.at += 1;
            return (b'\n', false);
        }
        (byte, false)
    }

    /// Where the line ends that was just read, without its line break.
    fn before_line_end(&self) -> usize {
        let read = &self.text[..self.at];
        let read = read.strip_suffix(b"\n").unwrap_or(read);
        read.strip_suffix(b"\r").unwrap_or(read).len()
    }

    fn header(&mut self) -> Option<(String, Option<Vec<u8>>)> {
        let mut name = String::new();
        loop {
            let (byte, ended) = self.next();
            match byte {
                _ if ended => return None,
                b']' => break,
                _ if is_space(byte) => {
                    let subsection = self.subsection(byte)?;
                    return Some(match name.split_once('.') {
                        // Both forms at once.
                        Some((section, middle)) => (
                            section.to_owned(),
                            Some([middle.as_bytes(), b".", &subsection].concat()),
                        ),
                        None => (name, Some(subsection)),
                    });
                }
                _ if is_name(byte) || byte == b'.' => {
                    name.push(byte.to_ascii_lowercase().into());
                }
                _ => return None,
            }
        }
        // The old form, `[section.sub]`.
        match name.split_once('.') {
            Some((section, middle)) => Some((section.to_owned(), Some(middle.into()))),
            None => Some((name, None)),
        }
    }

    fn subsection(&mut self, mut byte: u8) -> Option<Vec<u8>> {
        while is_space(byte) {
            if byte == b'\n' {
                return None;
            }
            byte = self.next().0;
        }
        if byte != b'"' {
            return None;
        }
        let mut name = Vec::new();
        loop {
            match self.next().0 {
                b'\n' => return None,
                b'"' => break,
                b'\\' => match self.next().0 {
                    b'\n' => return None,
                    escaped => name.push(escaped),
                },
                other => name.push(other),
            }
        }
        (self.next().0 == b']').then_some(name)
    }

    fn variable(&mut self, first: u8) -> Option<(String, Option<Vec<u8>>)> {
        let mut name = String::from(char::from(first.to_ascii_lowercase()));
        let mut byte;
        loop {
            byte = self.next().0;
            if !is_name(byte) {
                break;
            }
            name.push(byte.to_ascii_lowercase().into());
        }
        while byte == b' ' || byte == b'\t' {
            byte = self.next().0;
        }
        match byte {
            b'\n' => Some((name, None)),
            b'=' => Some((name, Some(self.value()?))),
            _ => None,
        }
    }

    fn value(&mut self) -> Option<Vec<u8>> {
        let mut value = Vec::new();
        // Where white space began that nothing has followed yet.
        let mut space = None;
        let (mut quoted, mut comment) = (false, false);
        loop {
            let byte = self.next().0;
            match byte {
                b'\n' if quoted => return None,
                b'\n' => {
                    value.truncate(space.unwrap_or(value.len()));
                    return Some(value);
                }
                _ if comment => continue,
                _ if is_space(byte) && !quoted => {
                    if !value.is_empty() {
                        space.get_or_insert(value.len());
                        value.push(byte);
                    }
                    continue;
                }
                b';' | b'#' if !quoted => {
                    comment = true;
                    continue;
                }
                b'\\' => match self.next().0 {
                    b'\n' => {}
                    b't' => value.push(b'\t'),
                    b'b' => value.push(8),
                    b'n' => value.push(b'\n'),
                    escaped @ (b'\\' | b'"') => value.push(escaped),
                    _ => return None,
                },
                b'"' => quoted = !quoted,
                other => value.push(other),
            }
            space = None;
        }
    }
}

/// What Git's own `isspace` takes for white space.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What Git itself reads: names and values, or nothing if it refuses the text.
    fn by_git(text: &[u8]) -> Option<Vec<(String, Option<Vec<u8>>)>> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        std::fs::write(&path, text).unwrap();
        let output = Command::new("git")
            .args(["config", "-z", "--list", "--no-includes", "-f"])
            .arg(&path)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .output()
            .unwrap();
        let entries = output.stdout.split(|byte| *byte == 0);
        output.status.success().then(|| {
            entries
                .filter(|entry| !entry.is_empty())
                .map(|entry| {
                    let end = entry.iter().position(|byte| *byte == b'\n');
                    let name = &entry[..end.unwrap_or(entry.len())];
                    let value = end.map(|end| entry[end + 1..].to_vec());
                    (String::from_utf8_lossy(name).into_owned(), value)
                })
                .collect()
        })
    }

    fn by_us(text: &[u8]) -> Option<Vec<(String, Option<Vec<u8>>)>> {
        let config = Config::parse(text);
        let entries = config.entries.into_iter();
        (!config.malformed).then(|| {
            entries
                .map(|entry| (entry.key.shown(), entry.value))
                .collect()
        })
    }

    #[test]
    fn reads_what_git_reads() {
        for text in [
            "",
            "[a]",
            "[a]b",
            "[a]b=",
            "[a]b=c",
            "[a] b = c # d\n",
            "[a]\nb = \" c \" ; d",
            "[a]\nb = c \\\n d\n",
            "[a]\nb = c\\",
            "[a]\nb = \"c\\",
            "[a]\nb = c \"\"  \n",
            "[a]\r\nb = c\r\n",
            "[a]\nb = c\rd\n",
            "[a]\n\rb = c\n",
            "\u{feff}[a]\nb=c",
            "[A.B]\nC=d",
            "[a.b \"C\"]\nd=e",
            "[a \"b.C\\\"\\\\d\"]e",
            "[a \"b\nc\"]d",
            "[a \"b\" ]c",
            "[ \"b\"]c",
            "[a]\nb c",
            "[a]\n1b",
            "[a]\nb_c=1",
            "[a]\nb-c=1",
            "[a]\nb=\\x",
            "[a]\nb=\\t\\n\\b\\\\\\\"",
            "[a]\nb=\"c\nd\"",
            "[a] # c\nb",
            "; [a]\n",
            "[a\n]b",
            "[a]b=c[d]e=f\n",
            "[a][b]c\n",
            "[a]\nb=c\n[",
        ] {
            assert_eq!(by_us(text.as_bytes()), by_git(text.as_bytes()), "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(
            option_env!("GIT_CONFIG_CASES").map_or(64, |cases| cases.parse().unwrap())
        ))]

        /// Git may refuse what this reads, never read what this does not.
        #[test]
        fn never_reads_less_than_git(
            text in "(\\[[aB.]{1,2}( \"[aC.\\\\\"]{0,2}\")?\\]|[aB=#; \t\r\n\\\\\"x-]{1,4}){1,8}"
        ) {
            if let Some(expected) = by_git(text.as_bytes()) {
                prop_assert_eq!(by_us(text.as_bytes()), Some(expected));
            }
        }
    }
}
