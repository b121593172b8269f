//! `ocx config edit`.

use ocx_tests::{output::Output, sandbox::Sandbox};

fn global(sandbox: &Sandbox) -> camino::Utf8PathBuf {
    sandbox.config().join("ocx/ocx.toml")
}

/// `ocx config edit` with a shell script as editor, which gets the file as `$0`.
fn edit(sandbox: &Sandbox, script: &str, args: &[&str]) -> Output {
    let args = ["config", "edit"].iter().chain(args).copied();
    let editor = format!("/bin/sh -c '{script}'");
    sandbox.ocx(args).env("EDITOR", &editor).run()
}

#[test]
fn a_file_is_made_for_the_editor_and_checked() {
    let sandbox = Sandbox::new();
    let output = edit(&sandbox, "cat $0; echo cpus = 2 >> $0", &[]).success();
    assert!(output.stdout().contains("\n# memory = "), "{output}");
    output.says("ocx/ocx.toml is in order").done();
    assert!(sandbox.read(global(&sandbox)).ends_with("\ncpus = 2\n"));
    let output = edit(&sandbox, "echo network = \\\"host\\\" > $0", &["--project"]);
    output.success().says("ocx trust").done();
    assert_eq!(sandbox.read("ocx.toml"), "network = \"host\"\n");
}

#[test]
fn nothing_stays_of_a_file_that_nobody_has_written_into() {
    let sandbox = Sandbox::new();
    let output = edit(&sandbox, "true", &[]).success();
    output.says("nothing is set in").done();
    assert!(!global(&sandbox).exists());
    let failed = edit(&sandbox, "exit 3", &["--project"]).exits(74);
    failed
        .says("the editor /bin/sh failed: exit status: 3")
        .done();
    assert!(!sandbox.project().join("ocx.toml").exists());
}

#[test]
fn what_is_wrong_is_told_and_stays() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "memory = \"2g\"\n");
    let output = edit(&sandbox, "echo memory = 4 > $0", &["--project"]);
    insta::assert_snapshot!(output.snapshot(), @r#"
    $ ocx config edit --project
    [exit code 78]
    --- stderr
    ocx: [PROJECT]/ocx.toml is as you have written it; `ocx config edit` opens it again
    error: setting `memory`: found `4`, which is 4 bytes, expected a size such as `512m` or `2g`, or 0 for no limit
     --> [PROJECT]/ocx.toml:1:10
    1 | memory = 4
      |          ^
    hint: for example `memory = "4g"`; `ocx help settings` has more
    "#);
    assert_eq!(sandbox.read("ocx.toml"), "memory = 4\n");
    // And can be mended there.
    let output = edit(&sandbox, "echo memory = 0 > $0", &["--project"]);
    output.success().says("is in order").done();
}

#[test]
fn which_editor() {
    let sandbox = Sandbox::new();
    let visual = sandbox
        .ocx(["config", "edit", "--dry-run"])
        .env("EDITOR", "/bin/false")
        .env("VISUAL", "/bin/true --wait")
        .run();
    visual.success().says("ocx.toml with /bin/true\n").done();
    assert!(!global(&sandbox).exists());
    let missing = sandbox
        .ocx(["config", "edit"])
        .env("EDITOR", "no-such-editor -x")
        .run();
    let missing = missing.exits(78);
    missing
        .says("no program for `no-such-editor -x`, which the variable `EDITOR` names")
        .says("hint: choose an editor")
        .done();
    let none = sandbox.ocx(["config", "edit"]).env("PATH", "/proc").run();
    none.exits(78).says("there is no editor").done();
    // What a session could have put there is not run.
    sandbox.write("bin/vi", "#!/bin/sh\n");
    let program = sandbox.project().join("bin/vi");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    let path = program.parent().unwrap().as_str();
    let theirs = sandbox.ocx(["config", "edit"]).env("PATH", path).run();
    theirs.exits(78).says("there is no editor").done();
}
