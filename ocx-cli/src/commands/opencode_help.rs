//! `ocx opencode --help`: ocx's own words, which need no engine, and then opencode's, where its image is there.

use std::process::ExitCode;

use ocx_core::ops::{self, Program, Verdict};

use crate::{
    args::{self, GlobalArgs},
    context::{Context, Operation},
    failure::Failure,
    input,
};

/// Whether only help is asked for, behind what ocx itself puts first.
pub(super) fn is_asked_for(args: &[String]) -> bool {
    matches!(args, [flag] if flag == "--help" || flag == "-h")
}

/// Shows ocx's help of `command`, and that of opencode for `words`.
pub(super) async fn show(
    global: &GlobalArgs,
    command: &str,
    words: Vec<String>,
) -> Result<ExitCode, Failure> {
    let ui = global.ui();
    ui.answer(&args::help_of(command))?;
    // Nothing is built, asked or mended for a page of help, nor said of what is odd.
    let operation = match Context::if_there_is_one(global) {
        Ok(context) => Operation::prepare(global, context),
        Err(_) => return Ok(without_opencodes(global)),
    };
    let status = operation
        .with_engine(async |ocx| Ok(ops::status(ocx).await?))
        .await;
    if !status.is_ok_and(|status| matches!(status.verdict, Verdict::Fresh)) {
        return Ok(without_opencodes(global));
    }
    ui.answer("\nopencode's own help:\n\n")?;
    let program = Program::opencode(words);
    operation
        .with_base(async |ocx| {
            let session = ocx.session(program.clone()).stdin(input::of_the_caller());
            Ok(ExitCode::from(session.run().await?.exit.code()))
        })
        .await
}

fn without_opencodes(global: &GlobalArgs) -> ExitCode {
    global
        .ui()
        .progress("opencode's own help follows here once `ocx build` has made its image");
    ExitCode::SUCCESS
}
