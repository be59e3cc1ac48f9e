//! URLs: `urlencode`.

use smol_str::SmolStr;

use super::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, Value};

pub(super) static FUNCTIONS: &[Function] = &[Function::new(
    "urlencode",
    "Escapes a string for the query of a URL: `+` for spaces, `%` and hexadecimal digits for special bytes.",
    &[Parameter::new("str", Want::String)],
    Returns::Type(Want::String),
    urlencode,
)];

fn urlencode(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let text = args.first().and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(Value::from(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::host::memory::MemoryHost;

    #[test]
    fn escapes() {
        for (text, escaped) in [
            ("", ""),
            ("Hello World!", "Hello+World%21"),
            ("~-_.*'()", "~-_.%2A%27%28%29"),
            ("é/\u{7f}\0+", "%C3%A9%2F%7F%00%2B"),
        ] {
            assert_eq!(urlencode(&[text.into()], &MemoryHost::default()), Ok(escaped.into()), "{text:?}");
        }
    }
}
