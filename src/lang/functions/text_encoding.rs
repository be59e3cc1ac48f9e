//! Text in encodings other than UTF-8: `textencodebase64` and `textdecodebase64`.

mod codepages;
mod legacy;
mod names;

use smol_str::SmolStr;

use super::quote::quoted;
use super::{Function, FunctionError, Parameter, Returns, Want, base64};
use crate::lang::{Host, Value};
use legacy::Legacy;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "textencodebase64",
        "Writes a string in an encoding of IANA's registry, and the bytes as Base64.",
        &[Parameter::new("string", Want::String), Parameter::new("encoding", Want::String)],
        Returns::Type(Want::String),
        textencodebase64,
    ),
    Function::new(
        "textdecodebase64",
        "Reads a string from Base64 of bytes that are in an encoding of IANA's registry.",
        &[Parameter::new("source", Want::String), Parameter::new("encoding", Want::String)],
        Returns::Type(Want::String),
        textdecodebase64,
    ),
];

/// An encoding under the names that IANA's registry has for it.
struct Encoding {
    name: &'static str,
    aliases: &'static [&'static str],
    form: Form,
}

/// How characters become bytes.
enum Form {
    /// ASCII, and these characters for the bytes from 0x80 on.
    Bytes(&'static str),
    /// These characters for all bytes.
    AllBytes(&'static str),
    Utf8,
    Utf16 {
        order: ByteOrder,
        /// Whether a byte order mark is written, and heeded where it is read.
        mark: bool,
    },
    /// GB 2312 between `~{` and `~}`, ASCII outside.
    Hz,
    /// Of several bytes for East Asian characters.
    Legacy(Legacy),
}

#[derive(Clone, Copy)]
enum ByteOrder {
    Big,
    Little,
}

fn text(args: &[Value], i: usize) -> &str {
    args.get(i).and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default()
}

fn encoding(args: &[Value]) -> Result<&'static Encoding, FunctionError> {
    let name = text(args, 1);
    names::find(name).ok_or_else(|| {
        let message =
            format!("{} is not a supported IANA encoding name or alias in this Terraform version", quoted(name));
        FunctionError::argument(1, message)
    })
}

fn textencodebase64(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let encoding = encoding(args)?;
    let bytes = encoding.encode(text(args, 0)).ok_or_else(|| {
        let message = format!("the given string contains characters that cannot be represented in {}", encoding.name);
        FunctionError::argument(0, message)
    })?;
    Ok(Value::from(base64::encode(bytes)))
}

fn textdecodebase64(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let encoding = encoding(args)?;
    let bytes = base64::decode(text(args, 0)).map_err(|offset| {
        // "is has" is what everyone's logs say.
        let message = format!("the given value is has an invalid base64 symbol at offset {offset}");
        FunctionError::argument(0, message)
    })?;
    let decoded = encoding.decode(&bytes).filter(|text| !text.contains(char::REPLACEMENT_CHARACTER));
    decoded.map(Value::from).ok_or_else(|| {
        let message = format!("the given string contains symbols that are not defined for {}", encoding.name);
        FunctionError::argument(0, message)
    })
}

impl Encoding {
    /// The bytes of a text; `None` if a character has none.
    fn encode(&self, text: &str) -> Option<Vec<u8>> {
        match &self.form {
            Form::Bytes(upper) => {
                text.chars().map(|c| ascii(c).or_else(|| position(upper, c)?.checked_add(0x80))).collect()
            }
            Form::AllBytes(all) => text.chars().map(|c| position(all, c)).collect(),
            Form::Utf8 => Some(text.as_bytes().to_vec()),
            Form::Utf16 { order, mark } => {
                let mark = mark.then_some(0xfeff);
                let units = mark.into_iter().chain(text.encode_utf16());
                Some(units.flat_map(|unit| order.bytes(unit)).collect())
            }
            Form::Hz => encode_hz(text),
            Form::Legacy(legacy) => legacy.encode(text),
        }
    }

