//! A settings file that somebody changes with an editor.

use std::fs;

use camino::Utf8Path;

use super::{
    Approvals, ConfigFile, DEFAULTS, EditError, FileLayer, Layers, Loosening, Settings,
    SettingsError, edit, files,
};
use crate::{host::Host, project::Project};

/// A settings file for an editor, in TOML or JSON: made if it is missing, and checked afterwards. Whatever is
/// in it then, it is left as it is.
///
/// # Examples
///
/// ```
/// # use ocx_core::settings::SettingsFile;
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
/// let file = SettingsFile::of_user(&host)?;
/// file.begin()?;
/// // Nothing but comments is in it.
/// assert!(file.path().exists());
/// assert!(file.check(&host)?.is_empty());
/// file.end()?;
/// assert!(!file.path().exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SettingsFile {
    file: ConfigFile,
    /// Its settings are read for this project; for the user's own file, for none.
    project: Project,
}

impl SettingsFile {
    /// The user's own file, which need not be there, and whether there is a project or not.
    ///
    /// # Errors
    ///
    /// If there are two, or others may write to it.
    pub fn of_user(host: &Host) -> Result<Self, EditError> {
        let (file, project) = edit::users_file(host)?;
        Ok(Self { file, project })
    }

    /// The file of a project, which need not be there.
    ///
    /// # Errors
    ///
    /// If it is a link, which may lead anywhere.
    pub fn of_project(project: &Project) -> Result<Self, EditError> {
        Ok(Self {
            file: edit::projects_file(project)?,
            project: project.clone(),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        &self.file.path
    }

    /// Makes the file if it is missing, with all settings in it as comments.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn begin(&self) -> Result<(), EditError> {
        match self.file.path.symlink_metadata() {
            Ok(_) => Ok(()),
            Err(_) => edit::write(&self.file, &beginning(self.file.layer)),
        }
    }

    /// Takes the file away again if nothing has been written into what [`begin`](Self::begin) made.
    ///
    /// # Errors
    ///
    /// If it cannot be removed.
    pub fn end(&self) -> Result<(), EditError> {
        let path = &self.file.path;
        let is_untouched =
            fs::read(path).is_ok_and(|text| text == beginning(self.file.layer).as_bytes());
        if !is_untouched {
            return Ok(());
        }
        fs::remove_file(path).map_err(|source| EditError::Write {
            path: path.clone(),
            source,
        })
    }

    /// The settings that the file makes of the defaults, alone, without what loosens in a project's.
    ///
    /// # Errors
    ///
    /// If they would not be read.
    pub fn settings(&self, host: &Host) -> Result<Settings, SettingsError> {
        let layers = self.layers(host)?;
        Ok(layers
            .resolve_without_loosening(&Approvals::none())?
            .settings)
    }

    /// Checks the file as if it were read, and returns what of it loosens the isolation, so that the user has
    /// to agree to it before it has an effect. That is nothing in the user's own file.
    ///
    /// # Errors
    ///
    /// If it would not be read, or a project may not decide it.
    pub fn check(&self, host: &Host) -> Result<Vec<Loosening>, SettingsError> {
        let layers = self.layers(host)?;
        layers.resolve_without_loosening(&Approvals::none())?;
        Ok(layers.assess()?.pending())
    }

    fn layers(&self, host: &Host) -> Result<Layers, SettingsError> {
        let (_, text) = files::read_file(&self.file.path)?;
        Layers::with_text_of(host, &self.project, self.file.clone(), &text)
    }
}

/// What a new file begins with. All of it is comment, so that nothing is set that nobody has chosen.
fn beginning(layer: FileLayer) -> String {
    let whose = match layer {
        FileLayer::Global => "Your own settings of ocx, for all projects.",
        FileLayer::Project => {
            "The project's settings of ocx. What weakens the sandbox has no effect until `ocx trust`."
        }
    };
    let mut text = format!(
        "# {whose} `ocx config` shows what is in effect.\n#\n# Below are all settings with their defaults. Take the `# ` away from a line to set it.\n"
    );
    // The first lines are about the file that they are from.
    for line in DEFAULTS.lines().skip_while(|line| !line.starts_with("##")) {
        let line = match line {
            "" => "\n".to_owned(),
            comment if comment.starts_with('#') => format!("{comment}\n"),
            value => format!("# {value}\n"),
        };
        if line.starts_with("##") {
            text.push('\n');
        }
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{project::sandbox::Sandbox, settings::KEYS};

    #[test]
    fn a_new_file_shows_every_setting_and_sets_none() {
        for layer in [FileLayer::Global, FileLayer::Project] {
            let text = beginning(layer);
            assert_eq!(text.parse::<toml::Table>().unwrap().len(), 0);
            for key in &KEYS {
                let line = format!("\n# {} = ", key.name);
                assert!(text.contains(&line), "{}", key.name);
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_and_stays() {
        let sandbox = Sandbox::new();
        sandbox.write("home/work/app/ocx.json", "{ \"memory\": true }");
        let project = sandbox.project();
        let file = SettingsFile::of_project(&project).unwrap();
        file.begin().unwrap();
        let error = file.check(&sandbox.host).unwrap_err();
        assert_eq!(error.passage().map(|passage| passage.line), Some(1));
        file.end().unwrap();
        let kept = fs::read_to_string(file.path()).unwrap();
        assert_eq!(kept, "{ \"memory\": true }");
        sandbox.write("home/work/app/ocx.json", "{ \"network\": \"host\" }");
        assert_eq!(file.check(&sandbox.host).unwrap()[0].key, "network");
    }

    #[test]
    fn a_projects_file_that_is_a_link_is_left_alone() {
        let sandbox = Sandbox::new();
        let link = sandbox.top.join("home/work/app/ocx.toml");
        std::os::unix::fs::symlink("/etc/passwd", link).unwrap();
        let project = sandbox.project();
        let refused = SettingsFile::of_project(&project);
        assert!(
            matches!(refused, Err(EditError::Link { .. })),
            "{refused:?}"
        );
    }
}
