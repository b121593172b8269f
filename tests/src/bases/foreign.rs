//! A base image for another machine.

use std::io::Read;

use serde_json::Value;

use super::{build_with, glibc_only, once};
use crate::engine::Engine;

/// An image for a machine that no test runs on.
pub const FOREIGN_ARCHITECTURE: &str = "riscv64";

/// glibc and nothing else, in an image that says it is for [`FOREIGN_ARCHITECTURE`].
///
/// BuildKit makes one if nothing has to be run for it. Others build and import for their own machine
/// only, older ones whatever they are asked for; but they load what was saved and edited meanwhile.
#[must_use]
pub fn foreign(engine: &Engine) -> String {
    once(engine, "foreign", |name| {
        if engine.has_buildkit() {
            let files = glibc_only(engine);
            let platform = format!("--platform=linux/{FOREIGN_ARCHITECTURE}");
            let dockerfile = format!(
                "FROM --platform=$BUILDPLATFORM {files} AS files\nFROM scratch\n\
                 COPY --from=files / /\n"
            );
            build_with(engine, &["--tag", name, &platform], &dockerfile);
            return;
        }
        let saved = engine.cli().ask(&["save", &glibc_only(engine)]).stdout;
        let loaded = engine
            .cli()
            .require_with_input(&["load"], &for_another_machine(&saved));
        // `Loaded image ID: sha256:…` or `Loaded image: sha256:…`
        let id = loaded
            .rsplit_once(' ')
            .map_or(loaded.as_str(), |(_, id)| id);
        engine.cli().require(&["tag", id, name]);
    })
}

/// The archive with its image's configuration changed and its names left out.
fn for_another_machine(saved: &[u8]) -> Vec<u8> {
    let mut edited = tar::Builder::new(Vec::new());
    let mut archive = tar::Archive::new(saved);
    for entry in archive.entries().expect("engines save archives") {
        let mut entry = entry.expect("engines save archives");
        let path = entry.path().expect("names are UTF-8").into_owned();
        let mut header = entry.header().clone();
        let mut content = Vec::new();
        entry
            .read_to_end(&mut content)
            .expect("the archive is whole");
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        if is_json
            && path
                .parent()
                .is_some_and(|parent| parent.as_os_str().is_empty())
        {
            let mut json: Value = serde_json::from_slice(&content).expect("it is JSON");
            match json.as_array_mut() {
                Some(images) => images[0]["RepoTags"] = Value::Null,
                None => json["architecture"] = FOREIGN_ARCHITECTURE.into(),
            }
            content = json.to_string().into_bytes();
        }
        if path.ends_with("repositories") {
            continue;
        }
        header.set_size(content.len() as u64);
        let appended = match entry_link(&header) {
            Some(target) => edited.append_link(&mut header, &path, target),
            None => edited.append_data(&mut header, &path, content.as_slice()),
        };
        appended.expect("memory is writable");
    }
    edited.into_inner().expect("memory is writable")
}

/// Where a link in the archive leads: layers that several images share are links.
fn entry_link(header: &tar::Header) -> Option<std::path::PathBuf> {
    Some(header.link_name().ok()??.into_owned())
}
