//! `format` and `formatlist`: text made of values, by verbs as in C and Go.

#[cfg(test)]
mod tests;
mod verb;

use super::string::{MAX_RESULT, string};
use super::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::value::Refinement;
use crate::lang::{Host, Type, Value};

use verb::{Piece, Pieces};

const FORMAT: Parameter = Parameter::new("format", Want::String);
const ARGS: Parameter = Parameter::new("args", Want::Any).nullable().unknown();

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "format",
        "Writes values into a text, in the places and forms that its verbs tell.",
        &[FORMAT],
        Returns::Depends(|_| Ok(Type::String)),
        format,
    )
    .variadic(ARGS),
    Function::new(
        "formatlist",
        "Writes the elements of lists into one text each, in the places and forms that its verbs tell.",
        &[FORMAT],
        Returns::Depends(|_| Ok(Type::list(Type::String))),
        formatlist,
    )
    .variadic(ARGS),
];

fn unknown_text() -> Value {
    Value::unknown_not_null(Type::String)
}

/// A null of no type is as good as a value of unknown type.
fn has_untyped(args: &[Value]) -> bool {
    args.iter().any(|a| a.is_null() && a.ty() == Type::Dynamic)
}

fn format(values: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let (text, args) = (string(values, 0)?, values.get(1..).unwrap_or_default());
    if has_untyped(args) {
        return Ok(Value::dynamic());
    }
    if args.iter().any(|a| !a.is_wholly_known()) {
        let literal = text.split('%').next().unwrap_or_default();
        let prefix = Refinement::known_prefix(literal);
        return Ok(unknown_text().refine(|r| r.prefix = prefix));
    }
    let mut room = MAX_RESULT;
    write(text, args, &mut room).map(Value::from)
}

/// Writes one text; `room` is what it and those after it may take, in bytes.
fn write(format: &str, args: &[Value], room: &mut usize) -> Result<String, FunctionError> {
    let mut out = String::new();
    let (mut next, mut used) = (1, 0);
    for piece in Pieces::new(format) {
        let before = out.len();
        match piece? {
            Piece::Literal(text) => out.push_str(text),
            Piece::Verb(verb) => {
                let number = verb.argument.unwrap_or(next);
                next = number.saturating_add(1);
                used = used.max(number);
                verb.write(number, args, &mut out)?;
            }
        }
        *room = room
            .checked_sub(out.len() - before)
            .ok_or_else(|| FunctionError::new(format!("the result would be longer than {MAX_RESULT} bytes")))?;
    }
    match used {
        used if used >= args.len() => Ok(out),
        0 => Err(FunctionError::argument(1, "too many arguments; no verbs in format string")),
        _ => {
            let message = format!("too many arguments; only {used} used by format string");
            Err(FunctionError::argument(used + 1, message))
        }
    }
}

/// How `formatlist` treats an argument.
enum Source<'a> {
    /// One value for all texts.
    Same(&'a Value),
    /// An element for each text.
    Each(&'a [Value]),
}

impl Source<'_> {
    fn get(&self, index: usize) -> Option<&Value> {
        match self {
            Source::Same(value) => Some(value),
            Source::Each(items) => items.get(index),
        }
    }
}

fn formatlist(values: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let (text, args) = (string(values, 0)?, values.get(1..).unwrap_or_default());
    if has_untyped(args) {
        return Ok(Value::dynamic());
    }
    let mut room = MAX_RESULT;
    if args.is_empty() {
        return Ok(Value::string_list([write(text, args, &mut room)?]));
    }
    let Some((sources, count)) = sources(args)? else {
        return Ok(Value::unknown_not_null(Type::list(Type::String)));
    };
    let mut texts = Vec::with_capacity(count);
    for i in 0..count {
        let args: Vec<Value> = sources.iter().filter_map(|s| s.get(i)).cloned().collect();
        texts.push(match args.iter().all(Value::is_wholly_known) {
            true => write(text, &args, &mut room)
                .map_err(|e| FunctionError::new(format!("error on format iteration {i}: {e}")))?
                .into(),
            false => unknown_text(),
        });
    }
    Ok(Value::list(Type::String, texts))
}

/// The arguments of `formatlist`, and for how many texts; `None` where that is not known yet.
fn sources(args: &[Value]) -> Result<Option<(Vec<Source<'_>>, usize)>, FunctionError> {
    let mut sources = Vec::with_capacity(args.len());
    let mut count: Option<(usize, usize)> = None;
    let mut is_known = true;
    for (i, arg) in args.iter().enumerate() {
        let is_sequence = match arg.ty() {
            Type::List(_) | Type::Set(_) => !arg.is_null(),
            Type::Tuple(_) => !arg.is_null(),
            _ => false,
        };
        if !is_sequence {
            sources.push(Source::Same(arg));
            continue;
        }
        let (length, Some(max)) = arg.length_range() else {
            is_known = false;
            continue;
        };
        if !arg.is_known() && length != max {
            is_known = false;
            continue;
        }
        match count {
            Some((other, first)) if other != length => {
                let message = format!(
                    "argument {} has length {length}, which is inconsistent with argument {first} of length {other}",
                    i + 1
                );
                return Err(FunctionError::argument(i + 1, message));
            }
            Some(_) => {}
            None => count = Some((length, i + 1)),
        }
        is_known &= arg.is_known();
        sources.push(Source::Each(arg.as_elements().unwrap_or_default()));
    }
    Ok(is_known.then(|| (sources, count.map_or(1, |(length, _)| length))))
}
