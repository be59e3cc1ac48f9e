//! Addresses as people type them on command lines: `module.a["x"].data.t.n[0]`.

mod traversal;

use std::sync::Arc;

use smol_str::SmolStr;

use super::{ConfigAddress, InstanceAddress, InstanceKey, ModuleAddress, ModuleStep, ResourceAddress};
use crate::config::module::{Mode, ResourceKey};
use crate::syntax::Diagnostic;
use traversal::Step;

/// What an address stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A module with everything in it. If its last step has no key, all instances of that call.
    Module(ModuleAddress),
    /// A resource with all its instances.
    Resource(ResourceAddress),
    /// One instance.
    Instance(InstanceAddress),
}

impl Target {
    /// Whether an instance is meant.
    #[must_use]
    pub fn contains(&self, instance: &InstanceAddress) -> bool {
        match self {
            Target::Module(module) => contains_module(module.steps(), instance.resource.module.steps()),
            Target::Resource(resource) => *resource == *instance.resource,
            Target::Instance(own) => own == instance,
        }
    }
}

fn contains_module(own: &[ModuleStep], other: &[ModuleStep]) -> bool {
    let Some((last, outer)) = own.split_last() else { return true };
    other.len() >= own.len()
        && outer == &other[..outer.len()]
        && last.name == other[outer.len()].name
        && (last.key == InstanceKey::None || last.key == other[outer.len()].key)
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Module(module) => module.fmt(f),
            Target::Resource(resource) => resource.fmt(f),
            Target::Instance(instance) => instance.fmt(f),
        }
    }
}

/// Names that mean something else at the beginning of a reference.
const RESERVED: [&str; 11] =
    ["arg", "count", "each", "lazy", "local", "module", "path", "self", "template", "terraform", "var"];

/// A module, a resource or an instance, as for `-target`.
///
/// # Errors
/// What is wrong with the text, as Terraform says it.
pub fn parse_target(text: &str) -> Result<Target, Diagnostic> {
    let steps = traversal::parse(text)?;
    let (module, rest) = module_steps(&steps)?;
    if rest.is_empty() {
        return Ok(Target::Module(module));
    }
    if let Some(Step::Attr(name)) = rest.first()
        && RESERVED.contains(&name.as_str())
    {
        let detail = format!(
            "The keyword \"{name}\" is reserved and cannot be used to target a resource address. If you are targeting a \
             resource type that uses a reserved keyword, please prefix your address with \"resource.\"."
        );
        return Err(Diagnostic::error(INVALID, detail));
    }
    let (resource, key) = resource_steps(module, rest)?;
    Ok(match key {
        None => Target::Resource(resource),
        Some(key) => Target::Instance(Arc::new(resource).instance(key)),
    })
}

/// One instance of a resource; of one that isn't repeated, or so it says, where there is no key.
///
/// # Errors
/// What is wrong with the text, as Terraform says it.
pub fn parse_instance(text: &str) -> Result<InstanceAddress, Diagnostic> {
    let steps = traversal::parse(text)?;
    let (module, rest) = module_steps(&steps)?;
    if rest.is_empty() {
        let detail = "A resource instance address is required here. The module path must be followed by a resource \
                      instance specification.";
        return Err(Diagnostic::error(INVALID, detail));
    }
    let (resource, key) = resource_steps(module, rest)?;
    Ok(Arc::new(resource).instance(key.unwrap_or_default()))
}

/// A whole resource in one instance of its module.
///
/// # Errors
/// What is wrong with the text, as Terraform says it.
pub fn parse_resource(text: &str) -> Result<ResourceAddress, Diagnostic> {
    let steps = traversal::parse(text)?;
    let (module, rest) = module_steps(&steps)?;
    match resource_steps(module, rest)? {
        (resource, None) => Ok(resource),
        (_, Some(_)) => Err(Diagnostic::error(
            INVALID,
            "A resource address is required. This instance key identifies a specific resource instance, which is not \
             expected here.",
        )),
    }
}

/// One instance of a module; `""` is the root module.
///
/// # Errors
/// What is wrong with the text, as Terraform says it.
pub fn parse_module(text: &str) -> Result<ModuleAddress, Diagnostic> {
    if text.is_empty() {
        return Ok(ModuleAddress::root());
    }
    let steps = traversal::parse(text)?;
    match module_steps(&steps)? {
        (module, []) => Ok(module),
        _ => {
            let detail = "A module instance address must begin with \"module.\".";
            Err(Diagnostic::error("Invalid module instance address", detail))
        }
    }
}

/// A resource block, whatever the instances: what state keeps as a dependency.
///
/// # Errors
/// What is wrong with the text, as Terraform says it.
pub fn parse_config(text: &str) -> Result<ConfigAddress, Diagnostic> {
    let resource = parse_resource(text)?;
    Ok(resource.config())
}

const INVALID: &str = "Invalid address";

fn module_steps(mut steps: &[Step]) -> Result<(ModuleAddress, &[Step]), Diagnostic> {
    let mut path = Vec::new();
    while let [Step::Attr(word), rest @ ..] = steps
        && word == "module"
    {
        let [Step::Attr(name), rest @ ..] = rest else {
            let detail = "Prefix \"module.\" must be followed by a module name.";
            return Err(Diagnostic::error("Invalid address operator", detail));
        };
        let (key, rest) = match rest {
            [Step::Index(key), rest @ ..] => (key.clone().map_err(|problem| *problem)?, rest),
            rest => (InstanceKey::None, rest),
        };
        path.push(ModuleStep { name: name.clone(), key });
        steps = rest;
    }
    Ok((ModuleAddress::new(path), steps))
}

