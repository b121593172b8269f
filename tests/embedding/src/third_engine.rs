//! An engine that ocx does not know: all that another program, or another crate, has to write for one
//! with command words like Docker's.

use std::{collections::BTreeMap, sync::Arc};

use ocx_core::{
    confinement::{Applied, Excess},
    engine::{
        Captured, CliRuntime, Client, Dialect, Health, InfoError, ParseError, Presence, Thing,
    },
    engines::{Backend, Engine, Trouble},
    host::Host,
    image::ImageReference,
    runtime::{
        BuildObstacle, ContainerFilter, ContainerId, ContainerInfo, ContainerUsage, EngineInfo,
        EngineKey, EngineName, ImageInfo,
    },
    spec::{BuildSpec, Gpus, Init, UserMapping},
};
use ocx_docker::{Docker, Endpoint};

/// Its name in settings, and that of its command.
const NAME: EngineName = EngineName::from_static("nerdctl");

/// What finds it.
pub(crate) fn backend() -> Arc<dyn Backend> {
    Arc::new(NerdctlBackend)
}

#[derive(Debug)]
struct NerdctlBackend;

impl Backend for NerdctlBackend {
    fn name(&self) -> EngineName {
        NAME
    }

    fn find(&self, host: &Host) -> Option<Engine> {
        let program = host.find_program(NAME.as_str())?;
        let endpoint = Endpoint::find(&host.environment, &host.home);
        let key = EngineKey::new(&[NAME.as_str(), &EngineKey::of_file(&program)]);
        let client = Client::new(program, host.environment.clone(), key);
        let dialect = Nerdctl(Docker::new(&endpoint, &host.machine));
        Some(Engine::new(NAME, client.key.clone(), move |connection| {
            Arc::new(CliRuntime::new(dialect.clone(), client.clone(), connection))
        }))
    }

    fn remedies(&self, _trouble: Trouble) -> Vec<String> {
        Vec::new()
    }
}

/// Docker's way of saying things, under another name.
#[derive(Clone, Debug)]
struct Nerdctl(Docker);

/// Answers as Docker does.
macro_rules! as_docker {
    ($($method:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $method(&self, $($arg: $type),*) -> $answer {
            self.0.$method($($arg),*)
        })*
    };
}

impl Dialect for Nerdctl {
    fn name(&self) -> EngineName {
        NAME
    }

    as_docker! {
        info_questions() -> Vec<Vec<&'static str>>;
        parse_info(answers: &[Vec<u8>]) -> Result<EngineInfo, InfoError>;
        user_flags(user: UserMapping) -> Vec<String>;
        isolation_flags() -> Vec<String>;
        no_process_limit_flags(user: UserMapping) -> Vec<String>;
        tmpfs_options(size: Option<u64>, user: UserMapping) -> String;
        add_host(alias: &str) -> Option<String>;
        gpu_flags(gpus: &Gpus) -> Vec<String>;
        volume_labels(labels: &BTreeMap<String, String>) -> Vec<Vec<String>>;
        network_flags() -> Option<Vec<String>>;
        keeps_apart(stdout: &[u8]) -> Result<bool, ParseError>;
        build_flags(spec: &BuildSpec) -> Vec<String>;
        build_code_of_a_missing_image() -> Option<i32>;
        builder_question() -> Option<(Vec<&'static str>, BuildObstacle)>;
        storage_question() -> Vec<&'static str>;
        build_environment() -> BTreeMap<String, String>;
        copy_flags() -> &'static [&'static str];
        local_name(image: &ImageReference) -> String;
        presence_question(thing: Thing<'_>) -> Vec<String>;
        read_presence(thing: Thing<'_>, answer: &Captured) -> Option<Presence>;
        health_questions() -> Vec<Vec<&'static str>>;
        read_health(answers: &[Captured]) -> Health;
        parse_images(stdout: &[u8]) -> Result<Vec<ImageInfo>, ParseError>;
        list_containers(filter: &ContainerFilter) -> Vec<String>;
        parse_containers(stdout: &[u8]) -> Result<Vec<ContainerInfo>, ParseError>;
        measure_containers(containers: &[ContainerId]) -> Vec<String>;
        parse_usage(stdout: &[u8]) -> Result<Vec<ContainerUsage>, ParseError>;
        parse_applied(stdout: &[u8]) -> Result<Applied, ParseError>;
        configuration_behind(excess: &Excess) -> Vec<String>;
        unstarted_codes(init: Init) -> &'static [i32];
    }
}
