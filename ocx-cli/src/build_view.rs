//! How a build is shown, as a value: what comes of each line that a builder prints. Who asks for more
//! with `-v` gets every line; else a step is one line, and only one that fails is shown with all that
//! it printed. A line that belongs to no step is always shown.

use std::collections::{BTreeSet, VecDeque};

use ocx_core::build_log::{BuildLog, FailedStep, StepEnd, Told};

/// How many lines of a step are kept, in case that it fails.
const LONGEST_STEP: usize = 20_000;

/// How many of the last lines are shown of a build that failed in no step that can be told.
const LAST_LINES: usize = 40;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Each line, as it comes.
    All,
    /// One line for each step.
    Plain,
    /// One line for each step, which lives while the step does, with the step's last lines below.
    Folded,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A line, as a builder printed it.
    Line(String),
    /// The live line of a step.
    Begin { step: usize, title: String },
    /// What a step has just printed.
    Last { step: usize, line: String },
    /// A step has ended; it leaves a line if it is one of the Dockerfile's.
    End { step: usize, leaves: bool },
}

/// A build on its way.
#[derive(Debug)]
pub(crate) struct BuildView {
    style: Style,
    log: BuildLog,
    live: BTreeSet<usize>,
    hidden: VecDeque<String>,
    is_failure_shown: bool,
}

impl BuildView {
    pub(crate) fn new(style: Style) -> Self {
        Self {
            style,
            log: BuildLog::new(LONGEST_STEP),
            live: BTreeSet::new(),
            hidden: VecDeque::new(),
            is_failure_shown: false,
        }
    }

    /// Takes the next line that the builder prints.
    pub(crate) fn line(&mut self, line: &str) -> Vec<Shown> {
        if self.style == Style::All {
            return vec![Shown::Line(line.to_owned())];
        }
        let mut shown = Vec::new();
        for told in self.log.read(line) {
            match told {
                // An empty line only separates what is hidden.
                Told::Loose if line.is_empty() && self.log.step(0).is_some() => {}
                Told::Loose => shown.push(Shown::Line(line.to_owned())),
                Told::Began(step) => shown.extend(self.begin(step)),
                Told::Of(step) => {
                    self.hide(line);
                    if self.live.contains(&step) {
                        shown.push(Shown::Last {
                            step,
                            line: line.to_owned(),
                        });
                    }
                }
                Told::Ended(step, end) => {
                    self.hide(line);
                    shown.extend(self.end(step, end != StepEnd::Failed));
                    if end == StepEnd::Failed {
                        shown.extend(self.failure());
                    }
                }
            }
        }
        shown
    }

    /// The builder has ended. The next line is another build's.
    pub(crate) fn ended(&mut self, went_well: bool) -> Vec<Shown> {
        let live: Vec<usize> = self.live.iter().copied().collect();
        let mut shown: Vec<Shown> = live
            .into_iter()
            .flat_map(|step| self.end(step, went_well))
            .collect();
        if !went_well && !self.is_failure_shown && self.style != Style::All {
            shown.extend(self.failure());
        }
        *self = Self::new(self.style);
        shown
    }

    fn begin(&mut self, step: usize) -> Option<Shown> {
        let found = self.log.step(step)?;
        let title = found.to_string();
        match self.style {
            Style::Folded => {
                self.live.insert(step);
                Some(Shown::Begin { step, title })
            }
            _ => (!found.place.is_empty()).then_some(Shown::Line(title)),
        }
    }

    fn end(&mut self, step: usize, may_leave: bool) -> Option<Shown> {
        let is_of_dockerfile = self
            .log
            .step(step)
            .is_some_and(|step| !step.place.is_empty());
        self.live.remove(&step).then_some(Shown::End {
            step,
            leaves: may_leave && is_of_dockerfile,
        })
    }

    fn hide(&mut self, line: &str) {
        self.hidden.push_back(line.to_owned());
        if self.hidden.len() > LAST_LINES {
            self.hidden.pop_front();
        }
    }

