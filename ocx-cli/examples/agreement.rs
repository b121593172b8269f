//! Another program that has somebody look at a project's Dockerfile before it is built.
//!
//! ```console
//! $ cargo run --package ocx --example agreement -- ~/my-project
//! ```

use std::{
    env,
    error::Error,
    io::{self, Write as _},
};

use ocx_core::{BuildError, BuildRequest, Host, Ocx, Project, Settings, engines, ops::Consent};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let project = env::args().nth(1).ok_or("usage: agreement PROJECT")?;
    let host = Host::of_this_process()?;
    let project = Project::discover(&host, Some(project.as_str().into()))?;
    let settings = Settings::of_files(&host, &project).build()?;
    let backends = [ocx_docker::backend(), ocx_podman::backend()];
    let engine = engines::choose(&backends, &host, &project, &settings).await?;
    let ocx = Ocx::new(host, project, settings, engine).on_event(|event| eprintln!("{event}"));

    let built = match ocx.build(&BuildRequest::implicit()).await {
        Err(BuildError::NotTrusted(refused)) if is_agreed_to(&refused.to_string())? => {
            // What is agreed to is exactly what was looked at.
            let ocx = ocx.with_consent(Consent::Once(refused.content));
            ocx.build(&BuildRequest::implicit()).await?
        }
        built => built?,
    };
    println!("{}", built.image);
    Ok(())
}

fn is_agreed_to(what: &str) -> io::Result<bool> {
    print!("{what}. Build it? [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "y")
}
