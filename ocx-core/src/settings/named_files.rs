//! The files and directories of the host that settings name.

use camino::Utf8PathBuf;

use super::Settings;

/// What the value of `key` names; nothing for keys whose values are no paths.
///
/// A Dockerfile stands for its directory as well, which is the build context. One by a relative path
/// is not told: where it lies is found out later.
pub(crate) fn named_files(key: &str, settings: &Settings) -> Vec<Utf8PathBuf> {
    match key {
        "custom_base_dockerfile" => settings
            .custom_base_dockerfile
            .iter()
            .filter(|path| path.is_absolute())
            .flat_map(|path| [Some(path.clone()), path.parent().map(ToOwned::to_owned)])
            .flatten()
            .collect(),
        "env_file" => settings.env_file.clone(),
        "extra_mounts" => settings
            .extra_mounts
            .iter()
            .map(|mount| mount.source.clone())
            .collect(),
        "opencode_binary" => settings.opencode_binary.iter().cloned().collect(),
        "opencode_config_dir" => settings.opencode_config_dir.iter().cloned().collect(),
        "rgignore_file" => settings.rgignore_file.iter().cloned().collect(),
        _ => Vec::new(),
    }
}
