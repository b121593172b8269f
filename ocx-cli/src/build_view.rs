//! How a build is shown, as a value: what comes of each line that a builder prints. Who asks for more
//! with `-v` gets every line; else a step is one line, and only one that fails is shown with all that
//! it printed. A line that belongs to no step is shown, but for what only says that the build is done.

use std::collections::{BTreeSet, VecDeque};

use ocx_core::build_log::{BuildLog, FailedStep, StepEnd, Told};

use crate::builder_chatter::{is_conclusion, is_own_labels, logged_warning};

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
    /// Warnings that were shown, also of former builds: the engine repeats those about itself.
    warned: BTreeSet<String>,
}

impl BuildView {
    pub(crate) fn new(style: Style) -> Self {
        Self {
            style,
            log: BuildLog::new(LONGEST_STEP),
            live: BTreeSet::new(),
            hidden: VecDeque::new(),
            is_failure_shown: false,
            warned: BTreeSet::new(),
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
                Told::Loose if is_conclusion(line) && self.log.step(0).is_some() => self.hide(line),
                Told::Loose => shown.extend(self.loose(line)),
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
        *self = Self {
            warned: std::mem::take(&mut self.warned),
            ..Self::new(self.style)
        };
        shown
    }

    /// A line that belongs to no step.
    fn loose(&mut self, line: &str) -> Option<Shown> {
        let Some(warning) = logged_warning(line) else {
            return Some(Shown::Line(line.to_owned()));
        };
        let is_new = self.warned.insert(warning.clone());
        is_new.then_some(Shown::Line(warning))
    }

    fn begin(&mut self, step: usize) -> Option<Shown> {
        let found = self.log.step(step)?;
        let title = found.to_string();
        if is_own_labels(&found.instruction) {
            return None;
        }
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

    const PODMAN: &str = "time=\"x\" level=warning msg=\"about the engine\"\nSTEP 1/3: FROM x\n\
                          STEP 2/3: RUN a\ntime=\"x\" level=warning msg=\"of a\"\n--> 0123456789ab\n\
                          [Warning] one or more build args were not consumed: [A]\n\
                          STEP 3/3: LABEL \"ocx.recipe\"=\"2\"\nCOMMIT x\n--> 1123456789ab\n\
                          Successfully tagged localhost/x:latest\n\
                          0daef5950408f506216c1a28357fa95a3937f52a263792c8f016ae01039a1156\n";

    #[test]
    fn what_tells_nothing_is_left_out_and_warnings_are_not() {
        for style in [Style::Plain, Style::Folded] {
            let mut view = BuildView::new(style);
            let told = lines(&mut view, PODMAN, true);
            let told: Vec<&str> = told.iter().map(String::as_str).collect();
            let steps = ["[1/3] FROM x", "[2/3] RUN a"];
            let mut expected = vec!["warning: about the engine"];
            if style == Style::Plain {
                expected.extend(steps);
            }
            expected.push("[Warning] one or more build args were not consumed: [A]");
            assert_eq!(told, expected);
            // What the engine says of itself is said once.
            let again = lines(&mut view, PODMAN, true);
            assert_eq!(again.len(), expected.len() - 1, "{again:?}");
        }
        let mut view = BuildView::new(Style::All);
        assert_eq!(lines(&mut view, PODMAN, true).len(), PODMAN.lines().count());
    }

    #[test]
    fn of_a_build_that_fails_in_no_step_all_is_shown() {
        let mut view = BuildView::new(Style::Plain);
        let told = lines(&mut view, PODMAN, false);
        assert!(told.contains(&"COMMIT x".to_owned()), "{told:?}");
        assert!(
            told.iter().any(|line| line.starts_with("Successfully")),
            "{told:?}"
        );
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
