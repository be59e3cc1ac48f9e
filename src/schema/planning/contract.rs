//! Whether a provider keeps its word: a plan is what was asked for, and the result is what was
//! planned. What is found wrong is a list of sentences, each with its place: `.ingress[0].port: …`.

use super::nested::{correlate, part, present};
use crate::lang::{Path, PathStep, Type, Value};
use crate::schema::{Attribute, Nested, Nesting, Schema, Shape};

/// What is wrong with a planned object: whatever the configuration sets must be as it is set (or,
/// where that means the same, as it is now), and what it doesn't is the provider's only if the
/// schema says so.
#[must_use]
pub fn assert_plan_valid(schema: &Schema, prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    let mut check = Check::default();
    match (config.is_null(), planned.is_null()) {
        (true, true) => {}
        (true, false) => check.wrong("planned for existence, but config wants absence"),
        (false, true) => check.wrong("planned for absence, but config wants existence"),
        (false, false) => check.plan(schema.block.shape(), present(prior), config, planned),
    }
    check.problems
}

/// What is wrong with an object after apply: whatever was known in the plan must be as it was
/// planned.
#[must_use]
pub fn assert_object_compatible(schema: &Schema, planned: &Value, actual: &Value) -> Vec<String> {
    let mut check = Check::default();
    check.result(schema.block.shape(), planned, actual);
    check.problems
}

#[derive(Default)]
struct Check {
    path: Path,
    problems: Vec<String>,
}

impl Check {
    fn wrong(&mut self, what: impl AsRef<str>) {
        let place = if self.path.0.is_empty() { String::new() } else { format!("{}: ", self.path) };
        self.problems.push(format!("{place}{}", what.as_ref()));
    }

    fn within(&mut self, step: PathStep, look: impl FnOnce(&mut Self)) {
        self.path.0.push(step);
        look(self);
        self.path.0.pop();
    }

    fn plan(&mut self, shape: Shape<'_>, prior: Option<&Value>, config: &Value, planned: &Value) {
        if !config.is_known() || !planned.is_known() {
            if config != planned {
                self.wrong("a whole block can't be unknown unless it is in the configuration");
            }
            return;
        }
        for (name, a) in shape.attributes {
            let (before, wanted, planned) = (part(prior, name), part(Some(config), name), part(Some(planned), name));
            self.within(PathStep::Attr(name.clone()), |c| c.planned_attribute(a, before, wanted, planned));
        }
        for (name, b) in shape.blocks {
            let (before, wanted, planned) = (part(prior, name), part(Some(config), name), part(Some(planned), name));
            self.within(PathStep::Attr(name.clone()), |c| match (wanted, planned) {
                (None, None) => {}
                (None, Some(_)) => c.wrong("planned for existence, but config wants absence"),
                (Some(_), None) => c.wrong("planned for absence, but config wants existence"),
                (Some(wanted), Some(planned)) => c.plan_nested(b.nested(), before, wanted, planned),
            });
        }
    }

    fn planned_attribute(
        &mut self,
        a: &Attribute,
        prior: Option<&Value>,
        wanted: Option<&Value>,
        planned: Option<&Value>,
    ) {
        match (wanted, planned) {
            (_, Some(_)) if a.write_only => self.wrong("planned value for a write-only attribute, which must be null"),
            _ if a.write_only => {}
            (None, _) if a.computed => {}
            (None, None) => {}
            (None, Some(planned)) if a.default.as_ref().is_some_and(|d| a.is_same(d, planned)) => {}
            (None, Some(planned)) => {
                self.wrong(format!("planned value {} for a non-computed attribute", shown(a, planned)));
            }
            (Some(wanted), Some(planned)) if a.nested.is_some() && wanted.is_known() => {
                if let Some(n) = &a.nested {
                    self.plan_nested(n.nested(), prior, wanted, planned);
                }
            }
            (Some(wanted), planned) => {
                if planned != Some(wanted) && (planned.is_none() || planned != prior) {
                    let null = Value::null(a.ty.clone());
                    let planned = shown(a, planned.unwrap_or(&null));
                    let nor_prior = if prior.is_some() { " nor prior value" } else { "" };
                    let wanted = shown(a, wanted);
                    self.wrong(format!("planned value {planned} does not match config value {wanted}{nor_prior}"));
                }
            }
        }
    }

    fn plan_nested(&mut self, nested: Nested<'_>, prior: Option<&Value>, config: &Value, planned: &Value) {
        let shape = nested.shape;
        if !config.is_known() || !planned.is_known() {
            if config != planned && config.is_known() {
                self.wrong("planned as unknown, but known in config");
            }
            return;
        }
        match nested.nesting {
            Nesting::Single | Nesting::Group => self.plan(shape, prior, config, planned),
            Nesting::List => {
                let (wanted, planned) =
                    (config.as_elements().unwrap_or_default(), planned.as_elements().unwrap_or_default());
                let before = prior.and_then(Value::as_elements).unwrap_or_default();
                if wanted.len() != planned.len() {
                    let (n, m) = (planned.len(), wanted.len());
                    return self.wrong(format!("block count in plan ({n}) disagrees with count in config ({m})"));
                }
                for (i, (wanted, planned)) in wanted.iter().zip(planned).enumerate() {
                    self.within(index(i), |c| c.plan(shape, before.get(i), wanted, planned));
                }
            }
            Nesting::Map => {
                for (key, planned) in planned.as_entries().unwrap_or_default() {
                    self.within(PathStep::Index(Value::string(key.clone())), |c| match config.get(key) {
                        Some(wanted) => c.plan(shape, part(prior, key), wanted, planned),
                        None => c.wrong("planned for existence, but config wants absence"),
                    });
                }
                for (key, _) in config.as_entries().unwrap_or_default() {
                    if planned.get(key).is_none() {
                        self.wrong(format!("missing key {key:?}"));
                    }
                }
            }
            Nesting::Set => {
                let (wanted, planned) =
                    (config.as_elements().unwrap_or_default(), planned.as_elements().unwrap_or_default());
                let lost = correlate(shape, planned, wanted).iter().filter(|found| found.is_none()).count();
                if wanted.len() != planned.len() || lost > 0 {
                    self.wrong("planned set elements do not correlate with the elements in config");
                }
            }
        }
    }

