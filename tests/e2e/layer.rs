//! What ocx's layer does to a base, and what it leaves alone.

use ocx_tests::{bases, engine::Engine, on_each_engine};

use crate::workshop::{Workshop, version};

on_each_engine!(
    programs_are_found_where_the_base_has_its_own_path,
    programs_are_found_where_the_base_has_no_path,
    the_configuration_of_the_base_is_kept_but_for_its_entrypoint,
    links_and_modes_of_the_base_stay_under_any_umask,
    a_base_with_a_c_library_and_nothing_else_will_do,
    a_base_without_a_c_library_is_refused,
);

/// Builds the ocx image on `image` and returns its name.
fn build_on(shop: &Workshop, image: &str) -> String {
    let base = shop.base("base", image);
    shop.use_image(&base);
    shop.ocx(["build"]).run().success().done();
    shop.ocx_image(&base)
}

/// An ordinary user's `command` in a container of `image`.
fn as_user(shop: &Workshop, image: &str, command: &[&str]) -> String {
    let flags = [
        "--network=none",
        "--user=4321:4321",
        "--cap-drop=ALL",
        "--env=HOME=/ocx/home",
    ];
    shop.engine.output_in(image, &flags, command)
}

fn assert_found_through_path(shop: &Workshop, image: &str) {
    let found = "command -v opencode && command -v rg";
    for shell in [&["sh", "-c", found][..], &["sh", "-lc", found]] {
        // A login shell sets a PATH of its own.
        assert_eq!(
            as_user(shop, image, shell),
            "/ocx/bin/opencode\n/ocx/bin/rg",
            "{shell:?}"
        );
    }
    assert_eq!(as_user(shop, image, &["opencode", "--version"]), version());
    assert!(as_user(shop, image, &["rg", "--version"]).starts_with("ripgrep"));
}

fn programs_are_found_where_the_base_has_its_own_path(engine: &Engine) {
    let shop = Workshop::new(engine);
    let image = build_on(&shop, &bases::with_own_path(engine));
    assert_eq!(
        as_user(&shop, &image, &["sh", "-c", "echo $PATH"]),
        "/ocx/bin:/opt/team/bin:/usr/bin:/bin"
    );
    assert_found_through_path(&shop, &image);
}

fn programs_are_found_where_the_base_has_no_path(engine: &Engine) {
    let shop = Workshop::new(engine);
    let image = build_on(&shop, &bases::without_path(engine));
    assert_found_through_path(&shop, &image);
}

fn the_configuration_of_the_base_is_kept_but_for_its_entrypoint(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = bases::from_debian(
        engine,
        "with-everything",
        "RUN useradd --uid 1000 --create-home dev && echo kept > /home/dev/file\n\
         ENV TEAM=tools\nLABEL team=tools\nVOLUME /data\nUSER dev\nWORKDIR /home/dev\n\
         ENTRYPOINT [\"echo\", \"entrypoint:\"]\nCMD [\"default\"]\n\
         HEALTHCHECK CMD true",
    );
    let image = build_on(&shop, &base);
    let config = &engine.image(&image).unwrap()["Config"];
    assert!(config["Entrypoint"].is_null() || config["Entrypoint"] == serde_json::json!([]));
    assert_eq!(config["Cmd"], serde_json::json!(["opencode"]));
    assert_eq!(config["User"], "dev");
    assert_eq!(config["WorkingDir"], "/home/dev");
    assert_eq!(config["Volumes"], serde_json::json!({"/data": {}}));
    // Podman's own image format has no health checks, and drops that of the base.
    let health = &config["Healthcheck"];
    assert!(
        health.is_null() || health["Test"] == serde_json::json!(["NONE"]),
        "{health}"
    );
    assert_eq!(config["Labels"]["team"], "tools");
    for label in [
        "ocx.version",
        "ocx.recipe",
        "ocx.opencode.version",
        "ocx.opencode.build",
        "ocx.opencode.sha256",
        "ocx.base.reference",
        "ocx.base.id",
        "ocx.base.content",
    ] {
        assert!(
            config["Labels"][label]
                .as_str()
                .is_some_and(|value| !value.is_empty()),
            "no {label} in {config}"
        );
    }
    assert_eq!(shop.in_image(&image, &["id", "-un"]), "dev");
    assert_eq!(
        shop.in_image(&image, &["sh", "-c", "cat /home/dev/file; echo $TEAM"]),
        "kept\ntools"
    );
    shop.ocx(["opencode", "--version"])
        .run()
        .success()
        .prints(version())
        .done();
}

fn links_and_modes_of_the_base_stay_under_any_umask(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.base(
        "base",
        &bases::from_debian(
            engine,
            "with-links",
            "RUN mkdir -p /opt/bin /data && rm -rf /usr/local/bin /home \
             && ln -s /opt/bin /usr/local/bin && ln -s /data /home && chmod 2775 /opt",
        ),
    );
    shop.use_image(&base);
    shop.ocx(["build"]).umask("077").run().success().done();
    let image = shop.ocx_image(&base);
    let stat = "readlink /usr/local/bin /home; stat -c '%a %U %n' / /opt /usr /usr/local /etc /tmp";
    assert_eq!(
        shop.in_image(&image, &["sh", "-c", stat]),
        shop.in_image(&base, &["sh", "-c", stat])
    );
    assert_eq!(
        shop.in_image(
            &image,
            &[
                "stat",
                "-c",
                "%a %U %n",
                "/ocx",
                "/ocx/bin",
                "/ocx/bin/opencode",
                "/ocx/home",
                "/ocx/home/.local/share",
            ]
        ),
        "755 root /ocx\n755 root /ocx/bin\n755 root /ocx/bin/opencode\n\
         1777 root /ocx/home\n1777 root /ocx/home/.local/share"
    );
    assert_found_through_path(&shop, &image);
    shop.ocx(["opencode", "--version"])
        .umask("077")
        .run()
        .success()
        .prints(version())
        .done();
}

fn a_base_with_a_c_library_and_nothing_else_will_do(engine: &Engine) {
    let shop = Workshop::new(engine);
    // The build itself has tried opencode out in the image, without a network.
    let image = build_on(&shop, &bases::glibc_only(engine));
    let by_hand = shop.engine.cli().require(&[
        "run",
        "--rm",
        "--pull=never",
        "--network=none",
        "--read-only",
        "--user=4321:4321",
        "--env=HOME=/ocx/home",
        "--mount=type=volume,target=/ocx/home",
        "--tmpfs=/tmp:rw,exec,mode=1777",
        &image,
        "opencode",
        "--version",
    ]);
    assert_eq!(by_hand, version());
    shop.assert_tidy();
}

fn a_base_without_a_c_library_is_refused(engine: &Engine) {
    let shop = Workshop::new(engine);
    let empty = format!("{}-empty", shop.name());
    bases::build(engine, &empty, "FROM scratch\nENV A=b\n");
    shop.use_image(&empty);
    shop.ocx(["build"])
        .run()
        .exits(65)
        .says("glibc or musl")
        .done();
    assert!(shop.engine.image(&shop.ocx_image(&empty)).is_none());
    assert!(shop.containers().is_empty());
}
