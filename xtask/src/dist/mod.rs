//! `cargo xtask dist`: what is handed out of a release, in `target/dist`.

mod archive;
mod binary;
mod checksums;
mod contents;
mod debian;
mod entry;
mod moment;
mod root;
mod sbom;
mod trial;

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use self::{binary::Binary, contents::Contents, debian::Compression, moment::Moment};
use crate::{
    metadata,
    step::{Outcome, say},
};

/// The package, and the command in it.
const OCX: &str = "ocx";

/// Makes everything and tries the Debian package out. What was there of an earlier run is removed.
pub(crate) fn run() -> Outcome {
    let version = version()?;
    let moment = Moment::of_release()?;
    let binary = Binary::build()?;
    let directory = empty_directory()?;
    let contents = Contents::of(&binary.path)?;

    let name = format!("{OCX}-{version}-{}", binary.target);
    let program = directory.join(&name);
    fs::copy(&binary.path, &program).map_err(|error| format!("{program}: {error}"))?;
    let archive = directory.join(format!("{name}.tar.gz"));
    write(&archive, &archive::pack(&contents, &name, moment)?)?;
    let package = debian::pack(
        &contents,
        &binary.path,
        &version,
        moment,
        Compression::Xz,
        &directory,
    )?;
    let bill = sbom::of_binary(&binary.target, moment)?;
    let bill_file = directory.join(format!("{name}.cdx.json"));
    write(&bill_file, bill.as_bytes())?;

    trial::try_out(&package.path, &version)?;
    checksums::write(&directory)?;
    say(&format!(
        "{directory} has ocx {version}: {}, its package depends on {}",
        binary.libc,
        match package.depends.as_str() {
            "" => "nothing",
            some => some,
        }
    ));
    Ok(())
}

/// The version of the workspace.
fn version() -> Outcome<String> {
    metadata::own()?
        .into_iter()
        .find(|package| package.name == OCX)
        .map(|package| package.version)
        .ok_or_else(|| format!("the workspace has no package {OCX}"))
}

fn empty_directory() -> Outcome<Utf8PathBuf> {
    let directory = metadata::target_directory()?.join("dist");
    let failed = |error: std::io::Error| format!("{directory}: {error}");
    if directory.exists() {
        fs::remove_dir_all(&directory).map_err(failed)?;
    }
    fs::create_dir_all(&directory).map_err(failed)?;
    Ok(directory)
}

fn write(path: &Utf8Path, content: &[u8]) -> Outcome {
    fs::write(path, content).map_err(|error| format!("{path}: {error}"))
}