    fn result(&mut self, shape: Shape<'_>, planned: &Value, actual: &Value) {
        if planned.is_null() || actual.is_null() || !planned.is_known() || !actual.is_known() {
            return self.presence(planned, actual);
        }
        for (name, a) in shape.attributes {
            let null = Value::null(a.ty.clone());
            let (planned, actual) = (planned.get(name).unwrap_or(&null), actual.get(name).unwrap_or(&null));
            self.within(PathStep::Attr(name.clone()), |c| match &a.nested {
                Some(n) if !a.sensitive => c.result_nested(n.nested(), planned, actual),
                _ => c.result_value(a, planned, actual),
            });
        }
        for (name, b) in shape.blocks {
            let null = Value::null(Type::Dynamic);
            let (planned, actual) = (planned.get(name).unwrap_or(&null), actual.get(name).unwrap_or(&null));
            self.within(PathStep::Attr(name.clone()), |c| c.result_nested(b.nested(), planned, actual));
        }
    }

    fn presence(&mut self, planned: &Value, actual: &Value) {
        match (planned.is_null(), actual.is_null()) {
            (true, false) => self.wrong("was absent, but now present"),
            (false, true) if planned.definitely_not_null() => self.wrong("was present, but now absent"),
            _ => {}
        }
    }

    fn result_nested(&mut self, nested: Nested<'_>, planned: &Value, actual: &Value) {
        if planned == actual {
            return;
        }
        if planned.is_null() || actual.is_null() || !planned.is_known() || !actual.is_known() {
            return self.presence(planned, actual);
        }
        let shape = nested.shape;
        let (before, now) = (planned.as_elements().unwrap_or_default(), actual.as_elements().unwrap_or_default());
        match nested.nesting {
            Nesting::Single | Nesting::Group => self.result(shape, planned, actual),
            Nesting::List if before.len() != now.len() => {
                self.wrong(format!("block count changed from {} to {}", before.len(), now.len()));
            }
            Nesting::List => {
                for (i, (planned, actual)) in before.iter().zip(now).enumerate() {
                    self.within(index(i), |c| c.result(shape, planned, actual));
                }
            }
            Nesting::Map => {
                for (key, planned) in planned.as_entries().unwrap_or_default() {
                    match actual.get(key) {
                        Some(actual) => {
                            self.within(PathStep::Index(Value::string(key.clone())), |c| {
                                c.result(shape, planned, actual)
                            });
                        }
                        None => self.wrong(format!("block key {key:?} has vanished")),
                    }
                }
                for (key, _) in actual.as_entries().unwrap_or_default() {
                    if planned.get(key).is_none() {
                        self.wrong(format!("new block key {key:?} has appeared"));
                    }
                }
            }
            Nesting::Set if before.len() != now.len() && planned.is_wholly_known() || before.len() < now.len() => {
                self.wrong(format!("block set length changed from {} to {}", before.len(), now.len()));
            }
            Nesting::Set => {
                let fits = |planned: &Value| {
                    now.contains(planned)
                        || now.iter().any(|now| {
                            let mut check = Check::default();
                            check.result(shape, planned, now);
                            check.problems.is_empty()
                        })
                };
                if !before.iter().all(fits) {
                    self.wrong("a planned set element does not correlate with any element in actual");
                }
            }
        }
    }

    fn result_value(&mut self, a: &Attribute, planned: &Value, actual: &Value) {
        if !is_compatible(planned, actual) {
            if a.sensitive {
                self.wrong("inconsistent values for sensitive attribute");
            } else if planned.is_known() {
                self.wrong(format!("was {planned:?}, but now {actual:?}"));
            } else {
                self.wrong(format!("wrong final value {actual:?}, which is outside of what was planned"));
            }
        }
    }
}

fn index(i: usize) -> PathStep {
    PathStep::Index(crate::lang::Number::from_usize(i).into())
}

fn shown(a: &Attribute, value: &Value) -> String {
    if a.sensitive { "(sensitive)".into() } else { format!("{value:?}") }
}

/// Whether a value can be what was planned, now that it is known.
fn is_compatible(planned: &Value, actual: &Value) -> bool {
    if planned.is_wholly_known() || !actual.is_known() {
        return planned == actual || !planned.is_known();
    }
    if let Some(unknown) = planned.as_unknown() {
        let fits = unknown.ty.has_dynamic() || actual.ty() == unknown.ty;
        return fits && !(actual.is_null() && unknown.refinement.not_null);
    }
    match (planned.as_elements(), actual.as_elements(), planned.as_entries(), actual.as_entries()) {
        (Some(p), Some(a), ..) => {
            let is_set = matches!(planned.kind(), crate::lang::Kind::Set(_));
            match is_set {
                true => p.iter().all(|p| !p.is_wholly_known() || a.contains(p)) && a.len() <= p.len(),
                false => p.len() == a.len() && p.iter().zip(a).all(|(p, a)| is_compatible(p, a)),
            }
        }
        (.., Some(p), Some(a)) => {
            p.len() == a.len() && p.iter().zip(a).all(|(p, a)| p.0 == a.0 && is_compatible(&p.1, &a.1))
        }
        _ => false,
    }
}
