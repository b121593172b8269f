//! What `docker stats` prints.

use ocx_core::{
    engine::{ParseError, json_records, lenient},
    runtime::{ContainerId, ContainerUsage},
    settings::ByteSize,
};
use serde::Deserialize;

/// A container in `docker stats`, in texts for people; `--` stands for what could not be measured.
#[derive(Deserialize)]
struct Record {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "CPUPerc", default, deserialize_with = "lenient::text")]
    cpu: String,
    #[serde(rename = "MemUsage", default, deserialize_with = "lenient::text")]
    memory: String,
    #[serde(rename = "PIDs", default, deserialize_with = "lenient::text")]
    processes: String,
}

pub(crate) fn parse(stdout: &[u8]) -> Result<Vec<ContainerUsage>, ParseError> {
    let records = json_records::<Record>(stdout)?.into_iter();
    Ok(records.map(usage).collect())
}

fn usage(record: Record) -> ContainerUsage {
    let mut usage = ContainerUsage::new(ContainerId(record.id));
    // What runs has a process. Where containers have no cgroups of their own, as a rootless daemon may have
    // it, the engine counts none and tells the memory of the whole machine (20.10.24).
    usage.processes = record
        .processes
        .parse()
        .ok()
        .filter(|&count: &u64| count > 0);
    if usage.processes.is_none() {
        return usage;
    }
    let (used, limit) = record.memory.split_once('/').unwrap_or_default();
    usage.memory = bytes(used).filter(|&used| used > 0);
    usage.memory_limit = bytes(limit).filter(|&limit| limit > 0);
    usage.cpu_percent = record.cpu.trim_end_matches('%').parse().ok();
    usage
}

fn bytes(text: &str) -> Option<u64> {
    let size: ByteSize = text.trim().parse().ok()?;
    Some(size.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_measured() {
        let line = r#"{"BlockIO":"0B / 0B","CPUPerc":"150.52%","Container":"c0ffee","ID":"c0ffee11",
            "MemPerc":"1.36%","MemUsage":"326.1MiB / 23.54GiB","Name":"x","NetIO":"656B / 0B","PIDs":"21"}"#;
        let line = line.replace('\n', "");
        let [usage] = parse(line.as_bytes()).unwrap().try_into().unwrap();
        assert!(usage.is_of(&ContainerId("c0ffee11".to_owned())));
        assert_eq!(usage.cpu_percent, Some(150.52));
        assert_eq!(usage.memory, Some(341_940_633));
        assert_eq!(usage.memory_limit, Some(25_275_882_536));
        assert_eq!(usage.processes, Some(21));
    }

    #[test]
    fn what_is_not_measured_is_not_zero() {
        for memory in ["0B / 0B", "5.8GiB / 23.54GiB", "-- / --", ""] {
            let line = format!(
                r#"{{"ID":"c0ffee","CPUPerc":"200.00%","MemUsage":"{memory}","PIDs":"0"}}"#
            );
            let [usage] = parse(line.as_bytes()).unwrap().try_into().unwrap();
            assert_eq!(
                usage,
                ContainerUsage::new(ContainerId("c0ffee".to_owned())),
                "{memory}"
            );
        }
        assert!(parse(b"nonsense").is_err());
        assert_eq!(parse(b"\n").unwrap(), vec![]);
    }
}
