//! What `ocx build` and `ocx exec` do, from another program: builds the ocx image of a project and
//! runs a command in it.
//!
//! ```console
//! $ cargo run --package ocx --example library -- podman ~/my-project make test
//! ```

use std::{env, error::Error, process::ExitCode};

use ocx_core::{
    engines,
    host::Host,
    ops::{BuildRequest, Ocx, Program},
    project,
    settings::Settings,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [engine, project, command @ ..] = &args[..] else {
        return Err("usage: library docker|podman PROJECT COMMAND…".into());
    };
    // The facts about this process; a program may also make them up.
    let host = Host::of_this_process()?;
    let project = project::discover(&host, Some(project.as_str().into()))?;
    let settings = Settings::of_files(&host, &project)
        .with("runtime", engine)?
        .build()?;
    let backends = [ocx_docker::backend(), ocx_podman::backend()];
    let engine = engines::choose(&backends, &host, &project, &settings).await?;

    let ocx = Ocx::new(host, project, settings, engine);
    let built = ocx.build(&BuildRequest::implicit()).await?;
    println!("{}", built.image);
    let session = ocx
        .session(Program::command(command.to_vec()))
        .run()
        .await?;
    Ok(ExitCode::from(session.exit.code()))
}
