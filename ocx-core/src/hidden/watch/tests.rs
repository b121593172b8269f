//! What ends a session, and what does not.

use std::{fs, os::unix::fs::symlink, time::Duration};

use camino::Utf8PathBuf;

use super::*;
use crate::{
    hidden::find,
    spec::{Access, Mount},
};

/// A project on which a session runs.
struct Running {
    _directory: tempfile::TempDir,
    root: Utf8PathBuf,
    watch: HiddenWatch,
}

impl Running {
    fn new(files: &[&str], list: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap();
        let root = root.canonicalize_utf8().unwrap();
        for file in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        let patterns = Patterns::new(&[list.iter().map(|&text| text.to_owned()).collect()]);
        let views = Views::of(&[Mount::bind(&root, &root, Access::ReadWrite)]);
        let covers = find(&patterns, &root, &views).unwrap().covers;
        Self {
            watch: HiddenWatch::new(&root, patterns, views, covers),
            _directory: directory,
            root,
        }
    }

    /// What ends the session after `act`; `None` if nothing does.
    async fn after(&self, act: impl FnOnce(&Utf8Path)) -> Option<Exposure> {
        let exposed = self.watch.exposed();
        let acting = async {
            // The watch is set up meanwhile.
            tokio::time::sleep(Duration::from_millis(200)).await;
            act(&self.root);
            tokio::time::sleep(Duration::from_millis(900)).await;
        };
        tokio::select! {
            exposure = exposed => Some(exposure),
            () = acting => None,
        }
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        self.root.join(name)
    }
}

fn replaced(running: &Running, name: &str) -> Option<Exposure> {
    let path = running.path(name);
    Some(Exposure::Replaced { path })
}

fn appeared(running: &Running, name: &str) -> Option<Exposure> {
    let path = running.path(name);
    Some(Exposure::Appeared { path })
}

#[tokio::test]
async fn a_file_that_is_replaced() {
    let by_rename = |root: &Utf8Path| {
        fs::write(root.join(".env.new"), "new").unwrap();
        fs::rename(root.join(".env.new"), root.join(".env")).unwrap();
    };
    let running = Running::new(&[".env"], &["/.env"]);
    assert_eq!(running.after(by_rename).await, replaced(&running, ".env"));

    // Its number may be given to the next one at once.
    let made_anew = |root: &Utf8Path| {
        fs::remove_file(root.join("a/.env")).unwrap();
        fs::write(root.join("a/.env"), "new").unwrap();
    };
    let running = Running::new(&["a/.env"], &[".env"]);
    assert_eq!(running.after(made_anew).await, replaced(&running, "a/.env"));
}

#[tokio::test]
async fn a_directory_that_is_replaced_or_one_above_it() {
    let directory = |root: &Utf8Path| {
        fs::rename(root.join("secrets"), root.join("old")).unwrap();
        fs::create_dir(root.join("secrets")).unwrap();
    };
    let running = Running::new(&["secrets/key"], &["secrets"]);
    assert_eq!(
        running.after(directory).await,
        replaced(&running, "secrets")
    );

    let above = |root: &Utf8Path| {
        fs::rename(root.join("a"), root.join("old")).unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/b/key"), "new").unwrap();
    };
    let running = Running::new(&["a/b/key"], &["a/b/key"]);
    assert_eq!(running.after(above).await, replaced(&running, "a/b/key"));
}

#[tokio::test]
async fn a_file_that_gets_another_name() {
    let running = Running::new(&[".env"], &[".env"]);
    let link = |root: &Utf8Path| fs::hard_link(root.join(".env"), root.join("seen")).unwrap();
    let path = running.path(".env");
    assert_eq!(running.after(link).await, Some(Exposure::Linked { path }));
}

#[tokio::test]
async fn a_file_that_appears() {
    let write = |name: &'static str| {
        move |root: &Utf8Path| {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), "secret").unwrap();
        }
    };
    for (list, name) in [
        (&["/.env"][..], ".env"),
        (&[".env"], "new/deep/.env"),
        (&["*.pem"], "a/key.PEM"),
        (&["conf/local/key"], "conf/local/key"),
        (&["secrets/"], "secrets/key"),
        (&["*", "!a", "!/x"], "y"),
    ] {
        let running = Running::new(&["a/b", "x"], list);
        let top = match name {
            "secrets/key" => "secrets",
            other => other,
        };
        assert_eq!(
            running.after(write(name)).await,
            appeared(&running, top),
            "{name}"
        );
    }
    // It was there, was gone, and is there again.
    let running = Running::new(&[".env"], &["/.env"]);
    let again = |root: &Utf8Path| {
        fs::remove_file(root.join(".env")).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        fs::write(root.join(".env"), "secret").unwrap();
    };
    assert_eq!(running.after(again).await, replaced(&running, ".env"));
}

#[tokio::test]
async fn a_file_that_appeared_before_the_watch_began() {
    let running = Running::new(&["a/b"], &["*.pem"]);
    fs::write(running.path("a/key.pem"), "secret").unwrap();
    assert_eq!(running.after(|_| {}).await, appeared(&running, "a/key.pem"));
    let running = Running::new(&["a/b"], &["a/key.pem"]);
    fs::write(running.path("a/key.pem"), "secret").unwrap();
    assert_eq!(running.after(|_| {}).await, appeared(&running, "a/key.pem"));
}

#[tokio::test]
async fn what_ends_no_session() {
    let list = [".env", "secrets", "*.pem", "!doc/*.pem"];
    let files = [".env", ".env.example", "secrets/key", "x/y", "doc/x"];
    type Act = fn(&Utf8Path);
    let acts: [(&str, Act); 9] = [
        ("written in place", |root| {
            fs::write(root.join(".env"), "new").unwrap();
        }),
        ("in a hidden directory", |root| {
            fs::write(root.join("secrets/more"), "new").unwrap();
            fs::rename(root.join("secrets/more"), root.join("secrets/key")).unwrap();
        }),
        ("removed", |root| {
            fs::remove_file(root.join(".env")).unwrap();
        }),
        ("moved away and back", |root| {
            fs::rename(root.join(".env"), root.join("old")).unwrap();
            fs::rename(root.join("old"), root.join(".env")).unwrap();
        }),
        ("another file", |root| {
            fs::write(root.join("x/other"), "new").unwrap();
        }),
        ("what is taken out", |root| {
            fs::write(root.join("doc/a.pem"), "new").unwrap();
        }),
        ("a copy of what is seen", |root| {
            fs::create_dir(root.join("new")).unwrap();
            fs::copy(root.join("x/y"), root.join("new/example")).unwrap();
            fs::copy(root.join("x/y"), root.join("new/.env")).unwrap();
        }),
        ("nothing in it", |root| {
            fs::write(root.join("x/.env"), "").unwrap();
            fs::create_dir(root.join("x/secrets")).unwrap();
            symlink("../.env", root.join("x/a.pem")).unwrap();
        }),
        ("filled by tools", |root| {
            fs::create_dir_all(root.join("node_modules/a")).unwrap();
            fs::write(root.join("node_modules/a/test.pem"), "new").unwrap();
        }),
    ];
    for (what, act) in acts {
        let running = Running::new(&files, &list);
        assert_eq!(running.after(act).await, None, "{what}");
    }
}

#[tokio::test]
async fn a_copy_that_becomes_something_else() {
    let running = Running::new(&[".env.example"], &[".env"]);
    let act = |root: &Utf8Path| {
        fs::copy(root.join(".env.example"), root.join(".env")).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        fs::write(root.join(".env"), "secret").unwrap();
    };
    assert_eq!(running.after(act).await, appeared(&running, ".env"));
}
