//! The same tests on several engines.

/// Makes of functions that take an `&Engine` tests on each engine: `NAME::docker`,
/// `NAME::docker_rootless` and `NAME::podman`.
#[macro_export]
macro_rules! on_each_engine {
    ($($test:ident),+ $(,)?) => {
        $($crate::tests_on!($test: docker docker_rootless podman);)+
    };
}

/// Like [`on_each_engine!`](crate::on_each_engine), but on these engines only. `because` says what
/// keeps the others from it.
#[macro_export]
macro_rules! on_engines {
    ([$($engine:ident),+], because $reason:literal, $test:ident) => {
        $crate::tests_on!($test: $($engine)+);
    };
}

/// A module of tests that is called like the function that they call.
#[doc(hidden)]
#[macro_export]
macro_rules! tests_on {
    ($test:ident: $($engine:ident)+) => {
        mod $test {
            $(
                #[test]
                fn $engine() {
                    $crate::engine::run_on($crate::engine_kind!($engine), super::$test);
                }
            )+
        }
    };
}

/// The kind that goes by this name in a test.
#[doc(hidden)]
#[macro_export]
macro_rules! engine_kind {
    (docker) => {
        $crate::engine::EngineKind::Docker
    };
    (docker_rootless) => {
        $crate::engine::EngineKind::DockerRootless
    };
    (podman) => {
        $crate::engine::EngineKind::Podman
    };
}
