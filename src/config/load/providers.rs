//! What the modules of a tree say about provider configurations: whether calls pass what the called
//! modules need.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::config::module::{Module, ModuleCall, ProviderConfig, ProviderKey, ProviderRef, Repetition};
use crate::config::tree::ModuleTree;
use crate::syntax::body::BodySchema;
use crate::syntax::{Diagnostic, Diagnostics, Span};

/// Checks a module and all below it.
pub(super) fn check_providers(node: &ModuleTree, diagnostics: &mut Diagnostics) {
    duplicate_requirements(&node.module, diagnostics);
    for (name, child) in &node.children {
        if let Some(call) = node.module.calls.get(name) {
            check_call(call, child, diagnostics);
            check_passed(node, call, child, diagnostics);
        }
        check_providers(child, diagnostics);
    }
}

/// A provider is required under one local name only.
fn duplicate_requirements(module: &Module, diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut required: Vec<_> = module.settings.required_providers.values().collect();
    required.sort_by(|a, b| a.name.name.cmp(&b.name.name));
    for entry in required {
        let Some(name) = first.get(entry.source.as_str()) else {
            first.insert(&entry.source, &entry.name.name);
            continue;
        };
        let detail = format!(
            "Provider {} with the local name {:?} was previously required as {name:?}. A provider can only be required \
             once within required_providers.",
            full_source(&entry.source),
            entry.name.name
        );
        diagnostics.push(Diagnostic::warning("Duplicate required provider", detail).at(entry.name.span));
    }
}

fn check_call(call: &ModuleCall, child: &ModuleTree, diagnostics: &mut Diagnostics) {
    let module = &child.module;
    let passed = call.providers.as_deref().unwrap_or_default();
    for required in module.settings.required_providers.values() {
        let is_passed = |alias: &&ProviderKey| passed.iter().any(|(child, _)| child.key == **alias);
        for alias in required.aliases.iter().filter(|alias| alias.alias.is_some() && !is_passed(alias)) {
            let detail = format!(
                "The child module requires an additional configuration for provider {}, with the local name \
                 \"{alias}\".\n\nRefer to the module's documentation to understand the intended purpose of this \
                 additional provider configuration, and then add an entry for {alias} in the \"providers\" meta-argument \
                 in the module block to choose which provider configuration the module should use for that purpose.",
                full_source(&required.source)
            );
            diagnostics.push(Diagnostic::error("Missing required provider configuration", detail).at(call.span));
        }
    }
    own_configurations(call, child, diagnostics);
}

/// What a call passes: both modules have to know the provider, and by the names mean the same one.
fn check_passed(parent: &ModuleTree, call: &ModuleCall, child: &ModuleTree, diagnostics: &mut Diagnostics) {
    let (caller, callee) = (module_address(&parent.path), module_address(&child.path));
    for (theirs, ours) in call.providers.as_deref().unwrap_or_default() {
        let (wanted, given) = (source_of(&child.module, &theirs.key.name), source_of(&parent.module, &ours.key.name));
        let name = &ours.key.name;
        let is_declared = parent.module.settings.required_providers.contains_key(name)
            || parent.module.providers.keys().any(|key| key.name == *name);
        if !is_declared && ours.key.alias.is_none() {
            let detail = format!(
                "There is no explicit declaration for local provider name {name:?} in {caller}, so Terraform is assuming \
                 you mean to pass a configuration for provider {given:?}.\n\nTo clarify your intent and silence this \
                 warning, add to {caller} a required_providers entry named {name:?} with source = {given:?}, or a \
                 different source address if appropriate."
            );
            diagnostics.push(Diagnostic::warning(UNDEFINED, detail).at(name_span(ours)));
        }
        check_accepted(theirs, &wanted, child, diagnostics);
        if child.module.providers.get(&theirs.key).is_some_and(|config| !is_empty(config)) {
            let detail = format!(
                "The configuration of {callee} has its own local configuration for {}, and so it cannot accept an \
                 overridden configuration provided by {caller}.",
                theirs.key
            );
            diagnostics.push(Diagnostic::error("Cannot override provider configuration", detail).at(name_span(theirs)));
        }
        if given != wanted {
            let detail = format!(
                "The local name \"{}\" in {caller} represents provider {given:?}, but \"{theirs}\" in {callee} \
                 represents {wanted:?}.\n\nEach provider has its own distinct configuration schema and provider types, \
                 so this module's \"{theirs}\" can be assigned only a configuration for {wanted}, which is not required \
                 by {callee}.",
                ours.key,
                theirs = theirs.key
            );
            diagnostics.push(Diagnostic::error("Provider type mismatch", detail).at(name_span(ours)));
        }
    }
}

