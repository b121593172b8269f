//! The layers of the fake engine's images, and how it writes them out.

use std::{collections::BTreeMap, fs, io, process::ExitCode};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    defaults::{Engine, exit},
    state::Files,
};

/// An archive with these entries: path, mode, and content; a path with a slash at its end is that of a
/// directory.
#[must_use]
pub fn layer(entries: &[(String, u32, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, mode, content) in entries {
        let kind = match path.ends_with('/') {
            true => tar::EntryType::Directory,
            false => tar::EntryType::Regular,
        };
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(*mode);
        header.set_size(content.len() as u64);
        header.set_path(path).expect("paths in layers are short");
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        let appended = archive.append(&header, content.as_slice());
        appended.expect("memory can be written to");
    }
    archive.into_inner().expect("memory can be written to")
}

impl Files {
    fn layer_file(&self, digest: &str) -> Utf8PathBuf {
        self.directory.join(digest.replace(':', "-"))
    }

    /// Keeps a layer, and returns its digest.
    pub(super) fn add_layer(&self, layer: &[u8]) -> String {
        let digest = format!("sha256:{}", hex::encode(Sha256::digest(layer)));
        let file = self.layer_file(&digest);
        fs::write(&file, layer).unwrap_or_else(|error| panic!("{file}: {error}"));
        digest
    }

    pub(super) fn layer(&self, digest: &str) -> Option<Vec<u8>> {
        fs::read(self.layer_file(digest)).ok()
    }
}

/// What `COPY source target` makes of a build context.
pub(super) fn copied(context: &Utf8Path, source: &str, target: &str) -> io::Result<Vec<u8>> {
    let mut entries = Vec::new();
    collect(
        &context.join(source),
        target.trim_matches('/'),
        &mut entries,
    )?;
    Ok(layer(&entries))
}

fn collect(
    path: &Utf8Path,
    name: &str,
    entries: &mut Vec<(String, u32, Vec<u8>)>,
) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode() & 0o7777;
    if !path.is_dir() {
        entries.push((name.to_owned(), mode, fs::read(path)?));
        return Ok(());
    }
    entries.push((format!("{name}/"), mode, Vec::new()));
    let mut names: BTreeMap<String, Utf8PathBuf> = BTreeMap::new();
    for entry in path.read_dir_utf8()? {
        let entry = entry?;
        names.insert(entry.file_name().to_owned(), entry.into_path());
    }
    for (below, path) in names {
        collect(&path, &format!("{name}/{below}"), entries)?;
    }
    Ok(())
}

impl Engine<'_> {
    /// `save IMAGE`: its layers and a list of them, on standard output.
    pub(super) fn save(&self, name: &str) -> ExitCode {
        let state = self.files.read_state();
        let Some(image) = state.image(name) else {
            eprintln!("Error response from daemon: reference does not exist");
            return exit(1);
        };
        let digests: Vec<&str> = image["RootFS"]["Layers"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut members = Vec::new();
        for digest in &digests {
            // What was never built here is of no interest to anybody.
            let layer = self.files.layer(digest).unwrap_or_default();
            members.push((format!("{}/layer.tar", &digest[7..]), 0o644, layer));
        }
        let manifest = json!([{ "Layers": digests }]).to_string();
        members.push(("manifest.json".to_owned(), 0o644, manifest.into_bytes()));
        match io::Write::write_all(&mut io::stdout().lock(), &layer(&members)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => exit(1),
        }
    }
}
