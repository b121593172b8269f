//! The kernel's table of a process's mounts, `/proc/PID/mountinfo` of proc(5).

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};

/// The mounts that a process sees, later ones on top of earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MountTable {
    mounts: Vec<MountEntry>,
}

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MountEntry {
    /// The file system's device, as the kernel writes it.
    pub(super) device: String,
    /// What of the file system is mounted.
    pub(super) root: Utf8PathBuf,
    /// Where the process sees it.
    pub(super) at: Utf8PathBuf,
}

impl MountTable {
    /// The table of this process.
    pub(super) fn of_this_process() -> io::Result<Self> {
        Ok(Self::read(&fs::read("/proc/self/mountinfo")?))
    }

    /// The table of another; empty once it has ended.
    pub(super) fn of(process: u32) -> io::Result<Self> {
        Ok(Self::read(&fs::read(format!("/proc/{process}/mountinfo"))?))
    }

    /// What cannot be read, such as a path that is not UTF-8, is left out.
    pub(super) fn read(text: &[u8]) -> Self {
        let mounts = text.split(|&byte| byte == b'\n').filter_map(|line| {
            let mut fields = line.split(|&byte| byte == b' ').skip(2);
            Some(MountEntry {
                device: unescaped(fields.next()?)?,
                root: unescaped(fields.next()?)?.into(),
                at: unescaped(fields.next()?)?.into(),
            })
        });
        Self {
            mounts: mounts.collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.mounts.is_empty()
    }

    pub(super) fn mounts(&self) -> impl Iterator<Item = &MountEntry> {
        self.mounts.iter()
    }

    /// The mount that is on top at exactly this place.
    pub(super) fn on_top_at(&self, at: &Utf8Path) -> Option<&MountEntry> {
        self.mounts.iter().rev().find(|mount| mount.at == at)
    }

    /// The mount that a path lies in.
    pub(super) fn holding(&self, path: &Utf8Path) -> Option<&MountEntry> {
        let above = self
            .mounts
            .iter()
            .filter(|mount| path.starts_with(&mount.at));
        above.max_by_key(|mount| mount.at.as_str().len())
    }
}

/// White space and backslashes are written as `\040` and the like.
fn unescaped(field: &[u8]) -> Option<String> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = after.get(..3).filter(|_| byte == b'\\');
        let code = escaped
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                plain.push(code);
                rest = &after[3..];
            }
            None => {
                plain.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table() {
        let text = b"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw\n\
            37 35 0:5 /a\\040b /w/a\\134b ro - tmpfs none rw\n\
            38 35 0:6 / /w/a\\134b ro - tmpfs none rw\n\n38 2 \xff\n39 1 0:1 /\xff /x\n";
        let table = MountTable::read(text);
        let at: Vec<&str> = table.mounts().map(|mount| mount.at.as_str()).collect();
        assert_eq!(at, ["/mnt2", "/w/a\\b", "/w/a\\b"]);
        assert_eq!(table.mounts[1].root, "/a b");
        assert_eq!(table.on_top_at("/w/a\\b".into()).unwrap().device, "0:6");
        assert_eq!(table.on_top_at("/w".into()), None);
        assert_eq!(table.holding("/mnt2/x".into()).unwrap().device, "98:0");
        assert_eq!(table.holding("/mnt2".into()).unwrap().device, "98:0");
        assert_eq!(table.holding("/elsewhere".into()), None);
        assert!(MountTable::read(b"garbage").is_empty());
        assert!(!MountTable::of_this_process().unwrap().is_empty());
    }
}
