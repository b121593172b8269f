use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::http::{StatusCode, header};
use camino::{Utf8Path, Utf8PathBuf};

use super::{ArchiveProblem, BinaryOrigin, CacheError, FetchError, LocalBinaryError, Store};
use crate::{
    host::Arch,
    image::OpencodeVersion,
    opencode::{
        Build, Libc, Registry, RegistryError, Variant,
        testing::{
            FILE, Member, Recorder, Reply, Server, announces, breaks_after, cache, document, drips,
            hasty_client, json, nobody, not_found, sha512, stalls_after, tarball, trickles,
        },
    },
    report::Silent,
};

const BUILD: Build = Build {
    arch: Arch::X64,
    variant: Variant::Plain,
    libc: Libc::Glibc,
};
const PATH: &str = "package/bin/opencode";
const PROGRAM: &str = "this is opencode";

fn version() -> OpencodeVersion {
    "1.18.33".parse().unwrap()
}

fn good_tarball() -> Vec<u8> {
    tarball(&[("package/package.json", FILE, "{}"), (PATH, FILE, PROGRAM)])
}

/// A registry in which every version has the tarball `bytes` and a true checksum.
async fn registry_with(bytes: Vec<u8>) -> Server {
    let integrity = sha512(&bytes);
    registry(integrity, move || bytes.clone().into()).await
}

/// A registry in which every version has this checksum and tarball.
async fn registry(
    integrity: String,
    tarball: impl Fn() -> Reply + Send + Sync + 'static,
) -> Server {
    Server::start(move |path, base| {
        if path.ends_with(".tgz") {
            return tarball();
        }
        let version = path.rsplit('/').next().unwrap();
        json(&document(version, &format!("{base}a.tgz"), &integrity))
    })
    .await
}

async fn error(store: &Store, server: &Server) -> FetchError {
    let registry = server.registry();
    let result = store.opencode(&registry, &BUILD, &version(), &Silent).await;
    result.unwrap_err()
}

/// A store that holds the program, the registry that it is from and that is gone, and where.
async fn filled(cache: &Utf8Path) -> (Store, Registry, Utf8PathBuf) {
    let server = registry_with(good_tarball()).await;
    let store = Store::new(cache.to_owned());
    let registry = server.registry();
    let binary = store.opencode(&registry, &BUILD, &version(), &Silent).await;
    (store, registry, binary.unwrap().path)
}

/// The names of all files below a directory.
fn files(directory: &Utf8Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in directory.read_dir_utf8().into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            names.extend(files(entry.path()));
        } else {
            names.push(entry.file_name().to_owned());
        }
    }
    names.sort();
    names
}

#[tokio::test]
async fn downloads_once_and_then_needs_nobody() {
    let (_guard, cache) = cache();
    let bytes = good_tarball();
    let size = bytes.len();
    let server = registry_with(bytes).await;
    let store = Store::new(cache.clone());
    let events = Recorder::default();
    assert!(!cache.exists());
    let registry = server.registry();
    let binary = store.opencode(&registry, &BUILD, &version(), &events).await;
    let binary = binary.unwrap();
    assert_eq!(binary.origin, BinaryOrigin::Downloaded);
    assert_eq!(binary.package, "opencode-linux-x64");
    assert_eq!(
        binary.path,
        cache.join("opencode/1.18.33/opencode-linux-x64/opencode")
    );
    assert_eq!(fs::read_to_string(&binary.path).unwrap(), PROGRAM);
    // `printf 'this is opencode' | sha256sum`
    assert_eq!(
        binary.sha256,
        "e58258886a5a0f8ffaded6bd15e8234d1b79517f7487602a31bbebfd07e536a9"
    );
    let mode = fs::metadata(&binary.path).unwrap().permissions().mode();
    assert_eq!(
        mode & 0o7777,
        0o755,
        "neither the umask nor the tarball counts"
    );
    assert_eq!(
        events.lines(),
        [
            format!("started opencode-linux-x64 1.18.33 Some({size})"),
            "finished".to_owned()
        ]
    );
    assert_eq!(files(&cache), ["lock", "opencode", "opencode.json"]);

    let events = Recorder::default();
    drop(server);
    let again = store.opencode(&registry, &BUILD, &version(), &events).await;
    let again = again.unwrap();
    assert_eq!(again.origin, BinaryOrigin::Cached);
    assert_eq!((&again.path, &again.sha256), (&binary.path, &binary.sha256));
    assert_eq!(events.lines(), [""; 0]);
    assert_eq!(store.cached(&registry, &BUILD, &version()), Some(again));
}

