//! What ocx would be set up with, for a base that a file describes.

use crate::{
    described_base::{DescribedBase, LeftOutList, ProjectFiles},
    scaffold::{BaseChoice, Setup, base_image_name},
};

/// What ocx would be set up with. What cannot be used is left out.
pub(super) fn setup(
    files: &ProjectFiles,
    base: DescribedBase,
    left_out: &mut LeftOutList,
) -> Setup {
    let build = match base {
        DescribedBase::Image(image) => return Setup::new(BaseChoice::Image(image)),
        DescribedBase::Build(build) => build,
    };
    for (name, why) in build.unusable {
        let why = match name {
            "context" => format!("{why}; for ocx it is the Dockerfile's directory"),
            _ => why,
        };
        left_out.add(name, why);
    }
    let mut setup = Setup::new(BaseChoice::Dockerfile {
        dockerfile: build.dockerfile,
        image: base_image_name(files.root()),
    });
    setup.context = build.context;
    setup.build_args = build.args;
    setup.target = build.target;
    setup
}