    /// All of the step that failed; if that cannot be told, the end of what was hidden.
    fn failure(&mut self) -> Vec<Shown> {
        self.is_failure_shown = true;
        match self.log.failed() {
            Some(FailedStep {
                lines, left_out, ..
            }) => {
                let gap = (left_out > 0).then(|| format!("[{left_out} lines left out]"));
                gap.into_iter().chain(lines).map(Shown::Line).collect()
            }
            None => self.hidden.drain(..).map(Shown::Line).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LEGACY: &str = "Sending build context\nStep 1/3 : FROM x\n ---> 0123456789ab\n\
                          Step 2/3 : RUN a\nquiet\n ---> 1123456789ab\nStep 3/3 : RUN b\none\ntwo\n";
    const BUILDKIT: &str = "#1 [internal] load build definition\n#1 DONE 0.0s\n\n#2 [1/2] RUN a\n\
                            #2 0.1 quiet\n#2 DONE 0.1s\n\n#3 [2/2] RUN b\n#3 0.1 one\n#3 0.2 two\n\
                            #3 ERROR: exit code: 1\n------\nERROR: failed\n";

    fn lines(view: &mut BuildView, text: &str, went_well: bool) -> Vec<String> {
        let mut shown: Vec<Shown> = text.lines().flat_map(|line| view.line(line)).collect();
        shown.extend(view.ended(went_well));
        let line = |shown| match shown {
            Shown::Line(line) => Some(line),
            _ => None,
        };
        shown.into_iter().filter_map(line).collect()
    }

    #[test]
    fn a_line_for_each_step_and_all_of_the_one_that_fails() {
        let mut view = BuildView::new(Style::Plain);
        let told = lines(&mut view, LEGACY, false);
        assert_eq!(
            told,
            [
                "Sending build context",
                "[1/3] FROM x",
                "[2/3] RUN a",
                "[3/3] RUN b",
                "Step 3/3 : RUN b",
                "one",
                "two",
            ]
        );
        let told = lines(&mut view, BUILDKIT, false);
        assert_eq!(
            told,
            [
                "[1/2] RUN a",
                "[2/2] RUN b",
                "#3 [2/2] RUN b",
                "#3 0.1 one",
                "#3 0.2 two",
                "#3 ERROR: exit code: 1",
                "------",
                "ERROR: failed",
            ]
        );
        assert_eq!(lines(&mut view, LEGACY, true).len(), 4);
        assert_eq!(lines(&mut view, "a\n\nb", true), ["a", "", "b"]);
    }

    #[test]
    fn what_lives_ends() {
        let mut view = BuildView::new(Style::Folded);
        let shown: Vec<Shown> = LEGACY.lines().flat_map(|line| view.line(line)).collect();
        let shown: Vec<Shown> = shown.into_iter().chain(view.ended(true)).collect();
        let count = |is: fn(&Shown) -> bool| shown.iter().filter(|shown| is(shown)).count();
        assert_eq!(count(|shown| matches!(shown, Shown::Begin { .. })), 3);
        assert_eq!(
            count(|shown| matches!(shown, Shown::End { leaves: true, .. })),
            3
        );
        assert_eq!(count(|shown| matches!(shown, Shown::Last { .. })), 3);
    }

    fn any_line() -> impl Strategy<Value = String> {
        let all: Vec<String> = [LEGACY, BUILDKIT]
            .iter()
            .flat_map(|text| text.lines().map(str::to_owned))
            .collect();
        prop_oneof![
            prop::sample::select(all),
            "[#\\[\\]A-Z0-9/: -]{0,20}",
            ".{0,30}"
        ]
    }

    proptest! {
        #[test]
        fn no_line_is_lost_for_who_asks_for_all(
            lines in prop::collection::vec(any_line(), 0..60),
            went_well: bool,
        ) {
            let mut view = BuildView::new(Style::All);
            let mut shown: Vec<Shown> = lines.iter().flat_map(|line| view.line(line)).collect();
            shown.extend(view.ended(went_well));
            let all: Vec<Shown> = lines.into_iter().map(Shown::Line).collect();
            prop_assert_eq!(shown, all);
        }

        /// What begins to live ends, whatever is printed, and only then.
        #[test]
        fn nothing_lives_on(lines in prop::collection::vec(any_line(), 0..60), went_well: bool) {
            let mut view = BuildView::new(Style::Folded);
            let mut shown: Vec<Shown> = lines.iter().flat_map(|line| view.line(line)).collect();
            shown.extend(view.ended(went_well));
            let mut live = BTreeSet::new();
            for shown in shown {
                match shown {
                    Shown::Begin { step, .. } => prop_assert!(live.insert(step)),
                    Shown::Last { step, .. } => prop_assert!(live.contains(&step)),
                    Shown::End { step, .. } => prop_assert!(live.remove(&step)),
                    Shown::Line(_) => {}
                }
            }
            prop_assert!(live.is_empty());
        }
    }
}