    /// The text of bytes; `None`, or a text with the replacement character, if they have none.
    fn decode(&self, bytes: &[u8]) -> Option<String> {
        match &self.form {
            Form::Bytes(upper) => {
                let upper: Vec<char> = upper.chars().collect();
                let char_of = |byte: &u8| match byte.checked_sub(0x80) {
                    None => Some(char::from(*byte)),
                    Some(index) => upper.get(usize::from(index)).copied(),
                };
                bytes.iter().map(char_of).collect()
            }
            Form::AllBytes(all) => {
                let all: Vec<char> = all.chars().collect();
                bytes.iter().map(|byte| all.get(usize::from(*byte)).copied()).collect()
            }
            Form::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Form::Utf16 { order, mark } => {
                let (order, bytes) = match bytes {
                    [0xfe, 0xff, rest @ ..] if *mark => (ByteOrder::Big, rest),
                    [0xff, 0xfe, rest @ ..] if *mark => (ByteOrder::Little, rest),
                    _ => (*order, bytes),
                };
                let (pairs, rest) = bytes.as_chunks::<2>();
                let units: Vec<u16> = pairs.iter().map(|pair| order.unit(*pair)).collect();
                String::from_utf16(&units).ok().filter(|_| rest.is_empty())
            }
            Form::Hz => decode_hz(bytes),
            Form::Legacy(legacy) => legacy.decode(bytes),
        }
    }
}

impl ByteOrder {
    fn bytes(self, unit: u16) -> [u8; 2] {
        match self {
            ByteOrder::Big => unit.to_be_bytes(),
            ByteOrder::Little => unit.to_le_bytes(),
        }
    }

    fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Big => u16::from_be_bytes(bytes),
            ByteOrder::Little => u16::from_le_bytes(bytes),
        }
    }
}

fn ascii(c: char) -> Option<u8> {
    u8::try_from(c).ok().filter(u8::is_ascii)
}

fn position(characters: &str, c: char) -> Option<u8> {
    let position = characters.chars().position(|other| other == c && c != char::REPLACEMENT_CHARACTER);
    position.and_then(|position| u8::try_from(position).ok())
}

fn encode_hz(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut is_ascii = true;
    for c in text.chars() {
        match ascii(c) {
            // The one character that is written alike in both.
            Some(b'~') => bytes.extend(b"~~"),
            Some(byte) => {
                if !is_ascii {
                    bytes.extend(b"~}");
                    is_ascii = true;
                }
                bytes.push(byte);
            }
            None => {
                // GBK has a byte of its own for the euro sign.
                let pair = if c == '\u{20ac}' { vec![0xa2, 0xe3] } else { Legacy::Gbk.encode_char(c)? };
                let &[a @ 0xa1..=0xff, b @ 0xa1..=0xff] = pair.as_slice() else {
                    return None;
                };
                if is_ascii {
                    bytes.extend(b"~{");
                    is_ascii = false;
                }
                bytes.extend([a & 0x7f, b & 0x7f]);
            }
        }
    }
    Some(bytes)
}

fn decode_hz(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut is_ascii = true;
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => return Some(text),
            [b'~', b'{', rest @ ..] => {
                is_ascii = false;
                rest
            }
            [b'~', b'}', rest @ ..] => {
                is_ascii = true;
                rest
            }
            [b'~', b'~', rest @ ..] => {
                text.push('~');
                rest
            }
            [b'~', b'\n', rest @ ..] => rest,
            [b'~', ..] => return None,
            [byte, rest @ ..] if is_ascii && byte.is_ascii() => {
                text.push(char::from(*byte));
                rest
            }
            [a @ 0x21..=0x7d, b @ 0x21..=0x7e, rest @ ..] if !is_ascii => {
                text.push_str(&Legacy::Gbk.decode(&[a | 0x80, b | 0x80])?);
                rest
            }
            _ => return None,
        };
    }
}

#[cfg(test)]
mod tests;
