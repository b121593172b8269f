//! Where a Dockerfile is looked for, and which files its build can copy.

use ocx_tests::{bases, engine::Engine, on_each_engine};

use crate::workshop::Workshop;

on_each_engine!(
    the_project_comes_before_the_global_directory,
    a_link_out_of_the_project_is_refused,
);

/// A Dockerfile in `directory`, and a file beside it that its build copies.
fn write_base(shop: &Workshop, directory: &str, says: &str) {
    let debian = bases::debian(&shop.engine);
    shop.write(
        format!("{directory}/Dockerfile"),
        format!("FROM {debian}\nCOPY message /message\n"),
    );
    shop.write(format!("{directory}/message"), says);
}

fn the_project_comes_before_the_global_directory(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = format!("{}-looked-up", shop.name());
    shop.write(
        "ocx.toml",
        format!("custom_base_image = {base:?}\ncustom_base_dockerfile = \"box/Dockerfile\"\n"),
    );
    let global = format!("{}/ocx/box", shop.config());

    let nowhere = shop.ocx(["build"]).run().exits(78);
    let [in_project, in_global] = [
        format!("{}/box/Dockerfile", shop.project()),
        format!("{global}/Dockerfile"),
    ];
    nowhere.says(&in_project).says(&in_global).done();
    assert!(shop.images().is_empty());

    write_base(&shop, &global, "global\n");
    shop.ocx(["build"]).run().success().done();
    let image = shop.ocx_image(&base);
    assert_eq!(shop.in_image(&image, &["cat", "/message"]), "global");

    write_base(&shop, "box", "project\n");
    // The image of that name is ocx's own, but from another Dockerfile: nobody's work is replaced
    // unasked.
    shop.ocx(["build"])
        .run()
        .exits(78)
        .says(&in_global)
        .says("ocx build --base")
        .done();
    shop.ocx(["build", "--base"]).run().success().done();
    assert_eq!(shop.in_image(&image, &["cat", "/message"]), "project");
    shop.assert_tidy();
}

fn a_link_out_of_the_project_is_refused(engine: &Engine) {
    let shop = Workshop::new(engine);
    let outside = shop.home().join("elsewhere");
    write_base(&shop, outside.as_str(), "secret\n");
    std::os::unix::fs::symlink(
        outside.join("Dockerfile"),
        shop.project().join("Dockerfile"),
    )
    .unwrap();
    shop.ocx(["build"])
        .env("OCX_CUSTOM_BASE_DOCKERFILE", "Dockerfile")
        .run()
        .exits(78)
        .says("leads out of the project")
        .done();
    shop.write("ocx.toml", "custom_base_dockerfile = \"Dockerfile\"\n");
    shop.ocx(["build"])
        .run()
        .exits(78)
        .says("a project may not decide that")
        .done();
    assert!(shop.images().is_empty());
}
