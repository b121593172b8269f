//! Changing a settings file for somebody: one key, checked as it would be read, and written whole.

use std::{fs, io, os::unix::fs::PermissionsExt as _};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Approvals, ConfigFile, FileLayer, Key, Layers, Loosening, Settings, SettingsError, files,
    toml_text, variables,
};
use crate::{
    disk::{read_text, write_atomically},
    host::Host,
    project::{CONFIG_FILE_NAMES, Project, find_config_file},
};

/// A file larger than this is no settings file.
const LARGEST: u64 = 1024 * 1024;

/// A settings file, and what is to stand in it.
///
/// # Examples
///
/// ```
/// # use ocx_core::settings::{Key, SettingsEdit};
/// # let directory = tempfile::tempdir()?;
/// # let home = camino::Utf8Path::from_path(directory.path()).unwrap().canonicalize_utf8()?;
/// # let user = ocx_core::host::HostUser {
/// #     name: "jane".to_owned(),
/// #     group: "jane".to_owned(),
/// #     uid: std::os::unix::fs::MetadataExt::uid(&home.metadata()?),
/// #     gid: 1000,
/// #     groups: Vec::new(),
/// # };
/// # let host = ocx_core::Host::new(user, home.clone(), home.clone());
/// let mut edit = SettingsEdit::of_user(&host)?;
/// edit.set(Key::find("memory").unwrap(), "4g")?;
/// edit.write(&host)?;
///
/// assert_eq!(std::fs::read_to_string(edit.path())?, "memory = \"4g\"\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SettingsEdit {
    file: ConfigFile,
    /// Its settings are read for this project; for the user's own file, for none.
    project: Project,
    text: String,
}

impl SettingsEdit {
    /// The user's own file, which need not be there, and whether there is a project or not.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is JSON.
    pub fn of_user(host: &Host) -> Result<Self, EditError> {
        let (file, project) = users_file(host)?;
        Self::of(file, project)
    }

    /// The file of a project, which need not be there.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is JSON, or is a link, which may lead anywhere.
    pub fn of_project(project: &Project) -> Result<Self, EditError> {
        Self::of(projects_file(project)?, project.clone())
    }

    fn of(file: ConfigFile, project: Project) -> Result<Self, EditError> {
        let path = &file.path;
        if path.extension() == Some("json") {
            return Err(EditError::Json { path: path.clone() });
        }
        let text = match read_text(path, LARGEST) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(unreadable(path, source)),
        };
        Ok(Self {
            file,
            project,
            text,
        })
    }

    /// The file that is written.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.file.path
    }

    /// Sets a key to a value that is written as for flags and variables.
    ///
    /// # Errors
    ///
    /// If the file is no TOML.
    pub fn set(&mut self, key: &Key, value: &str) -> Result<(), EditError> {
        let value = variables::from_text(value, key.kind);
        self.text =
            toml_text::with_value(&self.text, key.name, &value).map_err(|_| self.syntax())?;
        Ok(())
    }

    /// Takes a key out, which may be one that ocx does not know; whether it was there.
    ///
    /// # Errors
    ///
    /// If the file is no TOML.
    pub fn unset(&mut self, key: &str) -> Result<bool, EditError> {
        let without = toml_text::without_key(&self.text, key).map_err(|_| self.syntax())?;
        let was_there = without.is_some();
        if let Some(text) = without {
            self.text = text;
        }
        Ok(was_there)
    }

    /// The settings that the file makes of the defaults, alone: without the project's, if it is the user's
    /// own, and without variables and flags.
    ///
    /// # Errors
    ///
    /// If they would not be read.
    pub fn settings(&self, host: &Host) -> Result<Settings, EditError> {
        let layers = Layers::with_text_of(host, &self.project, self.file.clone(), &self.text)?;
        let loaded = layers.resolve_without_loosening(&Approvals::none())?;
        Ok(loaded.settings)
    }

    /// Checks the whole of what is to stand in the file as if it were read, and returns what of it loosens
    /// the isolation, so that the user has to agree to it before it has an effect. That is nothing in the
    /// user's own file.
    ///
    /// # Errors
    ///
    /// If it would not be read, or a project may not decide it.
    pub fn check(&self, host: &Host) -> Result<Vec<Loosening>, EditError> {
        let file = self.file.clone();
        let layers = Layers::with_text_of(host, &self.project, file, &self.text)?;
        layers.resolve_without_loosening(&Approvals::none())?;
        Ok(layers.assess()?.pending())
    }

    /// Checks the file and writes it, as a whole or not at all; its directory is made if need be.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check), or if it cannot be written.
    pub fn write(&self, host: &Host) -> Result<Vec<Loosening>, EditError> {
        let pending = self.check(host)?;
        write(&self.file, &self.text)?;
        Ok(pending)
    }

    /// Why the file is no TOML, in the words in which reading it would say so.
    fn syntax(&self) -> EditError {
        match files::parse_toml(&self.file.path, &self.text) {
            Err(error) => error.into(),
            Ok(_) => EditError::Dialect {
                path: self.file.path.clone(),
            },
        }
    }
}

