//! Names of what is there, for whoever types one: without sizes and without who needs it, which take time.

use std::collections::BTreeSet;

use super::Disk;
use crate::{
    image::label,
    project::ProjectId,
    session::plan::home_volumes,
    spec::VolumeName,
    state::{ProjectStore, home_of},
};

impl Disk {
    /// The names of the images that ocx built and the engines still have. Engines that do not answer have
    /// none.
    pub async fn image_names(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        for connected in self.connected() {
            if let Ok((images, _)) = self.images(&connected, &[]).await {
                names.extend(images.into_iter().map(|image| image.name.to_string()));
            }
        }
        names.into_iter().collect()
    }

    /// The names of the homes of projects that the engines have. Engines that do not answer have none.
    pub async fn volume_names(&self) -> Vec<String> {
        let homes: Vec<(VolumeName, ProjectId)> = ProjectStore::all(&self.host.dirs.state)
            .into_iter()
            .flat_map(|(store, root)| {
                let id = home_of(&store, &ProjectId::of(&root));
                home_volumes(&id).map(move |name| (name, id.clone()))
            })
            .collect();
        if homes.is_empty() {
            return Vec::new();
        }
        let asked: Vec<VolumeName> = homes.iter().map(|(name, _)| name.clone()).collect();
        let mut names = BTreeSet::new();
        for connected in self.connected() {
            let found = connected.runtime.find_volumes(&asked).await;
            for ((name, id), volume) in homes.iter().zip(found.unwrap_or_default()) {
                let owner = volume
                    .as_ref()
                    .and_then(|one| one.labels.get(label::PROJECT_ID));
                if owner.is_some_and(|owner| owner == id.as_str()) {
                    names.insert(name.to_string());
                }
            }
        }
        names.into_iter().collect()
    }
}
