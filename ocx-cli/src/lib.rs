//! The command line of ocx: it reads the world once, calls the use cases of `ocx-core`, and shows
//! what comes of it.

mod args;
mod backends;
mod base_build_hints;
mod browser;
mod build_hints;
mod build_question;
mod build_screen;
mod build_view;
mod builder_chatter;
mod causes;
mod clearance;
mod clone_hints;
mod column_widths;
mod commands;
mod context;
mod desktop;
mod detached;
mod devcontainer_hints;
mod escape;
mod exit_code;
mod failure;
mod fetch_question;
mod field_list;
mod guide;
mod hints;
mod host_ports_question;
mod host_program;
mod init_note;
mod input;
mod last_hints;
mod notices;
mod output;
mod page;
mod passage;
mod place_hints;
mod plain_table;
mod program_hints;
mod question;
mod reporter;
mod session_hints;
mod settings_hints;
mod signals;
mod starting;
mod subordinate_ids;
mod terminal_gone;
mod trust_hints;
mod trust_question;
mod ui;
mod unseen_keys;
mod wrapped;

use std::{ffi::OsString, process::ExitCode};

use args::{Cli, Command};
use failure::Failure;
use ui::Ui;

/// Runs `ocx` with the arguments and environment of this process.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    if let Some(asked) = guide::Asked::of(&args) {
        let ui = Ui::new(false, false);
        return asked
            .show(ui)
            .unwrap_or_else(|failure| failure.show(ui, ".".into()));
    }
    if let Some(asked) = commands::completions::Asked::of(&args) {
        return asked.show();
    }
    let cli = match args::parse(args) {
        Ok(cli) => cli,
        Err(stop) => return stop.show(),
    };
    run(&cli).unwrap_or_else(|failure| failure.show(cli.global.ui(), cli.global.place()))
}

fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::Start { source })?;
    let result = runtime.block_on(async {
        match &cli.command {
            Command::Adopt(args) => commands::adopt::run(&cli.global, args),
            Command::Apply(args) => commands::apply::run(&cli.global, args).await,
            Command::Changes(args) => commands::changes::run(&cli.global, args).await,
            Command::Attach(args) => commands::attach::run(&cli.global, args).await,
            Command::Logs(args) => commands::logs::run(&cli.global, args).await,
            Command::Wait(args) => commands::wait::run(&cli.global, args).await,
            Command::DetachedSession(args) => {
                commands::detach::run_detached(&cli.global, args).await
            }
            Command::Diff(args) => commands::diff::run(&cli.global, args).await,
            Command::Discard(args) => commands::discard::run(&cli.global, args).await,
            Command::Build(args) => commands::build::run(&cli.global, args).await,
            Command::Compat(args) => commands::compat::run(&cli.global, args).await,
            Command::Config(args) => commands::config::run(&cli.global, args),
            Command::Explain(args) => commands::explain::run(&cli.global, args).await,
            Command::Init(args) => commands::init::run(&cli.global, args),
            Command::Network(args) => commands::network::run(&cli.global, args).await,
            Command::Logins(args) => commands::logins::run(&cli.global, args),
            Command::Status(args) => commands::status::run(&cli.global, args).await,
            Command::Upgrade(args) => commands::upgrade::run(&cli.global, args).await,
            Command::Opencode(args) => commands::opencode::run(&cli.global, args).await,
            Command::Run(args) => commands::opencode::run_task(&cli.global, args).await,
            Command::Exec(args) => commands::exec::run(&cli.global, args).await,
            Command::Shell(args) => commands::exec::shell(&cli.global, args).await,
            Command::Port(args) => commands::port::run(&cli.global, args).await,
            Command::Ps(args) => commands::ps::run(&cli.global, args).await,
            Command::Trust(args) => commands::trust::run(&cli.global, args),
            Command::Du(args) => commands::du::run(&cli.global, args).await,
            Command::Image(args) => commands::image::run(&cli.global, args).await,
            Command::Volume(args) => commands::volume::run(&cli.global, args).await,
            Command::Cache(args) => commands::cache::run(&cli.global, args).await,
            Command::Stats(args) => commands::stats::run(&cli.global, args).await,
            Command::Prune(args) => commands::prune::run(&cli.global, args).await,
            Command::Doctor(args) => commands::doctor::run(&cli.global, args).await,
            Command::BugReport(_) => commands::bug_report::run(&cli.global).await,
            Command::Version(args) => commands::version::run(&cli.global, args),
            Command::Completions(args) => commands::completions::run(&cli.global, args),
            Command::Man(args) => commands::man::run(&cli.global, args),
            Command::Stop(args) => commands::ps::stop(&cli.global, args).await,
        }
    });
    // A look-up of names that hangs must not keep the process from ending.
    runtime.shutdown_background();
    result
}
