//! Showing what the use cases tell.

use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};
use ocx_core::{
    host::Host,
    report::{Event, EventKind, Notice, Reporter, Severity},
    spec::Terminal,
};

use crate::{
    args::GlobalArgs,
    browser,
    build_screen::BuildScreen,
    desktop::Desktop,
    notices, output,
    starting::Starting,
    ui::{Ui, Verbosity},
};

/// Shows events on standard error, and planned commands on standard output.
#[derive(Debug)]
pub(crate) struct TerminalReporter {
    ui: Ui,
    host: Host,
    download: Mutex<Option<ProgressBar>>,
    build: Mutex<BuildScreen>,
    starting: Starting,
    desktop: Desktop,
    /// Whether a line of ocx's would be written over what a session's program shows on the same terminal.
    is_over_program: bool,
}

impl TerminalReporter {
    pub(crate) fn new(args: &GlobalArgs, host: &Host) -> Self {
        let has_terminal = host.terminals.for_program() == Terminal::Interactive;
        Self {
            host: host.clone(),
            ui: args.ui(),
            download: Mutex::new(None),
            build: Mutex::new(BuildScreen::new(args.ui(), host)),
            starting: Starting::default(),
            desktop: Desktop::default(),
            is_over_program: has_terminal && host.terminals.stderr,
        }
    }

    /// The same, and what it shows takes the place of this.
    pub(crate) fn after(self, starting: Starting) -> Self {
        Self { starting, ..self }
    }

    fn start_download(&self, title: &str, total: Option<u64>) {
        output::progress(&format!("downloading {title}"));
        // Draws nothing unless standard error is a terminal.
        let bar = match total {
            Some(total) => ProgressBar::new(total).with_style(
                ProgressStyle::with_template(
                    "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
                )
                .expect("a sound template"),
            ),
            None => ProgressBar::new_spinner().with_style(
                ProgressStyle::with_template("{spinner} {bytes} {bytes_per_sec}")
                    .expect("a sound template"),
            ),
        };
        *self.bar() = Some(bar);
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.download
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Reporter for TerminalReporter {
    fn report(&self, event: Event<'_>) {
        let build = || {
            let build = self.build.lock();
            build.unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        // All others may be on the terminal.
        match event.kind {
            EventKind::EngineCommand { .. }
            | EventKind::EngineCommandEnded { .. }
            | EventKind::StepEnded(_) => {}
            EventKind::ProgramBegins
                if self.host.terminals.for_program() == Terminal::Interactive =>
            {
                self.starting.hand_over();
            }
            _ => self.starting.over(),
        }
        match event.kind {
            EventKind::EngineOutput { line } if self.ui.says(Verbosity::Normal) => {
                build().line(line);
            }
            EventKind::EngineOutputEnded { went_well } => build().ended(went_well),
            _ => build().above(|| self.show(&event)),
        }
    }
}

impl TerminalReporter {
    fn show(&self, event: &Event<'_>) {
        let shown = |at_least| self.ui.says(at_least);
        match event.kind {
            EventKind::StepBegan(step) if shown(Verbosity::Normal) => {
                output::progress(&step.to_string());
            }
            // Also where nothing is to be said, since the login waits for it.
            EventKind::Notice(Notice::LoginUrl { url }) => {
                let text = match browser::open(&self.host, url) {
                    true => format!("opening {url} in your browser"),
                    false => format!("open this in your browser to log in: {url}"),
                };
                if shown(Verbosity::Normal) {
                    output::beside(&text);
                }
            }
            EventKind::Notice(notice)
                if notices::is_of_login(notice) && shown(Verbosity::Normal) =>
            {
                output::beside(&notices::text(notice));
            }
            // It comes while the session's program runs.
            EventKind::Notice(notice @ Notice::HostPending { destination }) => {
                self.desktop.session_asks(&self.host, destination);
                if !self.is_over_program && shown(Verbosity::Normal) {
                    output::progress(&notices::text(notice));
                }
            }
            EventKind::Notice(notice) if shown(Verbosity::Normal) => {
                let text = notices::text(notice);
                match notice.severity() {
                    Severity::Note => output::progress(&text),
                    Severity::Warning => output::warning(&text),
                }
            }
            EventKind::DownloadStarted { title, total } if shown(Verbosity::Normal) => {
                self.start_download(title, total);
            }
            EventKind::DownloadProgress { received } => {
                if let Some(bar) = &*self.bar() {
                    bar.set_position(received);
                }
            }
            EventKind::DownloadFinished => {
                if let Some(bar) = self.bar().take() {
                    bar.finish_and_clear();
                }
            }
            EventKind::EngineCommand { line } if shown(Verbosity::Verbose) => output::command(line),
            EventKind::PlannedCommand { line } => output::planned(line),
            _ => {}
        }
    }
}
