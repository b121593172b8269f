//! What a session may show to the user's browser.

use std::fmt;

use url::{Host, Url};

/// Longer addresses are refused.
const LONGEST: usize = 8 * 1024;

/// The parameter that says where the browser comes back to,
/// <https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1>.
const BACK_TO: &str = "redirect_uri";

/// Ports below are for services of the machine.
const LEAST_PORT: u16 = 1024;

/// Characters beside letters and digits that stay as they are behind the host. All others are written as
/// `%XX`, those that a shell obeys among them: scripts that open browsers have passed them on to one.
const PLAIN: &[u8] = b"-._~:/?#@&=+,%";

/// An address that a login asks to open in a browser: `https`, or `http` on the own machine.
///
/// # Examples
///
/// ```
/// use ocx_core::browser_login::LoginUrl;
///
/// let url: LoginUrl = "https://auth.example/authorize?state=1".parse()?;
/// assert_eq!(url.as_str(), "https://auth.example/authorize?state=1");
/// assert!("file:///etc/passwd".parse::<LoginUrl>().is_err());
/// # Ok::<(), ocx_core::browser_login::UrlRefusal>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LoginUrl {
    text: String,
    callback: Option<u16>,
}

/// Why an address is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UrlRefusal {
    /// It is longer than 8 KiB.
    #[error("it is longer than 8 KiB")]
    Long,
    /// It has control characters or blanks.
    #[error("it has control characters or blanks")]
    Control,
    /// It is no address.
    #[error("it is no address")]
    Malformed,
    /// It is neither `https` nor `http` on this machine.
    #[error("it is neither `https` nor `http` on this machine")]
    Scheme,
    /// It has a user's name or a password, by which another host can look like the one that is meant.
    #[error("it has a user's name or a password")]
    User,
    /// There were as many as a login may open.
    #[error("a login opens no more than that")]
    TooMany,
}

impl LoginUrl {
    /// The address: ASCII, without blanks, control characters and what a shell obeys but `&`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The port of this machine's loopback interface that the browser comes back to, if any.
    #[must_use]
    pub fn callback_port(&self) -> Option<u16> {
        self.callback
    }
}

impl std::str::FromStr for LoginUrl {
    type Err = UrlRefusal;

    fn from_str(text: &str) -> Result<Self, UrlRefusal> {
        if text.len() > LONGEST {
            return Err(UrlRefusal::Long);
        }
        // The parser would leave out some of them.
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(UrlRefusal::Control);
        }
        let url = Url::parse(text).map_err(|_| UrlRefusal::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            _ => return Err(UrlRefusal::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefusal::User);
        }
        // The parser takes more, `'` and `$` among it.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if !url
            .host_str()
            .is_some_and(|host| host.chars().all(is_plain))
        {
            return Err(UrlRefusal::Malformed);
        }
        let text = plain(&url);
        if text.len() > LONGEST {
            return Err(UrlRefusal::Long);
        }
        Ok(Self {
            callback: callback_port(&url),
            text,
        })
    }
}

