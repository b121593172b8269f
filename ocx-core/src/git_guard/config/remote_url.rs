//! Addresses of remote repositories.

/// Whether a URL makes Git do no more than talk to another machine, or to a repository of this one
/// that no session can have made: Git runs the hooks of a local repository that it pushes to.
pub(super) fn is_harmless_url(url: &[u8], is_reachable: &dyn Fn(&[u8]) -> bool) -> bool {
    let Some(scheme_end) = find(url, b"://") else {
        return is_harmless_short(url, is_reachable);
    };
    let (scheme, rest) = (&url[..scheme_end], &url[scheme_end + 3..]);
    match scheme {
        b"https" | b"http" | b"git" | b"ftp" | b"ftps" => !rest.starts_with(b"-"),
        b"ssh" | b"git+ssh" | b"ssh+git" => {
            // The user and the host become arguments of `ssh`.
            !rest.starts_with(b"-") && find(rest, b"@-").is_none() && find(rest, b"/-").is_none()
        }
        b"file" => !is_reachable(rest),
        // Any other is run as the program `git-remote-SCHEME`.
        _ => false,
    }
}

/// `host:path` or a path.
fn is_harmless_short(url: &[u8], is_reachable: &dyn Fn(&[u8]) -> bool) -> bool {
    if url.is_empty() || url.starts_with(b"-") || find(url, b"::").is_some() {
        return false;
    }
    let colon = url.iter().position(|byte| *byte == b':');
    let slash = url.iter().position(|byte| *byte == b'/');
    match colon {
        Some(colon) if slash.is_none_or(|slash| colon < slash) => {
            find(url, b"@-").is_none() && url.get(colon + 1) != Some(&b'-')
        }
        _ => !is_reachable(url),
    }
}

/// Whether the value of `branch.*.remote` is harmless: the name of a remote, or its URL.
pub(super) fn is_harmless_remote(remote: &[u8], is_reachable: &dyn Fn(&[u8]) -> bool) -> bool {
    let is_name = !remote.starts_with(b"-")
        && remote
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    // A dot is this very repository.
    remote == b"." || is_name && !remote.is_empty() || is_harmless_url(remote, is_reachable)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, part)
}
