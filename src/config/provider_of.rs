//! Which provider a resource belongs to, and whether it is here.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::config::graph::ConfigGraph;
use crate::config::module::{Mode, Module, ProviderKey, Resource};
use crate::config::tree::ModuleTree;
use crate::providers::{self, ProviderConfigAddress};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap};

/// The address of the provider that is built in.
pub const BUILTIN: &str = "terraform.io/builtin/terraform";

/// The full address of the provider with a local name in a module.
#[must_use]
pub fn address(module: &Module, local_name: &str) -> String {
    let source = module.settings.required_providers.get(local_name).map(|p| p.source.as_str());
    match (source, local_name) {
        (None, "terraform") => BUILTIN.into(),
        (None, name) => format!("registry.terraform.io/hashicorp/{name}"),
        (Some(source), _) if source.matches('/').count() == 1 => format!("registry.terraform.io/{source}"),
        (Some(source), _) if !source.contains('/') => format!("registry.terraform.io/hashicorp/{source}"),
        (Some(source), _) => source.into(),
    }
}

/// The local name of a resource's provider: as it says, or what its type begins with.
#[must_use]
pub fn local_name(resource: &Resource) -> &str {
    match &resource.provider {
        Some(p) => &p.key.name,
        None => resource.key.kind.split('_').next().unwrap_or_default(),
    }
}

/// The full addresses of all providers that a configuration names, by themselves or through resources, and whether
/// anything needs them: a resource or a `provider` block.
#[must_use]
pub fn required(tree: &ModuleTree) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    for module in tree.walk().map(|t| &t.module) {
        let named = module.settings.required_providers.keys().map(|name| (address(module, name), false));
        let configured = module.providers.keys().map(|key| (address(module, &key.name), true));
        let used = module.resources.values().map(|r| (address(module, local_name(r)), true));
        for (provider, is_needed) in named.chain(configured).chain(used) {
            *found.entry(provider).or_default() |= is_needed;
        }
    }
    found
}

/// Whether a provider is here.
#[must_use]
pub fn is_available(provider: &str) -> bool {
    provider == BUILTIN || provider == crate::providers::aws::ADDRESS
}

/// Reports providers that are not here, once each.
pub(crate) fn check(tree: &ModuleTree) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let mut missing = Vec::new();
    visit(tree, &mut diagnostics, &mut missing);
    diagnostics
}

/// That providers which are not here are needed to plan: in the words that Terraform has for providers that were not
/// installed.
#[must_use]
pub fn uninstalled(tree: &ModuleTree, sources: &SourceMap) -> Option<Diagnostic> {
    let missing = check(tree);
    if missing.is_empty() {
        return None;
    }
    let mut lines = String::new();
    for (provider, _) in required(tree).iter().filter(|(provider, needed)| **needed && !is_available(provider)) {
        lines.push_str(&format!(
            "\n  - provider {provider}: required by this configuration but not in this version of Infra"
        ));
    }
    let places: Vec<String> = missing.iter().filter_map(|d| d.subject).map(|s| sources.start(s)).collect();
    let detail = format!(
        "The following providers are needed to plan, and are not there:{lines}\n\nThey are needed first at {}. The provider that \
         Infra has is {BUILTIN}.",
        places.join(", ")
    );
    Some(Diagnostic::error("Inconsistent dependency lock file", detail))
}

fn visit(tree: &ModuleTree, diagnostics: &mut Diagnostics, missing: &mut Vec<String>) {
    for r in tree.module.resources.values() {
        let provider = address(&tree.module, local_name(r));
        if !is_available(&provider) && !missing.contains(&provider) {
            let detail = format!(
                "This configuration requires provider {provider}, which this version of infra does not have. The \
                 provider that it has is {BUILTIN}."
            );
            diagnostics.push(Diagnostic::error("Missing required provider", detail).at(r.span));
            missing.push(provider);
        }
    }
    for child in tree.children.values() {
        visit(child, diagnostics, missing);
    }
}

/// The provider does not have this type of resource.
pub(crate) fn unsupported_type(r: &Resource) -> Diagnostic {
    let kind = r.key.kind.as_str();
    let (summary, noun) = match r.key.mode {
        Mode::Managed => ("Invalid resource type", "resource type"),
        Mode::Data => ("Invalid data source", "data source"),
        Mode::Ephemeral => ("Invalid ephemeral resource", "ephemeral resource"),
    };
    let hint = match r.key.mode {
        Mode::Managed if providers::resource_schema(Mode::Data, kind).is_some() => format!(
            "\n\nDid you intend to use the data source {kind:?}? If so, declare this using a \"data\" block instead of a \
             \"resource\" block."
        ),
        Mode::Data if providers::resource_schema(Mode::Managed, kind).is_some() => format!(
            "\n\nDid you intend to use the managed resource type {kind:?}? If so, declare this using a \"resource\" block \
             instead of a \"data\" block."
        ),
        _ => String::new(),
    };
    let detail = format!("The provider {BUILTIN} does not support {noun} {kind:?}.{hint}");
    Diagnostic::error(summary, detail).at(r.kind_span)
}

/// The provider configuration that a resource of a module of the graph uses: that of its own module or, where it has
/// none, what the calls pass on.
#[must_use]
pub fn configuration(graph: &ConfigGraph<'_>, module: usize, resource: &Resource) -> ProviderConfigAddress {
    let name = local_name(resource);
    let provider: SmolStr = address(&graph.modules[module].tree.module, name).into();
    let alias = resource.provider.as_ref().and_then(|p| p.key.alias.clone());
    let mut key = ProviderKey { name: name.into(), alias };
    let mut at = module;
    loop {
        let node = &graph.modules[at];
        let Some((caller, call)) = node.caller else { break };
        if node.tree.module.providers.contains_key(&key) {
            break;
        }
        if let Some(passed) = &call.providers {
            let found = passed.iter().find(|(inner, _)| inner.key == key);
            key = found.map_or(key, |(_, outer)| outer.key.clone());
        }
        at = caller;
    }
    ProviderConfigAddress { module: graph.modules[at].tree.path.clone().into(), provider, alias: key.alias }
}