/// Whether the called module expects a configuration of this name, for a provider with this source.
fn check_accepted(theirs: &ProviderRef, source: &str, child: &ModuleTree, diagnostics: &mut Diagnostics) {
    let key = &theirs.key;
    let required = child.module.settings.required_providers.get(&key.name);
    if required.is_some_and(|r| key.alias.is_none() || r.aliases.contains(key))
        || child.module.providers.get(key).is_some_and(is_empty)
    {
        return;
    }
    // Modules that don't say where their providers come from mean those of HashiCorp.
    let problem = if source.starts_with("hashicorp/") {
        let detail = format!(
            "There is no explicit declaration for local provider name \"{key}\" in {}, so Terraform is assuming you mean \
             to pass a configuration for {source:?}.\n\nIf you also control the child module, add a required_providers \
             entry named \"{key}\" with the source address {source:?}.",
            module_address(&child.path)
        );
        Diagnostic::warning(UNDEFINED, detail)
    } else {
        let detail = format!(
            "The child module does not declare any provider requirement with the local name \"{key}\".\n\nIf you also \
             control the child module, you can add a required_providers entry named \"{key}\" with the source address \
             {source:?} to accept this provider configuration."
        );
        Diagnostic::error(UNDEFINED, detail)
    };
    diagnostics.push(problem.at(name_span(theirs)));
}

const UNDEFINED: &str = "Reference to undefined provider";

/// The source that a local name stands for, the default host left out.
fn source_of(module: &Module, name: &SmolStr) -> String {
    let required = module.settings.required_providers.get(name);
    required.map_or_else(|| format!("hashicorp/{name}"), |r| r.source.to_string())
}

/// Where a reference has the provider's local name.
fn name_span(reference: &ProviderRef) -> Span {
    let Span { start, end, .. } = reference.span;
    let length = u32::try_from(reference.key.name.len()).unwrap_or(u32::MAX);
    Span { end: end.min(start.saturating_add(length)), ..reference.span }
}

/// A module that configures providers itself can't be repeated, and need not do so to be passed one.
fn own_configurations(call: &ModuleCall, child: &ModuleTree, diagnostics: &mut Diagnostics) {
    let mut empty: IndexMap<&SmolStr, Vec<&ProviderKey>> = IndexMap::new();
    let mut configured = false;
    for (key, config) in &child.module.providers {
        if is_empty(config) {
            empty.entry(&key.name).or_default().push(key);
        } else {
            configured = true;
        }
    }
    let repeated_by = match &call.repetition {
        Repetition::Count(expr) | Repetition::ForEach(expr) => Some(expr.span),
        Repetition::Single => {
            call.depends_on.first().map(|t| t.steps.last().map_or(t.root.span, |s| t.root.span.to(s.span)))
        }
    };
    if let (true, Some(at)) = (configured, repeated_by) {
        let detail = format!(
            "The module at {} is a legacy module which contains its own local provider configurations, and so calls to \
             it may not use the count, for_each, or depends_on arguments.\n\nIf you also control the module {:?}, \
             consider updating this module to instead expect provider configurations to be passed by its caller.",
            module_address(&child.path),
            call.source
        );
        let summary = "Module is incompatible with count, for_each, and depends_on";
        diagnostics.push(Diagnostic::error(summary, detail).at(at));
    }
    for (name, keys) in empty {
        let Some(config) = keys.first().and_then(|key| child.module.providers.get(*key)) else { continue };
        let source = source_of(&child.module, name);
        let aliases: Vec<String> =
            keys.iter().filter(|k| k.alias.is_some()).map(|k| format!("        {k},\n")).collect();
        let aliases = match aliases.as_slice() {
            [] => String::new(),
            lines => format!("      configuration_aliases = [\n{}      ]\n", lines.concat()),
        };
        let detail = format!(
            "Earlier versions of Terraform used empty provider blocks (\"proxy provider configurations\") for child \
             modules to declare their need to be passed a provider configuration by their callers. That approach was \
             ambiguous and is now deprecated.\n\nIf you control this module, you can migrate to the new declaration \
             syntax by removing all of the empty provider {name:?} blocks and then adding or updating an entry like the \
             following to the required_providers block of {}:\n    {name} = {{\n      source = {source:?}\n{aliases}    }}",
            module_address(&child.path),
        );
        diagnostics.push(Diagnostic::warning("Redundant empty provider block", detail).at(config.span));
    }
}

/// Whether a `provider` block sets nothing.
fn is_empty(config: &ProviderConfig) -> bool {
    let (_, left) = config.body.content(&BodySchema::new());
    !left.has_errors()
}

/// `module.a.module.b`, as sentences name it.
fn module_address(path: &[SmolStr]) -> String {
    if path.is_empty() {
        return "the root module".to_string();
    }
    path.iter().map(|name| format!("module.{name}")).collect::<Vec<_>>().join(".")
}

/// A source with the host in it.
fn full_source(source: &str) -> String {
    match source.matches('/').count() {
        1 => format!("registry.terraform.io/{source}"),
        _ => source.to_string(),
    }
}
