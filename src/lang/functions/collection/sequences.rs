//! Functions that build a list or tuple.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::{MAX_ELEMENTS, check_size, has_elements};
use crate::lang::convert::{Rules, convert, list_of_one_type, unify};
use crate::lang::functions::numeric::whole_number;
use crate::lang::functions::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, Number, Type, Value};

pub(in crate::lang::functions) static FUNCTIONS: &[Function] = &[
    Function::new(
        "chunklist",
        "The elements of a list in lists of a fixed size; the last one may be shorter.",
        &[Parameter::new("list", Want::ListOfAny).marked(), Parameter::new("size", Want::Number)],
        Returns::Depends(|args| Ok(Type::list(args[0].ty()))),
        chunklist,
    ),
    Function::new(
        "compact",
        "A list of strings without those that are null or empty.",
        &[Parameter::new("list", Want::ListOfString)],
        Returns::Type(Want::ListOfString),
        compact,
    ),
    Function::new(
        "concat",
        "The elements of several lists, one list after the other.",
        &[],
        Returns::Depends(concat_type),
        concat,
    )
    .variadic(Parameter::new("seqs", Want::Any).marked()),
    Function::new(
        "distinct",
        "A list without elements that equal an earlier one.",
        &[Parameter::new("list", Want::ListOfAny)],
        Returns::Depends(|args| Ok(args[0].ty())),
        distinct,
    ),
    Function::new(
        "flatten",
        "A list in which elements that are lists are replaced by their elements, however deep.",
        &[Parameter::new("list", Want::Any).marked()],
        Returns::Depends(|_| Ok(Type::Dynamic)),
        flatten,
    ),
    Function::new(
        "range",
        "The numbers from a start up to a limit, which is left out, in steps.",
        &[],
        Returns::Depends(|_| Ok(Type::list(Type::Number))),
        range,
    )
    .variadic(Parameter::new("params", Want::Number)),
    Function::new(
        "reverse",
        "The elements of a list from the last to the first.",
        &[Parameter::new("list", Want::Any).marked()],
        Returns::Depends(reverse_type),
        reverse,
    ),
    Function::new(
        "slice",
        "The elements of a list from a start index up to an end index, which is left out.",
        &[
            Parameter::new("list", Want::Any).marked(),
            Parameter::new("start_index", Want::Number),
            Parameter::new("end_index", Want::Number),
        ],
        Returns::Depends(slice_type),
        slice,
    ),
    Function::new(
        "sort",
        "A list of strings in the order of their text.",
        &[Parameter::new("list", Want::ListOfString)],
        Returns::Type(Want::ListOfString),
        sort,
    ),
];

fn chunklist(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let size = whole_number(&args[1]).map_err(|e| FunctionError::new(format!("invalid size: {e}")))?;
    let Ok(size) = usize::try_from(size) else {
        return Err(FunctionError::new("the size argument must be positive"));
    };
    let (list, marks) = args[0].unmark();
    let items = list.as_elements().unwrap_or_default();
    let element = list.ty().element().cloned().unwrap_or(Type::Dynamic);
    // A size of zero puts all into one.
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items.chunks(size).map(|chunk| Value::list(element.clone(), chunk.to_vec())).collect();
    Ok(Value::list(list.ty(), chunks).with_marks(marks))
}

fn compact(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown_not_null(Type::list(Type::String)));
    }
    let items = args[0].as_elements().unwrap_or_default();
    let kept = items.iter().filter(|v| v.as_str().is_some_and(|s| !s.is_empty()));
    Ok(Value::list(Type::String, kept.cloned().collect()))
}