fn resource_steps(module: ModuleAddress, steps: &[Step]) -> Result<(ResourceAddress, Option<InstanceKey>), Diagnostic> {
    let error = |detail: &str| Err(Diagnostic::error(INVALID, detail));
    let (mode, steps) = match steps {
        [Step::Attr(word), rest @ ..] if word == "data" => (Mode::Data, rest),
        [Step::Attr(word), rest @ ..] if word == "ephemeral" => (Mode::Ephemeral, rest),
        [Step::Attr(word), rest @ ..] if word == "resource" => (Mode::Managed, rest),
        rest => (Mode::Managed, rest),
    };
    let [kind, name, rest @ ..] = steps else {
        return error("Resource specification must include a resource type and name.");
    };
    let Some(kind) = kind.name() else { return error("A resource type is required.") };
    let Some(name) = name.name() else { return error("A resource name is required.") };
    let resource = ResourceAddress { module, resource: ResourceKey { mode, kind, name } };
    match rest {
        [] => Ok((resource, None)),
        [Step::Index(key)] => Ok((resource, Some(key.clone().map_err(|problem| *problem)?))),
        [Step::Attr(_)] => error("Resource instance key must be given in square brackets."),
        _ => error("Unexpected extra operators after address."),
    }
}

impl Step {
    fn name(&self) -> Option<SmolStr> {
        match self {
            Step::Attr(name) => Some(name.clone()),
            Step::Index(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        for (text, shown) in [
            ("module.m", "module.m"),
            ("module.m[0].module.x[\"a\\\"\"]", "module.m[0].module.x[\"a\\\"\"]"),
            ("module.m[0].module.x.data.a.b[\"q\"]", "module.m[0].module.x.data.a.b[\"q\"]"),
            ("terraform_data.z", "terraform_data.z"),
            ("resource.terraform_data.z[ 12 ]", "terraform_data.z[12]"),
            ("resource.var.z", "var.z"),
            ("a.é-b[\"$${x}\\u00e9\"]", "a.é-b[\"$${x}é\"]"),
        ] {
            assert_eq!(parse_target(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn targets_contain_instances() {
        for (target, instance, wanted) in [
            ("module.m", "module.m[0].a.b", true),
            ("module.m", "module.m[0].module.n.a.b[1]", true),
            ("module.m[1]", "module.m[0].a.b", false),
            ("module.m[0].module.n", "module.m[0].a.b", false),
            ("a.b", "a.b[0]", true),
            ("a.b", "module.m.a.b", false),
            ("module.m[0].a.b", "module.m[0].a.b[\"x\"]", true),
            ("module.m.a.b", "module.m[0].a.b[\"x\"]", false),
            ("module.m.module.n", "module.m[0].module.n.a.b", false),
            ("a.b[0]", "a.b[0]", true),
            ("a.b[0]", "a.b[\"0\"]", false),
        ] {
            let instance = parse_instance(instance).unwrap();
            assert_eq!(parse_target(target).unwrap().contains(&instance), wanted, "{target} {instance}");
        }
    }

    #[test]
    fn errors() {
        let index = "Index value required: Index brackets must contain either a literal number or a literal string.";
        let short = "Invalid address: Resource specification must include a resource type and name.";
        let module = "Invalid address operator: Prefix \"module.\" must be followed by a module name.";
        let start = "Variable name required: Must begin with a variable name.";
        for (text, wanted) in [
            ("foo", short),
            ("data.x", short),
            ("data", short),
            ("module.m.terraform_data", short),
            ("a.b[", index),
            ("a.b[-1]", index),
            ("a.b[true]", index),
            ("a.b[0", "Unclosed index brackets: Index key must be followed by a closing bracket."),
            ("a.b[\"x", "Unclosed index brackets: Index key must be followed by a closing bracket."),
            ("a.b.c", "Invalid address: Resource instance key must be given in square brackets."),
            ("1x.y", start),
            ("", start),
            ("module", module),
            ("module[0].a", module),
            ("module.m.module", module),
            ("a.b.*", "Attribute name required: Splat expressions (.*) may not be used here."),
            ("a.b[*]", "Attribute name required: Splat expressions ([*]) may not be used here."),
            ("a.", "Attribute name required: Dot must be followed by attribute name."),
            ("a.b c", "Invalid character: Expected an attribute access or an index operator."),
            ("a.b[0][1]", "Invalid address: Unexpected extra operators after address."),
            ("a[0].b", "Invalid address: A resource name is required."),
            (
                "a.b[1.5]",
                "Invalid address: Invalid resource instance key: value must be a whole number, between \
                 -9223372036854775808 and 9223372036854775807.",
            ),
            (
                "a.b[\"${x}\"]",
                "Invalid string literal: Template sequences are not allowed in this string. To include a literal \"$\", \
                 double it (as \"$$\") to escape it.",
            ),
        ] {
            let error = parse_target(text).unwrap_err();
            assert_eq!(format!("{}: {}", error.summary, error.detail), wanted, "{text}");
        }
        assert!(parse_target("var.x").unwrap_err().detail.contains("\"var\" is reserved"));
    }
}
