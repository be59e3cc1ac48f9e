//! `count` and `for_each`: which instances there are.

use smol_str::SmolStr;

use crate::config::scope::Instance;
use crate::config::validate::repetition::{COUNT, FOR_EACH, check_count, check_for_each};
use crate::graph::InstanceKey;
use crate::lang::eval::{Interest, explain};
use crate::lang::{Kind, Scope, Type, Value, convert};
use crate::syntax::Diagnostic;
use crate::syntax::ast::Expr;

/// More instances of one block than this are surely a mistake.
const MAX_INSTANCES: u64 = 2_000_000;

/// The instances of a block.
#[derive(Clone, Debug)]
pub enum Expansion {
    /// One, without a key.
    Single,
    /// As many as this, with indices.
    Count(u64),
    /// One for each key, with its value, sorted by key.
    ForEach(Vec<(SmolStr, Value)>),
}

impl Expansion {
    /// What the value of `count` says.
    pub(super) fn of_count(value: &Value, expr: &Expr) -> Result<Self, Diagnostic> {
        if let Some(problem) = check_count(value, expr.span) {
            return Err(problem);
        }
        let (value, _) = value.unmark();
        let number = convert(&value, &Type::Number).ok().and_then(|n| n.as_number().cloned());
        let Some(number) = number else {
            let detail = "The \"count\" value depends on resource attributes that cannot be determined until apply, so \
                          Terraform cannot predict how many instances will be created. To work around this, use the \
                          -target argument to first apply only the resources that the count depends on.";
            return Err(Diagnostic::error(COUNT, detail).at(expr.span));
        };
        match number.to_i64().and_then(|n| u64::try_from(n).ok()).filter(|n| *n <= MAX_INSTANCES) {
            Some(n) => Ok(Expansion::Count(n)),
            None => {
                let detail = format!(
                    "The given \"count\" argument value is unsuitable: must be less than or equal to {MAX_INSTANCES}."
                );
                Err(Diagnostic::error(COUNT, detail).at(expr.span))
            }
        }
    }

    /// What the value of `for_each` says.
    pub(super) fn of_for_each(value: &Value, expr: &Expr, scope: &dyn Scope) -> Result<Self, Diagnostic> {
        let explained = |d: Diagnostic, interest| Diagnostic { values: explain(expr, scope, interest), ..d };
        if let Some(problem) = check_for_each(value, expr.span) {
            return Err(explained(problem, Interest { sensitive: value.is_sensitive(), unknown: false }));
        }
        let (value, _) = value.unmark();
        let is_set = matches!(value.ty(), Type::Set(_));
        let entries = match value.kind() {
            Kind::Map(e) | Kind::Object(e) => Some(e.items().to_vec()),
            Kind::Set(e) => {
                let entry = |v: &Value| v.as_str().map(|s| (s.clone(), v.clone()));
                e.items().iter().map(entry).collect()
            }
            _ => None,
        };
        let Some(mut entries) = entries else {
            let problem = Diagnostic::error(FOR_EACH, unknown_for_each(is_set)).at(expr.span);
            return Err(explained(problem, Interest { sensitive: false, unknown: true }));
        };
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Expansion::ForEach(entries))
    }

    /// How many instances.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Expansion::Single => 1,
            Expansion::Count(n) => usize::try_from(*n).unwrap_or(usize::MAX),
            Expansion::ForEach(entries) => entries.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key of an instance.
    #[must_use]
    pub fn key(&self, position: usize) -> InstanceKey {
        match self {
            Expansion::Single => InstanceKey::None,
            Expansion::Count(_) => InstanceKey::Index(position as u64),
            Expansion::ForEach(entries) => {
                entries.get(position).map_or(InstanceKey::None, |(key, _)| InstanceKey::Name(key.clone()))
            }
        }
    }

    /// The position of a key, if there is an instance with it.
    #[must_use]
    pub fn position(&self, key: &InstanceKey) -> Option<usize> {
        match (self, key) {
            (Expansion::Single, InstanceKey::None) => Some(0),
            (Expansion::Count(n), InstanceKey::Index(i)) if i < n => usize::try_from(*i).ok(),
            (Expansion::ForEach(entries), InstanceKey::Name(name)) => {
                entries.binary_search_by(|(key, _)| key.cmp(name)).ok()
            }
            _ => None,
        }
    }

    /// What `count` and `each` are for an instance.
    #[must_use]
    pub fn instance(&self, position: usize) -> Instance {
        match self {
            Expansion::Single => Instance::default(),
            Expansion::Count(_) => {
                let index = i64::try_from(position).unwrap_or(i64::MAX);
                Instance { count_index: Some(Value::int(index)), ..Instance::default() }
            }
            Expansion::ForEach(entries) => Instance {
                each: entries.get(position).map(|(key, value)| (Value::string(key.clone()), value.clone())),
                ..Instance::default()
            },
        }
    }

    /// Values of all instances, in order, as one value.
    pub(super) fn gather(&self, mut values: impl Iterator<Item = Value>) -> Value {
        match self {
            Expansion::Single => values.next().unwrap_or_else(Value::dynamic),
            Expansion::Count(_) => Value::tuple(values.collect()),
            Expansion::ForEach(entries) => {
                Value::object(entries.iter().map(|(key, _)| key.clone()).zip(values).collect())
            }
        }
    }
}

fn unknown_for_each(is_set: bool) -> &'static str {
    if is_set {
        "The \"for_each\" set includes values derived from resource attributes that cannot be determined until apply, and so \
         Terraform cannot determine the full set of keys that will identify the instances of this resource.\n\nWhen \
         working with unknown values in for_each, it's better to use a map value where the keys are defined statically in \
         your configuration and where only the values contain apply-time results.\n\nAlternatively, you could use the \
         -target planning option to first apply only the resources that the for_each value depends on, and then apply a \
         second time to fully converge."
    } else {
        "The \"for_each\" map includes keys derived from resource attributes that cannot be determined until apply, and so \
         Terraform cannot determine the full set of keys that will identify the instances of this resource.\n\nWhen \
         working with unknown values in for_each, it's better to define the map keys statically in your configuration and \
         place apply-time results only in the map values.\n\nAlternatively, you could use the -target planning option to \
         first apply only the resources that the for_each value depends on, and then apply a second time to fully converge."
    }
}