fn concat_type(args: &[Value]) -> Result<Type, FunctionError> {
    if args.is_empty() {
        return Err(FunctionError::new("at least one argument is required"));
    }
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    if types.iter().all(|t| matches!(t, Type::List(_)))
        && let Some(common) = unify(&types, Rules::Unsafe)
    {
        return Ok(common);
    }
    let mut elements = Vec::new();
    for (i, (arg, ty)) in args.iter().zip(&types).enumerate() {
        match ty {
            Type::Tuple(of) => elements.extend(of.iter().cloned()),
            Type::List(_) if !arg.is_known() => return Ok(Type::Dynamic),
            Type::List(of) => {
                let count = arg.len().unwrap_or(0);
                check_size(elements.len().saturating_add(count))?;
                elements.extend(std::iter::repeat_n((**of).clone(), count));
            }
            other => {
                let message = format!("all arguments must be lists or tuples; got {}", other.friendly_name());
                return Err(FunctionError::argument(i, message));
            }
        }
        check_size(elements.len())?;
    }
    Ok(Type::tuple(elements))
}

fn concat(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = concat_type(args)?;
    let marks = args.iter().fold(crate::lang::Marks::NONE, |m, arg| m | arg.marks());
    check_size(args.iter().fold(0usize, |n, arg| n.saturating_add(arg.len().unwrap_or(0))))?;
    let mut items = Vec::new();
    for (i, arg) in args.iter().enumerate() {
        let list = match ty {
            Type::List(_) => convert(arg, &ty).map_err(|e| FunctionError::argument(i, e.to_string()))?,
            _ => arg.clone(),
        };
        items.extend_from_slice(list.as_elements().unwrap_or_default());
    }
    let result = match &ty {
        // Some lists may say what the elements of others are that had no type of their own.
        Type::List(element) if **element == Type::Dynamic => {
            list_of_one_type(items).ok_or_else(|| FunctionError::new("all list elements must have the same type"))?
        }
        Type::List(element) => Value::list((**element).clone(), items),
        _ => Value::tuple(items),
    };
    Ok(result.with_marks(marks))
}

fn distinct(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = args[0].ty();
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown_not_null(ty));
    }
    let mut seen = HashSet::new();
    let items = args[0].as_elements().unwrap_or_default().iter();
    let kept = items.filter(|v| seen.insert(v.identity())).cloned().collect();
    Ok(Value::list(ty.element().cloned().unwrap_or(Type::Dynamic), kept))
}

fn flatten(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let (list, mut marks) = args[0].unmark();
    if !has_elements(&list.ty()) {
        return Err(FunctionError::new("can only flatten lists, sets and tuples"));
    }
    if list.weight() > MAX_ELEMENTS as u64 {
        return Err(FunctionError::new("the list is too large to flatten"));
    }
    let mut flat = Vec::new();
    // What is still to come, the next at the end: nesting costs no stack.
    let mut pending = vec![list];
    while let Some(value) = pending.pop() {
        let (plain, own) = value.unmark();
        if !plain.is_known() && has_elements(&plain.ty()) {
            return Ok(Value::dynamic().with_marks(marks | own));
        }
        if plain.is_known() && !plain.is_length_known() {
            return Ok(Value::dynamic().with_marks(marks | own));
        }
        if !plain.is_known() && plain.ty() == Type::Dynamic {
            return Ok(Value::dynamic().with_marks(marks));
        }
        match plain.as_elements() {
            Some(items) => {
                marks |= own;
                pending.extend(items.iter().rev().cloned());
            }
            None => flat.push(value),
        }
    }
    Ok(Value::tuple(flat).with_marks(marks))
}

/// The most numbers that `range` makes.
const RANGE_LIMIT: usize = 1024;

fn range(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let numbers: Vec<&Number> = args.iter().filter_map(Value::as_number).collect();
    let downward = |start: &Number, limit: &Number| Number::from(if limit < start { -1i64 } else { 1 });
    let (start, limit, step) = match numbers.as_slice() {
        [limit] => (Number::ZERO, (*limit).clone(), downward(&Number::ZERO, limit)),
        [start, limit] => ((*start).clone(), (*limit).clone(), downward(start, limit)),
        [start, limit, step] => ((*start).clone(), (*limit).clone(), (*step).clone()),
        _ => return Err(FunctionError::new("must have one, two, or three arguments")),
    };
    let order = start.cmp(&limit);
    if step.is_negative() && order == Ordering::Less {
        return Err(FunctionError::argument(1, "end must be less than start when step is negative"));
    }
    if !step.is_negative() && !step.is_zero() && order == Ordering::Greater {
        return Err(FunctionError::argument(1, "end must be greater than start when step is positive"));
    }
    let mut items = Vec::new();
    let mut next = start;
    while next.cmp(&limit) == order && order != Ordering::Equal {
        if items.len() >= RANGE_LIMIT {
            return Err(FunctionError::new(format!(
                "more than {RANGE_LIMIT} values were generated; either decrease the difference between start and end \
                 or use a smaller step"
            )));
        }
        items.push(next.clone().into());
        next = next.add(&step).map_err(|e| FunctionError::new(e.to_string()))?;
    }
    Ok(Value::list(Type::Number, items))
}

