//! What ocx knows of images from its own records.

use crate::ops::Ocx;
use crate::{
    image::ImageReference,
    provenance::{BaseOrigin, ImageRecords, LayerOrigin, MadeOf},
    runtime::ImageInfo,
};

impl Ocx {
    pub(in crate::ops) fn image_records(&self) -> ImageRecords {
        ImageRecords::new(&self.host.dirs.state, &self.runtime.name())
    }

    /// What an ocx image is made of, if that is on record.
    pub(in crate::ops) fn recorded_layer(
        &self,
        name: &ImageReference,
        image: &ImageInfo,
    ) -> Option<LayerOrigin> {
        match self.image_records().find(name, image)? {
            MadeOf::Layer(origin) => Some(origin),
            MadeOf::Base(_) => None,
        }
    }

    /// What a base is made of, if it is on record that ocx built it.
    pub(in crate::ops) fn recorded_base(
        &self,
        name: &ImageReference,
        image: &ImageInfo,
    ) -> Option<BaseOrigin> {
        match self.image_records().find(name, image)? {
            MadeOf::Base(origin) => Some(origin),
            MadeOf::Layer(_) => None,
        }
    }

    /// Writes down what an image is made of.
    pub(in crate::ops) fn record_image(
        &self,
        name: &ImageReference,
        image: &ImageInfo,
        made_of: MadeOf,
    ) {
        self.image_records().write(name, image, made_of);
    }

    /// SHA-256 of what the registry in the settings means by the opencode in an image, as far as that is
    /// known without asking it.
    pub(in crate::ops) fn published_sha256(&self, origin: &LayerOrigin) -> Option<String> {
        let labels = &origin.labels;
        self.store.known_sha256(
            &self.registry,
            &labels.opencode_build,
            &labels.opencode_version,
        )
    }
}
