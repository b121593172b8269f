//! Looking at what there is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::SystemTime,
};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::geteuid;

use super::{
    Connected, Disk,
    facts::{Downloaded, Facts, FileFact, Presence, ProgramFact, ProjectFact, Use, VolumeFact},
};
use crate::{
    base::resolve_base,
    disk::{Trash, is_gone, tree_size},
    image::label,
    opencode::ripgrep,
    ops::Ocx,
    project::{Project, ProjectId, discover},
    provenance::{ImageRecords, MadeOf},
    runtime::{ContainerFilter, ContainerInfo, EngineName, RuntimeError},
    session::plan::home_volumes,
    settings::{Layers, RuntimeChoice, Settings},
    spec::VolumeName,
    state::{ProjectStore, home_of, is_held},
    trust::{Look, Offer, Trust},
};

/// The beginning of the names of markers in a store, each of a home that the project had.
const HOME_MARKER: &str = "volume-";

/// What of the cache is told apart; the rest is one item.
const TOLD_APART: [&str; 4] = ["opencode", "ripgrep", "contexts", "trash"];

impl Disk {
    /// The facts, and the engines that do not answer. One that ocx has never worked with has nothing of ocx's,
    /// so it is no loss, and is only told if there is no other.
    pub(super) async fn gather(&self) -> (Facts, Vec<(EngineName, RuntimeError)>) {
        let mut facts = Facts {
            projects: self.projects().await,
            ..Facts::default()
        };
        let mut silent = Vec::new();
        let has_worked_with =
            |engine| ImageRecords::new(&self.host.dirs.state, &engine).were_ever_written();
        for &engine in self.left_alone.iter().filter(|one| has_worked_with(**one)) {
            facts.silent.push(engine);
            facts
                .hidden_versions
                .extend(self.versions_on_record(engine));
        }
        for connected in self.connected() {
            if let Err(error) = self.ask(&connected, &mut facts).await {
                if has_worked_with(connected.name) {
                    facts.silent.push(connected.name);
                    facts
                        .hidden_versions
                        .extend(self.versions_on_record(connected.name));
                }
                silent.push((connected.name, error));
            }
        }
        let others_answer = silent.len() < self.engines.len();
        silent.retain(|(engine, _)| !others_answer || has_worked_with(*engine));
        self.files(&mut facts);
        (facts, silent)
    }

    async fn ask(&self, connected: &Connected, facts: &mut Facts) -> Result<(), RuntimeError> {
        let mut filter = ContainerFilter::default();
        filter.having.insert(label::SESSION.to_owned());
        let sessions: Vec<ContainerInfo> = connected.runtime.list_containers(&filter).await?;
        let (images, lost) = self.images(connected, &sessions).await?;
        let volumes = self.homes(connected, &facts.projects).await?;
        facts.images.extend(images);
        facts
            .lost
            .extend(lost.into_iter().map(|id| (connected.name, id)));
        facts.volumes.extend(volumes);
        Ok(())
    }

    /// The homes of the projects that are known, by the names that ocx gives them.
    async fn homes(
        &self,
        connected: &Connected,
        projects: &[ProjectFact],
    ) -> Result<Vec<VolumeFact>, RuntimeError> {
        let mut asked: Vec<(VolumeName, ProjectId, &Utf8Path)> = Vec::new();
        for project in projects {
            let Some(store) = &project.store else {
                continue;
            };
            let id = home_of(&store.path, &ProjectId::of(&project.root));
            let names = home_volumes(&id).map(|name| (name, id.clone(), project.root.as_path()));
            asked.extend(names);
        }
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<VolumeName> = asked.iter().map(|(name, ..)| name.clone()).collect();
        let found = connected.runtime.find_volumes(&names).await?;
        let there = asked.into_iter().zip(found);
        Ok(there
            .filter_map(|((name, id, root), volume)| {
                let volume = volume?;
                // A volume of that name which somebody else made is none of ocx's.
                let owner = volume.labels.get(label::PROJECT_ID)?;
                (owner == id.as_str()).then(|| VolumeFact {
                    engine: connected.name,
                    name,
                    root: root.to_owned(),
                    size: volume.directory.as_deref().and_then(tree_size),
                })
            })
            .collect())
    }

    async fn projects(&self) -> Vec<ProjectFact> {
        let state = &self.host.dirs.state;
        let mut roots: BTreeMap<Utf8PathBuf, Option<Utf8PathBuf>> = ProjectStore::all(state)
            .into_iter()
            .map(|(store, root)| (root, Some(store)))
            .collect();
        for engine in &self.engines {
            for (record, _) in ImageRecords::new(state, &engine.name()).all() {
                if let MadeOf::Base(origin) = record.made_of
                    && let Some(root) = origin.project
                {
                    roots.entry(root).or_default();
                }
            }
        }
        if let Some(project) = &self.project {
            roots.entry(project.root.clone()).or_default();
        }
        let mut projects = Vec::new();
        for (root, store) in roots {
            projects.push(ProjectFact {
                presence: self.presence(&root).await,
                held: store.as_deref().is_some_and(is_held),
                had_home: store
                    .as_deref()
                    .is_some_and(|store| names_in(store).any(|name| name.starts_with(HOME_MARKER))),
                store: store.map(|store| FileFact {
                    since: last_session(&store),
                    size: tree_size(&store).unwrap_or_default(),
                    path: store,
                }),
                root,
            });
        }
        projects
    }

