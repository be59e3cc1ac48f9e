//! Functions that pick a value, or some values, out of those given.

use std::collections::HashSet;

use super::is_sequence;
use crate::lang::convert::{Rules, convert, unify};
use crate::lang::functions::numeric::whole_number;
use crate::lang::functions::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, Type, Value};

pub(in crate::lang::functions) static FUNCTIONS: &[Function] = &[
    Function::new(
        "coalesce",
        "The first argument that is neither null nor an empty string.",
        &[],
        Returns::Depends(coalesce_type),
        coalesce,
    )
    .variadic(Parameter::new("vals", Want::Any).nullable().unknown().dynamic()),
    Function::new(
        "coalescelist",
        "The first argument that is a list with elements.",
        &[],
        Returns::Depends(coalescelist_type),
        coalescelist,
    )
    .variadic(Parameter::new("vals", Want::Any).nullable().unknown().dynamic()),
    Function::new(
        "element",
        "The element of a list at an index, which starts over behind the last one.",
        &[Parameter::new("list", Want::Any).marked(), Parameter::new("index", Want::Number)],
        Returns::Depends(element_type),
        element,
    )
    .nullable(),
    Function::new(
        "lookup",
        "The value of a key in a map, or a default if there is no such key.",
        &[
            Parameter::new("inputMap", Want::Any).unknown().marked(),
            Parameter::new("key", Want::String).unknown().marked(),
        ],
        Returns::Depends(lookup_type),
        lookup,
    )
    .variadic(Parameter::new("default", Want::Any).nullable().unknown().dynamic().marked())
    .nullable(),
    Function::new(
        "matchkeys",
        "The elements of a list whose counterparts in a list of keys are in a list to search.",
        &[
            Parameter::new("values", Want::ListOfAny),
            Parameter::new("keys", Want::ListOfAny),
            Parameter::new("searchset", Want::ListOfAny),
        ],
        Returns::Depends(matchkeys_type),
        matchkeys,
    ),
    Function::new(
        "one",
        "The only element of a list or set, or null if it is empty.",
        &[Parameter::new("list", Want::Any)],
        Returns::Depends(one_type),
        one,
    )
    .nullable(),
];

fn coalesce_type(args: &[Value]) -> Result<Type, FunctionError> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    let common = if types.is_empty() { None } else { unify(&types, Rules::Unsafe) };
    common.ok_or_else(|| FunctionError::new("all arguments must have the same type"))
}

fn coalesce(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = coalesce_type(args)?;
    for (i, arg) in args.iter().enumerate() {
        let value = convert(arg, &ty).map_err(|e| FunctionError::argument(i, e.to_string()))?;
        if !value.is_known() {
            return Ok(Value::unknown_not_null(ty));
        }
        if !value.is_null() && value.as_str().is_none_or(|s| !s.is_empty()) {
            return Ok(value);
        }
    }
    Err(FunctionError::new("no non-null, non-empty-string arguments"))
}

fn coalescelist_type(args: &[Value]) -> Result<Type, FunctionError> {
    let Some(first) = args.first() else {
        return Err(FunctionError::new("at least one argument is required"));
    };
    for arg in args {
        if !arg.is_known() {
            return Ok(Type::Dynamic);
        }
        if !is_sequence(&arg.ty()) {
            return Err(FunctionError::new("coalescelist arguments must be lists or tuples"));
        }
    }
    let ty = first.ty();
    Ok(if args.iter().all(|a| a.ty() == ty) { ty } else { Type::Dynamic })
}

fn coalescelist(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = coalescelist_type(args)?;
    for arg in args {
        if !arg.is_known() {
            return Ok(Value::unknown(ty));
        }
        if arg.len().is_some_and(|n| n > 0) {
            return Ok(arg.clone());
        }
    }
    Err(FunctionError::new("no non-null arguments"))
}

/// Where an index points that starts over behind the last element, and before the first.
fn wrapped(index: &Value, length: usize) -> Result<usize, FunctionError> {
    let index = whole_number(index).map_err(|e| FunctionError::new(format!("invalid index: {e}")))?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    if length == 0 {
        return Err(FunctionError::new("cannot use element function with an empty list"));
    }
    Ok(usize::try_from(index.rem_euclid(length)).unwrap_or_default())
}

fn element_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::List(t) => Ok((*t).clone()),
        Type::Tuple(_) if !args[1].is_known() => Ok(Type::Dynamic),
        Type::Tuple(types) => {
            if whole_number(&args[1]).is_ok_and(|i| i < 0) && !types.is_empty() {
                return Err(FunctionError::new("cannot use element function with a negative index on a tuple"));
            }
            Ok(types[wrapped(&args[1], types.len())?].clone())
        }
        other => Err(FunctionError::new(format!("cannot read elements from {}", other.friendly_name()))),
    }
}

