//! Telling once what of a `devcontainer.json` is not followed.

use crate::{ops::Ocx, report::Notice, state::ProjectStore};

/// More is not read by anybody.
const MOST: usize = 12;

impl Ocx {
    /// Tells what of the `devcontainer.json` that says what the base is is not followed, as far as that was
    /// not told in this project yet.
    pub(in crate::ops) fn tell_what_is_not_followed(&self, store: &ProjectStore) {
        let Some(followed) = &self.settings.devcontainer else {
            return;
        };
        let root = &self.project.root;
        let file = followed.file.strip_prefix(root).unwrap_or(&followed.file);
        for left_out in followed.left_out.iter().take(MOST) {
            let fact = format!("{file}: {}: {}", left_out.name, left_out.why);
            if !self.untold(store, [fact]).is_empty() {
                self.notice(&Notice::DevcontainerLeftOut {
                    file: file.to_owned(),
                    left_out: left_out.clone(),
                });
            }
        }
    }
}
