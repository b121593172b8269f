//! Finds repositories in the working tree.

use std::{collections::VecDeque, io, path::PathBuf};

use camino::Utf8Path;
use rustix::fs::FileType;

use super::{git_dir::is_git_dir, held_dir::HeldDir, place::Place};

/// Something that a walk has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A directory that Git takes for a repository: a `.git`, or a bare one.
    GitDir(Place),
    /// A `.git` that is a file or a link.
    Redirect(Place),
    /// The time was over before all was seen.
    TooMuch(Place),
}

/// Directories with very many files of others. They come last.
const LARGE: [&str; 6] = ["node_modules", "target", ".venv", "vendor", "dist", "build"];

/// Walks the working tree from its top downwards until `is_over`
/// says so. What is below a `.git` is not
/// walked, and links are not followed.
pub(super) fn scan(root: &Utf8Path, is_over: &dyn Fn() -> bool) -> io::Result<Vec<Found>> {
    let top = HeldDir::top(root)?;
    let mut found = Vec::new();
    let mut first = VecDeque::from([PathBuf::new()]);
    let mut later = VecDeque::new();
    while let Some(path) = first.pop_front().or_else(|| later.pop_front()) {
        if is_over() {
            found.push(Found::TooMuch(Place::new(root, path)));
            break;
        }
        // One that vanished meanwhile, or may not be entered by anybody.
        let Ok(Some(dir)) = top.dir(&path) else {
            continue;
        };
        let Ok(entries) = dir.entries() else { continue };
        if is_git_dir(&entries) {
            found.push(Found::GitDir(Place::new(root, path.clone())));
            // One of another name may be made to hide something below it.
            if path.file_name().is_some_and(|name| name == ".git") {
                continue;
            }
        }
        for (name, file_type) in entries {
            let below = path.join(&name);
            match file_type {
                FileType::Directory if LARGE.iter().any(|large| name == *large) => {
                    later.push_back(below);
                }
                FileType::Directory => first.push_back(below),
                FileType::RegularFile | FileType::Symlink if name == ".git" => {
                    found.push(Found::Redirect(Place::new(root, below)));
                }
                _ => {}
            }
        }
    }
    Ok(found)
}
