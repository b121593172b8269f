//! `ocx init`.

use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _},
};
use ocx_core::{
    image::ImageReference,
    scaffold::{DockerfilePath, Template},
};

/// Write an ocx.toml with comments, and a Dockerfile from a template if you like
///
/// Asks which base image the project shall have, unless flags tell it or there is no terminal to ask
/// on; then it is ocx's own. The files go to the project around the current directory. Nothing that
/// exists is overwritten. With --dry-run, the files are printed instead of written.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// Write a Dockerfile for the base from this template
    #[arg(long, value_name = "NAME", value_parser = template())]
    pub(crate) template: Option<Template>,
    /// Image to use as the base, or name for the image that is built from the Dockerfile
    #[arg(long, value_name = "NAME")]
    pub(crate) image: Option<ImageReference>,
    /// Dockerfile of the base, relative to the project: where the template goes [default:
    /// docker/Dockerfile], or without one a file that exists
    #[arg(long, value_name = "PATH")]
    pub(crate) dockerfile: Option<DockerfilePath>,
    /// Ask nothing
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// List the templates
    #[arg(long, exclusive = true)]
    pub(crate) list_templates: bool,
}

fn template() -> impl clap::builder::TypedValueParser<Value = Template> {
    let names = Template::ALL.map(|template| PossibleValue::new(template.name()));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Template>())
}
