//! Hashes of strings and files, and of passwords.

use ::base64::Engine;
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};
use smol_str::SmolStr;

use super::base64::encode;
use super::{Body, Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, HostError, Type, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    of_string("md5", "The MD5 hash of a string, in hexadecimal digits.", |args, _| string_hash::<Md5>(args, hex)),
    of_string("sha1", "The SHA1 hash of a string, in hexadecimal digits.", |args, _| string_hash::<Sha1>(args, hex)),
    of_string("sha256", "The SHA256 hash of a string, in hexadecimal digits.", |args, _| {
        string_hash::<Sha256>(args, hex)
    }),
    of_string("sha512", "The SHA512 hash of a string, in hexadecimal digits.", |args, _| {
        string_hash::<Sha512>(args, hex)
    }),
    of_string("base64sha256", "The SHA256 hash of a string, in Base64.", |args, _| string_hash::<Sha256>(args, base64)),
    of_string("base64sha512", "The SHA512 hash of a string, in Base64.", |args, _| string_hash::<Sha512>(args, base64)),
    of_file("filemd5", "The MD5 hash of a file, in hexadecimal digits.", |args, host| {
        file_hash::<Md5>(args, host, hex)
    }),
    of_file("filesha1", "The SHA1 hash of a file, in hexadecimal digits.", |args, host| {
        file_hash::<Sha1>(args, host, hex)
    }),
    of_file("filesha256", "The SHA256 hash of a file, in hexadecimal digits.", |args, host| {
        file_hash::<Sha256>(args, host, hex)
    }),
    of_file("filesha512", "The SHA512 hash of a file, in hexadecimal digits.", |args, host| {
        file_hash::<Sha512>(args, host, hex)
    }),
    of_file("filebase64sha256", "The SHA256 hash of a file, in Base64.", |args, host| {
        file_hash::<Sha256>(args, host, base64)
    }),
    of_file("filebase64sha512", "The SHA512 hash of a file, in Base64.", |args, host| {
        file_hash::<Sha512>(args, host, base64)
    }),
    Function::new(
        "bcrypt",
        "A salted hash of a password, made with the Blowfish cipher.",
        &[Parameter::new("str", Want::String)],
        Returns::Type(Want::String),
        bcrypt,
    )
    .variadic(Parameter::new("cost", Want::Number)),
];

const fn of_string(name: &'static str, description: &'static str, body: Body) -> Function {
    const PARAMS: &[Parameter] = &[Parameter::new("str", Want::String)];
    Function::new(name, description, PARAMS, Returns::Type(Want::String), body)
}

const fn of_file(name: &'static str, description: &'static str, body: Body) -> Function {
    const PARAMS: &[Parameter] = &[Parameter::new("path", Want::String)];
    Function::new(name, description, PARAMS, Returns::Type(Want::String), body)
}

fn text(args: &[Value]) -> &str {
    args.first().and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default()
}

type Encoding = fn(&[u8]) -> String;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    encode(bytes)
}

fn string_hash<D: Digest>(args: &[Value], encoding: Encoding) -> Result<Value, FunctionError> {
    Ok(Value::from(encoding(&D::digest(text(args)))))
}

fn file_hash<D: Digest>(args: &[Value], host: &dyn Host, encoding: Encoding) -> Result<Value, FunctionError> {
    let path = super::filesystem::host_path(text(args), host)?;
    let bytes = host.read(&path).map_err(|e| match e {
        HostError::Read(reason) => FunctionError::new(format!("read {path}: {reason}")),
        e => FunctionError::new(format!("open {path}: {e}")),
    })?;
    Ok(Value::from(encoding(&D::digest(bytes))))
}

const DEFAULT_COST: i64 = 10;
const MIN_COST: i64 = 4;
const MAX_COST: i64 = 16;
/// What Blowfish can take as a key, in bytes.
const MAX_PASSWORD: usize = 72;

fn bcrypt(args: &[Value], host: &dyn Host) -> Result<Value, FunctionError> {
    if host.defers_unrepeatable() {
        return Ok(Value::unknown_not_null(Type::String));
    }
    let failed = |why: String| FunctionError::new(format!("error occured generating password {why}"));
    let cost = match args {
        [_] => DEFAULT_COST,
        [_, cost] => cost.as_number().and_then(crate::lang::Number::to_i64).ok_or_else(|| {
            FunctionError::new(format!("value must be a whole number, between {} and {}", i64::MIN, i64::MAX))
        })?,
        _ => return Err(FunctionError::new("bcrypt() takes no more than two arguments")),
    };
    let password = text(args);
    if password.len() > MAX_PASSWORD {
        return Err(failed("bcrypt: password length exceeds 72 bytes".into()));
    }
    let cost = match cost {
        ..MIN_COST => DEFAULT_COST,
        MIN_COST..=MAX_COST => cost,
        // Each step doubles the time: the last allowed one takes some seconds, 31 would take days.
        _ => return Err(failed(format!("crypto/bcrypt: cost {cost} is outside allowed range (4,{MAX_COST})"))),
    };
    let salt = host.random();
    // The terminating zero is a part of the key, where it has room.
    let mut key = password.as_bytes().to_vec();
    key.push(0);
    key.truncate(MAX_PASSWORD);
    let hash = bcrypt::bcrypt(cost as u32, salt, &key);
    let (salt, hash) = (bcrypt::BASE_64.encode(salt), bcrypt::BASE_64.encode(&hash[..23]));
    Ok(Value::from(format!("$2a${cost:02}${salt}{hash}")))
}