#[tokio::test]
async fn versions_are_listed_newest_first() {
    let (_guard, cache) = cache();
    let server = registry_with(good_tarball()).await;
    let (store, registry) = (Store::new(cache.clone()), server.registry());
    assert!(store.cached_versions(&registry, &BUILD).is_empty());
    for text in ["1.9.0", "1.18.33", "1.18.4"] {
        let version = text.parse().unwrap();
        let result = store.opencode(&registry, &BUILD, &version, &Silent).await;
        result.unwrap();
    }
    fs::create_dir_all(cache.join("opencode/1.20.0/opencode-linux-x64")).unwrap();
    fs::create_dir_all(cache.join("opencode/nonsense")).unwrap();
    let versions: Vec<String> = store
        .cached_versions(&registry, &BUILD)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(versions, ["1.18.33", "1.18.4", "1.9.0"]);
    let musl = Build {
        libc: Libc::Musl,
        ..BUILD
    };
    assert!(store.cached_versions(&registry, &musl).is_empty());
}

#[tokio::test]
async fn a_wrong_checksum_leaves_nothing_behind() {
    let (_guard, cache) = cache();
    let server = registry(sha512(b"another"), || good_tarball().into()).await;
    let store = Store::new(cache.clone());
    let wrong = error(&store, &server).await;
    assert!(matches!(wrong, FetchError::Checksum { .. }), "{wrong:?}");
    assert!(!wrong.is_network() && !wrong.is_not_published());
    assert_eq!(files(&cache), ["lock"]);
    filled(&cache).await;
}