/// The user's own file, or where it would be, and the project for which its settings are read, which is none.
pub(super) fn users_file(host: &Host) -> Result<(ConfigFile, Project), EditError> {
    let directory = &host.dirs.config;
    let none = Project::none(directory.clone());
    let found = find_config_file(directory).map_err(SettingsError::from)?;
    let path = match found {
        Some(path) => {
            files::refuse_what_others_may_write(&path, host)?;
            target(&path).map_err(|source| unreadable(&path, source))?
        }
        None => directory.join(CONFIG_FILE_NAMES[0]),
    };
    let layer = FileLayer::Global;
    Ok((ConfigFile { layer, path }, none))
}

/// The file of a project, or where it would be.
pub(super) fn projects_file(project: &Project) -> Result<ConfigFile, EditError> {
    let first = project.config_files.first().cloned();
    let path = first.unwrap_or_else(|| project.root.join(CONFIG_FILE_NAMES[0]));
    if path.is_symlink() {
        return Err(EditError::Link { path });
    }
    let layer = FileLayer::Project;
    Ok(ConfigFile { layer, path })
}

/// Writes a file as a whole or not at all; its directory is made if need be.
pub(super) fn write(file: &ConfigFile, text: &str) -> Result<(), EditError> {
    let path = &file.path;
    // What is new may get secrets, and a project's file goes to others.
    let new = match file.layer {
        FileLayer::Global => 0o600,
        FileLayer::Project => 0o644,
    };
    let mode = fs::metadata(path).map_or(new, |metadata| metadata.permissions().mode() & 0o777);
    let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
    parent
        .and_then(|()| write_atomically(path, text.as_bytes(), mode))
        .map_err(|source| EditError::Write {
            path: path.clone(),
            source,
        })
}

/// Where a file of the user's lies that may be linked to, as from a directory of dotfiles.
fn target(path: &Utf8Path) -> io::Result<Utf8PathBuf> {
    if path.is_symlink() {
        path.canonicalize_utf8()
    } else {
        Ok(path.to_owned())
    }
}

pub(super) fn unreadable(path: &Utf8Path, source: io::Error) -> EditError {
    let path = path.to_owned();
    SettingsError::Read { path, source }.into()
}

