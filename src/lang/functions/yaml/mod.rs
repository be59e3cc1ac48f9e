//! `yamldecode` and `yamlencode`. What is read is YAML 1.1 as libyaml and its descendants read it, with scalars
//! resolved by rules between those of YAML 1.1 and 1.2; what is written is block style with quoted strings.

mod decode;
mod encode;
mod resolve;
mod scalars;
mod scan;
mod tags;
#[cfg(test)]
mod tests;
mod timestamp;
mod token;

use crate::lang::Value;
use crate::lang::host::Host;

use super::{Function, FunctionError, Parameter, Returns, Want};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "yamldecode",
        "Reads a YAML document and gives the value it stands for.",
        &[Parameter::new("src", Want::String)],
        Returns::Type(Want::Any),
        yamldecode,
    )
    .nullable(),
    Function::new(
        "yamlencode",
        "Writes a value as a YAML document in block style.",
        &[Parameter::new("value", Want::Any).nullable()],
        Returns::Type(Want::String),
        yamlencode,
    )
    .nullable(),
];

fn yamldecode(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let source = args[0].as_str().map_or("", |s| s.as_str());
    decode::document(source).map_err(|e| FunctionError::new(e.to_string()))
}

fn yamlencode(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown(Want::String.ty()));
    }
    encode::document(&args[0]).map(Value::string).map_err(FunctionError::new)
}
