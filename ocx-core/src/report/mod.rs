//! What the use cases tell while they work. The caller decides how to show it. Names, paths and lines
//! from outside are in there as they are; [`crate::printable`] makes them fit for a terminal.

mod clone_notice;
mod event;
mod notice;
mod notice_text;
mod severity;
mod step;
mod within;

use std::fmt;

pub use clone_notice::CloneNotice;
pub use event::{Activity, Event, EventKind, OutputStream};
pub use notice::Notice;
pub use severity::Severity;
pub use step::Step;
pub(crate) use within::Within;

/// Receives events; must not block for long.
///
/// # Examples
///
/// ```
/// use ocx_core::report::{Event, EventKind, Reporter};
///
/// #[derive(Debug)]
/// struct Progress;
///
/// impl Reporter for Progress {
///     fn report(&self, event: Event<'_>) {
///         if let EventKind::StepBegan(step) = event.kind {
///             // Names and paths in there may hold what a terminal would obey.
///             eprintln!("{}", ocx_core::printable::field(&step.to_string()));
///         }
///     }
/// }
/// ```
pub trait Reporter: fmt::Debug + Send + Sync {
    /// Called for each event, in order.
    fn report(&self, event: Event<'_>);
}

/// Drops every event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _event: Event<'_>) {}
}
