//! The same tests on several engines.

/// Makes of functions that take an `&Engine` tests on each engine: `NAME::docker`,
/// `NAME::podman_trixie` and so on, one for each [`Lane`](crate::engine::Lane).
#[macro_export]
macro_rules! on_each_engine {
    ($($test:ident),+ $(,)?) => {
        $($crate::on_engines!([docker, docker_rootless, podman], $test);)+
    };
}

/// Like [`on_each_engine!`](crate::on_each_engine), but on engines of these kinds only, in every
/// release. `because` says what keeps the others from it.
#[macro_export]
macro_rules! on_engines {
    ([$($kind:ident),+], because $reason:literal, $test:ident) => {
        $crate::on_engines!([$($kind),+], $test);
    };
    ([$($kind:ident),+], $test:ident) => {
        /// A module of tests that is called like the function that they call.
        mod $test {
            $($crate::tests_on!($kind: super::$test);)+
        }
    };
}

/// The tests on the engines of a kind.
#[doc(hidden)]
#[macro_export]
macro_rules! tests_on {
    (docker: $test:path) => {
        $crate::test_on!(docker Docker $test);
        $crate::test_on!(docker_trixie DockerTrixie $test);
        $crate::test_on!(docker_testing DockerTesting $test);
    };
    (docker_of_machine: $test:path) => {
        $crate::test_on!(docker Docker $test);
    };
    (docker_of_a_release: $test:path) => {
        $crate::test_on!(docker_trixie DockerTrixie $test);
        $crate::test_on!(docker_testing DockerTesting $test);
    };
    (docker_rootless: $test:path) => {
        $crate::test_on!(docker_rootless DockerRootless $test);
    };
    (podman_of_machine: $test:path) => {
        $crate::test_on!(podman Podman $test);
    };
    (podman_of_a_release: $test:path) => {
        $crate::test_on!(podman_trixie PodmanTrixie $test);
        $crate::test_on!(podman_testing PodmanTesting $test);
    };
    (podman_of_releases: $test:path) => {
        $crate::test_on!(podman Podman $test);
        $crate::test_on!(podman_trixie PodmanTrixie $test);
    };
    (podman: $test:path) => {
        $crate::test_on!(podman Podman $test);
        $crate::test_on!(podman_trixie PodmanTrixie $test);
        $crate::test_on!(podman_testing PodmanTesting $test);
    };
}

/// The test on one engine.
#[doc(hidden)]
#[macro_export]
macro_rules! test_on {
    ($name:ident $lane:ident $test:path) => {
        #[test]
        fn $name() {
            $crate::engine::run_on($crate::engine::Lane::$lane, $test);
        }
    };
}
