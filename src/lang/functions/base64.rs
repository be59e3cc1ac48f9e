//! Base64: `base64encode`, `base64decode`, `base64gzip`. Encoded text has padding; text to decode
//! may be broken into lines.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compress, Compression, Crc, FlushCompress};
use smol_str::SmolStr;

use super::quote::quoted_unless_marked;
use super::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "base64encode",
        "Encodes the UTF-8 bytes of a string as Base64.",
        &[Parameter::new("str", Want::String)],
        Returns::Type(Want::String),
        base64encode,
    ),
    Function::new(
        "base64decode",
        "Decodes Base64 whose bytes must be a string in UTF-8.",
        &[Parameter::new("str", Want::String).marked()],
        Returns::Type(Want::String),
        base64decode,
    ),
    Function::new(
        "base64gzip",
        "Compresses the UTF-8 bytes of a string with gzip and encodes the result as Base64.",
        &[Parameter::new("str", Want::String)],
        Returns::Type(Want::String),
        base64gzip,
    ),
];

fn text(args: &[Value]) -> &str {
    args.first().and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default()
}

/// Bytes as Base64 with padding.
pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of Base64 with padding and any number of line breaks anywhere. Unused bits of the
/// last character don't matter.
///
/// # Errors
/// The offset of what is wrong.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let mut symbols = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    loop {
        let mut group = 0u32;
        let mut length = 0;
        while length < 4 {
            match symbols.next() {
                None if length == 0 => return Ok(bytes),
                None => return Err(text.len() - length),
                Some((at, b'=')) => {
                    check_padding(text, at, length, &mut symbols)?;
                    group <<= 6 * (4 - length);
                    bytes.extend(&group.to_be_bytes()[1..length]);
                    return Ok(bytes);
                }
                Some((at, symbol)) => group = group << 6 | sextet(symbol).ok_or(at)?,
            }
            length += 1;
        }
        bytes.extend(&group.to_be_bytes()[1..]);
    }
}

/// Behind the first `=` must be as many as the last group lacks, and nothing else.
fn check_padding(
    text: &str,
    at: usize,
    length: usize,
    symbols: &mut impl Iterator<Item = (usize, u8)>,
) -> Result<(), usize> {
    if length < 2 {
        return Err(at);
    }
    if length == 2 {
        match symbols.next() {
            Some((_, b'=')) => {}
            Some((at, _)) => return Err(at - 1),
            None => return Err(text.len()),
        }
    }
    symbols.next().map_or(Ok(()), |(at, _)| Err(at))
}

fn sextet(symbol: u8) -> Option<u32> {
    Some(u32::from(match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

fn base64encode(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    Ok(Value::from(encode(text(args))))
}

fn base64decode(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let marks = args.first().map(Value::marks).unwrap_or_default();
    let bytes = decode(text(args)).map_err(|_| {
        let shown = quoted_unless_marked(text(args), marks);
        FunctionError::new(format!("failed to decode base64 data {shown}"))
    })?;
    let decoded = String::from_utf8(bytes)
        .map_err(|_| FunctionError::new("the result of decoding the provided string is not valid UTF-8"))?;
    Ok(Value::from(decoded).with_marks(marks))
}

/// No name, no time, an unknown system.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// The data is flushed before it ends, as Terraform does it, so that the last block is an empty
/// one; it is a stored one.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];

fn base64gzip(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let data = text(args).as_bytes();
    let mut out = GZIP_HEADER.to_vec();
    let mut deflate = Compress::new(Compression::default(), false);
    loop {
        out.reserve(data.len() / 8 + 64);
        let consumed = usize::try_from(deflate.total_in()).unwrap_or(data.len());
        deflate
            .compress_vec(&data[consumed..], &mut out, FlushCompress::Sync)
            .map_err(|e| FunctionError::new(format!("failed to write gzip raw data: {e}")))?;
        // Room that is left says that nothing waits to be written.
        if out.len() < out.capacity() && deflate.total_in() >= data.len() as u64 {
            break;
        }
    }
    out.extend(LAST_BLOCK);
    let mut crc = Crc::new();
    crc.update(data);
    out.extend(crc.sum().to_le_bytes());
    out.extend(crc.amount().to_le_bytes());
    Ok(Value::from(encode(out)))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::lang::host::memory::MemoryHost;

    #[test]
    fn decodes() {
        for (text, bytes) in [
            ("", Ok("")),
            ("YQ==", Ok("a")),
            ("YWI=", Ok("ab")),
            ("YWJ=", Ok("ab")),
            ("YWJj", Ok("abc")),
            ("Y\r\nWI\n=\n", Ok("ab")),
            ("Y", Err(0)),
            ("YWJjYQ", Err(4)),
            ("YW=", Err(3)),
            ("YW=x", Err(2)),
            ("Y===", Err(1)),
            ("YWI=YWI=", Err(4)),
            (" YWI=", Err(0)),
            ("Pz8_", Err(3)),
        ] {
            assert_eq!(decode(text), bytes.map(|b| b.as_bytes().to_vec()), "{text:?}");
        }
    }

    #[test]
    fn hides_what_is_sensitive() {
        let failure = |arg: Value| base64decode(&[arg], &MemoryHost::default()).map_err(|e| e.message);
        assert_eq!(failure("?\n".into()), Err("failed to decode base64 data \"?\\n\"".into()));
        assert_eq!(failure(Value::from("?").sensitive()), Err("failed to decode base64 data (sensitive value)".into()));
        assert_eq!(failure(Value::from("YQ==").sensitive()), Ok(Value::from("a").sensitive()));
    }

    #[test]
    fn compresses() {
        for text in ["", "hello", &"hello ".repeat(100_000)] {
            let encoded = base64gzip(&[text.into()], &MemoryHost::default()).unwrap();
            let bytes = decode(encoded.as_str().unwrap()).unwrap();
            let mut back = String::new();
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut back).unwrap();
            assert_eq!(back, text);
        }
        let encoded = base64gzip(&["hello".into()], &MemoryHost::default());
        assert_eq!(encoded, Ok("H4sIAAAAAAAA/8pIzcnJBwAAAP//AQAA//+GphA2BQAAAA==".into()));
    }
}
