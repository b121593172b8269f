//! Runtimes that are broken in one way, to show that a test of runtimes tells.

mod mutation;
mod runtime;
mod spec;

pub use mutation::Mutation;

use crate::runtime::ContainerRuntime;

/// A real runtime that is broken in one way: it changes what it is asked, or what it is answered, and
/// passes the rest on.
#[derive(Clone, Copy, Debug)]
pub struct Mutant<'a> {
    runtime: &'a dyn ContainerRuntime,
    mutation: Mutation,
}

impl<'a> Mutant<'a> {
    /// `runtime`, broken in this way.
    #[must_use]
    pub fn new(runtime: &'a dyn ContainerRuntime, mutation: Mutation) -> Self {
        Self { runtime, mutation }
    }

    fn is(self, mutation: Mutation) -> bool {
        self.mutation == mutation
    }
}
