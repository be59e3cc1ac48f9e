//! `configuration`: the blocks of all modules, with what their expressions are made of.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Schemas;
use super::expressions::{self, Expression, Expressions, Node};
use super::providers::{ProviderConfigJson, ProviderConfigs};
use super::values::Known;
use crate::config::module::{Mode, ModuleCall, Output, Provisioner, Repetition, Resource, Variable};
use crate::config::tree::ModuleTree;
use crate::providers::provisioners;
use crate::views::state_json::ModeJson;

/// A whole configuration.
#[derive(Serialize)]
pub struct Configuration<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    provider_config: BTreeMap<String, ProviderConfigJson<'a>>,
    root_module: ModuleJson<'a>,
}

impl<'a> Configuration<'a> {
    /// The configuration of a root module.
    #[must_use]
    pub fn new(root: &'a ModuleTree, schemas: &Schemas<'a>) -> Self {
        let providers = ProviderConfigs::new(root, schemas);
        let root_module = ModuleJson::new(root, schemas, &providers);
        Configuration { provider_config: providers.into_shown(), root_module }
    }
}

#[derive(Serialize)]
struct ModuleJson<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    outputs: BTreeMap<&'a str, OutputJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<ResourceJson<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    module_calls: BTreeMap<&'a str, CallJson<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<&'a str, VariableJson<'a>>,
}

impl<'a> ModuleJson<'a> {
    fn new(tree: &'a ModuleTree, schemas: &Schemas<'a>, providers: &ProviderConfigs<'_>) -> Self {
        let module = &*tree.module;
        let mut resources: Vec<&Resource> =
            module.resources.values().filter(|r| r.key.mode != Mode::Ephemeral).collect();
        resources.sort_by_cached_key(|r| (r.key.mode != Mode::Managed, r.key.to_string()));
        let calls = module.calls.iter().filter_map(|(name, call)| {
            let child = tree.children.get(name)?;
            Some((name.as_str(), CallJson::new(call, child, schemas, providers)))
        });
        ModuleJson {
            outputs: module.outputs.iter().map(|(name, o)| (name.as_str(), OutputJson::new(o))).collect(),
            resources: resources.into_iter().map(|r| ResourceJson::new(r, tree, schemas, providers)).collect(),
            module_calls: calls.collect(),
            variables: module.variables.iter().map(|(name, v)| (name.as_str(), VariableJson::new(v))).collect(),
        }
    }
}

#[derive(Serialize)]
struct OutputJson<'a> {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sensitive: bool,
    expression: Expression,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

impl<'a> OutputJson<'a> {
    fn new(output: &'a Output) -> Self {
        OutputJson {
            sensitive: output.sensitive,
            expression: Expression::new(&output.expr),
            depends_on: expressions::dependencies(&output.depends_on),
            description: output.description.as_deref().filter(|d| !d.is_empty()),
        }
    }
}

#[derive(Serialize)]
struct VariableJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Known<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sensitive: bool,
}

impl<'a> VariableJson<'a> {
    fn new(variable: &'a Variable) -> Self {
        VariableJson {
            default: variable.default.as_ref().map(Known),
            description: variable.description.as_deref().filter(|d| !d.is_empty()),
            sensitive: variable.sensitive,
        }
    }
}

#[derive(Serialize)]
struct ResourceJson<'a> {
    address: String,
    mode: ModeJson,
    #[serde(rename = "type")]
    kind: &'a str,
    name: &'a str,
    provider_config_key: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    provisioners: Vec<ProvisionerJson<'a>>,
    #[serde(skip_serializing_if = "Expressions::is_empty")]
    expressions: Expressions,
    schema_version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    count_expression: Option<Expression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    for_each_expression: Option<Expression>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
}

impl<'a> ResourceJson<'a> {
    fn new(r: &'a Resource, tree: &ModuleTree, schemas: &Schemas<'a>, providers: &ProviderConfigs<'_>) -> Self {
        let schema = (schemas.resource)(r.key.mode, &r.key.kind);
        let (count_expression, for_each_expression) = repetition(&r.repetition);
        ResourceJson {
            address: r.key.to_string(),
            mode: ModeJson(r.key.mode),
            kind: &r.key.kind,
            name: &r.key.name,
            provider_config_key: providers.key_of(tree, r),
            provisioners: r.provisioners.iter().map(ProvisionerJson::new).collect(),
            expressions: schema.map(|s| expressions::of_body(&r.body, &s.block)).unwrap_or_default(),
            schema_version: schema.map_or(0, |s| s.version),
            count_expression,
            for_each_expression,
            depends_on: expressions::dependencies(&r.depends_on),
        }
    }
}

fn repetition(repetition: &Repetition) -> (Option<Expression>, Option<Expression>) {
    let said = |e| Some(Expression::new(e)).filter(|e| !e.is_empty());
    match repetition {
        Repetition::Single => (None, None),
        Repetition::Count(e) => (said(e), None),
        Repetition::ForEach(e) => (None, said(e)),
    }
}

#[derive(Serialize)]
struct ProvisionerJson<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Expressions::is_empty")]
    expressions: Expressions,
}

impl<'a> ProvisionerJson<'a> {
    fn new(p: &'a Provisioner) -> Self {
        let block = provisioners::provisioner(&p.kind.name);
        let expressions = block.map(|b| expressions::of_body(&p.body, b)).unwrap_or_default();
        ProvisionerJson { kind: &p.kind.name, expressions }
    }
}

#[derive(Serialize)]
struct CallJson<'a> {
    source: &'a str,
    #[serde(skip_serializing_if = "Expressions::is_empty")]
    expressions: Expressions,
    #[serde(skip_serializing_if = "Option::is_none")]
    count_expression: Option<Expression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    for_each_expression: Option<Expression>,
    module: ModuleJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_constraint: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
}

impl<'a> CallJson<'a> {
    fn new(
        call: &'a ModuleCall,
        child: &'a ModuleTree,
        schemas: &Schemas<'a>,
        providers: &ProviderConfigs<'_>,
    ) -> Self {
        let (attributes, _) = call.body.just_attributes();
        let arguments = attributes.into_iter().filter(|(name, _)| child.module.variables.contains_key(name));
        let (count_expression, for_each_expression) = repetition(&call.repetition);
        CallJson {
            source: &call.source,
            expressions: arguments.map(|(name, a)| (name, Node::Expression(Expression::new(&a.expr)))).collect(),
            count_expression,
            for_each_expression,
            module: ModuleJson::new(child, schemas, providers),
            version_constraint: call.version.as_deref(),
            depends_on: expressions::dependencies(&call.depends_on),
        }
    }
}