async fn problem(members: &[Member<'_>]) -> ArchiveProblem {
    let (_guard, cache) = cache();
    let server = registry_with(tarball(members)).await;
    let failed = error(&Store::new(cache.clone()), &server).await;
    assert_eq!(files(&cache), ["lock"]);
    match failed {
        FetchError::Archive { source, .. } => source,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_a_regular_file_at_the_right_place_counts() {
    let link = problem(&[(PATH, tar::EntryType::Symlink, "/bin/sh")]).await;
    assert!(matches!(link, ArchiveProblem::NotAFile { .. }), "{link:?}");
    let link = problem(&[
        ("package/x", FILE, "x"),
        (PATH, tar::EntryType::Link, "package/x"),
    ])
    .await;
    assert!(matches!(link, ArchiveProblem::NotAFile { .. }), "{link:?}");
    let directory = problem(&[(PATH, tar::EntryType::Directory, "")]).await;
    assert!(
        matches!(directory, ArchiveProblem::NotAFile { .. }),
        "{directory:?}"
    );
    for path in [
        "/package/bin/opencode",
        "../package/bin/opencode",
        "package/bin/../bin/opencode",
        "package/bin/opencode2",
        "opencode",
    ] {
        let missing = problem(&[(path, FILE, PROGRAM)]).await;
        assert!(
            matches!(missing, ArchiveProblem::Missing { .. }),
            "{path}: {missing:?}"
        );
    }
    let empty = problem(&[]).await;
    assert!(matches!(empty, ArchiveProblem::Missing { .. }), "{empty:?}");
}

#[tokio::test]
async fn other_files_of_a_tarball_are_not_written() {
    let (_guard, cache) = cache();
    let outside = cache.with_file_name("outside");
    let members = [
        ("../../../../../outside", FILE, "x"),
        (outside.as_str(), FILE, "x"),
        ("package/bin", tar::EntryType::Symlink, "/tmp"),
        (PATH, FILE, PROGRAM),
        (PATH, tar::EntryType::Symlink, "/bin/sh"),
    ];
    let server = registry_with(tarball(&members)).await;
    let store = Store::new(cache.clone());
    let registry = server.registry();
    let binary = store.opencode(&registry, &BUILD, &version(), &Silent).await;
    assert_eq!(fs::read_to_string(binary.unwrap().path).unwrap(), PROGRAM);
    assert_eq!(files(&cache), ["lock", "opencode", "opencode.json"]);
    assert!(!outside.exists());
}

#[tokio::test]
async fn a_tarball_that_was_published_damaged() {
    let noise: String = (0..20_000_u32)
        .map(|i| char::from(b'a' + (i.wrapping_mul(2_654_435_761) >> 27) as u8 % 26))
        .collect();
    let whole = tarball(&[(PATH, FILE, &noise)]);
    for bytes in [
        whole[..whole.len() / 2].to_vec(),
        b"not a tarball".to_vec(),
        Vec::new(),
    ] {
        let (_guard, cache) = cache();
        let server = registry_with(bytes).await;
        let failed = error(&Store::new(cache.clone()), &server).await;
        let FetchError::Archive { source, .. } = &failed else {
            panic!("{failed:?}")
        };
        assert!(
            matches!(
                source,
                ArchiveProblem::Damaged(_) | ArchiveProblem::Missing { .. }
            ),
            "{source:?}"
        );
        assert_eq!(files(&cache), ["lock"]);
    }
}

#[tokio::test]
async fn failures_of_the_download_itself() {
    let (_guard, cache) = cache();
    let store = Store::new(cache.clone());
    let integrity = sha512(&good_tarball());

    let server = registry(integrity.clone(), || StatusCode::SERVICE_UNAVAILABLE.into()).await;
    let failed = error(&store, &server).await;
    assert!(matches!(
        failed,
        FetchError::Registry(RegistryError::Status { status: 503, .. })
    ));
    assert!(failed.is_network());

    let server = registry(integrity.clone(), not_found).await;
    assert!(error(&store, &server).await.is_not_published());

    let half = good_tarball()[..50].to_vec();
    let server = registry(integrity.clone(), move || stalls_after(half.clone())).await;
    let events = Recorder::default();
    let registry_ = server.impatient_registry();
    let failed = store
        .opencode(&registry_, &BUILD, &version(), &events)
        .await;
    let failed = failed.unwrap_err();
    assert!(
        matches!(failed, FetchError::Registry(RegistryError::Stalled { .. })),
        "{failed:?}"
    );
    assert_eq!(events.lines().last().unwrap(), "finished");

    let half = good_tarball()[..50].to_vec();
    let server = registry(integrity, move || breaks_after(half.clone())).await;
    let failed = error(&store, &server).await;
    assert!(
        matches!(
            failed,
            FetchError::Registry(RegistryError::Interrupted { .. })
        ),
        "{failed:?}"
    );
    assert_eq!(server.requests_for(".tgz"), 3, "tried again from the start");
    assert_eq!(files(&cache), ["lock"]);
    filled(&cache).await;
}

#[tokio::test]
async fn a_connection_that_breaks_once_does_no_harm() {
    let (_guard, cache) = cache();
    let broken = AtomicBool::new(false);
    let server = registry(sha512(&good_tarball()), move || {
        if broken.swap(true, Ordering::Relaxed) {
            good_tarball().into()
        } else {
            breaks_after(good_tarball()[..50].to_vec())
        }
    })
    .await;
    let (store, registry) = (Store::new(cache), server.registry());
    let binary = store.opencode(&registry, &BUILD, &version(), &Silent).await;
    assert_eq!(fs::read_to_string(binary.unwrap().path).unwrap(), PROGRAM);
}

#[tokio::test]
async fn a_version_that_is_not_there_leaves_no_directory() {
    let (_guard, cache) = cache();
    let server = Server::start(|_, _| not_found()).await;
    let missing = error(&Store::new(cache.clone()), &server).await;
    assert!(missing.is_not_published());
    assert!(!cache.exists());
}

#[tokio::test]
async fn a_tarball_may_be_redirected() {
    let (_guard, cache) = cache();
    let bytes = good_tarball();
    let integrity = sha512(&bytes);
    let server = Server::start(move |path, base| match path {
        "/a.tgz" => (StatusCode::FOUND, [(header::LOCATION, "/cdn")]).into(),
        "/cdn" => bytes.clone().into(),
        _ => json(&document("1.18.33", &format!("{base}a.tgz"), &integrity)),
    })
    .await;
    let (store, registry) = (Store::new(cache), server.registry());
    let binary = store.opencode(&registry, &BUILD, &version(), &Silent).await;
    assert!(binary.is_ok());
}

#[tokio::test]
async fn two_at_once_download_once() {
    let (_guard, cache) = cache();
    let server = registry_with(good_tarball()).await;
    let (registry, version) = (server.registry(), version());
    let (one, two) = (Store::new(cache.clone()), Store::new(cache));
    let (one, two) = tokio::join!(
        one.opencode(&registry, &BUILD, &version, &Silent),
        two.opencode(&registry, &BUILD, &version, &Silent)
    );
    let mut origins = [one.unwrap().origin, two.unwrap().origin];
    origins.sort_by_key(|origin| *origin == BinaryOrigin::Cached);
    assert_eq!(origins, [BinaryOrigin::Downloaded, BinaryOrigin::Cached]);
    assert_eq!(server.requests_for(".tgz"), 1);
}

#[tokio::test]
async fn giving_up_half_way_leaves_a_healthy_cache() {
    let (_guard, cache) = cache();
    let open = Arc::new(AtomicBool::new(false));
    let server = registry(sha512(&good_tarball()), {
        let open = open.clone();
        move || {
            if open.load(Ordering::Relaxed) {
                good_tarball().into()
            } else {
                stalls_after(good_tarball()[..50].to_vec())
            }
        }
    })
    .await;
    let (store, registry, version) = (Store::new(cache.clone()), server.registry(), version());
    let events = Recorder::default();
    tokio::select! {
        result = store.opencode(&registry, &BUILD, &version, &events) => panic!("{result:?}"),
        () = events.progress.notified() => {}
    }
    assert_eq!(events.lines().last().unwrap(), "finished");
    assert_eq!(files(&cache), ["lock"]);
    open.store(true, Ordering::Relaxed);
    let events = Recorder::default();
    let binary = store.opencode(&registry, &BUILD, &version, &events).await;
    assert_eq!(binary.unwrap().origin, BinaryOrigin::Downloaded);
    assert!(
        !events.lines().iter().any(|line| line.starts_with("step")),
        "the lock was free: {:?}",
        events.lines()
    );
}

#[tokio::test]
async fn waiting_for_another_process_is_told_and_can_be_given_up() {
    let (_guard, cache) = cache();
    let server = registry_with(good_tarball()).await;
    let (store, registry, version) = (Store::new(cache.clone()), server.registry(), version());
    let directory = cache.join("opencode/1.18.33/opencode-linux-x64");
    fs::create_dir_all(&directory).unwrap();
    let other = File::create(directory.join("lock")).unwrap();
    other.lock().unwrap();
    fs::write(directory.join("opencode.part"), "of the other").unwrap();
    let events = Recorder::default();
    {
        let mut waiting = std::pin::pin!(store.opencode(&registry, &BUILD, &version, &events));
        while events.lines().is_empty() {
            let some_time = std::time::Duration::from_millis(1);
            let result = tokio::time::timeout(some_time, &mut waiting).await;
            assert!(result.is_err(), "{result:?}");
        }
    }
    assert_eq!(
        events.lines(),
        ["step waiting for another process that downloads opencode-linux-x64 1.18.33"]
    );
    assert_eq!(files(&cache), ["lock", "opencode.part"]);
    drop(other);
    let binary = store.opencode(&registry, &BUILD, &version, &Silent).await;
    assert!(binary.is_ok());
    assert_eq!(files(&cache), ["lock", "opencode", "opencode.json"]);
}

#[tokio::test]
async fn what_killed_processes_left_is_removed_and_nothing_else() {
    let (_guard, cache) = cache();
    let directory = |version: &str| {
        let directory = cache
            .join("opencode")
            .join(version)
            .join("opencode-linux-x64");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("opencode.part"), "half").unwrap();
        directory
    };
    let (dead, alive) = (directory("1.10.0"), directory("1.11.0"));
    File::create(dead.join("lock")).unwrap();
    let lock = File::create(alive.join("lock")).unwrap();
    lock.lock().unwrap();
    filled(&cache).await;
    assert_eq!(files(&dead), ["lock"]);
    assert_eq!(files(&alive), ["lock", "opencode.part"]);
}

#[tokio::test]
async fn a_damaged_program_is_replaced() {
    type Damage = (&'static str, fn(&Utf8Path));
    let damages: [Damage; 6] = [
        ("truncated", |path| {
            File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(3)
                .unwrap();
        }),
        ("same size, other time", |path| {
            fs::write(path, PROGRAM.replace('t', "T")).unwrap();
        }),
        ("same size, same time", |path| {
            let time = fs::metadata(path).unwrap().modified().unwrap();
            let mut file = File::options().write(true).open(path).unwrap();
            file.write_all(b"T").unwrap();
            file.set_modified(time).unwrap();
        }),
        ("gone", |path| fs::remove_file(path).unwrap()),
        ("a link", |path| {
            fs::remove_file(path).unwrap();
            symlink("/bin/sh", path).unwrap();
        }),
        ("without a record", |path| {
            fs::remove_file(path.with_extension("json")).unwrap();
        }),
    ];
    for (what, damage) in damages {
        let (_guard, cache) = cache();
        let (store, gone, path) = filled(&cache).await;
        damage(&path);
        let offline = store.opencode(&gone, &BUILD, &version(), &Silent).await;
        assert!(offline.unwrap_err().is_network(), "{what}");
        let server = registry_with(good_tarball()).await;
        let registry = server.registry();
        let binary = store.opencode(&registry, &BUILD, &version(), &Silent).await;
        assert_eq!(binary.unwrap().origin, BinaryOrigin::Downloaded, "{what}");
        assert!(fs::symlink_metadata(&path).unwrap().is_file(), "{what}");
        assert_eq!(fs::read_to_string(&path).unwrap(), PROGRAM, "{what}");
        let cached = store.cached(&registry, &BUILD, &version());
        assert!(cached.is_some(), "{what}");
    }
}

#[tokio::test]
async fn a_cache_that_was_copied_or_whose_modes_were_changed_is_still_good() {
    let (_guard, cache) = cache();
    let (store, gone, path) = filled(&cache).await;
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(store.cached(&gone, &BUILD, &version()).is_none());
    let binary = store.opencode(&gone, &BUILD, &version(), &Silent).await;
    assert_eq!(binary.unwrap().origin, BinaryOrigin::Cached);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o755);
    assert!(store.cached(&gone, &BUILD, &version()).is_some());
}

/// The tarball of a mirror that does not mean well: its checksum is true all the same.
fn bad_tarball() -> Vec<u8> {
    tarball(&[(PATH, FILE, "this is not opencode")])
}

#[tokio::test]
async fn what_one_registry_published_is_not_taken_for_anothers() {
    let (_guard, cache) = cache();
    let mirror = registry_with(bad_tarball()).await;
    let (store, bad) = (Store::new(cache.clone()), mirror.registry());
    let binary = store.opencode(&bad, &BUILD, &version(), &Silent).await;
    let path = binary.unwrap().path;
    assert!(store.cached(&bad, &BUILD, &version()).is_some());

    // Not without a word of the good one either.
    assert_eq!(store.cached(&nobody(), &BUILD, &version()), None);
    let offline = store.opencode(&nobody(), &BUILD, &version(), &Silent).await;
    assert!(offline.unwrap_err().is_network());

    let server = registry_with(good_tarball()).await;
    let good = server.registry();
    assert!(store.cached_versions(&good, &BUILD).is_empty());
    let binary = store.opencode(&good, &BUILD, &version(), &Silent).await;
    assert_eq!(binary.unwrap().origin, BinaryOrigin::Downloaded);
    assert_eq!(fs::read_to_string(&path).unwrap(), PROGRAM);
    assert_eq!(store.cached(&bad, &BUILD, &version()), None);
}

#[tokio::test]
async fn two_registries_that_mean_the_same_share_a_download() {
    let (_guard, cache) = cache();
    let (store, first, _) = filled(&cache).await;
    let server = registry_with(good_tarball()).await;
    let second = server.registry();
    for _ in 0..2 {
        let binary = store.opencode(&second, &BUILD, &version(), &Silent).await;
        assert_eq!(binary.unwrap().origin, BinaryOrigin::Cached);
    }
    assert_eq!(server.requests_for("1.18.33"), 1, "asked once");
    assert_eq!(server.requests_for(".tgz"), 0);
    for registry in [&first, &second] {
        assert!(store.cached(registry, &BUILD, &version()).is_some());
    }
}

#[tokio::test]
async fn a_record_from_before_there_were_registries_in_it() {
    let (_guard, cache) = cache();
    let (store, gone, path) = filled(&cache).await;
    let record = path.with_extension("json");
    let mut text: serde_json::Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
    text.as_object_mut().unwrap().remove("registries").unwrap();
    fs::write(&record, text.to_string()).unwrap();
    assert!(store.cached(&gone, &BUILD, &version()).is_none());
    let server = registry_with(good_tarball()).await;
    let registry = server.registry();
    let binary = store.opencode(&registry, &BUILD, &version(), &Silent).await;
    assert_eq!(binary.unwrap().origin, BinaryOrigin::Cached);
    assert!(store.cached(&registry, &BUILD, &version()).is_some());
}

#[tokio::test]
async fn a_server_that_only_drips_is_given_up() {
    let (_guard, cache) = cache();
    let store = Store::new(cache.clone());
    let server = registry(sha512(&good_tarball()), || drips(b'x')).await;
    let hasty = hasty_client(&server.url);
    let failed = store.opencode(&hasty, &BUILD, &version(), &Silent).await;
    let failed = failed.unwrap_err();
    assert!(
        matches!(failed, FetchError::Registry(RegistryError::TooSlow { .. })),
        "{failed:?}"
    );
    assert!(failed.is_network());
    assert_eq!(server.requests_for(".tgz"), 1, "not tried again");

    let server = Server::start(|_, _| drips(b' ')).await;
    let failed = hasty_client(&server.url).latest("x").await.unwrap_err();
    assert!(
        matches!(failed, RegistryError::TooSlow { .. }),
        "{failed:?}"
    );
}

#[tokio::test]
async fn a_slow_line_that_is_honest_passes() {
    let (_guard, cache) = cache();
    let noise: String = (0..60_000_u32)
        .map(|number| char::from(b'a' + (number.wrapping_mul(2_654_435_761) >> 27) as u8 % 26))
        .collect();
    let bytes = tarball(&[("package/noise", FILE, &noise), (PATH, FILE, PROGRAM)]);
    let integrity = sha512(&bytes);
    // For several periods.
    let server = registry(integrity, move || trickles(&bytes, 1000)).await;
    let store = Store::new(cache.clone());
    let hasty = hasty_client(&server.url);
    let binary = store.opencode(&hasty, &BUILD, &version(), &Silent).await;
    assert_eq!(binary.unwrap().origin, BinaryOrigin::Downloaded);
}

#[tokio::test]
async fn an_announced_flood_is_not_even_begun() {
    let (_guard, cache) = cache();
    let store = Store::new(cache.clone());
    let server = registry(sha512(&good_tarball()), || announces(10 << 30)).await;
    let failed = error(&store, &server).await;
    assert!(
        failed.to_string().contains("opencode-linux-x64"),
        "{failed}"
    );
    assert!(
        matches!(
            failed,
            FetchError::Archive {
                source: ArchiveProblem::TooLarge { .. },
                ..
            }
        ),
        "{failed:?}"
    );
}

#[tokio::test]
async fn a_cache_directory_that_cannot_be_made_is_named() {
    let (guard, _) = cache();
    let file = Utf8PathBuf::from_path_buf(guard.path().join("file")).unwrap();
    fs::write(&file, "").unwrap();
    let server = registry_with(good_tarball()).await;
    let failed = error(&Store::new(file.clone()), &server).await;
    let FetchError::Cache(CacheError::Io { path, .. }) = &failed else {
        panic!("{failed:?}")
    };
    assert!(path.starts_with(&file));
}

#[test]
fn a_full_disk_is_told_apart() {
    for kind in [
        std::io::ErrorKind::StorageFull,
        std::io::ErrorKind::QuotaExceeded,
    ] {
        let full = CacheError::new("write", Utf8Path::new("/x"), kind.into());
        assert_eq!(full.to_string(), "no space is left to write /x");
    }
}

#[tokio::test]
async fn ripgrep_is_pinned() {
    let (_guard, cache) = cache();
    let server = Server::start(|path, base| {
        if path.ends_with(".tgz") {
            return tarball(&[("package/bin/rg", FILE, "not ripgrep")]).into();
        }
        json(&document("1.18.0", &format!("{base}a.tgz"), &sha512(b"x")))
    })
    .await;
    let (store, registry) = (Store::new(cache), server.registry());
    let wrong = store.ripgrep(&registry, Arch::X64, &Silent).await;
    let wrong = wrong.unwrap_err();
    assert!(matches!(wrong, FetchError::Checksum { .. }), "{wrong:?}");
    assert_eq!(
        server.requests_for("/@vscode/ripgrep-linux-x64/-/ripgrep-linux-x64-1.18.0.tgz"),
        1
    );
}

#[tokio::test]
async fn ripgrep_of_a_mirror_that_keeps_tarballs_elsewhere_is_still_pinned() {
    let (_guard, cache) = cache();
    let bytes = tarball(&[("package/bin/rg", FILE, "not ripgrep")]);
    let integrity = sha512(&bytes);
    let server = Server::start(move |path, base| match path {
        "/elsewhere.tgz" => bytes.clone().into(),
        path if path.ends_with(".tgz") => not_found(),
        _ => json(&document(
            "1.18.0",
            &format!("{base}elsewhere.tgz"),
            &integrity,
        )),
    })
    .await;
    let (store, registry) = (Store::new(cache), server.registry());
    let wrong = store.ripgrep(&registry, Arch::Arm64, &Silent).await;
    let wrong = wrong.unwrap_err();
    assert!(matches!(wrong, FetchError::Checksum { .. }), "{wrong:?}");
    assert_eq!(server.requests_for("/elsewhere.tgz"), 1);
}

/// The start of a program for a processor, and some content.
fn elf(machine: u8, content: &str) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(18, 0);
    bytes.extend([machine, 0]);
    bytes.resize(64, 0);
    bytes.extend(content.as_bytes());
    bytes
}

fn executable(path: &Utf8Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_binary_of_the_users_own() {
    let (guard, cache) = cache();
    let path = Utf8PathBuf::from_path_buf(guard.path().join("mine")).unwrap();
    executable(&path, &elf(62, "first"));
    let store = Store::new(cache);
    let mine = store.local_binary(&path, Arch::X64, None).await.unwrap();
    assert_eq!(
        (mine.package.as_str(), mine.origin),
        ("local", BinaryOrigin::Local)
    );
    assert_eq!(
        mine.version.to_string(),
        format!("9999.0.0-local.x{}", &mine.sha256[..8])
    );
    let named = store.local_binary(&path, Arch::X64, Some(&version())).await;
    assert_eq!(named.unwrap().version, version());

    executable(&path, &elf(62, "changed"));
    let changed = store.local_binary(&path, Arch::X64, None).await.unwrap();
    assert_ne!(changed.sha256, mine.sha256);
    let padding = "x".repeat((256 << 10) - 64 - 10);
    let says = format!("{padding}--user-agent=opencode/1.20.1-rc.1 --more");
    executable(&path, &elf(62, &says));
    let says = store.local_binary(&path, Arch::X64, None).await.unwrap();
    assert_eq!(says.version.to_string(), "1.20.1-rc.1", "across a border");
}

#[tokio::test]
async fn a_local_binary_is_known_by_its_download() {
    let (guard, cache) = cache();
    let program = String::from_utf8(elf(62, "program")).unwrap();
    let server = registry_with(tarball(&[(PATH, FILE, &program)])).await;
    let (store, registry) = (Store::new(cache), server.registry());
    let binary = store.opencode(&registry, &BUILD, &version(), &Silent).await;
    let copy = Utf8PathBuf::from_path_buf(guard.path().join("copy")).unwrap();
    fs::copy(binary.unwrap().path, &copy).unwrap();
    let local = store.local_binary(&copy, Arch::X64, None).await.unwrap();
    assert_eq!(local.version, version());
}

#[tokio::test]
async fn local_binaries_that_cannot_be_used() {
    let (guard, cache) = cache();
    let store = Store::new(cache);
    let directory = Utf8Path::from_path(guard.path()).unwrap();
    let path = directory.join("mine");
    let check = async |path: &Utf8Path| match store.local_binary(path, Arch::X64, None).await {
        Err(FetchError::Local(error)) => error,
        other => panic!("{other:?}"),
    };
    let missing = check(&path).await;
    assert!(matches!(missing, LocalBinaryError::Unreadable { .. }));
    assert!(missing.to_string().contains("mine"), "{missing}");
    let not_a_file = check(directory).await;
    assert!(matches!(not_a_file, LocalBinaryError::NotAFile { .. }));
    fs::write(&path, elf(62, "")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let not_executable = check(&path).await;
    assert!(matches!(
        not_executable,
        LocalBinaryError::NotExecutable { .. }
    ));
    for bytes in [&b"#!/usr/bin/env node\nconsole.log()"[..], b"", b"\x7fELF"] {
        executable(&path, bytes);
        assert!(matches!(
            check(&path).await,
            LocalBinaryError::NotElf { .. }
        ));
    }
    executable(&path, &elf(183, ""));
    assert_eq!(
        check(&path).await.to_string(),
        format!("{path} is for arm64, but the base image is for amd64")
    );
    executable(&path, &elf(3, ""));
    assert!(matches!(
        check(&path).await,
        LocalBinaryError::OtherArch { found: None, .. }
    ));
}

#[test]
fn futures_may_move_between_threads() {
    fn check<T: Send>(_: T) {}
    let (store, registry, version) = (Store::new("/x".into()), nobody(), version());
    check(store.opencode(&registry, &BUILD, &version, &Silent));
    check(store.ripgrep(&registry, Arch::X64, &Silent));
    check(store.local_binary(Utf8Path::new("/x"), Arch::X64, None));
}
