//! Getting opencode when the registry, the network or the cache fails.

use std::{fs, os::unix::fs::FileExt, time::Duration};

use camino::Utf8PathBuf;
use ocx_tests::{
    bases,
    engine::Engine,
    registry::{Fault, Part, Registry},
};
use rustix::process::Signal;

use crate::workshop::{Workshop, version};

/// A sandbox with a base, with or without opencode in the cache, and a registry.
fn shop(workshop: Option<Workshop>) -> Option<(Workshop, Registry)> {
    let mut shop = workshop?;
    let registry = Registry::start();
    shop.sandbox
        .set_env("OCX_OPENCODE_REGISTRY", &registry.url());
    let base = shop.base("base", &bases::debian(&shop.engine));
    shop.use_image(&base);
    Some((shop, registry))
}

/// The opencode programs in the cache.
fn cached(shop: &Workshop) -> Vec<Utf8PathBuf> {
    files(shop)
        .into_iter()
        .filter(|path| path.file_name() == Some("opencode"))
        .collect()
}

/// All files in ocx's cache.
fn files(shop: &Workshop) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![shop.ocx_cache()];
    while let Some(directory) = left.pop() {
        for entry in directory.read_dir_utf8().into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                left.push(entry.into_path());
            } else {
                found.push(entry.into_path());
            }
        }
    }
    found
}

/// Fails if a build left something unfinished in the cache.
fn assert_nothing_unfinished(shop: &Workshop) {
    for file in files(shop) {
        let name = file.as_str();
        assert!(
            !name.ends_with(".part") && !name.contains("/.new-"),
            "{name}"
        );
    }
}

#[test]
fn a_damaged_program_in_the_cache_is_fetched_anew() {
    let Some((shop, registry)) = shop(Engine::any().map(Workshop::new)) else {
        return;
    };
    let program = cached(&shop).pop().unwrap();
    let whole = fs::metadata(&program).unwrap().len();
    shop.own_copy(&program);
    let time = fs::metadata(&program).unwrap().modified().unwrap();
    // A byte, with everything as it was that can be seen without reading the file.
    let file = fs::File::options()
        .read(true)
        .write(true)
        .open(&program)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, whole / 2).unwrap();
    file.write_all_at(&[!byte[0]], whole / 2).unwrap();
    file.set_modified(time).unwrap();
    shop.ocx(["build"])
        .run()
        .success()
        .says("downloading opencode")
        .done();
    assert!(
        registry
            .requests()
            .iter()
            .any(|path| path.ends_with(".tgz"))
    );
    let program = cached(&shop).pop().unwrap();
    assert_eq!(fs::metadata(&program).unwrap().len(), whole);
    shop.ocx(["opencode", "--version"])
        .run()
        .success()
        .prints(version())
        .done();

    fs::File::options()
        .write(true)
        .open(&program)
        .unwrap()
        .set_len(whole / 2)
        .unwrap();
    shop.ocx(["build", "--force"])
        .run()
        .success()
        .says("downloading opencode")
        .done();
    assert_nothing_unfinished(&shop);
}

#[test]
fn a_registry_that_fails_is_told_apart_and_leaves_nothing() {
    let Some((shop, registry)) = shop(Engine::any().map(Workshop::without_opencode)) else {
        return;
    };
    let url = registry.url();
    let fails = |part, fault, code, says: &[&str]| {
        registry.fail(part, fault);
        let mut output = shop.ocx(["build"]).run().exits(code);
        for text in says {
            output = output.says(text);
        }
        output.done();
        registry.heal(part);
        assert_eq!(cached(&shop), Vec::<Utf8PathBuf>::new());
        assert_nothing_unfinished(&shop);
    };
    fails(
        Part::Metadata,
        Fault::NotFound,
        68,
        &[version(), "is not published at", &url],
    );
    fails(
        Part::Metadata,
        Fault::ServerError,
        68,
        &[&url, "answered with HTTP status 500"],
    );
    fails(Part::Metadata, Fault::Html, 68, &[&url, "it is a web page"]);
    fails(
        Part::Tarball,
        Fault::NotFound,
        68,
        &[".tgz", "answered with HTTP status 404"],
    );
    fails(
        Part::Tarball,
        Fault::Corrupt,
        68,
        &[version(), &url, "has another checksum than it should"],
    );
    fails(
        Part::Tarball,
        Fault::Truncated,
        68,
        &[version(), &url, "has another checksum than it should"],
    );
    fails(
        Part::Tarball,
        Fault::Html,
        68,
        &["has another checksum than it should"],
    );
    // The next run is healthy.
    shop.ocx(["opencode", "--version"])
        .run()
        .success()
        .prints(version())
        .done();
    assert_eq!(cached(&shop).len(), 1);
    shop.assert_tidy();
}

