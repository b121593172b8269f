//! The layers with a file as it is to be, and not as it is.

use super::{ConfigFile, FileLayer, Host, Layers, Project, SettingsError, files, find_config_file};

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
        let dict = files::parse_toml(&file.path, text)?;
        layers.add_content(file.layer, file.path, &dict)?;
        Ok(layers)
    }
}
