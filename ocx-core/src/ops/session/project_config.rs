//! Whether opencode follows what the project brings for it.
//!
//! A repository's plugins, tools, MCP commands and permissions take effect as soon as opencode starts,
//! with the keys that the session has. So they are left out until somebody agrees to them: opencode has
//! a switch for that, and what a part of it reads all the same is covered. Instructions for the agent
//! are text, and stay.

use camino::{Utf8Path, Utf8PathBuf};

use crate::ops::{Consent, Ocx, SessionError, session::Program};
use crate::{
    project::Project,
    report::Notice,
    trust::{Change, Inventory, Purpose, Sources, Trust, Verdict},
};

/// What opencode reads by itself where it is started, and in each directory above in the project. The
/// interface's own file is left out by the switch.
const READ: [&str; 3] = [".opencode", "opencode.json", "opencode.jsonc"];
const READ_BY_THE_INTERFACE: [&str; 2] = ["tui.json", "tui.jsonc"];

/// The names of files with instructions. Only those of the first name that is there count (1.18.34).
const INSTRUCTIONS: [&str; 3] = ["AGENTS.md", "CLAUDE.md", "CONTEXT.md"];

/// What becomes of the project's own configuration of opencode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::ops) enum ProjectConfig {
    /// It is followed, or there is none.
    #[default]
    Followed,
    /// It is left out.
    LeftOut(LeftOut),
}

/// What is left out, and what stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::ops) struct LeftOut {
    /// What there is of it, absolute.
    pub(in crate::ops) found: Vec<Utf8PathBuf>,
    /// What has to be covered, absolute.
    pub(in crate::ops) covered: Vec<Utf8PathBuf>,
    /// Files with instructions, absolute.
    pub(in crate::ops) instructions: Vec<Utf8PathBuf>,
    /// What sessions changed of it; empty if nobody has agreed to any of it yet.
    pub(in crate::ops) changed: Vec<Utf8PathBuf>,
}

impl ProjectConfig {
    /// What has to be covered.
    pub(in crate::ops) fn covered(&self) -> &[Utf8PathBuf] {
        match self {
            Self::Followed => &[],
            Self::LeftOut(left_out) => &left_out.covered,
        }
    }
}

impl LeftOut {
    /// The fact for the user.
    pub(in crate::ops) fn notice(&self, root: &Utf8Path) -> Notice {
        let relative = |path: &Utf8PathBuf| path.strip_prefix(root).unwrap_or(path).to_owned();
        Notice::ProjectConfigLeftOut {
            left_out: self.found.iter().map(relative).collect(),
            changed: self.changed.iter().map(relative).collect(),
        }
    }
}

impl Ocx {
    /// Whether the session of `program` follows the project's configuration of opencode.
    ///
    /// # Errors
    ///
    /// If what has to be left out cannot be.
    pub(in crate::ops) fn project_config(
        &self,
        program: &Program,
    ) -> Result<ProjectConfig, SessionError> {
        let levels = levels(&self.project, program);
        let found = found(&levels);
        if found.is_empty() {
            return Ok(ProjectConfig::Followed);
        }
        let trust = Trust::open(&self.host, &self.project)?;
        let now = Inventory::take(&Sources::of_opencode(&levels), &Inventory::default());
        if let Consent::All { opencode, .. } = &self.consent
            && now.hash(&self.project.root, &[Purpose::Opencode]) == *opencode
        {
            return Ok(ProjectConfig::Followed);
        }
        let changes: Vec<Change> = match trust.verdict(&now, &[Purpose::Opencode]) {
            Verdict::Known | Verdict::UsersOwn => return Ok(ProjectConfig::Followed),
            Verdict::Untrusted => Vec::new(),
            Verdict::AgentMade(changes) => changes,
        };
        Ok(ProjectConfig::LeftOut(LeftOut {
            covered: coverable(&found, &self.project.root)?,
            instructions: instructions(&levels),
            changed: changes.into_iter().map(|change| change.path).collect(),
            found,
        }))
    }
}

/// The directories of the project in which opencode looks, from the innermost to the root: those above
/// the one where it is started, and above directories that its arguments name.
fn levels(project: &Project, program: &Program) -> Vec<Utf8PathBuf> {
    let args = match program {
        Program::Opencode(args) | Program::Command(args) => args.as_slice(),
        Program::Shell => &[],
    };
    let named = args.iter().filter_map(|arg| {
        let value = arg
            .strip_prefix('-')
            .and_then(|option| option.split_once('='));
        let path = value.map_or(arg.as_str(), |(_, value)| value);
        let directory = project.current_dir.join(path).canonicalize_utf8().ok()?;
        directory.is_dir().then_some(directory)
    });
    let mut levels: Vec<Utf8PathBuf> = Vec::new();
    for start in std::iter::once(project.current_dir.clone()).chain(named) {
        for level in start
            .ancestors()
            .filter(|level| level.starts_with(&project.root))
        {
            if !levels.iter().any(|known| known == level) {
                levels.push(level.to_owned());
            }
        }
    }
    levels
}

