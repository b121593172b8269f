//! A build on the terminal: live lines below, everything else above them.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use ocx_core::host::Host;

use crate::{
    build_view::{BuildView, Shown, Style},
    output,
    ui::{Ui, Verbosity},
    unseen_keys::UnseenKeys,
};

/// How many of the last lines of a step live below it.
const TAIL: usize = 4;

/// How often the time of a live line is drawn anew.
const TICK: Duration = Duration::from_millis(500);

/// Shows a build.
#[derive(Debug)]
pub(crate) struct BuildScreen {
    view: BuildView,
    multi: MultiProgress,
    live: BTreeMap<usize, Live>,
    keys: Option<UnseenKeys>,
}

#[derive(Debug)]
struct Live {
    title: String,
    began: Instant,
    bar: ProgressBar,
    tail: VecDeque<ProgressBar>,
}

impl BuildScreen {
    pub(crate) fn new(ui: Ui, host: &Host) -> Self {
        Self {
            view: BuildView::new(style(ui, host)),
            // Draws nothing unless standard error is a terminal.
            multi: MultiProgress::new(),
            live: BTreeMap::new(),
            keys: None,
        }
    }

    /// Takes the next line that a builder prints.
    pub(crate) fn line(&mut self, line: &str) {
        let shown = self.view.line(line);
        self.show(shown);
    }

    /// The builder has ended.
    pub(crate) fn ended(&mut self, went_well: bool) {
        let shown = self.view.ended(went_well);
        self.show(shown);
    }

    /// Writes something else, above what lives.
    pub(crate) fn above(&self, write: impl FnOnce()) {
        if self.live.is_empty() {
            write();
        } else {
            self.multi.suspend(write);
        }
    }

    fn show(&mut self, shown: Vec<Shown>) {
        for shown in shown {
            match shown {
                Shown::Line(line) => self.above(|| output::line(&line)),
                Shown::Begin { step, title } => self.begin(step, title),
                Shown::Last { step, line } => self.last(step, &line),
                Shown::End { step, leaves } => self.end(step, leaves),
            }
        }
    }

    fn begin(&mut self, step: usize, title: String) {
        if self.keys.is_none() {
            self.keys = UnseenKeys::begin();
        }
        let bar = self.multi.add(row("{elapsed:>4} {wide_msg}"));
        bar.set_message(output::in_one_row(&title));
        bar.enable_steady_tick(TICK);
        let live = Live {
            title,
            began: Instant::now(),
            bar,
            tail: VecDeque::new(),
        };
        self.live.insert(step, live);
    }

    fn last(&mut self, step: usize, line: &str) {
        let Some(live) = self.live.get_mut(&step) else {
            return;
        };
        if live.tail.len() == TAIL
            && let Some(oldest) = live.tail.pop_front()
        {
            self.multi.remove(&oldest);
        }
        let above = live.tail.back().unwrap_or(&live.bar);
        let bar = self.multi.insert_after(above, row("     {wide_msg:.dim}"));
        bar.set_message(output::in_one_row(line));
        live.tail.push_back(bar);
    }

    fn end(&mut self, step: usize, leaves: bool) {
        let Some(live) = self.live.remove(&step) else {
            return;
        };
        for bar in live.tail.iter().chain([&live.bar]) {
            bar.finish_and_clear();
            self.multi.remove(bar);
        }
        if self.live.is_empty() {
            self.keys = None;
        }
        if leaves {
            let seconds = live.began.elapsed().as_secs_f64();
            let line = format!("{} ({seconds:.1} s)", live.title);
            self.above(|| output::line(&line));
        }
    }
}

fn row(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("a sound template");
    ProgressBar::new_spinner().with_style(style)
}

/// Whether lines may live on the terminal.
pub(crate) fn lives(ui: Ui, host: &Host) -> bool {
    ui.says(Verbosity::Normal) && style(ui, host) == Style::Folded
}

/// How a build is shown to this user.
fn style(ui: Ui, host: &Host) -> Style {
    let is_set = |name| host.variable(name).is_some_and(|value| !value.is_empty());
    let is_dumb = host
        .variable("TERM")
        .is_none_or(|term| term.is_empty() || term == "dumb");
    if ui.says(Verbosity::Verbose) {
        Style::All
    } else if host.terminals.stderr && !is_dumb && !is_set("NO_COLOR") {
        Style::Folded
    } else {
        Style::Plain
    }
}
