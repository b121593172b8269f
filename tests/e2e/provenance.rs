//! Images that only say that ocx built them.

use ocx_tests::{bases, engine::Engine, on_each_engine};
use serde_json::Value;

use crate::workshop::{Workshop, version};

on_each_engine!(
    a_forged_image_is_rebuilt_and_not_run,
    a_genuine_image_proves_itself,
);

/// The `LABEL` instruction with the labels of an image.
fn labels_of(shop: &Workshop, image: &str) -> String {
    let image = shop.engine.image(image).expect("it was built");
    let labels: Vec<String> = image["Config"]["Labels"]
        .as_object()
        .expect("it has labels")
        .iter()
        .filter(|(name, _)| !name.starts_with("io.buildah."))
        .map(|(name, value)| format!("{name:?}={:?}", value.as_str().unwrap_or_default()))
        .collect();
    format!("LABEL {}", labels.join(" "))
}

fn a_forged_image_is_rebuilt_and_not_run(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.base("victim", &bases::debian(engine));
    shop.use_image(&base);
    shop.ocx(["build"]).run().success().done();
    let image = shop.ocx_image(&base);
    let labels = labels_of(&shop, &image);
    let configuration = {
        let image = shop.engine.image(&image).expect("it was built");
        let environment = image["Config"]["Env"].as_array().into_iter().flatten();
        let lines: Vec<String> = environment
            .filter_map(Value::as_str)
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        format!(
            "ENV {}\n{labels}\nSTOPSIGNAL SIGTERM\nENTRYPOINT []\nCMD [\"opencode\"]\n",
            lines.join(" ")
        )
    };
    let evil = "mkdir -p /ocx/bin && printf '#!/bin/sh\\necho evil\\n' > /ocx/bin/opencode && chmod 755 /ocx/bin/opencode";
    for dockerfile in [
        // Nothing but opencode is another one.
        format!("FROM {base}\nRUN {evil}\n{configuration}"),
        // The genuine layers, and another way in.
        format!("FROM {image}\nENTRYPOINT [\"echo\", \"evil\"]\n{labels}\n"),
        // The genuine layers, and one more.
        format!("FROM {image}\nRUN {evil}\n{labels}\n"),
    ] {
        bases::build(engine, &image, &dockerfile);
        let forged = shop.id(&image);
        let output = shop.ocx(["opencode", "--version"]).run().success();
        assert!(!output.stdout().contains("evil"), "{output}");
        output
            .prints(version())
            .says(&format!("{image} is not used"))
            .says("nothing shows that the image of that name is one of ocx's")
            .done();
        assert_ne!(shop.id(&image), forged);
        shop.ocx(["opencode", "--version"])
            .run()
            .success()
            .never_says("ocx: ")
            .done();
    }
    assert!(shop.containers().is_empty());
}

fn a_genuine_image_proves_itself(engine: &Engine) {
    let shop = Workshop::new(engine);
    // One that says and sets as much as an image can.
    let base = shop.base("rich", &bases::with_user(engine));
    shop.use_image(&base);
    shop.ocx(["build"]).run().success().done();
    let before = shop.id(&shop.ocx_image(&base));
    for base in [&base, &shop.base("bare", &bases::without_path(engine))] {
        shop.use_image(base);
        shop.ocx(["build"]).run().success().done();
        std::fs::remove_dir_all(shop.state().join("ocx/images")).unwrap();
        shop.ocx(["opencode", "--version"])
            .run()
            .success()
            .prints(version())
            .says("looking into")
            .never_says("building")
            .never_says("is not used")
            .done();
        shop.ocx(["opencode", "--version"])
            .run()
            .success()
            .never_says("ocx: ")
            .done();
    }
    assert_eq!(shop.id(&shop.ocx_image(&base)), before);
    assert!(shop.containers().is_empty());
    shop.assert_tidy();
}
