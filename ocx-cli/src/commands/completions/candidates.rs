//! What there is that could be typed: looked up, with a limit on the time, and nothing where that fails.

use std::{ffi::OsString, time::Duration};

use clap::Parser;
use clap_complete::engine::CompletionCandidate;
use ocx_core::{
    detached::{DetachedRun, DetachedStore},
    ops::{self, Scope},
    settings::KEYS,
};

use crate::{
    args::GlobalArgs,
    commands::du::scene::Scene,
    context::{Context, Operation},
};

/// Whoever waits longer types it himself.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a value is.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A running session, of all projects where there is none.
    Session,
    /// One that has no terminal of the user's, also if it has ended; of all projects where there is none.
    DetachedSession,
    /// One that ocx built.
    Image,
    /// The home of a project.
    Volume,
    /// The name of a setting.
    Setting,
}

/// All that there is of a kind, for a command line with these words in it.
pub(super) fn find(kind: Kind, before: &[OsString]) -> Vec<CompletionCandidate> {
    let global = global(before);
    let found = match kind {
        Kind::Setting => Some(KEYS.iter().map(|key| (key.name.to_owned(), None)).collect()),
        Kind::DetachedSession => detached_sessions(&global),
        Kind::Session => in_time(async {
            let context = anywhere(&global)?;
            sessions(&global, context).await
        }),
        Kind::Image => in_time(async {
            let disk = Scene::prepare(&global).ok()?.disk;
            Some(named(disk.image_names().await))
        }),
        Kind::Volume => in_time(async {
            let disk = Scene::prepare(&global).ok()?.disk;
            Some(named(disk.volume_names().await))
        }),
    };
    let candidate =
        |(value, what): Found| CompletionCandidate::new(value).help(what.map(Into::into));
    found
        .unwrap_or_default()
        .into_iter()
        .map(candidate)
        .collect()
}

/// A value, and what it is.
type Found = (String, Option<String>);

fn named(names: Vec<String>) -> Vec<Found> {
    names.into_iter().map(|name| (name, None)).collect()
}

/// As the commands have it to which a session can be named from anywhere. Their flags are quiet ones here.
fn anywhere(global: &GlobalArgs) -> Option<Context> {
    let (context, _) = Context::in_spite_of_settings(global).ok()?;
    Some(context)
}

/// The running sessions, as `ocx ps` lists them at the same place; none is stopped here.
async fn sessions(global: &GlobalArgs, context: Context) -> Option<Vec<Found>> {
    let scope = if context.is_without_project() {
        Scope::AllProjects
    } else {
        Scope::Project
    };
    let operation = Operation::prepare(global, context);
    let found = operation
        .with_engine(async |ocx| {
            let others = operation.on_other_engines(ocx);
            Ok(ops::running_sessions_on(ocx, &others, scope).await?)
        })
        .await
        .ok()?;
    let found = found.into_iter();
    Some(
        found
            .map(|session| (session.id, Some(session.container.command)))
            .collect(),
    )
}

fn detached_sessions(global: &GlobalArgs) -> Option<Vec<Found>> {
    let context = anywhere(global)?;
    let runs = DetachedStore::new(&context.host.dirs.state).all();
    let is_meant =
        |run: &DetachedRun| context.is_without_project() || run.project == context.project.root;
    Some(
        runs.into_iter()
            .filter(is_meant)
            .map(|run| (run.session, Some(run.command.join(" "))))
            .collect(),
    )
}

fn in_time(found: impl Future<Output = Option<Vec<Found>>>) -> Option<Vec<Found>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let found = runtime.block_on(async { tokio::time::timeout(PATIENCE, found).await });
    runtime.shutdown_background();
    found.ok()?
}

/// Only the flags of every command.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    global: GlobalArgs,
}

/// The flags of every command that say where to look. Nothing is ever said.
fn global(before: &[OsString]) -> GlobalArgs {
    const MEANT: [&str; 3] = ["--runtime", "--workspace", "--set"];
    let mut words = before.iter();
    let mut flags: Vec<OsString> = vec!["ocx".into(), "--quiet".into()];
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        let (name, value) = match text.split_once('=') {
            Some((name, _)) => (name, None),
            None => (&*text, words.as_slice().first()),
        };
        if MEANT.contains(&name) {
            flags.push(word.clone());
            flags.extend(value.cloned());
        }
    }
    let flags = Flags::try_parse_from(flags);
    let flags = flags.unwrap_or_else(|_| Flags::parse_from(["ocx", "--quiet"]));
    flags.global
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_say_where_to_look() {
        let of = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            global(&words)
        };
        let flags = of("ocx stop --workspace /x --verbose --runtime=podman --set a=b --all");
        assert_eq!(flags.workspace.as_deref(), Some("/x".into()));
        assert_eq!(flags.runtime.as_deref(), Some("podman"));
        assert_eq!(flags.set, [("a".to_owned(), "b".to_owned())]);
        assert!(flags.quiet && !flags.verbose);
        // What is not complete says nothing.
        assert_eq!(of("ocx --workspace /x --runtime").workspace, None);
    }
}
