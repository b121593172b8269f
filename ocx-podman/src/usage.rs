//! What `podman stats` prints.

use ocx_core::{
    engine::ParseError,
    runtime::{ContainerId, ContainerUsage},
};

/// The plain numbers; `json` gives texts for people (4.3 to 5.8).
pub(crate) const FORMAT: &str = "{{.ContainerID}} {{.CPU}} {{.ContainerStats.MemUsage}} \
                                 {{.ContainerStats.MemLimit}} {{.PIDs}}";

pub(crate) fn parse(stdout: &[u8]) -> Result<Vec<ContainerUsage>, ParseError> {
    let lines = std::str::from_utf8(stdout)?.lines();
    lines
        .filter(|line| !line.trim().is_empty())
        .map(usage)
        .collect()
}

fn usage(line: &str) -> Result<ContainerUsage, ParseError> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [id, cpu, memory, limit, processes] = fields[..] else {
        return Err(format!("five fields expected: {line}").into());
    };
    let mut usage = ContainerUsage::new(ContainerId(id.to_owned()));
    // What runs uses memory: where the controllers of cgroup v2 are not delegated, Podman tells zeros (5.4).
    usage.memory = memory.parse().ok().filter(|&memory: &u64| memory > 0);
    if usage.memory.is_none() {
        return Ok(usage);
    }
    usage.cpu_percent = cpu.parse().ok().filter(|cpu: &f64| cpu.is_finite());
    usage.memory_limit = limit.parse().ok().filter(|&limit: &u64| limit > 0);
    usage.processes = processes.parse().ok();
    Ok(usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_measured() {
        let line = "37a386d3ceb2 7.839143742386639 581632 25278291968 1\n";
        let [usage] = parse(line.as_bytes()).unwrap().try_into().unwrap();
        assert!(usage.is_of(&ContainerId("37a386d3".to_owned())));
        assert_eq!(usage.cpu_percent, Some(7.839_143_742_386_639));
        assert_eq!(usage.memory, Some(581_632));
        assert_eq!(usage.memory_limit, Some(25_278_291_968));
        assert_eq!(usage.processes, Some(1));
    }

    #[test]
    fn what_is_no_number_is_not_known() {
        for line in ["c0ffee NaN -1 0 x", "c0ffee 0 0 25278291968 0"] {
            let [usage] = parse(line.as_bytes()).unwrap().try_into().unwrap();
            assert_eq!(usage, ContainerUsage::new(ContainerId("c0ffee".to_owned())));
        }
        let [usage] = parse(b"c0ffee NaN 1 0 x").unwrap().try_into().unwrap();
        assert_eq!((usage.memory, usage.memory_limit), (Some(1), None));
        assert_eq!((usage.cpu_percent, usage.processes), (None, None));
        assert!(parse(b"two fields").is_err());
        assert_eq!(parse(b"\n").unwrap(), vec![]);
    }
}