    async fn presence(&self, root: &Utf8Path) -> Presence {
        match is_gone(root) {
            true => Presence::Gone,
            false => match self.uses_of(root).await {
                Some(uses) => Presence::There(uses),
                None => Presence::Doubtful,
            },
        }
    }

    /// What the project at `root` uses with the settings that it has now; `None` if they cannot be read.
    async fn uses_of(&self, root: &Utf8Path) -> Option<Vec<Use>> {
        let project = discover(&self.host, Some(root)).ok()?;
        let settings = self.settings_of(&project)?;
        let base = resolve_base(&settings, &project.root, &self.host.dirs.config).ok()?;
        let is_meant = |name: &EngineName| match &settings.runtime {
            RuntimeChoice::Named(named) => named == name,
            RuntimeChoice::Auto => true,
        };
        let mut uses = Vec::new();
        for engine in self.engines.iter().filter(|one| is_meant(&one.name())) {
            let (host, project) = (self.host.clone(), project.clone());
            let ocx = Ocx::new(host, project, settings.clone(), engine.clone());
            let version = ocx.expected_version(&base).await;
            uses.push(Use {
                engine: engine.name(),
                base: base.reference(),
                image: version.map(|version| (base.ocx_image(&version), version)),
            });
        }
        Some(uses)
    }

    /// The settings in effect, less what nobody has agreed to.
    fn settings_of(&self, project: &Project) -> Option<Settings> {
        let layers = Layers::read(&self.host, project).ok()?;
        let trust = Trust::open(&self.host, project).ok()?;
        let offer = Offer::of(&self.host, project, &layers, &trust, Look::AtSettings).ok()?;
        let approvals = trust.approvals(&offer.inventory);
        let loaded = layers.resolve_without_loosening(&approvals).ok()?;
        Some(loaded.settings)
    }

    fn files(&self, facts: &mut Facts) {
        let (cache, state) = (&self.host.dirs.cache, &self.host.dirs.state);
        let opencode = children(&cache.join("opencode")).filter_map(|file| {
            let version = file.path.file_name()?.parse().ok()?;
            let what = Downloaded::Opencode(version);
            Some(ProgramFact { what, file })
        });
        facts.programs.extend(opencode);
        let current = ripgrep(self.host.cpu.arch).version;
        let tools = children(&cache.join("ripgrep")).filter_map(|file| {
            let version = file.path.file_name()?;
            let what = Downloaded::Tool {
                name: format!("ripgrep {version}"),
                is_current: version == current,
            };
            Some(ProgramFact { what, file })
        });
        facts.programs.extend(tools);
        facts.contexts.extend(children(&cache.join("contexts")));
        for own in [cache, state] {
            let trash = Trash::new(own);
            let left = names_in(trash.directory()).next().is_some();
            let file = FileFact::of(trash.directory().to_owned()).filter(|_| left);
            facts.leftovers.extend(file.map(|file| FileFact {
                path: own.clone(),
                ..file
            }));
        }
        let rest = |own: &Utf8Path, but: &[&str]| {
            let all = children(own).filter(|file| {
                let name = file.path.file_name().unwrap_or_default();
                !but.contains(&name)
            });
            let size = all.map(|file| file.size).sum();
            let rest = FileFact::of(own.to_owned()).map(|own| FileFact { size, ..own });
            rest.filter(|rest| rest.size > 0)
        };
        facts.cache.extend(rest(cache, &TOLD_APART));
        facts.state.extend(rest(state, &["projects", "trash"]));
    }

    /// Versions of opencode in the images that an engine has, as far as that is on record.
    fn versions_on_record(&self, engine: EngineName) -> BTreeSet<crate::image::OpencodeVersion> {
        let records = ImageRecords::new(&self.host.dirs.state, &engine).all();
        let versions = records.into_iter().filter_map(|(record, _)| {
            let MadeOf::Layer(origin) = record.made_of else {
                return None;
            };
            Some(origin.labels.opencode_version)
        });
        versions.collect()
    }
}

impl FileFact {
    fn of(path: Utf8PathBuf) -> Option<Self> {
        let since = fs::symlink_metadata(&path).and_then(|file| file.modified());
        Some(Self {
            size: tree_size(&path)?,
            since: since.ok()?,
            path,
        })
    }
}

/// When the last session of a project began or ended.
fn last_session(store: &Utf8Path) -> SystemTime {
    let modified = |path: &Utf8Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let sessions = modified(&store.join("sessions"));
    sessions
        .or_else(|| modified(store))
        .unwrap_or_else(SystemTime::now)
}

/// What lies in a directory that belongs to the user.
fn children(directory: &Utf8Path) -> impl Iterator<Item = FileFact> + use<> {
    use std::os::unix::fs::MetadataExt;
    let own = fs::symlink_metadata(directory)
        .is_ok_and(|file| file.is_dir() && file.uid() == geteuid().as_raw());
    let mut names: Vec<String> = own
        .then(|| names_in(directory))
        .into_iter()
        .flatten()
        .collect();
    names.sort();
    let directory = directory.to_owned();
    names
        .into_iter()
        .filter_map(move |name| FileFact::of(directory.join(name)))
}

fn names_in(directory: &Utf8Path) -> impl Iterator<Item = String> + use<> {
    let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_owned())
}
