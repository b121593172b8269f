//! Devices of the host.

use std::{fmt, str::FromStr};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// Where devices are.
const DEV: &str = "/dev";

/// A device of the host that a container gets.
///
/// Read from `HOST`, `HOST:CONTAINER`, `HOST:PERMISSIONS` or `HOST:CONTAINER:PERMISSIONS`.
///
/// # Examples
///
/// ```
/// use ocx_core::spec::Device;
///
/// let device: Device = "/dev/snd:r".parse()?;
/// assert_eq!(device.to_string(), "/dev/snd:/dev/snd:r");
/// assert!("/etc/passwd".parse::<Device>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Device {
    /// The device, or a directory of devices, below `/dev`.
    pub host: Utf8PathBuf,
    /// Where it is in the container, below `/dev`.
    pub container: Utf8PathBuf,
    /// What may be done with it: some of `r`, `w` and `m`, which is to make such a file.
    pub permissions: String,
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.host, self.container, self.permissions)
    }
}

impl FromStr for Device {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Without a word no such file need be made.
        const USUAL: &str = "rw";
        let parts: Vec<&str> = text.split(':').collect();
        let (host, container, permissions) = match parts[..] {
            [host] => (host, host, USUAL),
            [host, container] if container.starts_with('/') => (host, container, USUAL),
            [host, permissions] => (host, host, permissions),
            [host, container, permissions] => (host, container, permissions),
            _ => return Err(DeviceError::of(text)),
        };
        match (below_dev(host), below_dev(container)) {
            (Some(host), Some(container)) if are_permissions(permissions) => Ok(Self {
                host,
                container,
                permissions: permissions.to_owned(),
            }),
            _ => Err(DeviceError::of(text)),
        }
    }
}

/// The tidied path, if it is one below `/dev` that each engine reads as it is.
fn below_dev(text: &str) -> Option<Utf8PathBuf> {
    let path: Utf8PathBuf = Utf8Path::new(text).components().collect();
    let is_below = path.starts_with(DEV) && path != DEV;
    let is_plain = path
        .components()
        .all(|component| component != Utf8Component::ParentDir)
        && !text.contains(|c: char| matches!(c, ',' | '"') || c.is_whitespace() || c.is_control());
    (is_below && is_plain).then_some(path)
}

fn are_permissions(text: &str) -> bool {
    let once = |letter| text.matches(letter).count() <= 1;
    !text.is_empty()
        && text.chars().all(|letter| "rwm".contains(letter))
        && ['r', 'w', 'm'].into_iter().all(once)
}

/// A text is no device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no device")]
pub struct DeviceError {
    /// What was found.
    pub found: String,
}

impl DeviceError {
    fn of(text: &str) -> Self {
        Self {
            found: text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_in_each_form() {
        for (text, shown) in [
            ("/dev/kvm", "/dev/kvm:/dev/kvm:rw"),
            ("/dev//bus/./usb/", "/dev/bus/usb:/dev/bus/usb:rw"),
            ("/dev/snd:r", "/dev/snd:/dev/snd:r"),
            ("/dev/snd:/dev/sound", "/dev/snd:/dev/sound:rw"),
            ("/dev/snd:/dev/sound:rwm", "/dev/snd:/dev/sound:rwm"),
        ] {
            let device: Device = text.parse().unwrap();
            assert_eq!(device.to_string(), shown);
            assert_eq!(shown.parse(), Ok(device));
        }
    }

    #[test]
    fn what_is_not_below_dev_is_no_device() {
        for text in [
            "",
            "kvm",
            "/dev",
            "/dev/",
            "/device",
            "/etc/passwd",
            "/dev/../etc/passwd",
            "/dev/kvm:/etc/passwd",
            "/dev/kvm:/dev",
            "/dev/kvm:x",
            "/dev/kvm:rr",
            "/dev/kvm:",
            "/dev/kvm:/dev/kvm:",
            "/dev/kvm:/dev/kvm:r:w",
            "/dev/kvm,/dev/mem",
            "/dev/a b",
        ] {
            assert!(text.parse::<Device>().is_err(), "{text}");
        }
    }
}