/// Why a settings file was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The file is JSON.
    #[error("{path} is JSON, which is changed by hand")]
    Json {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The project's file is a link.
    #[error("{path} is a link, which may lead out of the project, so it is not written to")]
    Link {
        /// The link.
        path: Utf8PathBuf,
    },
    /// What reads settings understands the file, and what changes them does not.
    #[error("{path} cannot be changed without losing something of it")]
    Dialect {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The file would not be read, or could not be.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// It could not be written.
    #[error("could not write {path}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::sandbox::Sandbox;

    const GLOBAL: &str = "home/.config/ocx/ocx.toml";

    fn key(name: &str) -> &'static Key {
        Key::find(name).unwrap()
    }

    fn set(sandbox: &Sandbox, name: &str, value: &str) -> Result<(), EditError> {
        let mut edit = SettingsEdit::of_user(&sandbox.host)?;
        edit.set(key(name), value)?;
        edit.write(&sandbox.host).map(drop)
    }

    fn set_in_project(
        sandbox: &Sandbox,
        name: &str,
        value: &str,
    ) -> Result<Vec<Loosening>, EditError> {
        let mut edit = SettingsEdit::of_project(&sandbox.project())?;
        edit.set(key(name), value)?;
        edit.write(&sandbox.host)
    }

    #[test]
    fn a_users_file_is_made_with_its_directory_and_for_the_user_alone() {
        let sandbox = Sandbox::new();
        set(&sandbox, "memory", "2g").unwrap();
        set(&sandbox, "env", "{ TOKEN = \"x\" }").unwrap();
        let path = sandbox.top.join(GLOBAL);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "memory = \"2g\"\nenv = { TOKEN = \"x\" }\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let loaded = crate::settings::load(&sandbox.host, &sandbox.project(), &[]).unwrap();
        assert_eq!(loaded.settings.memory.unwrap().to_string(), "2g");
    }

    #[test]
    fn what_would_not_be_read_is_not_written() {
        let sandbox = Sandbox::new();
        let text = "# mine\nmemory = \"2g\"\n";
        let path = sandbox.write(GLOBAL, text);
        for (name, value) in [("memory", "much"), ("shm_size", "4g"), ("network", "-x")] {
            let error = set(&sandbox, name, value).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        // A key that nobody knows keeps all others from being set, and can be taken out.
        fs::write(&path, "memroy = \"2g\"\n").unwrap();
        assert!(set(&sandbox, "memory", "2g").is_err());
        let mut edit = SettingsEdit::of_user(&sandbox.host).unwrap();
        assert!(edit.unset("memroy").unwrap());
        assert!(!edit.unset("memroy").unwrap());
        edit.write(&sandbox.host).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
    }

    #[test]
    fn a_project_may_not_set_what_is_the_users() {
        let sandbox = Sandbox::new();
        let error = set_in_project(&sandbox, "extra_mounts", "[\"/etc:/mnt\"]").unwrap_err();
        assert!(
            matches!(error, EditError::Settings(SettingsError::Refused { .. })),
            "{error}"
        );
        assert!(!sandbox.host.current_dir.join("ocx.toml").exists());
        // What has to be agreed to is written, and said.
        let pending = set_in_project(&sandbox, "network", "host").unwrap();
        assert_eq!(pending[0].key, "network");
        assert_eq!(
            set_in_project(&sandbox, "timezone", "UTC").unwrap().len(),
            1
        );
        let text = fs::read_to_string(sandbox.host.current_dir.join("ocx.toml")).unwrap();
        assert_eq!(text, "network = \"host\"\ntimezone = \"UTC\"\n");
    }

    #[test]
    fn a_users_link_is_followed_and_a_projects_is_not() {
        let sandbox = Sandbox::new();
        let real = sandbox.write("home/dotfiles/ocx.toml", "cpus = 1\n");
        let link = sandbox.directory("home/.config/ocx").join("ocx.toml");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        set(&sandbox, "cpus", "2").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "cpus = 2\n");
        std::os::unix::fs::symlink(&real, sandbox.host.current_dir.join("ocx.toml")).unwrap();
        let error = set_in_project(&sandbox, "cpus", "1").unwrap_err();
        assert!(matches!(error, EditError::Link { .. }), "{error}");
    }

    #[test]
    fn json_is_left_alone() {
        let sandbox = Sandbox::new();
        sandbox.write("home/.config/ocx/ocx.json", "{}");
        let error = set(&sandbox, "cpus", "1").unwrap_err();
        assert!(matches!(error, EditError::Json { .. }), "{error}");
    }
}