#[test]
fn without_a_network_the_cache_has_to_do() {
    let Some(shop) = Engine::any().map(Workshop::new) else {
        return;
    };
    let base = shop.base("base", &bases::debian(&shop.engine));
    shop.use_image(&base);
    // An exact version needs nobody.
    shop.ocx(["build"])
        .run()
        .success()
        .never_says("warning")
        .done();
    let before = shop.id(&shop.ocx_image(&base));
    shop.ocx(["build"])
        .env("OCX_OPENCODE_VERSION", "latest")
        .run()
        .success()
        .says(&format!(
            "using opencode {}, the newest version at hand",
            version()
        ))
        .says("up to date")
        .done();
    assert_eq!(shop.id(&shop.ocx_image(&base)), before);
    shop.ocx(["opencode", "--version"])
        .env("OCX_OPENCODE_VERSION", "latest")
        .run()
        .success()
        .prints(version())
        .done();
}

#[test]
fn without_a_network_and_a_cache_the_error_says_what_to_do() {
    let Some(shop) = Engine::any().map(Workshop::without_opencode) else {
        return;
    };
    let base = shop.base("base", &bases::debian(&shop.engine));
    shop.use_image(&base);
    for version in ["latest", version()] {
        shop.ocx(["build"])
            .env("OCX_OPENCODE_VERSION", version)
            .run()
            .exits(68)
            .says("could not reach http://127.0.0.1:1/opencode-linux-")
            .says("hint:")
            .done();
    }
    assert!(shop.engine.image(&shop.ocx_image(&base)).is_none());
}

#[test]
fn a_registry_that_hangs_is_given_up() {
    // Waiting for an answer takes half a minute, so both cases wait at once.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let Some((shop, registry)) = shop(Engine::any().map(Workshop::without_opencode)) else {
                return;
            };
            registry.fail(Part::Metadata, Fault::Hang);
            shop.ocx(["build"])
                .run()
                .exits(68)
                .says(&registry.url())
                .says("hint:")
                .done();
            registry.heal(Part::Metadata);
            assert_nothing_unfinished(&shop);
            shop.ocx(["build"]).run().success().done();
        });
        scope.spawn(|| {
            let Some((shop, registry)) = shop(Engine::any().map(Workshop::new)) else {
                return;
            };
            shop.sandbox.vouch_for_cache(&registry.url());
            registry.fail(Part::Metadata, Fault::Hang);
            shop.ocx(["build"])
                .env("OCX_OPENCODE_VERSION", "latest")
                .run()
                .success()
                .says("the newest version at hand")
                .done();
        });
    });
}

#[test]
fn a_download_that_is_cut_off_is_begun_again() {
    let Some((shop, registry)) = shop(Engine::any().map(Workshop::without_opencode)) else {
        return;
    };
    for signal in [Signal::KILL, Signal::INT] {
        registry.fail(Part::Tarball, Fault::Stall);
        let mut build = shop.ocx(["build"]).start();
        build.wait_for("downloading opencode", Duration::from_secs(30));
        build.signal(signal);
        let output = build.wait(Duration::from_secs(10));
        assert_ne!(output.code(), Some(0), "{output}");
        registry.heal(Part::Tarball);
        assert!(cached(&shop).is_empty());
    }
    shop.ocx(["build"]).run().success().done();
    assert_eq!(cached(&shop).len(), 1);
    assert_nothing_unfinished(&shop);
    shop.assert_tidy();
}

#[test]
fn a_local_program_is_used_instead() {
    let Some(mut shop) = Engine::any().map(Workshop::new) else {
        return;
    };
    let base = shop.base("base", &bases::debian(&shop.engine));
    shop.use_image(&base);
    let program = shop.home().join("my opencode");
    fs::copy(cached(&shop).pop().unwrap(), &program).unwrap();
    shop.sandbox
        .set_env("OCX_OPENCODE_BINARY", program.as_str());
    shop.ocx(["build"]).run().success().done();
    let image = shop.engine.image(&shop.ocx_image(&base)).unwrap();
    assert_eq!(image["Config"]["Labels"]["ocx.opencode.build"], "local");
    shop.ocx(["build"])
        .run()
        .success()
        .says("up to date")
        .done();

    // Another program with the same name is another program.
    fs::write(&program, "#!/bin/sh\necho hand-made\n").unwrap();
    shop.ocx(["opencode", "--version"])
        .run()
        .exits(78)
        .says(program.as_str())
        .done();

    shop.ocx(["build"])
        .env("OCX_OPENCODE_BINARY", "/no/such/opencode")
        .run()
        .exits(78)
        .says("/no/such/opencode")
        .done();
}
