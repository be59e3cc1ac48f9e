//! RSA: `rsadecrypt`.

mod key;

use rsa::Pkcs1v15Encrypt;
use smol_str::SmolStr;

use super::quote::quoted;
use super::{Function, FunctionError, Parameter, Returns, Want, base64};
use crate::lang::{Host, Value};

pub(super) static FUNCTIONS: &[Function] = &[Function::new(
    "rsadecrypt",
    "Decrypts Base64 of what was encrypted with RSA and padded as PKCS #1 v1.5, with a private key in PEM format.",
    &[Parameter::new("ciphertext", Want::String), Parameter::new("privatekey", Want::String)],
    Returns::Type(Want::String),
    rsadecrypt,
)];

fn rsadecrypt(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let text = |i: usize| args.get(i).and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default();
    let ciphertext = base64::decode(text(0)).map_err(|_| {
        let shown = quoted(text(0));
        FunctionError::argument(0, format!("failed to decode input {shown}: cipher text must be base64-encoded"))
    })?;
    let key = key::parse(text(1)).map_err(|why| FunctionError::argument(1, why))?;
    let plain = key
        .decrypt(Pkcs1v15Encrypt, &ciphertext)
        .map_err(|_| FunctionError::new("failed to decrypt: crypto/rsa: decryption error"))?;
    Ok(Value::from(String::from_utf8_lossy(&plain).into_owned()))
}

#[cfg(test)]
mod tests;
