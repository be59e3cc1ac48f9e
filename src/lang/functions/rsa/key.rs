//! Private keys in PEM: of RSA alone (PKCS #1), of any kind (PKCS #8), or as OpenSSH writes them.

use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{BigUint, RsaPrivateKey};

use super::super::base64;
use super::super::quote::quoted;

/// Reads the first key in a text.
///
/// # Errors
/// When there is none, it is encrypted, or not one of RSA.
pub(super) fn parse(text: &str) -> Result<RsaPrivateKey, String> {
    let block = Block::find(text).ok_or("invalid private key: ssh: no key found")?;
    if block.is_encrypted {
        return Err(PROTECTED.into());
    }
    let unreadable = |e: &dyn std::fmt::Display| format!("invalid ASN1 data in the given private key: {e}");
    match block.label {
        "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_der(&block.bytes).map_err(|e| unreadable(&e)),
        "PRIVATE KEY" => RsaPrivateKey::from_pkcs8_der(&block.bytes).map_err(|e| match e {
            rsa::pkcs8::Error::PublicKey(_) => OTHER_KIND.to_string(),
            e => unreadable(&e),
        }),
        "OPENSSH PRIVATE KEY" => parse_openssh(&block.bytes),
        "EC PRIVATE KEY" | "DSA PRIVATE KEY" => Err(OTHER_KIND.into()),
        other => Err(format!("invalid private key: ssh: unsupported key type {}", quoted(other))),
    }
}

const PROTECTED: &str = "invalid private key: ssh: this private key is passphrase protected";
const OTHER_KIND: &str = "invalid private key type: an RSA private key is required";

/// A PEM block: what stands between its `BEGIN` and `END` lines.
struct Block<'a> {
    label: &'a str,
    is_encrypted: bool,
    bytes: Vec<u8>,
}

impl<'a> Block<'a> {
    fn find(text: &'a str) -> Option<Self> {
        let mut rest = text;
        loop {
            let begin = rest.strip_prefix("-----BEGIN ").or_else(|| Some(rest.split_once("\n-----BEGIN ")?.1))?;
            if let Some(block) = Self::read(begin) {
                return Some(block);
            }
            rest = begin;
        }
    }

    fn read(text: &'a str) -> Option<Self> {
        let (label, text) = text.split_once("-----")?;
        let (_, text) = text.split_once('\n')?;
        let (content, _) = text.split_once(&format!("-----END {label}-----"))?;
        // Headers end with an empty line.
        let is_header = |line: &&str| line.contains(':');
        let headers = content.lines().take_while(is_header);
        let is_encrypted = headers.clone().any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED"));
        let count = headers.count();
        let data: String = content.lines().skip(count).flat_map(str::split_whitespace).collect();
        Some(Block { label, is_encrypted, bytes: base64::decode(&data).ok()? })
    }
}

/// OpenSSH's format: a magic word, how the rest is encrypted, public keys, and one private key
/// with its numbers one after the other.
fn parse_openssh(bytes: &[u8]) -> Result<RsaPrivateKey, String> {
    let invalid = || "invalid private key: ssh: invalid openssh private key format".to_string();
    let mut outer = Fields(bytes.strip_prefix(b"openssh-key-v1\0").ok_or_else(invalid)?);
    let cipher = outer.next().ok_or_else(invalid)?;
    if cipher != b"none" {
        return Err(PROTECTED.into());
    }
    let (_derivation, _options) = (outer.next().ok_or_else(invalid)?, outer.next().ok_or_else(invalid)?);
    if outer.number() != Some(1) {
        return Err("invalid private key: ssh: multi-key files are not supported".into());
    }
    let _public = outer.next().ok_or_else(invalid)?;
    let mut inner = Fields(outer.next().ok_or_else(invalid)?);
    if inner.number().zip(inner.number()).is_none_or(|(a, b)| a != b) {
        return Err("invalid private key: ssh: malformed OpenSSH key".into());
    }
    if inner.next().ok_or_else(invalid)? != b"ssh-rsa" {
        return Err(OTHER_KIND.into());
    }
    let mut number = || inner.next().map(BigUint::from_bytes_be).ok_or_else(invalid);
    let (modulus, public, private, _inverse) = (number()?, number()?, number()?, number()?);
    let primes = vec![number()?, number()?];
    RsaPrivateKey::from_components(modulus, public, private, primes).map_err(|e| format!("invalid private key: {e}"))
}

/// Byte strings, each behind its length in four bytes.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}
