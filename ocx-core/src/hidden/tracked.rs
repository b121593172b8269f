//! Hidden files that Git tracks.
//!
//! Inside they are empty, or gone with their directory, so `git commit --all` would commit just that. Git
//! leaves files alone that its index marks with `skip-worktree` (git-update-index(1)): `add`, `commit`,
//! `stash`, `reset` and changes of branches do neither look at them nor touch them (tried with 2.47). So
//! they are marked while sessions run, and no longer.

use std::{
    fs::{self, File, TryLockError},
    io,
    process::Stdio,
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
    task::spawn_blocking,
};

use super::Cover;
use crate::{
    disk::{open_lock_file, read_bounded, write_atomically},
    host::Host,
};

/// Git answers in milliseconds, unless a file that it reads is a named pipe or on a disk that is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// More than the names of all that can be hidden, in bytes.
const LONGEST: u64 = 64 << 20;

/// Files of a project that are hidden and tracked.
#[derive(Clone, Debug)]
pub(crate) struct TrackedFiles {
    root: Utf8PathBuf,
    /// Relative to the root.
    names: Vec<Vec<u8>>,
    /// Those that Git would look at.
    unmarked: Vec<Vec<u8>>,
}

/// Marks in the index, which are taken back when the last session has ended.
#[derive(Debug)]
pub(crate) struct Marked {
    root: Utf8PathBuf,
    record: Utf8PathBuf,
    lock: File,
}

impl TrackedFiles {
    /// Those of what is covered in `root`, the top of a working tree. Without Git, or if that does not
    /// answer, there are none.
    pub(crate) async fn find(host: &Host, root: &Utf8Path, covers: &[Cover]) -> Self {
        let paths: Vec<&str> = covers
            .iter()
            .filter_map(|cover| cover.source.strip_prefix(root).ok())
            .map(Utf8Path::as_str)
            .collect();
        let mut files = Self {
            root: root.to_owned(),
            names: Vec::new(),
            unmarked: Vec::new(),
        };
        if paths.is_empty() {
            return files;
        }
        let args = ["--literal-pathspecs", "ls-files", "-v", "-z", "--"];
        let args: Vec<&str> = args.into_iter().chain(paths).collect();
        let Ok(listed) = git(host, root, &args, b"").await else {
            return files;
        };
        for record in listed.split(|&byte| byte == 0) {
            if let [tag, b' ', name @ ..] = record {
                files.names.push(name.to_vec());
                // Lower case says that its changes are not looked for, which does not keep it whole.
                if !tag.eq_ignore_ascii_case(&b'S') {
                    files.unmarked.push(name.to_vec());
                }
            }
        }
        files
    }

    /// Their names, as far as they can be shown.
    pub(crate) fn names(&self) -> Vec<Utf8PathBuf> {
        let names = self.names.iter();
        names
            .map(|name| String::from_utf8_lossy(name).into_owned().into())
            .collect()
    }

    /// Marks those that are not. `store` is a directory of the project's, outside of every mount.
    ///
    /// # Errors
    ///
    /// If that cannot be written down, or Git does not do it.
    pub(crate) async fn mark(&self, host: &Host, store: &Utf8Path) -> io::Result<Marked> {
        let lock = open_lock_file(&store.join("skip-worktree.lock"))?;
        let marked = Marked {
            root: self.root.clone(),
            record: store.join("skip-worktree"),
            lock,
        };
        // It waits while another session takes its marks back, which may be one of this process.
        let lock = marked.lock.try_clone()?;
        let locked = spawn_blocking(move || lock.lock_shared()).await;
        locked.map_err(io::Error::other)??;
        let mut names = marked.recorded();
        names.extend(self.unmarked.iter().cloned());
        if !self.unmarked.is_empty() {
            // First, so that a mark without a record is never left.
            write_atomically(&marked.record, &names.join(&0), 0o600)?;
            update_index(host, &self.root, "--skip-worktree", &self.unmarked).await?;
        }
        Ok(marked)
    }
}

impl Marked {
    /// Takes back what sessions have left that were killed.
    pub(crate) async fn clean_up(host: &Host, root: &Utf8Path, store: &Utf8Path) {
        let record = store.join("skip-worktree");
        if !record.exists() {
            return;
        }
        if let Ok(lock) = open_lock_file(&store.join("skip-worktree.lock")) {
            let marked = Self {
                root: root.to_owned(),
                record,
                lock,
            };
            marked.end(host).await;
        }
    }

    /// Takes the marks back, if no other session needs them.
    pub(crate) async fn end(self, host: &Host) {
        let is_last = match self.lock.unlock().map(|()| self.lock.try_lock()) {
            Ok(Ok(())) => true,
            Ok(Err(TryLockError::WouldBlock | TryLockError::Error(_))) | Err(_) => false,
        };
        if !is_last {
            return;
        }
        let names = self.recorded();
        // One by one where not all are in the index any more, since Git refuses them as a whole.
        let mut is_done = update_index(host, &self.root, "--no-skip-worktree", &names)
            .await
            .is_ok();
        if !is_done {
            is_done = true;
            for name in &names {
                let one = std::slice::from_ref(name);
                let taken = update_index(host, &self.root, "--no-skip-worktree", one).await;
                is_done &= taken.is_ok() || !is_tracked(host, &self.root, name).await;
            }
        }
        if is_done {
            let _ = fs::remove_file(&self.record);
        }
    }

    fn recorded(&self) -> Vec<Vec<u8>> {
        let record = read_bounded(&self.record, LONGEST).unwrap_or_default();
        let names = record.split(|&byte| byte == 0);
        names
            .filter(|name| !name.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    }
}

async fn is_tracked(host: &Host, root: &Utf8Path, name: &[u8]) -> bool {
    let Ok(name) = str::from_utf8(name) else {
        return true;
    };
    let args = ["--literal-pathspecs", "ls-files", "-z", "--", name];
    let listed = git(host, root, &args, b"").await;
    listed.map_or(true, |listed| !listed.is_empty())
}

async fn update_index(
    host: &Host,
    root: &Utf8Path,
    flag: &str,
    names: &[Vec<u8>],
) -> io::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let args = ["update-index", flag, "-z", "--stdin"];
    git(host, root, &args, &names.join(&0)).await.map(drop)
}

/// Runs the host's Git, and nothing that the repository names: changing the index would start a hook.
async fn git(host: &Host, root: &Utf8Path, args: &[&str], input: &[u8]) -> io::Result<Vec<u8>> {
    let mut command = Command::new("git");
    command
        .args(["-c", "core.fsmonitor=false"])
        .args(["-c", "core.hooksPath=/dev/null"])
        .args(args)
        .current_dir(root)
        .env_clear()
        .envs(&host.environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    let talk = async {
        let mut git = command.spawn()?;
        let mut stdin = git.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let stdout = git.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut answer = Vec::new();
        let write = async move {
            let written = stdin.write_all(input).await;
            drop(stdin);
            written
        };
        let mut bounded = stdout.take(LONGEST);
        let read = bounded.read_to_end(&mut answer);
        let (written, read) = futures_util::future::join(write, read).await;
        let status = git.wait().await?;
        if !status.success() {
            return Err(io::Error::other(format!("git ended with {status}")));
        }
        written.and(read)?;
        Ok(answer)
    };
    tokio::time::timeout(PATIENCE, talk)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}
