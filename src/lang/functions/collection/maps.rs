//! Functions that take maps and objects apart, or make them.

use smol_str::SmolStr;

use super::is_sequence;
use crate::lang::functions::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, Marks, Type, Value};

pub(in crate::lang::functions) static FUNCTIONS: &[Function] = &[
    Function::new(
        "keys",
        "The keys of a map, sorted.",
        &[Parameter::new("inputMap", Want::Any).unknown().marked()],
        Returns::Depends(keys_type),
        keys,
    ),
    Function::new(
        "list",
        "No longer available: write `tolist([ … ])`.",
        &[],
        Returns::Depends(|_| Ok(Type::Dynamic)),
        |_, _| {
            Err(FunctionError::new(
                "the \"list\" function was deprecated in Terraform v0.12 and is no longer available; use tolist([ ... \
                 ]) syntax to write a literal list",
            ))
        },
    )
    .variadic(Parameter::new("vals", Want::Any).nullable().unknown().dynamic().marked()),
    Function::new(
        "map",
        "No longer available: write `tomap({ … })`.",
        &[],
        Returns::Depends(|_| Ok(Type::Dynamic)),
        |_, _| {
            Err(FunctionError::new(
                "the \"map\" function was deprecated in Terraform v0.12 and is no longer available; use tomap({ ... \
                 }) syntax to write a literal map",
            ))
        },
    )
    .variadic(Parameter::new("vals", Want::Any).nullable().unknown().dynamic().marked()),
    Function::new(
        "merge",
        "The entries of several maps in one; of two with the same key the last counts.",
        &[],
        Returns::Depends(merge_type),
        merge,
    )
    .variadic(Parameter::new("maps", Want::Any).nullable().dynamic().marked()),
    Function::new(
        "transpose",
        "A map of lists of strings turned around: each string with the list of the keys it was under.",
        &[Parameter::new("values", Want::MapOfListOfString)],
        Returns::Type(Want::MapOfListOfString),
        transpose,
    ),
    Function::new(
        "values",
        "The values of a map, in the order of their keys.",
        &[Parameter::new("mapping", Want::Any).marked()],
        Returns::Depends(values_type),
        values,
    ),
    Function::new(
        "zipmap",
        "A map made of a list of keys and a list of the values that belong to them.",
        &[Parameter::new("keys", Want::ListOfString).marked(), Parameter::new("values", Want::Any).marked()],
        Returns::Depends(zipmap_type),
        zipmap,
    ),
];

fn keys_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::Map(_) => Ok(Type::list(Type::String)),
        Type::Object(object) => Ok(Type::tuple(vec![Type::String; object.attributes().len()])),
        _ => Err(FunctionError::argument(0, "must have map or object type")),
    }
}

fn keys(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = keys_type(args)?;
    let (map, marks) = args[0].unmark();
    let result = match (map.ty(), map.as_entries()) {
        (Type::Object(object), _) => {
            Value::tuple(object.attributes().iter().map(|a| Value::string(a.name.clone())).collect())
        }
        (_, Some(entries)) => Value::string_list(entries.iter().map(|(key, _)| key.clone())),
        (_, None) => Value::unknown_not_null(ty),
    };
    Ok(result.with_marks(marks))
}

fn merge_type(args: &[Value]) -> Result<Type, FunctionError> {
    let Some(first) = args.first().map(Value::ty) else {
        return Ok(Type::object([]));
    };
    let mut attributes: Vec<(SmolStr, Type)> = Vec::new();
    let (mut all_same, mut all_known) = (true, true);
    for arg in args {
        let ty = arg.ty();
        match &ty {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Object(_) | Type::Map(_) if arg.is_null() => {}
            Type::Object(object) => {
                attributes.extend(object.attributes().iter().map(|a| (a.name.clone(), a.ty.clone())));
            }
            Type::Map(element) => match arg.as_entries() {
                Some(entries) => attributes.extend(entries.iter().map(|(k, _)| (k.clone(), (**element).clone()))),
                None => all_known = false,
            },
            other => {
                let got = other.friendly_name();
                return Err(FunctionError::new(format!("arguments must be maps or objects, got {got:?}")));
            }
        }
        all_same &= ty == first;
    }
    Ok(match (all_same, all_known) {
        (true, _) => first,
        (false, true) => Type::object(attributes),
        (false, false) => Type::Dynamic,
    })
}