fn element(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    element_type(args)?;
    let (list, marks) = args[0].unmark();
    let items = list.as_elements().unwrap_or_default();
    Ok(items[wrapped(&args[1], items.len())?].clone().with_marks(marks))
}

fn lookup_type(args: &[Value]) -> Result<Type, FunctionError> {
    if args.len() > 3 {
        return Err(FunctionError::new(format!("lookup() takes two or three arguments, got {}", args.len())));
    }
    match args[0].ty() {
        Type::Object(object) => {
            let Some(key) = args[1].as_str() else {
                return Ok(Type::Dynamic);
            };
            match (object.get(key), args.get(2)) {
                (Some(attribute), _) => Ok(attribute.ty.clone()),
                (None, Some(default)) => Ok(default.ty()),
                (None, None) => {
                    let message = format!("the given object has no attribute {:?}", key.as_str());
                    Err(FunctionError::argument(0, message))
                }
            }
        }
        Type::Map(element) => {
            if let Some(default) = args.get(2)
                && convert(default, &element).is_err()
            {
                let message = "the default value must have the same type as the map elements";
                return Err(FunctionError::argument(2, message));
            }
            Ok((*element).clone())
        }
        _ => Err(FunctionError::argument(0, "lookup() requires a map as the first argument")),
    }
}

fn lookup(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = lookup_type(args)?;
    let (map, map_marks) = args[0].unmark();
    let (key, key_marks) = args[1].unmark();
    let marks = map_marks | key_marks;
    if !map.is_known() || !key.is_known() {
        return Ok(Value::unknown(ty).with_marks(marks));
    }
    let name = key.as_str().map_or("", |s| s.as_str());
    if let Some(found) = map.get(name) {
        return Ok(found.clone().with_marks(marks));
    }
    match args.get(2) {
        Some(default) => Ok(convert(default, &ty)?.with_marks(marks)),
        None if args[1].is_sensitive() => Err(FunctionError::new("lookup failed to find key (sensitive value)")),
        None => Err(FunctionError::new(format!("lookup failed to find key {name:?}"))),
    }
}

/// The type that keys and searched values have in common.
fn matchkeys_common(args: &[Value]) -> Result<Type, FunctionError> {
    unify(&[args[1].ty(), args[2].ty()], Rules::Unsafe)
        .ok_or_else(|| FunctionError::new("keys and searchset must be of the same type"))
}

fn matchkeys_type(args: &[Value]) -> Result<Type, FunctionError> {
    matchkeys_common(args).map(|_| args[0].ty())
}

fn matchkeys(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let common = matchkeys_common(args)?;
    let ty = args[0].ty();
    if args[0].len() != args[1].len() {
        return Err(FunctionError::new("length of keys and values should be equal"));
    }
    if !args[0].is_wholly_known() || !args[1].is_wholly_known() {
        return Ok(Value::unknown_not_null(ty));
    }
    let (keys, searched) = (convert(&args[1], &common)?, convert(&args[2], &common)?);
    let searched = searched.as_elements().unwrap_or_default();
    // What stands behind an unknown is never looked at.
    let known = searched.iter().take_while(|v| v.is_wholly_known());
    let wanted: HashSet<String> = known.map(Value::identity).collect();
    let is_cut_short = searched.iter().any(|v| !v.is_wholly_known());
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let mut found = Vec::new();
    for (value, key) in args[0].as_elements().unwrap_or_default().iter().zip(keys.as_elements().unwrap_or_default()) {
        if wanted.contains(&key.identity()) {
            found.push(value.clone());
        } else if is_cut_short {
            // As in Terraform: not an unknown list, but an empty one.
            return Ok(Value::list(element, vec![]));
        }
    }
    Ok(Value::list(element, found))
}

const ONE_WANTED: &str = "must be a list, set, or tuple value with either zero or one elements";

fn one_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::List(t) | Type::Set(t) => Ok((*t).clone()),
        Type::Tuple(types) if types.len() < 2 => Ok(types.first().cloned().unwrap_or(Type::Dynamic)),
        _ => Err(FunctionError::argument(0, ONE_WANTED)),
    }
}

fn one(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = one_type(args)?;
    match args[0].as_elements().unwrap_or_default() {
        [] => Ok(Value::null(ty)),
        [only] => Ok(only.clone()),
        _ if !args[0].is_length_known() => Ok(Value::unknown(ty)),
        _ => Err(FunctionError::argument(0, ONE_WANTED)),
    }
}
