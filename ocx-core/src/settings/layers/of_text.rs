//! Files as layers: as they are, or one as it is to be.

use camino::Utf8PathBuf;
use figment::value::Dict;

use super::{
    ConfigFile, Devcontainer, FileLayer, Host, Layers, Origin, Project, SettingsError, files,
    find_config_file, stack,
};

impl Layers {
    /// The layers up to the one of `file`, as they would be with this text in it.
    pub(in crate::settings) fn with_text_of(
        host: &Host,
        project: &Project,
        file: ConfigFile,
        text: &str,
    ) -> Result<Self, SettingsError> {
        let mut layers = Self::defaults(host, project)?;
        if file.layer == FileLayer::Project
            && let Some(path) = find_config_file(&host.dirs.config)?
        {
            files::refuse_what_others_may_write(&path, host)?;
            layers.add_file(FileLayer::Global, path)?;
        }
        if file.layer == FileLayer::Global {
            layers.devcontainer = Devcontainer::NoProject;
        }
        let dict = files::parse_toml(&file.path, text)?;
        layers.add_content(file.layer, file.path, (&dict, text))?;
        Ok(layers)
    }

    pub(super) fn add_file(
        &mut self,
        layer: FileLayer,
        path: Utf8PathBuf,
    ) -> Result<(), SettingsError> {
        let (dict, text) = files::read_file(&path)?;
        self.add_content(layer, path, (&dict, &text))
    }

    fn add_content(
        &mut self,
        layer: FileLayer,
        path: Utf8PathBuf,
        (dict, text): (&Dict, &str),
    ) -> Result<(), SettingsError> {
        let origin = match layer {
            FileLayer::Global => Origin::GlobalFile(path.clone()),
            FileLayer::Project => Origin::ProjectFile(path.clone()),
        };
        self.texts.add(&origin, &path, text);
        let values = stack::from_file(dict, &origin).map_err(|error| self.texts.locate(error))?;
        for contribution in values {
            self.add(contribution)?;
        }
        self.files.push(ConfigFile { layer, path });
        Ok(())
    }

    /// The user's file, or where it would be.
    pub(super) fn user_file(&self) -> Utf8PathBuf {
        self.files
            .iter()
            .find(|file| file.layer == FileLayer::Global)
            .map_or_else(
                || self.host.dirs.config.join("ocx.toml"),
                |file| file.path.clone(),
            )
    }
}
