//! Taking a key out of what comes back.
//!
//! In its place stand as many asterisks, so that lengths that were announced stay right. What somebody
//! has encoded, such as in Base64, is not known again.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http_body_util::BodyExt as _;
use hyper::{
    HeaderMap,
    body::{Body as HttpBody, Bytes, Frame, SizeHint},
    header::{HeaderName, HeaderValue},
};
use memchr::memmem;

use super::responses::Body;

const MASK: u8 = b'*';

/// Masks the key in the values of headers; a header whose name has it goes.
pub(super) fn redact_headers(headers: &mut HeaderMap, key: &str) {
    let lower = key.to_ascii_lowercase();
    let named: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().contains(&lower))
        .cloned()
        .collect();
    for name in named {
        headers.remove(name);
    }
    for value in headers.values_mut() {
        let mut bytes = value.as_bytes().to_vec();
        if mask(&mut bytes, key.as_bytes()) {
            *value = HeaderValue::from_bytes(&bytes).expect("asterisks are fit for a header");
        }
    }
}

/// Masks the key in a body, as it comes. What may be the beginning of the key waits for what follows.
pub(super) fn redact_body(body: Body, key: &str) -> Body {
    let redacted = Redacted {
        inner: body,
        masking: Masking::of(key),
        is_over: false,
    };
    redacted.boxed()
}

/// Whether there was anything to mask.
fn mask(bytes: &mut [u8], key: &[u8]) -> bool {
    let places: Vec<usize> = memmem::find_iter(bytes, key).collect();
    for place in &places {
        bytes[*place..place + key.len()].fill(MASK);
    }
    !places.is_empty()
}

#[derive(Debug)]
struct Masking {
    key: Vec<u8>,
    /// The end of what came, which the key begins with.
    held: Vec<u8>,
}

impl Masking {
    fn of(key: &str) -> Self {
        Self {
            key: key.as_bytes().to_vec(),
            held: Vec::new(),
        }
    }

    /// What may go on, after this has come.
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        mask(&mut all, &self.key);
        let most = all.len().min(self.key.len() - 1);
        let held = (1..=most)
            .rev()
            .find(|&length| self.key.starts_with(&all[all.len() - length..]));
        self.held = all.split_off(all.len() - held.unwrap_or(0));
        all
    }
}

struct Redacted {
    inner: Body,
    masking: Masking,
    is_over: bool,
}

impl HttpBody for Redacted {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        loop {
            if self.is_over {
                return Poll::Ready(None);
            }
            let bytes = match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                // Trailers are left out: no provider has any that a client would want.
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.masking.take(&data),
                    Err(_) => continue,
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.is_over = true;
                    std::mem::take(&mut self.masking.held)
                }
            };
            if !bytes.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(bytes.into()))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || (self.masking.held.is_empty() && self.inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        // Asked for before anything has come.
        if self.masking.held.is_empty() {
            self.inner.size_hint()
        } else {
            SizeHint::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "aab-aab-secret";

    fn masked(pieces: &[&[u8]]) -> Vec<u8> {
        let mut masking = Masking::of(KEY);
        let mut all: Vec<u8> = pieces
            .iter()
            .flat_map(|piece| masking.take(piece))
            .collect();
        all.append(&mut masking.held);
        all
    }

    #[test]
    fn what_cannot_be_the_key_does_not_wait() {
        let mut masking = Masking::of(KEY);
        assert_eq!(masking.take(b"data: {}\n\n"), b"data: {}\n\n");
        assert_eq!(masking.take(b"x a"), b"x ");
        assert_eq!(masking.take(b"ab-aabx"), b"aab-aabx");
    }

    proptest! {
        #[test]
        fn wherever_it_is_cut_the_key_is_masked(
            before in "[ab-]{0,9}", after in "[ab-]{0,9}", cuts in prop::collection::vec(0_usize..64, 0..5)
        ) {
            let text = format!("{before}{KEY}{after}{KEY}");
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            cuts.push(text.len());
            let mut from = 0;
            let mut pieces = Vec::new();
            for cut in cuts {
                pieces.push(&text.as_bytes()[from..cut]);
                from = cut;
            }
            let found = String::from_utf8(masked(&pieces)).unwrap();
            prop_assert_eq!(found, text.replace(KEY, &"*".repeat(KEY.len())));
        }

        #[test]
        fn what_has_no_key_stays_as_it_is(text in "[abcerst-]{0,80}", cut in 0_usize..80) {
            prop_assume!(!text.contains(KEY));
            let cut = cut.min(text.len());
            let (first, second) = text.as_bytes().split_at(cut);
            prop_assert_eq!(masked(&[first, second]), text.as_bytes());
        }
    }

    #[test]
    fn headers_lose_it_too() {
        let mut headers = HeaderMap::new();
        headers.insert("x-echo", HeaderValue::from_static("Bearer aab-aab-secret!"));
        headers.insert("x-aab-aab-secret-x", HeaderValue::from_static("1"));
        headers.insert("x-other", HeaderValue::from_static("aab"));
        redact_headers(&mut headers, KEY);
        assert_eq!(headers.len(), 2);
        assert_eq!(headers["x-echo"], "Bearer **************!");
        assert_eq!(headers["x-other"], "aab");
    }
}
