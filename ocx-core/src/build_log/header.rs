//! The lines by which builders tell their steps apart.

use super::StepEnd;

/// Which builder it is that prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builder {
    /// Docker's own, before BuildKit.
    Legacy,
    BuildKit,
    /// Podman's.
    Buildah,
}

/// The first line of a step of a builder that does one after the other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub(super) builder: Builder,
    /// The stage that it says it is in, such as `[1/2] `; empty if there is but one.
    pub(super) stage: &'a str,
    pub(super) number: u32,
    /// Of how many; older versions of Podman do not say.
    pub(super) of: Option<u32>,
    pub(super) instruction: &'a str,
}

/// `Step 2/3 : RUN make`, `STEP 2/3: RUN make`, `[1/2] STEP 2/3: RUN make` or `STEP 2: RUN make`.
pub(super) fn header(line: &str) -> Option<Header<'_>> {
    let (builder, stage, rest) = if let Some(rest) = line.strip_prefix("Step ") {
        (Builder::Legacy, "", rest)
    } else {
        let at = match line.strip_prefix('[') {
            Some(_) => line.find("] ")? + 2,
            None => 0,
        };
        let (stage, rest) = line.split_at(at);
        (Builder::Buildah, stage, rest.strip_prefix("STEP ")?)
    };
    let separator = match builder {
        Builder::Legacy => " : ",
        _ => ": ",
    };
    let (numbers, instruction) = rest.split_once(separator)?;
    let (number, of) = match numbers.split_once('/') {
        Some((number, of)) => (number, Some(of.parse().ok()?)),
        None => (numbers, None),
    };
    Some(Header {
        builder,
        stage,
        number: number.parse().ok()?,
        of,
        instruction,
    })
}

/// Whether a line is the last one of a step of a builder that does one after the other: the ID of what
/// came of it.
pub(super) fn is_result(builder: Builder, line: &str) -> bool {
    let id = match builder {
        Builder::Legacy => line.strip_prefix(" ---> "),
        Builder::Buildah => line.strip_prefix("--> "),
        Builder::BuildKit => None,
    };
    id.is_some_and(|id| id.len() >= 11 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The number of a step of BuildKit's, and the rest of the line: `#5 [2/3] RUN make`.
pub(super) fn numbered(line: &str) -> Option<(u32, &str)> {
    let (number, rest) = line.strip_prefix('#')?.split_once(' ')?;
    Some((number.parse().ok()?, rest))
}

/// Whether the rest of a line of BuildKit's ends its step.
pub(super) fn end(rest: &str) -> Option<StepEnd> {
    if rest == "CACHED" {
        Some(StepEnd::Cached)
    } else if rest == "CANCELED" {
        Some(StepEnd::Canceled)
    } else if rest.starts_with("ERROR: ") || rest.starts_with("ERROR ") {
        Some(StepEnd::Failed)
    } else {
        let seconds = rest.strip_prefix("DONE ")?.strip_suffix('s')?;
        seconds.parse::<f64>().ok().map(|_| StepEnd::Done)
    }
}

/// What BuildKit says before an instruction, `[build 2/3]`, and the instruction; an internal step has
/// no number in there.
pub(super) fn placed(title: &str) -> Option<(&str, &str)> {
    let (place, instruction) = title.strip_prefix('[')?.split_once("] ")?;
    let numbers = place.rsplit(' ').next()?;
    let (number, of) = numbers.split_once('/')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (is_number(number) && is_number(of)).then_some((place, instruction))
}
