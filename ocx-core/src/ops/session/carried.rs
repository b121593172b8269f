//! What belongs to the user's opencode configuration and lies outside of its directory: files that it takes
//! values from, and the rules and skills of other agents that opencode reads, too.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    disk::resolve,
    layout,
    opencode_config::{Redaction, config_texts, file_references, variable_references},
    ops::Ocx,
    report::Notice,
    settings::ExtraMount,
    spec::{Access, Mount},
};

/// What opencode reads below the home directory besides its own configuration (1.18.34).
const OF_OTHER_AGENTS: [&str; 3] = [".claude/CLAUDE.md", ".claude/skills", ".agents/skills"];

/// Where nothing of the user's is mounted, since it would take the place of what each session needs.
const TAKEN: [&str; 8] = [
    layout::OPENCODE_DATA,
    "/dev",
    "/etc/group",
    "/etc/passwd",
    layout::BIN,
    "/ocx/etc",
    "/proc",
    "/sys",
];

/// What a session gets of that.
#[derive(Debug, Default)]
pub(in crate::ops) struct Carried {
    /// Its files and directories, read-only.
    pub(in crate::ops) places: Vec<ExtraMount>,
    /// What it does not get.
    pub(in crate::ops) notes: Vec<Notice>,
}

impl Carried {
    /// The mounts of what it gets.
    pub(in crate::ops) fn mounts(&self) -> impl Iterator<Item = Mount> {
        let places = self.places.iter();
        places.map(|place| Mount::bind(&place.source, &place.target, place.access))
    }
}

impl Ocx {
    /// Looks at the host's own files: a session writes to the copy. What `redaction` leaves out of that
    /// copy is not needed there.
    pub(in crate::ops) fn carried(
        &self,
        redaction: &Redaction,
        has_variable: impl Fn(&str) -> bool,
    ) -> Carried {
        let mut carried = Carried::default();
        for path in OF_OTHER_AGENTS {
            let source = self.host.home.join(path);
            if let Ok(source) = source.canonicalize_utf8()
                && !self.is_of_project(&source)
            {
                let target = Utf8Path::new(layout::HOME).join(path);
                self.carry(source, target, &mut carried);
            }
        }
        let directory = self.opencode_config();
        let mut seen = BTreeSet::new();
        for (file, text) in config_texts(&directory) {
            let text = redaction.of(text.into_bytes());
            let text = String::from_utf8_lossy(&text);
            for reference in file_references(&text) {
                if seen.insert(reference.to_owned()) {
                    self.carry_reference(&directory, &file, reference, &mut carried);
                }
            }
            for name in variable_references(&text) {
                let is_missing = self.host.variable(name).is_some() && !has_variable(name);
                if is_missing && seen.insert(name.to_owned()) {
                    carried.notes.push(Notice::VariableNotPassed {
                        file: file.clone(),
                        name: name.to_owned(),
                    });
                }
            }
        }
        carried
    }

    fn carry_reference(
        &self,
        directory: &Utf8Path,
        file: &Utf8Path,
        reference: &str,
        carried: &mut Carried,
    ) {
        let path = reference
            .trim_start_matches("{file:")
            .trim_end_matches('}')
            .trim();
        let on_host = resolve(path, directory, &self.host.home);
        let target = resolve(path, layout::OPENCODE_CONFIG.into(), layout::HOME.into());
        if target.starts_with(layout::OPENCODE_CONFIG) && on_host.exists() {
            // It is copied.
            return;
        }
        match on_host.canonicalize_utf8() {
            // As much of it as the session sees.
            Ok(source) if source.starts_with(&self.project.root) && target == source => {}
            Ok(source) if source.is_file() && !self.is_of_project(&source) => {
                self.carry(source, target, carried);
            }
            _ => carried.notes.push(Notice::ReferenceNotCarried {
                file: file.to_owned(),
                reference: reference.to_owned(),
                path: on_host,
            }),
        }
    }

    /// Whether a session would see files of the project by it, what is hidden among them.
    fn is_of_project(&self, source: &Utf8Path) -> bool {
        let root = &self.project.root;
        source.starts_with(root) || root.starts_with(source)
    }

    fn carry(&self, source: Utf8PathBuf, target: Utf8PathBuf, carried: &mut Carried) {
        let settings = self.settings.extra_mounts.iter();
        let is_there = |mount: &ExtraMount| target.starts_with(&mount.target);
        let is_taken = TAKEN.iter().any(|taken| target.starts_with(taken));
        if is_taken || settings.chain(&carried.places).any(is_there) {
            return;
        }
        carried.places.push(ExtraMount {
            source,
            target,
            access: Access::ReadOnly,
        });
    }
}
