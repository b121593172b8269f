//! Files as layers: as they are, or one as it is to be.

use camino::Utf8PathBuf;
use figment::value::{Dict, Empty, Tag, Value};

use super::{
    ConfigFile, Contribution, Devcontainer, FileLayer, Host, Key, Layers, Merge, Origin, Project,
    SettingsError, UnknownForm, files, find_config_file, stack,
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
        let dict = files::parse(&file.path, text)?;
        layers.add_content(file.layer, file.path, (&dict, text))?;
        Ok(layers)
    }

    /// The same with the default of a setting on top, whatever the user, the project or variables have set: the
    /// user's word for once, such as a flag's. It judges the project's values no other than they are.
    ///
    /// # Errors
    ///
    /// If there is no such key, or all layers count for it, from which nothing is taken away.
    pub fn with_default_of(mut self, key: &str, flag: &str) -> Result<Self, SettingsError> {
        let origin = Origin::Flag(flag.to_owned());
        let key = Key::find(key)
            .ok_or_else(|| stack::unknown_key(key, UnknownForm::Value, origin.clone()))?;
        if key.merge == Merge::Unite {
            return Err(SettingsError::NotUnset {
                key: key.name,
                origin,
            });
        }
        let default = self.contributions.iter().rfind(|contribution| {
            contribution.key.name == key.name && contribution.origin == Origin::Default
        });
        let unset = || Value::Empty(Tag::Default, Empty::None);
        self.add(Contribution {
            key,
            value: default.map_or_else(unset, |default| default.value.clone()),
            origin,
        })?;
        Ok(self)
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

#[cfg(test)]
mod tests {
    use crate::{
        project::sandbox::Sandbox,
        settings::{Approvals, Layers, NetworkMode, Origin, SettingsError},
        spec::Network,
    };

    #[test]
    fn a_default_on_top_replaces_what_is_set_and_loosens_nothing_else() {
        let mut sandbox = Sandbox::new();
        sandbox.write("home/.config/ocx/ocx.toml", "memory = \"1g\"\ncpus = 1\n");
        let project = "network = \"host\"\nmemory = \"2g\"\ncpus = 2\n";
        sandbox.write("home/work/app/ocx.toml", project);
        sandbox.host.memory = Some(8 << 30);
        let project = sandbox.project();
        let layers = Layers::read(&sandbox.host, &project).unwrap();
        let pending = |layers: &Layers| {
            let pending = layers.assess().unwrap().pending();
            pending.iter().map(|value| value.key).collect::<Vec<_>>()
        };
        assert_eq!(pending(&layers), ["memory", "cpus", "network"]);
        let layers = layers.with_default_of("memory", "--unset memory").unwrap();
        let layers = layers
            .with_default_of("network", "--unset network")
            .unwrap();
        // The other one is judged by what the user has set.
        assert_eq!(pending(&layers), ["cpus"]);
        let layers = layers.with_default_of("cpus", "--unset cpus").unwrap();
        let loaded = layers.resolve(&Approvals::none()).unwrap();
        let settings = &loaded.settings;
        assert_eq!(settings.network, NetworkMode::Engine(Network::Default));
        assert_eq!(
            (settings.memory, settings.cpus),
            (Some("6g".parse().unwrap()), None)
        );
        let flag = Origin::Flag("--unset cpus".to_owned());
        assert_eq!(loaded.origins.of("cpus"), &flag);
    }

    #[test]
    fn what_all_layers_count_for_is_not_taken_away() {
        let sandbox = Sandbox::new();
        let layers = Layers::read(&sandbox.host, &sandbox.project()).unwrap();
        for key in ["forbidden_paths", "network_deny"] {
            let refused = layers.clone().with_default_of(key, "--unset");
            assert!(
                matches!(refused, Err(SettingsError::NotUnset { .. })),
                "{key}"
            );
        }
        let unknown = layers.with_default_of("memroy", "--unset");
        assert!(matches!(unknown, Err(SettingsError::UnknownKey { .. })));
    }

    #[test]
    fn a_base_that_is_unset_does_not_contradict_the_one_that_is_followed() {
        let sandbox = Sandbox::new();
        let text = "custom_base_devcontainer = true\ncustom_base_image = \"ruby:3.3\"\n";
        sandbox.write("home/work/app/ocx.toml", text);
        sandbox.write(
            "home/work/app/.devcontainer.json",
            "{ \"image\": \"debian:12\" }",
        );
        let layers = Layers::read(&sandbox.host, &sandbox.project()).unwrap();
        let contradicted = layers.clone().resolve(&Approvals::none());
        assert!(matches!(contradicted, Err(SettingsError::Devcontainer(_))));
        let layers = layers
            .with_default_of("custom_base_image", "--unset")
            .unwrap();
        assert!(layers.resolve(&Approvals::none()).is_ok());
    }
}