fn merge(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = merge_type(args)?;
    let marks = args.iter().filter(|arg| !arg.is_null()).fold(Marks::NONE, |m, arg| m | arg.marks());
    let entries: Vec<(SmolStr, Value)> =
        args.iter().flat_map(|arg| arg.as_entries().unwrap_or_default()).cloned().collect();
    let merged = match &ty {
        Type::Map(element) => Value::map((**element).clone(), entries),
        Type::Object(object) if entries.is_empty() && !object.attributes().is_empty() => Value::null(ty.clone()),
        _ => Value::object(entries),
    };
    Ok(merged.with_marks(marks))
}

fn transpose(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let list = Type::list(Type::String);
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown_not_null(Type::map(list)));
    }
    // Sorting by string keeps the keys of each in their order.
    let mut pairs: Vec<(SmolStr, &SmolStr)> = Vec::new();
    for (key, strings) in args[0].as_entries().unwrap_or_default() {
        let Some(strings) = strings.as_elements() else {
            return Err(FunctionError::new("input must not contain null list"));
        };
        for string in strings {
            let Some(string) = string.as_str() else {
                return Err(FunctionError::new("input list must not contain null string"));
            };
            pairs.push((string.clone(), key));
        }
    }
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    let entries = pairs.chunk_by(|a, b| a.0 == b.0).map(|group| {
        let keys = group.iter().map(|(_, key)| (*key).clone());
        (group[0].0.clone(), Value::string_list(keys))
    });
    Ok(Value::map(list, entries.collect()))
}

fn values_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::Map(element) => Ok(Type::List(element)),
        Type::Object(object) => Ok(Type::tuple(object.attributes().iter().map(|a| a.ty.clone()).collect())),
        _ => Err(FunctionError::new("values() requires a map as the first argument")),
    }
}

fn values(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = values_type(args)?;
    let (map, marks) = args[0].unmark();
    let items = map.as_entries().unwrap_or_default().iter().map(|(_, v)| v.clone()).collect();
    let result = match &ty {
        Type::List(element) => Value::list((**element).clone(), items),
        _ => Value::tuple(items),
    };
    Ok(result.with_marks(marks))
}

fn zipmap_type(args: &[Value]) -> Result<Type, FunctionError> {
    let ty = args[1].ty();
    if !is_sequence(&ty) {
        return Err(FunctionError::new("values argument must be a list or tuple value"));
    }
    let types = match &ty {
        Type::List(element) => return Ok(Type::Map(element.clone())),
        Type::Tuple(_) if !args[0].is_wholly_known() => return Ok(Type::Dynamic),
        Type::Tuple(types) => types,
        _ => return Ok(Type::Dynamic),
    };
    let keys = args[0].as_elements().unwrap_or_default();
    check_counts(keys.len(), types.len())?;
    Ok(Type::object(names(keys)?.into_iter().zip(types.iter().cloned())))
}

fn check_counts(keys: usize, values: usize) -> Result<(), FunctionError> {
    if keys != values {
        let message = format!("number of keys ({keys}) does not match number of values ({values})");
        return Err(FunctionError::new(message));
    }
    Ok(())
}

fn names(keys: &[Value]) -> Result<Vec<SmolStr>, FunctionError> {
    let name = |(i, key): (usize, &Value)| {
        key.as_str().cloned().ok_or_else(|| FunctionError::new(format!("keys list has null value at index {i}")))
    };
    keys.iter().enumerate().map(name).collect()
}

fn zipmap(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = zipmap_type(args)?;
    // Which entries there are tells the keys: their marks are marks of the whole.
    let (keys, key_marks) = args[0].unmark_deep();
    let (values, value_marks) = args[1].unmark();
    let marks = key_marks | value_marks;
    if !keys.is_wholly_known() {
        return Ok(Value::unknown(ty).refine_not_null().with_marks(marks));
    }
    let keys = keys.as_elements().unwrap_or_default();
    let items = values.as_elements().unwrap_or_default();
    check_counts(keys.len(), items.len())?;
    let entries = names(keys)?.into_iter().zip(items.iter().cloned()).collect();
    let result = match &ty {
        Type::Map(element) => Value::map((**element).clone(), entries),
        _ => Value::object(entries),
    };
    Ok(result.with_marks(marks))
}
