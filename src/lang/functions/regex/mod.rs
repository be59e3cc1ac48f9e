//! `regex` and `regexall`, and the regular expressions of `replace`, in the syntax of RE2.

mod class;
mod template;
#[cfg(test)]
mod tests;
mod translate;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::{Captures, Regex, RegexBuilder};
use smol_str::SmolStr;

use super::string::{MAX_RESULT, string};
use super::{Function, FunctionError, Parameter, Returns, Want};
use crate::lang::{Host, Type, Value};
use template::Template;
use translate::SyntaxError;

/// The largest compiled pattern, in bytes.
const MAX_COMPILED: usize = 32 << 20;

/// The most steps that matching may take, at worst.
const MAX_STEPS: u64 = 1_000_000_000;

/// The most groups that one call may return, in all matches together.
const MAX_GROUPS: usize = 4_000_000;

/// How many compiled patterns are kept.
const MAX_KEPT: usize = 64;

const PATTERN: Parameter = Parameter::new("pattern", Want::String);
const STRING: Parameter = Parameter::new("string", Want::String);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "regex",
        "Finds the first match of a regular expression: its text, or that of its groups.",
        &[PATTERN, STRING],
        Returns::Depends(match_type),
        first,
    ),
    Function::new(
        "regexall",
        "Finds all matches of a regular expression: their texts, or those of their groups.",
        &[PATTERN, STRING],
        Returns::Depends(|values| match_type(values).map(Type::list)),
        all,
    ),
];

/// A compiled regular expression.
struct Pattern {
    regex: Regex,
    /// The names of the groups, where they have one.
    groups: Vec<Option<SmolStr>>,
    cost: usize,
}

impl Pattern {
    /// The pattern of a text, which may have been compiled before.
    fn new(text: &str) -> Result<Arc<Pattern>, SyntaxError> {
        static KEPT: LazyLock<Mutex<HashMap<String, Arc<Pattern>>>> = LazyLock::new(Mutex::default);
        if let Some(pattern) = KEPT.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Ok(Arc::clone(pattern));
        }
        let pattern = Arc::new(Pattern::compile(text)?);
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(text.to_string(), Arc::clone(&pattern));
        Ok(pattern)
    }

    fn compile(text: &str) -> Result<Pattern, SyntaxError> {
        let translation = translate::translate(text)?;
        let regex = RegexBuilder::new(&translation.pattern)
            .nest_limit(translate::MAX_WRITTEN_DEPTH)
            .size_limit(MAX_COMPILED)
            .build()
            .map_err(|_| SyntaxError { problem: "expression too large", part: text.to_string() })?;
        let groups = translation.groups.into_iter().map(|name| name.map(SmolStr::from)).collect();
        Ok(Pattern { regex, groups, cost: translation.cost })
    }

    /// Refuses a text that would take too long.
    fn check(&self, text: &str) -> Result<(), FunctionError> {
        match (self.cost as u64).saturating_mul(text.len() as u64) > MAX_STEPS {
            true => Err(FunctionError::new("the pattern is too complex for a string this long")),
            false => Ok(()),
        }
    }

    /// The type of a match: a string, or a tuple or object of the groups.
    fn match_type(&self) -> Result<Type, FunctionError> {
        let names: Vec<&SmolStr> = self.groups.iter().flatten().collect();
        if names.is_empty() && self.groups.is_empty() {
            Ok(Type::String)
        } else if names.is_empty() {
            Ok(Type::tuple(vec![Type::String; self.groups.len()]))
        } else if names.len() == self.groups.len() {
            Ok(Type::object(names.into_iter().map(|n| (n.clone(), Type::String))))
        } else {
            let message = "invalid regexp pattern: cannot mix both named and unnamed capture groups";
            Err(FunctionError::argument(0, message))
        }
    }

    /// A match as a value of that type. Groups that have no part in it are null.
    fn match_value(&self, captures: &Captures) -> Value {
        if self.groups.is_empty() {
            return Value::string(&captures[0]);
        }
        let text = |i: usize| captures.get(i + 1).map_or(Value::null(Type::String), |m| Value::string(m.as_str()));
        match self.groups.first() {
            Some(Some(_)) => {
                let named = self.groups.iter().enumerate().filter_map(|(i, name)| Some((name.clone()?, text(i))));
                Value::object(named.collect())
            }
            _ => Value::tuple((0..self.groups.len()).map(text).collect()),
        }
    }
}

fn pattern(values: &[Value]) -> Result<Arc<Pattern>, FunctionError> {
    Pattern::new(string(values, 0)?)
        .map_err(|e| FunctionError::argument(0, format!("invalid regexp pattern: {} in {}", e.problem, e.part)))
}

/// What is known of the type of a match: nothing, if the pattern is not known.
fn match_type(values: &[Value]) -> Result<Type, FunctionError> {
    match values.first().is_some_and(Value::is_known) {
        true => pattern(values)?.match_type(),
        false => Ok(Type::Dynamic),
    }
}

fn first(values: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let pattern = pattern(values)?;
    pattern.match_type()?;
    let text = string(values, 1)?;
    pattern.check(text)?;
    match pattern.regex.captures(text) {
        Some(captures) => Ok(pattern.match_value(&captures)),
        None => Err(FunctionError::new("pattern did not match any part of the given string")),
    }
}

fn all(values: &[Value], _: &dyn Host) -> Result<Value, FunctionError> {
    let pattern = pattern(values)?;
    let ty = pattern.match_type()?;
    let text = string(values, 1)?;
    pattern.check(text)?;
    let most = MAX_GROUPS / (pattern.groups.len() + 1);
    let mut matches = Vec::new();
    for captures in pattern.regex.captures_iter(text) {
        if matches.len() >= most {
            return Err(FunctionError::new(format!("the pattern matches more than {most} times")));
        }
        matches.push(pattern.match_value(&captures));
    }
    Ok(Value::list(ty, matches))
}

/// The text with all matches of a pattern replaced by a template, in which `$1` and `${name}`
/// stand for groups.
pub(super) fn replace_all(text: &str, pattern: &str, template: &str) -> Result<String, FunctionError> {
    let pattern = Pattern::new(pattern)
        .map_err(|e| FunctionError::new(format!("error parsing regexp: {}: `{}`", e.problem, e.part)))?;
    pattern.check(text)?;
    let template = Template::parse(template, &pattern.groups);
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for captures in pattern.regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[end..whole.start()]);
        template.expand(&captures, &mut out);
        end = whole.end();
        if out.len() > MAX_RESULT {
            return Err(FunctionError::new(format!("the result would be longer than {MAX_RESULT} bytes")));
        }
    }
    out.push_str(&text[end..]);
    Ok(out)
}
