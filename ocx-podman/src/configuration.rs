//! Podman's own configuration, `containers.conf`, as far as ocx has to know it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use ocx_core::engine::read_text;
use toml::{Table, Value};

/// A configuration file is no larger than this.
const LARGEST: u64 = 1 << 20;

/// The files that say what Podman gives to every container. Those that come later win
/// (<https://github.com/containers/common/blob/main/docs/containers.conf.5.md>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    files: Vec<Utf8PathBuf>,
}

impl Configuration {
    /// Looks for the files on the disk.
    #[must_use]
    pub fn find(environment: &BTreeMap<String, String>, home: &Utf8Path) -> Self {
        let variable = |name: &str| {
            let value = environment.get(name)?;
            (!value.is_empty()).then(|| Utf8PathBuf::from(value))
        };
        let mut files = match variable("CONTAINERS_CONF") {
            Some(only) => vec![only],
            None => {
                let user = variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
                ["/usr/share".into(), "/etc".into(), user]
                    .iter()
                    .flat_map(|directory| with_drop_ins(&directory.join("containers")))
                    .collect()
            }
        };
        // Since Podman 4.4.
        files.extend(variable("CONTAINERS_CONF_OVERRIDE"));
        files.retain(|file| file.is_file());
        Self { files }
    }

    /// The files that are there, those that win last.
    #[must_use]
    pub fn files(&self) -> &[Utf8PathBuf] {
        &self.files
    }

    /// The files whose table `[containers]` sets this key to something, the winning one first.
    pub(crate) fn files_that_set(&self, key: &str) -> Vec<&Utf8Path> {
        let sets = |file: &&Utf8PathBuf| {
            let table = containers_table(file);
            table.is_some_and(|table| table.get(key).is_some_and(|value| !is_empty(value)))
        };
        let files = self.files.iter().rev().filter(sets);
        files.map(Utf8PathBuf::as_path).collect()
    }

    /// The list of texts that a key of the table `[containers]` comes to.
    pub(crate) fn containers_list(&self, key: &str) -> Vec<String> {
        let mut list = Vec::new();
        let mut append = false;
        let tables = self.files.iter().filter_map(|file| containers_table(file));
        for value in tables.filter_map(|mut table| table.remove(key)) {
            let Value::Array(items) = value else {
                continue;
            };
            // `{append=true}` in a list holds for the files behind it, too, since Podman 4.8.
            let attribute = items.iter().find_map(|item| item.get("append")?.as_bool());
            append = attribute.unwrap_or(append);
            if !append {
                list.clear();
            }
            list.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        list
    }
}

/// `containers.conf` in a directory, and what lies in the directory for additions to it.
fn with_drop_ins(directory: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut additions: Vec<Utf8PathBuf> = directory
        .join("containers.conf.d")
        .read_dir_utf8()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().to_owned())
        .filter(|path| path.extension() == Some("conf"))
        .collect();
    additions.sort();
    additions.insert(0, directory.join("containers.conf"));
    additions
}

/// What cannot be read is Podman's to complain about.
fn containers_table(file: &Utf8Path) -> Option<Table> {
    let text = read_text(file, LARGEST).ok()?;
    match text.parse::<Table>().ok()?.remove("containers")? {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A home with these files below `~/.config/containers`.
    fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join(".config/containers");
        fs::create_dir_all(directory.join("containers.conf.d")).unwrap();
        for (name, text) in files {
            fs::write(directory.join(name), text).unwrap();
        }
        home
    }

    fn find(home: &tempfile::TempDir, variables: &[(&str, &Utf8Path)]) -> Configuration {
        let environment = variables
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_string()))
            .collect();
        Configuration::find(&environment, Utf8Path::from_path(home.path()).unwrap())
    }

    #[test]
    fn later_files_win_and_additions_add() {
        let home = home(&[
            ("containers.conf", "[containers]\ndevices = [\"/dev/a\"]\n"),
            (
                "containers.conf.d/1.conf",
                "[containers]\ndevices = [\"/dev/b:/dev/x:rwm\"]\n",
            ),
            (
                "containers.conf.d/2.conf",
                "[containers]\ndevices = [\"/dev/c\", { append = true }]\n",
            ),
            ("containers.conf.d/ignored", "[containers]\ndevices = []\n"),
        ]);
        let configuration = find(&home, &[]);
        let devices = configuration.containers_list("devices");
        assert_eq!(devices, ["/dev/b:/dev/x:rwm", "/dev/c"]);
        assert_eq!(configuration.containers_list("volumes"), [""; 0]);
        let files = configuration.files_that_set("devices");
        let files: Vec<_> = files.iter().map(|file| file.file_name().unwrap()).collect();
        assert_eq!(files, ["2.conf", "1.conf", "containers.conf"]);
    }

    #[test]
    fn variables_name_other_files() {
        let home = home(&[
            ("containers.conf", "[containers]\ndevices = [\"/dev/a\"]\n"),
            ("other.conf", "[containers]\ndevices = [\"/dev/b\"]\n"),
            ("last.conf", "[containers]\ndevices = []\n"),
        ]);
        let directory = Utf8Path::from_path(home.path())
            .unwrap()
            .join(".config/containers");
        let other = directory.join("other.conf");
        let configuration = find(&home, &[("CONTAINERS_CONF", &other)]);
        assert_eq!(configuration.files(), [other]);
        assert_eq!(configuration.containers_list("devices"), ["/dev/b"]);
        let last = directory.join("last.conf");
        let configuration = find(&home, &[("CONTAINERS_CONF_OVERRIDE", &last)]);
        assert_eq!(configuration.containers_list("devices"), [""; 0]);
    }

    #[test]
    fn a_file_that_is_no_toml_says_nothing() {
        let home = home(&[("containers.conf", "devices =")]);
        assert_eq!(find(&home, &[]).containers_list("devices"), [""; 0]);
    }
}