impl fmt::Display for LoginUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn plain(url: &Url) -> String {
    let (origin, rest) = url
        .as_str()
        .split_at(url[..url::Position::BeforePath].len());
    let mut text = origin.to_owned();
    for byte in rest.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Where several are named, servers differ on which of them counts, so that none does.
fn callback_port(url: &Url) -> Option<u16> {
    let mut all = url.query_pairs().filter(|(name, _)| name == BACK_TO);
    let (Some((_, back)), None) = (all.next(), all.next()) else {
        return None;
    };
    let back = Url::parse(&back).ok()?;
    let is_ours = back.scheme() == "http" && is_loopback(&back);
    let port = back.port().filter(|port| *port >= LEAST_PORT);
    port.filter(|_| is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_may_be_shown() {
        let long = format!("https://a.example/?{}", "x".repeat(LONGEST));
        let grows = format!("https://a.example/?{}", "'".repeat(LONGEST / 2));
        for (text, expected) in [
            (
                "https://a.example/x?y=1&z=%20#f",
                Ok("https://a.example/x?y=1&z=%20#f"),
            ),
            ("https://a.example", Ok("https://a.example/")),
            ("http://localhost:8080/a", Ok("http://localhost:8080/a")),
            ("http://127.0.0.1:8080/a", Ok("http://127.0.0.1:8080/a")),
            ("http://[::1]:8080/a", Ok("http://[::1]:8080/a")),
            // Browsers read these numbers so, too.
            ("http://2130706433/", Ok("http://127.0.0.1/")),
            (
                "https://bücher.example/ü",
                Ok("https://xn--bcher-kva.example/%C3%BC"),
            ),
            (
                "https://a.example/$(id)?a=`id`;'\"|\\<>{}[]!*^",
                Ok(
                    "https://a.example/%24%28id%29?a=%60id%60%3B%27%22%7C%5C%3C%3E%7B%7D%5B%5D%21%2A%5E",
                ),
            ),
            ("http://a.example/", Err(UrlRefusal::Scheme)),
            ("http://localhost.evil.example/", Err(UrlRefusal::Scheme)),
            ("http://10.0.0.1/", Err(UrlRefusal::Scheme)),
            ("file:///etc/passwd", Err(UrlRefusal::Scheme)),
            ("file://localhost/etc/passwd", Err(UrlRefusal::Scheme)),
            ("javascript:alert(1)", Err(UrlRefusal::Scheme)),
            ("data:text/html,x", Err(UrlRefusal::Scheme)),
            ("vscode://x", Err(UrlRefusal::Scheme)),
            (
                "mailto:a@b.example?attach=/etc/passwd",
                Err(UrlRefusal::Scheme),
            ),
            ("ssh://-oProxyCommand=x/", Err(UrlRefusal::Scheme)),
            ("https://login.example@evil.example/", Err(UrlRefusal::User)),
            ("https://a:b@evil.example/", Err(UrlRefusal::User)),
            ("", Err(UrlRefusal::Malformed)),
            ("/etc/passwd", Err(UrlRefusal::Malformed)),
            ("--help", Err(UrlRefusal::Malformed)),
            ("a.example", Err(UrlRefusal::Malformed)),
            (
                "https://a.example/$(id)",
                Ok("https://a.example/%24%28id%29"),
            ),
            ("https://$(id)/", Err(UrlRefusal::Malformed)),
            ("https://a';id;'/", Err(UrlRefusal::Malformed)),
            ("https://", Err(UrlRefusal::Malformed)),
            ("https://a.example/\u{1b}[2J", Err(UrlRefusal::Control)),
            ("https://a.example/\nfile:///x", Err(UrlRefusal::Control)),
            ("https://a.example/\0", Err(UrlRefusal::Control)),
            ("https://a.example/\u{9b}", Err(UrlRefusal::Control)),
            ("https://a.example/ -x", Err(UrlRefusal::Control)),
            ("\thttps://a.example/", Err(UrlRefusal::Control)),
            (&long, Err(UrlRefusal::Long)),
            (&grows, Err(UrlRefusal::Long)),
        ] {
            let read = text.parse::<LoginUrl>();
            let read = read.as_ref().map(LoginUrl::as_str).map_err(|e| *e);
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn where_the_browser_comes_back_to() {
        for (query, expected) in [
            (
                "redirect_uri=http://localhost:1455/auth/callback",
                Some(1455),
            ),
            (
                "a=1&redirect_uri=http%3A%2F%2F127.0.0.1%3A19876%2Fmcp%2Foauth%2Fcallback",
                Some(19876),
            ),
            ("redirect_uri=http://[::1]:1024/", Some(1024)),
            ("redirect_uri=http://localhost:65535", Some(65535)),
            ("", None),
            ("redirect_uri=", None),
            ("redirect_uri=http://localhost/", None),
            ("redirect_uri=http://localhost:80/", None),
            ("redirect_uri=http://localhost:22/", None),
            ("redirect_uri=http://localhost:1023/", None),
            ("redirect_uri=http://localhost:65536/", None),
            ("redirect_uri=https://localhost:1455/", None),
            ("redirect_uri=http://a.example:1455/", None),
            ("redirect_uri=http://localhost@a.example:1455/", None),
            ("redirect_uri=http://0.0.0.0:1455/", None),
            ("redirect_uri=urn:ietf:wg:oauth:2.0:oob", None),
            (
                "redirect_uri=http://localhost:1455/&redirect_uri=http://localhost:3000/",
                None,
            ),
        ] {
            let text = format!("https://a.example/?{query}");
            let url: LoginUrl = text.parse().unwrap();
            assert_eq!(url.callback_port(), expected, "{query}");
        }
    }

    #[test]
    fn fuzz_login_urls() {
        let seed = b"https://a.example/x?redirect_uri=http://localhost:1455/&y='".to_vec();
        crate::testing::fuzz(&[seed], |input| {
            let Ok(url) = String::from_utf8_lossy(input).parse::<LoginUrl>() else {
                return;
            };
            let text = url.as_str();
            assert!(text.starts_with("https://") || text.starts_with("http://"));
            assert!(text.len() <= LONGEST);
            let has = |bytes: &[u8]| text.bytes().any(|byte| bytes.contains(&byte));
            assert!(!has(b"'\"`$;|<>()\\ \n\x1b") && text.is_ascii(), "{text}");
            // What was accepted once, means the same.
            assert_eq!(text.parse::<LoginUrl>().as_ref(), Ok(&url));
        });
    }
}
