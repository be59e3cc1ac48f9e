//! `provider_config`: the provider configurations that there are, by a key that resources name. One
//! that a module is given or inherits is that of the module outside.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Schemas;
use super::expressions::{self, Expression, Expressions, Node};
use crate::config::module::{ProviderConfig, ProviderKey, Resource};
use crate::config::provider_of;
use crate::config::reference::{Reference, Subject};
use crate::config::tree::ModuleTree;
use crate::lang::references::references;
use crate::views::providers_tree::required_versions;

/// Provider configurations by key: `aws.peer`, `module.net:aws`.
pub struct ProviderConfigs<'a>(BTreeMap<String, Entry<'a>>);

struct Entry<'a> {
    shown: ProviderConfigJson<'a>,
    /// The key of the configuration that this one is.
    source: Option<String>,
}

/// A provider configuration.
#[derive(Serialize)]
pub struct ProviderConfigJson<'a> {
    name: String,
    full_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_constraint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module_address: Option<String>,
    #[serde(skip_serializing_if = "Expressions::is_empty")]
    expressions: Expressions,
}

impl<'a> ProviderConfigs<'a> {
    /// All of a configuration.
    #[must_use]
    pub fn new(root: &'a ModuleTree, schemas: &Schemas<'_>) -> Self {
        let mut this = ProviderConfigs(BTreeMap::new());
        this.add_module(root, None, schemas);
        this
    }

    /// Those that are not given by a module outside.
    #[must_use]
    pub fn into_shown(self) -> BTreeMap<String, ProviderConfigJson<'a>> {
        let own = self.0.into_iter().filter(|(_, e)| e.source.is_none());
        own.map(|(key, e)| (key, e.shown)).collect()
    }

    /// The key of a resource's provider configuration.
    #[must_use]
    pub fn key_of(&self, tree: &ModuleTree, resource: &Resource) -> String {
        let named = resource.provider.as_ref().map(|p| p.key.to_string());
        let name = named.unwrap_or_else(|| provider_of::local_name(resource).to_owned());
        let key = key(tree, &name);
        match self.0.get(&key).and_then(|e| e.source.clone()) {
            Some(source) => source,
            None => key,
        }
    }

    /// `outside` is the module that calls this one.
    fn add_module(&mut self, tree: &'a ModuleTree, outside: Option<&'a ModuleTree>, schemas: &Schemas<'_>) {
        let module = &*tree.module;
        for (provider, config) in &module.providers {
            self.0.insert(key(tree, &provider.to_string()), configured(tree, provider, config, schemas));
        }
        for required in module.settings.required_providers.values() {
            for alias in &required.aliases {
                self.add_implied(tree, outside, &alias.to_string(), &alias.name);
            }
            self.add_implied(tree, outside, &required.name.name, &required.name.name);
        }
        for resource in module.resources.values() {
            let name = provider_of::local_name(resource);
            self.add_implied(tree, outside, name, name);
        }
        for import in &module.imports {
            let target = references(&import.to).first().and_then(|t| Reference::parse(t).ok()).map(|r| r.subject);
            if let Some(Subject::Resource { resource, .. }) = target {
                let of_type = resource.kind.split('_').next().unwrap_or_default();
                let name = import.provider.as_ref().map_or(of_type, |p| &p.key.name);
                self.add_implied(tree, outside, name, name);
            }
        }
        for (name, call) in &module.calls {
            let Some(child) = tree.children.get(name) else { continue };
            for (inside, ours) in call.providers.iter().flatten() {
                let ours = key(tree, &ours.key.to_string());
                let source = self.0.get(&ours).and_then(|e| e.source.clone()).unwrap_or(ours);
                let entry = Entry { source: Some(source), ..implied(child, &inside.key.to_string(), &inside.key.name) };
                self.0.insert(key(child, &inside.key.to_string()), entry);
            }
            self.add_module(child, Some(tree), schemas);
        }
    }

    /// One without a block: that of the same name outside, if it is of the same provider.
    fn add_implied(&mut self, tree: &'a ModuleTree, outside: Option<&'a ModuleTree>, name: &str, local_name: &str) {
        let key_here = key(tree, name);
        if self.0.contains_key(&key_here) {
            return;
        }
        let entry = implied(tree, name, local_name);
        let source = outside.map(|m| key(m, name)).and_then(|key| {
            let found = self.0.get(&key).filter(|e| e.shown.full_name == entry.shown.full_name)?;
            Some(found.source.clone().unwrap_or(key))
        });
        self.0.insert(key_here, Entry { source, ..entry });
    }
}

fn key(tree: &ModuleTree, name: &str) -> String {
    match module_address(tree) {
        Some(module) => format!("{module}:{name}"),
        None => name.to_owned(),
    }
}

fn module_address(tree: &ModuleTree) -> Option<String> {
    let calls: Vec<_> = tree.path.iter().map(|name| format!("module.{name}")).collect();
    (!calls.is_empty()).then(|| calls.join("."))
}

fn implied<'a>(tree: &ModuleTree, name: &str, local_name: &str) -> Entry<'a> {
    let full_name = provider_of::address(&tree.module, local_name);
    let shown = ProviderConfigJson {
        name: local_name.to_owned(),
        alias: None,
        version_constraint: required_versions(tree, &full_name).map(|c| c.to_string()),
        module_address: module_address(tree),
        expressions: Expressions::new(),
        full_name,
    };
    let name = name.to_owned();
    Entry { shown: ProviderConfigJson { name, ..shown }, source: None }
}

fn configured<'a>(
    tree: &'a ModuleTree,
    provider: &'a ProviderKey,
    config: &'a ProviderConfig,
    schemas: &Schemas<'_>,
) -> Entry<'a> {
    let Entry { shown, source } = implied(tree, &provider.name, &provider.name);
    let expressions = match (schemas.provider)(&shown.full_name) {
        Some(schema) => expressions::of_body(&config.body, &schema.block),
        // Of a provider that isn't here at least the arguments.
        None => {
            let (attributes, _) = config.body.just_attributes();
            attributes.into_iter().map(|(name, a)| (name, Node::Expression(Expression::new(&a.expr)))).collect()
        }
    };
    Entry { shown: ProviderConfigJson { alias: provider.alias.as_deref(), expressions, ..shown }, source }
}