fn reverse_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::Tuple(types) => Ok(Type::Tuple(types.iter().rev().cloned().collect())),
        Type::List(element) | Type::Set(element) => Ok(Type::List(element)),
        other => {
            let message = format!("can only reverse list or tuple values, not {}", other.friendly_name());
            Err(FunctionError::argument(0, message))
        }
    }
}

fn reverse(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = reverse_type(args)?;
    let (list, marks) = args[0].unmark();
    let items = list.as_elements().unwrap_or_default().iter().rev().cloned().collect();
    let reversed = match &ty {
        Type::List(element) => Value::list((**element).clone(), items),
        _ => Value::tuple(items),
    };
    Ok(reversed.with_marks(marks))
}

/// The bounds of a slice, as far as they are known, checked against each other and the length.
fn slice_bounds(args: &[Value]) -> Result<(Option<usize>, Option<usize>), FunctionError> {
    let (min, max) = args[0].length_range();
    let length = max.filter(|max| *max == min);
    let bound = |i: usize, name: &str| {
        if !args[i].is_known() {
            return Ok(None);
        }
        let refuse = |message: String| FunctionError::argument(i, message);
        let index = whole_number(&args[i]).map_err(|e| refuse(format!("invalid {name} index: {e}")))?;
        let index = usize::try_from(index).map_err(|_| refuse(format!("{name} index must not be less than zero")))?;
        if length.is_some_and(|length| index > length) {
            return Err(refuse(format!("{name} index must not be greater than the length of the list")));
        }
        Ok(Some(index))
    };
    let (start, end) = (bound(1, "start")?, bound(2, "end")?);
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(FunctionError::argument(1, "start index must not be greater than end index"));
    }
    Ok((start, end))
}

fn slice_type(args: &[Value]) -> Result<Type, FunctionError> {
    let ty = args[0].ty();
    if matches!(ty, Type::Set(_)) {
        return Err(FunctionError::argument(
            0,
            "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the \
             ordering of the result is not important",
        ));
    }
    if !super::is_sequence(&ty) {
        return Err(FunctionError::argument(0, "must be a list or tuple value"));
    }
    let bounds = slice_bounds(args)?;
    Ok(match (&ty, bounds) {
        (Type::Tuple(types), (Some(start), Some(end))) => Type::Tuple(types[start..end].into()),
        (Type::Tuple(_), _) => Type::Dynamic,
        _ => ty,
    })
}

fn slice(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let ty = slice_type(args)?;
    let (list, marks) = args[0].unmark();
    let (start, end) = slice_bounds(args)?;
    let items = list.as_elements().unwrap_or_default();
    let range = start.unwrap_or(0)..end.unwrap_or(items.len());
    let part = items.get(range).unwrap_or_default().to_vec();
    let result = match &ty {
        Type::List(element) => Value::list((**element).clone(), part),
        _ => Value::tuple(part),
    };
    Ok(result.with_marks(marks))
}

fn sort(args: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let items = args[0].as_elements().unwrap_or_default();
    if !args[0].is_wholly_known() {
        // What stands where is unknown, but not how many there are.
        return Ok(Value::list(Type::String, vec![Value::unknown(Type::String); items.len()]));
    }
    if let Some(i) = items.iter().position(Value::is_null) {
        let message = format!("given list element {i} is null; a null string cannot be sorted");
        return Err(FunctionError::new(message));
    }
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(Value::list(Type::String, sorted))
}
