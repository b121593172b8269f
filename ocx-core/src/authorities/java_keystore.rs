//! Java's own format for certificates of authorities.
//!
//! Each Java since 1.2 reads it, whatever else it reads, and without a password: certificates in it are not
//! encrypted. <https://docs.oracle.com/en/java/javase/21/docs/specs/security/standard-names.html#keystore-types>
//! names it, `sun.security.provider.JavaKeyStore` of OpenJDK has the layout.

use rustls_pki_types::CertificateDer;
use sha1::{Digest, Sha1};

const MAGIC: u32 = 0xFEED_FEED;
const VERSION: u32 = 2;
const TRUSTED_CERTIFICATE: u32 = 2;
/// What everybody uses; it protects nothing, it is there against slips.
const PASSWORD: &str = "changeit";
const WHITENER: &str = "Mighty Aphrodite";

/// A keystore in which these certificates are trusted.
pub(super) fn java_keystore(certificates: &[CertificateDer<'_>]) -> Vec<u8> {
    let mut store = Vec::new();
    number(&mut store, MAGIC);
    number(&mut store, VERSION);
    number(&mut store, length(certificates.len()));
    for (index, certificate) in certificates.iter().enumerate() {
        number(&mut store, TRUSTED_CERTIFICATE);
        text(&mut store, &format!("host-{index}"));
        // When it was added, in milliseconds since 1970: the same bundle gives the same file.
        store.extend(0_u64.to_be_bytes());
        text(&mut store, "X.509");
        number(&mut store, length(certificate.len()));
        store.extend_from_slice(certificate);
    }
    let mut digest = Sha1::new();
    for unit in PASSWORD.encode_utf16() {
        digest.update(unit.to_be_bytes());
    }
    digest.update(WHITENER);
    digest.update(&store);
    store.extend(digest.finalize());
    store
}

fn number(store: &mut Vec<u8>, number: u32) {
    store.extend(number.to_be_bytes());
}

/// As `DataOutput.writeUTF` does for texts without special characters.
fn text(store: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).expect("names are short");
    store.extend(length.to_be_bytes());
    store.extend(text.bytes());
}

fn length(length: usize) -> u32 {
    u32::try_from(length).expect("a bundle has no four billion bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_keytool_makes_it() {
        let certificates = [CertificateDer::from(vec![1, 2, 3])];
        let store = java_keystore(&certificates);
        let (entries, digest) = store.split_at(store.len() - 20);
        assert_eq!(
            hex::encode(entries),
            "feedfeed00000002000000010000\
             00020006686f73742d3000000000000000000005582e35303900000003010203"
        );
        // By Python's hashlib.
        assert_eq!(
            hex::encode(digest),
            "22a438c320eddc0cb6d18c93f8e57d2501c57ddc"
        );
        assert_eq!(java_keystore(&[]).len(), 12 + 20);
    }
}
