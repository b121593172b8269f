//! The Git directories that lie in another: those of linked worktrees and of submodules.

use std::{io, path::Path};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::FileType;

use super::{
    git_dir::{Kind, is_git_dir},
    held_dir::HeldDir,
    place::{Place, place_in},
};
use crate::disk::resolve;

/// More Git directories than this are not looked for.
const MOST: usize = 1000;
/// The name of a submodule may have slashes in it.
const DEEPEST_NAME: usize = 8;

/// The Git directories in the one at `place`, and in those in turn, and whether these are all.
pub(super) fn below(place: &Place, tops: &[Utf8PathBuf]) -> io::Result<(Vec<(Place, Kind)>, bool)> {
    let mut found: Vec<(Place, Kind)> = Vec::new();
    let mut queue = vec![place.clone()];
    while let Some(place) = queue.pop() {
        let Some(dir) = HeldDir::top(&place.top)?.dir(&place.relative)? else {
            continue;
        };
        for (name, kind) in worktrees(&dir, &place, tops)? {
            found.push((place.join("worktrees").join(name), kind));
        }
        let mut modules = Vec::new();
        if let Some(modules_dir) = dir.dir(Path::new("modules"))? {
            collect_modules(
                &modules_dir,
                &place.join("modules"),
                DEEPEST_NAME,
                &mut modules,
            )?;
        }
        found.extend(modules.iter().map(|place| (place.clone(), Kind::Module)));
        queue.append(&mut modules);
        if found.len() > MOST {
            return Ok((found, false));
        }
    }
    Ok((found, true))
}

fn worktrees(
    dir: &HeldDir,
    place: &Place,
    tops: &[Utf8PathBuf],
) -> io::Result<Vec<(std::ffi::OsString, Kind)>> {
    let Some(worktrees) = dir.dir(Path::new("worktrees"))? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for (name, file_type) in worktrees.entries()? {
        if file_type != FileType::Directory {
            continue;
        }
        let registration = place.join("worktrees").join(&name);
        let git_file = git_file_of(&worktrees, Path::new(&name), &registration.shown())?;
        // A worktree that is gone on the host, too, may go.
        let elsewhere = git_file
            .is_some_and(|path| place_in(tops, &path).is_none() && path.symlink_metadata().is_ok());
        found.push((name, Kind::Worktree { elsewhere }));
    }
    Ok(found)
}

/// The `.git` file that a registration names.
pub(super) fn git_file_of(
    worktrees: &HeldDir,
    name: &Path,
    registration: &Utf8Path,
) -> io::Result<Option<Utf8PathBuf>> {
    let state = worktrees.state(&name.join("gitdir"))?;
    let path = state.content().and_then(|text| str::from_utf8(text).ok());
    Ok(path.map(|path| resolve(path.trim_end(), registration, Utf8Path::new("/"))))
}

fn collect_modules(
    dir: &HeldDir,
    place: &Place,
    depth: usize,
    found: &mut Vec<Place>,
) -> io::Result<()> {
    for (name, file_type) in dir.entries()? {
        if file_type != FileType::Directory || found.len() > MOST {
            continue;
        }
        let place = place.join(&name);
        let Some(below) = dir.dir(Path::new(&name))? else {
            continue;
        };
        if is_git_dir(&below.entries()?) {
            found.push(place);
        } else if depth > 1 {
            collect_modules(&below, &place, depth - 1, found)?;
        }
    }
    Ok(())
}
