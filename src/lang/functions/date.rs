//! Dates and times: `formatdate`, `timeadd`, `timecmp`, `timestamp`, `plantimestamp`.

pub(crate) mod duration;
mod format;
mod timestamp;

use smol_str::SmolStr;

use super::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, Type, Value};
use timestamp::Timestamp;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "formatdate",
        "Writes a timestamp in another format.",
        &[Parameter::new("format", Want::String), Parameter::new("time", Want::String)],
        Returns::Type(Want::String),
        formatdate,
    ),
    Function::new(
        "timeadd",
        "Adds a duration such as `1h30m` to a timestamp.",
        &[Parameter::new("timestamp", Want::String), Parameter::new("duration", Want::String)],
        Returns::Type(Want::String),
        timeadd,
    ),
    Function::new(
        "timecmp",
        "Compares two timestamps: -1, 0 or 1 as the first is before, at or after the second.",
        &[Parameter::new("timestamp_a", Want::String), Parameter::new("timestamp_b", Want::String)],
        Returns::Type(Want::Number),
        timecmp,
    ),
    Function::new(
        "timestamp",
        "The time now, in UTC. While planning it is not known yet.",
        &[],
        Returns::Type(Want::String),
        timestamp,
    ),
    Function::new(
        "plantimestamp",
        "The time at which the plan was made, in UTC.",
        &[],
        Returns::Type(Want::String),
        plantimestamp,
    ),
];

fn text(args: &[Value], i: usize) -> &str {
    args.get(i).and_then(Value::as_str).map(SmolStr::as_str).unwrap_or_default()
}

fn formatdate(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let time = Timestamp::parse(text(args, 1)).map_err(|e| FunctionError::argument(1, e))?;
    format::format(text(args, 0), &time).map(Value::from).map_err(|e| FunctionError::argument(0, e))
}

fn timeadd(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let time = Timestamp::parse(text(args, 0)).map_err(FunctionError::new)?;
    let nanoseconds = duration::parse(text(args, 1)).map_err(FunctionError::new)?;
    Ok(Value::from(time.add(nanoseconds).to_string()))
}

fn timecmp(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let time = |i| Timestamp::parse(text(args, i)).map_err(|e| FunctionError::argument(i, e));
    Ok(Value::int(time(0)?.instant().cmp(&time(1)?.instant()) as i64))
}

fn timestamp(_: &[Value], host: &dyn Host) -> Result<Value, FunctionError> {
    Ok(match host.defers_unrepeatable() {
        true => Value::unknown_not_null(Type::String),
        false => Value::from(Timestamp::from(host.now()).to_string()),
    })
}

fn plantimestamp(_: &[Value], host: &dyn Host) -> Result<Value, FunctionError> {
    Ok(match host.plan_time() {
        None => Value::unknown_not_null(Type::String),
        Some(time) => Value::from(Timestamp::from(time).to_string()),
    })
}

#[cfg(test)]
mod tests;
