//! Reading a builder's output line by line.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
};

use super::header::{Builder, end, header, is_result, numbered, placed};

/// A step of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildStep {
    /// Where it stands, such as `2/3`, `build 2/3` or `1/2 2/3`; empty for what the builder does on its
    /// own account.
    pub place: String,
    /// The instruction, as the builder repeats it.
    pub instruction: String,
}

impl fmt::Display for BuildStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "[{}] ", self.place)?;
        }
        f.write_str(&self.instruction)
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// It was done.
    Done,
    /// It was in the builder's cache.
    Cached,
    /// It failed.
    Failed,
    /// Another one failed meanwhile.
    Canceled,
}

/// What a line of the output tells. Steps have numbers in the order in which they began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is the first line of a step.
    Began(usize),
    /// It is a line of this step.
    Of(usize),
    /// It is the last line of this step.
    Ended(usize, StepEnd),
    /// It belongs to no step.
    Loose,
}

/// The step that a build failed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedStep {
    /// The step.
    pub step: BuildStep,
    /// The last lines of it, as the builder printed them.
    pub lines: Vec<String>,
    /// How many lines of it came before those.
    pub left_out: usize,
}

#[derive(Debug)]
struct Kept {
    step: BuildStep,
    lines: VecDeque<String>,
    left_out: usize,
    end: Option<StepEnd>,
}

/// What a builder has printed so far.
#[derive(Debug)]
pub struct BuildLog {
    keep: usize,
    builder: Option<Builder>,
    steps: Vec<Kept>,
    /// The step that a builder is at which does one after the other: its number as the builder counts,
    /// of how many, and in which stage.
    at: Option<(String, u32, Option<u32>)>,
    /// BuildKit's numbers.
    numbers: BTreeMap<u32, usize>,
}

impl BuildLog {
    /// A log that keeps so many of the last lines of a step.
    #[must_use]
    pub fn new(keep: usize) -> Self {
        Self {
            keep,
            builder: None,
            steps: Vec::new(),
            at: None,
            numbers: BTreeMap::new(),
        }
    }

    /// A step by its number.
    #[must_use]
    pub fn step(&self, number: usize) -> Option<&BuildStep> {
        self.steps.get(number).map(|kept| &kept.step)
    }

    /// Takes the next line. A step of a builder that does one after the other ends without a word when
    /// the next one begins; that is told here as well, before.
    pub fn read(&mut self, line: &str) -> Vec<Told> {
        // The legacy builder sets standard error in red, and the end of that begins the next line.
        let bare = line.trim_start_matches("\x1b[0m");
        let told = match self.builder {
            None | Some(Builder::BuildKit) => self.read_numbered(bare),
            Some(_) => None,
        };
        let told = told.unwrap_or_else(|| self.read_sequence(bare));
        if let Some(Told::Began(step) | Told::Of(step) | Told::Ended(step, _)) = told.last() {
            self.keep(*step, line);
        }
        for told in &told {
            if let Told::Ended(step, end) = told {
                self.close(*step, *end);
            }
        }
        told
    }

    /// The step in which a build failed, of a build that did; `None` if that cannot be told.
    #[must_use]
    pub fn failed(&self) -> Option<FailedStep> {
        let by_word = |kept: &&Kept| kept.end == Some(StepEnd::Failed);
        let failed = self.steps.iter().find(by_word).or_else(|| {
            let last = self.steps.last()?;
            (self.builder != Some(Builder::BuildKit) && last.end.is_none()).then_some(last)
        })?;
        Some(FailedStep {
            step: failed.step.clone(),
            lines: failed.lines.iter().cloned().collect(),
            left_out: failed.left_out,
        })
    }

    fn read_numbered(&mut self, line: &str) -> Option<Vec<Told>> {
        let (number, rest) = numbered(line)?;
        if let Some(&step) = self.numbers.get(&number) {
            if self.steps[step].end.is_some() {
                return Some(vec![Told::Of(step)]);
            }
            return Some(match end(rest) {
                Some(end) => vec![Told::Ended(step, end)],
                None => vec![Told::Of(step)],
            });
        }
        if self.builder.is_none() {
            // Any program may print `#5 something`; BuildKit begins like this.
            let is_first = number <= 1 && (number == 0 || rest.starts_with('['));
            if !is_first {
                return None;
            }
            self.builder = Some(Builder::BuildKit);
        }
        if number == 0 {
            return Some(vec![Told::Loose]);
        }
        let (place, instruction) = placed(rest).unwrap_or(("", rest));
        let step = self.begin(place.to_owned(), instruction);
        self.numbers.insert(number, step);
        Some(vec![Told::Began(step)])
    }

    fn read_sequence(&mut self, line: &str) -> Vec<Told> {
        if self.builder == Some(Builder::BuildKit) {
            return vec![Told::Loose];
        }
        let open = self.open();
        if let Some(found) = header(line)
            && self.builder.is_none_or(|builder| builder == found.builder)
            && self.follows(found.stage, found.number, found.of)
        {
            self.builder = Some(found.builder);
            self.at = Some((found.stage.to_owned(), found.number, found.of));
            let stage = found.stage.trim_end().trim_matches(['[', ']']);
            let mut place = found.number.to_string();
            if let Some(of) = found.of {
                place = format!("{place}/{of}");
            }
            if !stage.is_empty() {
                place = format!("{stage} {place}");
            }
            let ended = open.map(|step| Told::Ended(step, StepEnd::Done));
            let began = Told::Began(self.begin(place, found.instruction));
            return ended.into_iter().chain([began]).collect();
        }
        match (open, self.builder) {
            (Some(step), Some(builder)) if is_result(builder, line) => {
                vec![Told::Ended(step, StepEnd::Done)]
            }
            (Some(step), _) => vec![Told::Of(step)],
            (None, _) => vec![Told::Loose],
        }
    }

    /// Whether a step may come next: what a program prints is not taken for one so easily.
    fn follows(&self, stage: &str, number: u32, of: Option<u32>) -> bool {
        match &self.at {
            None => number == 1,
            Some((before, last, all)) if before == stage => number == last + 1 && of == *all,
            Some(_) => number == 1,
        }
    }

    fn open(&self) -> Option<usize> {
        let last = self.steps.len().checked_sub(1)?;
        self.steps[last].end.is_none().then_some(last)
    }

    fn begin(&mut self, place: String, instruction: &str) -> usize {
        self.steps.push(Kept {
            step: BuildStep {
                place,
                instruction: instruction.to_owned(),
            },
            lines: VecDeque::new(),
            left_out: 0,
            end: None,
        });
        self.steps.len() - 1
    }

    fn keep(&mut self, step: usize, line: &str) {
        let kept = &mut self.steps[step];
        kept.lines.push_back(line.to_owned());
        if kept.lines.len() > self.keep {
            kept.lines.pop_front();
            kept.left_out += 1;
        }
    }

    fn close(&mut self, step: usize, end: StepEnd) {
        let kept = &mut self.steps[step];
        kept.end = Some(end);
        if end != StepEnd::Failed {
            kept.lines = VecDeque::new();
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
