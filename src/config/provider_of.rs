//! Which provider a resource belongs to, and whether it is here.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::config::graph::ConfigGraph;
use crate::config::module::{Mode, Module, ProviderKey, Resource};
use crate::config::tree::ModuleTree;
use crate::providers::{self, ProviderConfigAddress};
use crate::syntax::suggestion::suggestion;
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
    for (provider, _) in
        required(tree).iter().filter(|(provider, needed)| **needed && !providers::is_available(provider))
    {
        lines.push_str(&format!(
            "\n  - provider {provider}: required by this configuration but not in this version of Infra"
        ));
    }
    let places: Vec<String> = missing.iter().filter_map(|d| d.subject).map(|s| sources.start(s)).collect();
    let detail = format!(
        "The following providers are needed to plan, and are not there:{lines}\n\nThey are needed first at {}. {}",
        places.join(", "),
        what_there_is()
    );
    Some(Diagnostic::error("Inconsistent dependency lock file", detail))
}

fn visit(tree: &ModuleTree, diagnostics: &mut Diagnostics, missing: &mut Vec<String>) {
    for r in tree.module.resources.values() {
        let provider = address(&tree.module, local_name(r));
        if !providers::is_available(&provider) && !missing.contains(&provider) {
            let detail = format!(
                "This configuration requires provider {provider}, which this version of Infra does not have. {}",
                what_there_is()
            );
            diagnostics.push(Diagnostic::error("Missing required provider", detail).at(r.span));
            missing.push(provider);
        }
    }
    for child in tree.children.values() {
        visit(child, diagnostics, missing);
    }
}

/// Which providers are here, as a sentence.
#[must_use]
pub fn what_there_is() -> String {
    match *providers::addresses().collect::<Vec<_>>() {
        [one] => format!("The provider that Infra has is {one}."),
        ref all => format!("The providers that Infra has are {}.", all.join(" and ")),
    }
}

/// The provider does not have this type of resource.
pub(crate) fn unsupported_type(module: &Module, r: &Resource) -> Diagnostic {
    let kind = r.key.kind.as_str();
    let provider = address(module, local_name(r));
    let (summary, noun) = match r.key.mode {
        Mode::Managed => ("Invalid resource type", "resource type"),
        Mode::Data => ("Invalid data source", "data source"),
        Mode::Ephemeral => ("Invalid ephemeral resource", "ephemeral resource"),
    };
    let near = || suggestion(kind, providers::kinds(&provider, r.key.mode));
    let hint = match r.key.mode {
        Mode::Managed if providers::resource_schema(Mode::Data, kind).is_some() => format!(
            "\n\nDid you intend to use the data source {kind:?}? If so, declare this using a \"data\" block instead of a \
             \"resource\" block."
        ),
        Mode::Data if providers::resource_schema(Mode::Managed, kind).is_some() => format!(
            "\n\nDid you intend to use the managed resource type {kind:?}? If so, declare this using a \"resource\" block \
             instead of a \"data\" block."
        ),
        _ => near().map_or_else(String::new, |near| format!(" Did you mean {near:?}?")),
    };
    let shown = provider.strip_prefix("registry.terraform.io/").unwrap_or(&provider);
    let detail = format!("The provider {shown} does not support {noun} {kind:?}.{hint}");
    Diagnostic::error(summary, detail).at(r.kind_span)
}

/// The place of a `provider` block among those of a module.
#[must_use]
pub fn block(module: &Module, provider: &str, alias: Option<&str>) -> Option<usize> {
    module.providers.keys().position(|key| key.alias.as_deref() == alias && address(module, &key.name) == provider)
}

/// The provider configuration that a resource of a module of the graph uses: what the call passes, that of its own
/// module or, if it has no alias, that of the modules outside.
#[must_use]
pub fn configuration(graph: &ConfigGraph<'_>, module: usize, resource: &Resource) -> ProviderConfigAddress {
    let of = |module: usize| &*graph.modules[module].tree.module;
    let provider: SmolStr = address(of(module), local_name(resource)).into();
    let mut alias = resource.provider.as_ref().and_then(|p| p.key.alias.clone());
    let mut at = module;
    while let Some((caller, call)) = graph.modules[at].caller {
        let is_wanted = |key: &ProviderKey| key.alias == alias && address(of(at), &key.name) == provider;
        if let Some((_, given)) = call.providers.iter().flatten().find(|(wanted, _)| is_wanted(&wanted.key)) {
            alias.clone_from(&given.key.alias);
        } else if alias.is_some() || block(of(at), &provider, None).is_some() {
            break;
        }
        at = caller;
    }
    ProviderConfigAddress { module: graph.modules[at].tree.path.clone().into(), provider, alias }
}

/// Whether a provider configuration is neither there nor the default one, which needs no block.
#[must_use]
pub fn is_missing(graph: &ConfigGraph<'_>, address: &ProviderConfigAddress) -> bool {
    let is_default = address.alias.is_none() && address.module.is_empty();
    !is_default && graph.provider(address).is_none()
}

/// That the provider configuration of something is missing.
#[must_use]
pub fn missing(what: &str, address: &ProviderConfigAddress) -> Diagnostic {
    let detail = format!(
        "To work with {what} its original provider configuration at {address} is required, but it has been removed. This \
         occurs when a provider configuration is removed while objects created by that provider still exist in the state. \
         Re-add the provider configuration to destroy {what}, after which you can remove the provider configuration again."
    );
    Diagnostic::error("Provider configuration not present", detail)
}
