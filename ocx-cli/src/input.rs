//! Where a program in a container reads from.

use std::os::fd::AsFd;

use ocx_core::Stdin;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{FileType, fstat, major, minor},
};

/// The null device, <https://www.kernel.org/doc/html/latest/admin-guide/devices.html>.
const NULL: (u32, u32) = (1, 3);

/// What a program reads from: the caller's standard input, unless that has come to its end, as with
/// `</dev/null`, in most of CI and where it is closed. Such an end can reach an engine before the container has
/// begun and is lost then, and a program that reads to the end waits for ever.
pub(crate) fn of_the_caller() -> Stdin {
    of(rustix::stdio::stdin())
}

fn of(input: impl AsFd) -> Stdin {
    if is_the_null_device(&input) || is_a_pipe_at_its_end(&input) {
        Stdin::Null
    } else {
        Stdin::Inherit
    }
}

fn is_the_null_device(input: impl AsFd) -> bool {
    fstat(input).is_ok_and(|stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice
            && (major(stat.st_rdev), minor(stat.st_rdev)) == NULL
    })
}

/// Whether nobody holds the other end, and nothing is left in it. A terminal that was closed is told elsewhere.
fn is_a_pipe_at_its_end(input: impl AsFd) -> bool {
    let is_pipe =
        fstat(&input).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
    let mut asked = [PollFd::new(&input, PollFlags::IN)];
    is_pipe
        && poll(&mut asked, Some(&Timespec::default())).is_ok()
        && asked[0].revents().contains(PollFlags::HUP)
        && !asked[0].revents().contains(PollFlags::IN)
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::{self, Write as _},
    };

    use super::*;

    #[test]
    fn an_input_at_its_end_is_none_and_everything_else_is_one() {
        let directory = tempfile::tempdir().unwrap();
        let empty = directory.path().join("empty");
        File::create(&empty).unwrap();
        let open = |path: &str| File::open(path).unwrap();
        assert_eq!(of(open("/dev/null")), Stdin::Null);
        assert_eq!(of(open("/dev/zero")), Stdin::Inherit);
        assert_eq!(of(open(empty.to_str().unwrap())), Stdin::Inherit);

        let (pipe, mut writer) = io::pipe().unwrap();
        assert_eq!(of(&pipe), Stdin::Inherit);
        writer.write_all(b"task").unwrap();
        drop(writer);
        assert_eq!(of(&pipe), Stdin::Inherit);
        let (pipe, writer) = io::pipe().unwrap();
        drop(writer);
        assert_eq!(of(&pipe), Stdin::Null);
    }
}
