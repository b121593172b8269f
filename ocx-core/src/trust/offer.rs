//! All that a project brings and that the user can agree to.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::{Inventory, Purpose, Sources, Trust, TrustError, Verdict};
use crate::{
    host::Host,
    project::Project,
    settings::{Approvals, ContentHash, Layers, Loosening, SettingsError},
};

/// All that a project brings at one moment and that the user can agree to.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What its settings loosen.
    pub loosenings: Vec<Loosening>,
    /// What would be approved of with that; `None` if nothing loosens.
    pub content: Option<ContentHash>,
    /// What is read from it.
    pub inventory: Inventory,
    /// Whose work the settings are, and what they name.
    pub settings: Verdict,
    /// Whose work that is from which the base is built.
    pub build: Verdict,
    /// Whose work opencode's own configuration in the project is.
    pub opencode: Verdict,
}

/// How much of a project is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// At its settings and the files that these name: a few files.
    AtSettings,
    /// At all that is read from it, build contexts included.
    AtAll,
}

impl Offer {
    /// Looks at the project, as it would be if all that its settings ask for had an effect.
    ///
    /// # Errors
    ///
    /// If the settings ask for what no project may decide, see [`Layers::resolve`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{settings::Layers, trust::{Extent, Look, Offer, Trust}};
    ///
    /// let mut trust = Trust::open(host, project)?;
    /// let layers = Layers::read(host, project)?;
    /// let offer = Offer::of(host, project, &layers, &trust, Look::AtAll)?;
    /// for loosening in &offer.loosenings {
    ///     println!("{loosening}");
    /// }
    /// // Once somebody has seen and agreed to that:
    /// offer.accept(&mut trust, Extent::ThisContent)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn of(
        host: &Host,
        project: &Project,
        layers: &Layers,
        trust: &Trust,
        look: Look,
    ) -> Result<Self, SettingsError> {
        let settings = layers.resolve(&Approvals::everything())?.settings;
        let sources = Sources::of(host, project, &settings);
        let inventory = match look {
            Look::AtSettings => {
                let few = sources.only(Purpose::Settings);
                Inventory::take(&few, &Inventory::default())
            }
            Look::AtAll => trust.take(&sources),
        };
        let assessment = layers.assess()?;
        let verdict = |purpose| trust.verdict(&inventory, &[purpose]);
        Ok(Self {
            loosenings: assessment.pending(),
            content: assessment.hash(),
            settings: verdict(Purpose::Settings),
            build: verdict(Purpose::Build),
            opencode: verdict(Purpose::Opencode),
            inventory,
        })
    }

    /// The hash of all of it, the same in each clone of the repository at `root`. Whoever names it has
    /// seen it.
    #[must_use]
    pub fn hash(&self, root: &Utf8Path) -> ContentHash {
        let files = self.inventory.hash(root, &Purpose::ALL);
        ContentHash::of(&json!([self.content, files]))
    }

    /// What would have to be agreed to for the build alone, see
    /// [`Consent::Once`](crate::ops::Consent::Once).
    #[must_use]
    pub fn build_content(&self, root: &Utf8Path) -> ContentHash {
        self.inventory.hash(root, &[Purpose::Build])
    }

    /// What would have to be agreed to for the project's configuration of opencode alone, see
    /// [`Consent::All`](crate::ops::Consent::All).
    #[must_use]
    pub fn opencode_content(&self, root: &Utf8Path) -> ContentHash {
        self.inventory.hash(root, &[Purpose::Opencode])
    }

    /// Writes down that the user agrees with all of it.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn accept(&self, trust: &mut Trust, extent: super::Extent) -> Result<(), TrustError> {
        trust.accept(&self.inventory, &Purpose::ALL, self.content.clone(), extent)
    }

    /// Writes down that the user agrees with all of it but for what sessions changed, which nobody has
    /// seen. `own` are files that the user has just had written.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn accept_but_for_sessions(
        &self,
        trust: &mut Trust,
        extent: super::Extent,
        own: &[Utf8PathBuf],
    ) -> Result<(), TrustError> {
        let verdicts = [
            (Purpose::Settings, &self.settings),
            (Purpose::Build, &self.build),
            (Purpose::Opencode, &self.opencode),
        ];
        let is_users = |verdict: &Verdict| match verdict {
            Verdict::AgentMade(changes) => changes.iter().all(|change| own.contains(&change.path)),
            Verdict::Known | Verdict::UsersOwn | Verdict::Untrusted => true,
        };
        let purposes: Vec<Purpose> = verdicts
            .into_iter()
            .filter(|(_, verdict)| is_users(verdict))
            .map(|(purpose, _)| purpose)
            .collect();
        trust.accept(&self.inventory, &purposes, self.content.clone(), extent)
    }

    /// Writes down that the user agrees with the settings.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn accept_settings(
        &self,
        trust: &mut Trust,
        extent: super::Extent,
    ) -> Result<(), TrustError> {
        let settings = [Purpose::Settings];
        trust.accept(&self.inventory, &settings, self.content.clone(), extent)
    }
}