/// What there is at these levels, whatever it is.
fn found(levels: &[Utf8PathBuf]) -> Vec<Utf8PathBuf> {
    let names = READ.iter().chain(&READ_BY_THE_INTERFACE);
    levels
        .iter()
        .flat_map(|level| names.clone().map(|name| level.join(name)))
        .filter(|path| path.symlink_metadata().is_ok())
        .collect()
}

/// What of `found` has to be covered. A link that leads out of the project cannot be: in the container
/// it may lead to what an earlier session has made.
fn coverable(found: &[Utf8PathBuf], root: &Utf8Path) -> Result<Vec<Utf8PathBuf>, SessionError> {
    let read = found
        .iter()
        .filter(|path| path.file_name().is_some_and(|name| READ.contains(&name)));
    read.map(|path| match path.canonicalize_utf8() {
        Ok(real) if real.starts_with(root) && real != root => Ok(path.clone()),
        _ => Err(SessionError::ConfigLeadsOut { link: path.clone() }),
    })
    .collect()
}

fn instructions(levels: &[Utf8PathBuf]) -> Vec<Utf8PathBuf> {
    INSTRUCTIONS
        .iter()
        .map(|name| -> Vec<Utf8PathBuf> {
            let files = levels.iter().map(|level| level.join(name));
            files.filter(|file| file.is_file()).collect()
        })
        .find(|files| !files.is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;
    use crate::project::sandbox::Sandbox;

    /// A project with these files, and the levels for arguments of opencode.
    fn project(files: &[&str]) -> (Sandbox, Project) {
        let sandbox = Sandbox::new();
        for file in files {
            sandbox.write(&format!("home/work/app/{file}"), "x");
        }
        let project = sandbox.project();
        (sandbox, project)
    }

    fn relative(paths: &[Utf8PathBuf], project: &Project) -> Vec<String> {
        let relative = |path: &Utf8PathBuf| path.strip_prefix(&project.root).unwrap().to_string();
        paths.iter().map(relative).collect()
    }

    #[test]
    fn opencode_looks_where_it_starts_and_above() {
        let (_sandbox, mut project) = project(&["a/b/x", "c/d/x", "ocx.toml"]);
        project.current_dir = project.root.join("a/b");
        let none = Program::opencode::<&str>([]);
        assert_eq!(
            relative(&levels(&project, &none), &project),
            ["a/b", "a", ""]
        );
        // Where its arguments send it, as far as that is in the project.
        for args in [
            &["../../c/d"][..],
            &["run", "--dir=../../c/d", "x"],
            &["--dir", "../../c/d"],
        ] {
            let program = Program::opencode(args.iter().copied());
            let found = relative(&levels(&project, &program), &project);
            assert_eq!(found, ["a/b", "a", "", "c/d", "c"], "{args:?}");
        }
        for args in [&["/etc"][..], &["run", "fix it"], &["x"], &["--port=1"]] {
            let program = Program::opencode(args.iter().copied());
            assert_eq!(levels(&project, &program).len(), 3, "{args:?}");
        }
    }

    #[test]
    fn all_that_is_read_is_found_and_what_the_switch_leaves_is_covered() {
        let files = [
            ".opencode/plugins/x.ts",
            "opencode.json",
            "a/opencode.jsonc",
            "tui.json",
        ];
        let (_sandbox, mut project) = project(&files);
        project.current_dir = project.root.join("a");
        let levels = levels(&project, &Program::Shell);
        let found = found(&levels);
        let expected = ["a/opencode.jsonc", ".opencode", "opencode.json", "tui.json"];
        assert_eq!(relative(&found, &project), expected);
        let covered = coverable(&found, &project.root).unwrap();
        assert_eq!(relative(&covered, &project), expected[..3]);
    }

    #[test]
    fn a_link_that_leads_out_cannot_be_covered() {
        for target in ["/etc", "/nowhere", "../elsewhere", "."] {
            let (_sandbox, project) = project(&[]);
            symlink(target, project.root.join(".opencode")).unwrap();
            let found = found(&levels(&project, &Program::Shell));
            assert_eq!(found.len(), 1);
            assert!(coverable(&found, &project.root).is_err(), "{target}");
        }
        let (_sandbox, project) = project(&["conf/x"]);
        symlink("conf", project.root.join(".opencode")).unwrap();
        let found = found(&levels(&project, &Program::Shell));
        assert_eq!(coverable(&found, &project.root).unwrap(), found);
    }

    #[test]
    fn instructions_stay() {
        let (_sandbox, mut project) = project(&["AGENTS.md", "a/AGENTS.md", "a/CLAUDE.md"]);
        project.current_dir = project.root.join("a");
        let levels = levels(&project, &Program::Shell);
        let found = instructions(&levels);
        assert_eq!(relative(&found, &project), ["a/AGENTS.md", "AGENTS.md"]);
        fs::remove_file(project.root.join("AGENTS.md")).unwrap();
        fs::remove_file(project.root.join("a/AGENTS.md")).unwrap();
        assert_eq!(relative(&instructions(&levels), &project), ["a/CLAUDE.md"]);
    }
}
