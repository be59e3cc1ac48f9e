//! A module from what its files say.

use std::path::Path;

use indexmap::IndexMap;
use indexmap::map::Entry;
use smol_str::SmolStr;

use super::files::ReadFile;
use crate::config::decode::FileBlocks;
use crate::config::module::{Mode, Module, ResourceKey};
use crate::config::overrides::override_module;
use crate::config::tree::ModuleTree;
use crate::config::version::{COMPATIBLE_VERSION, Version, VersionConstraint};
use crate::syntax::{Diagnostic, Diagnostics, SourceMap, Span};

/// Puts together what the files of a folder say.
pub(super) fn assemble(dir: &Path, files: Vec<ReadFile>, sources: &SourceMap) -> (Module, Diagnostics) {
    let mut assembly = Assembly {
        module: Module { dir: dir.to_path_buf(), ..Module::default() },
        sources,
        diagnostics: Diagnostics::new(),
        required_providers: None,
        provider_metas: IndexMap::new(),
    };
    let mut overriding = Vec::new();
    for file in files {
        assembly.diagnostics.extend(file.diagnostics);
        if file.overriding {
            overriding.push(file.blocks);
        } else {
            assembly.settings(&file.blocks);
            assembly.declarations(file.blocks);
        }
    }
    let Assembly { mut module, mut diagnostics, .. } = assembly;
    for file in overriding {
        override_module(&mut module, file, &mut diagnostics);
    }
    (module, diagnostics)
}

/// Whether this version may be used for a module and all below it. `source` is what the module is
/// called by.
pub(super) fn check_versions(node: &ModuleTree, source: &str, diagnostics: &mut Diagnostics) {
    let Some(version) = Version::parse(COMPATIBLE_VERSION) else { return };
    let unmet = |text: &SmolStr| VersionConstraint::parse(text).is_some_and(|c| !c.accepts(&version));
    for (_, span) in node.module.settings.required_versions.iter().filter(|(text, _)| unmet(text)) {
        let what = if node.path.is_empty() {
            "This configuration".to_string()
        } else {
            format!("Module module.{} (from {source})", node.path.join(".module."))
        };
        let detail = format!(
            "{what} does not support Terraform version {COMPATIBLE_VERSION}. To proceed, either choose another supported \
             Terraform version or update this version constraint. Version constraints are normally set for good reason, so \
             updating the constraint may lead to other errors or unexpected behavior."
        );
        diagnostics.push(Diagnostic::error("Unsupported Terraform Core version", detail).at(*span));
    }
    for (name, child) in &node.children {
        let source = node.module.calls.get(name).map_or("", |call| call.source.as_str());
        check_versions(child, source, diagnostics);
    }
}

struct Assembly<'a> {
    module: Module,
    sources: &'a SourceMap,
    diagnostics: Diagnostics,
    /// Where the first `required_providers` block stands.
    required_providers: Option<Span>,
    provider_metas: IndexMap<SmolStr, Span>,
}

impl Assembly<'_> {
    fn place(&self, span: Span) -> String {
        self.sources.place(span)
    }

    fn error(&mut self, at: Span, summary: impl Into<String>, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(at));
    }

    fn settings(&mut self, file: &FileBlocks) {
        self.module.settings.required_versions.extend(file.required_versions.iter().cloned());
        for (span, entries) in &file.required_providers {
            if let Some(first) = self.required_providers {
                let detail = format!(
                    "A module may have only one required providers configuration. The required providers were \
                     previously configured at {}.",
                    self.place(first)
                );
                self.error(*span, "Duplicate required providers configuration", detail);
                continue;
            }
            self.required_providers = Some(*span);
            let entries = entries.iter().map(|entry| (entry.name.name.clone(), entry.clone()));
            self.module.settings.required_providers.extend(entries);
        }
        self.backends(file);
        for (name, span) in &file.provider_metas {
            match self.provider_metas.get(name).copied() {
                Some(first) => {
                    let detail = format!(
                        "A provider_meta block for provider {name:?} was already declared at {}. Providers may only have \
                         one provider_meta block per module.",
                        self.place(first)
                    );
                    self.error(*span, "Duplicate provider_meta block", detail);
                }
                None => {
                    self.provider_metas.insert(name.clone(), *span);
                }
            }
        }
    }

    fn backends(&mut self, file: &FileBlocks) {
        for backend in &file.backends {
            if let Some(first) = &self.module.settings.backend {
                let detail = format!(
                    "A module may have only one backend configuration. The backend was previously configured at {}.",
                    self.place(first.span)
                );
                self.error(backend.span, "Duplicate backend configuration", detail);
                continue;
            }
            self.module.settings.backend = Some(backend.clone());
        }
        for cloud in &file.clouds {
            if let Some(first) = self.module.settings.cloud {
                let detail = format!(
                    "A module may have only one 'cloud' block configuring HCP Terraform or Terraform Enterprise. The \
                     'cloud' block was previously configured at {}.",
                    self.place(first)
                );
                self.error(*cloud, "Duplicate HCP Terraform configurations", detail);
                continue;
            }
            self.module.settings.cloud = Some(*cloud);
        }
        let new = !file.backends.is_empty() || !file.clouds.is_empty();
        if let (Some(backend), Some(cloud), true) = (&self.module.settings.backend, self.module.settings.cloud, new) {
            let at = backend.span;
            let detail = format!(
                "A module may declare either one 'cloud' block OR one 'backend' block configuring a state backend. The \
                 'cloud' block is configured at {}; a backend is configured at {}. Remove the backend block to configure \
                 HCP Terraform or Terraform Enteprise.",
                self.place(cloud),
                self.place(at)
            );
            self.error(at, "Both a backend and cloud configuration are present", detail);
        }
    }

    fn declarations(&mut self, file: FileBlocks) {
        for (key, config) in file.providers {
            let span = config.span;
            if let Some(first) = self.add(|m| &mut m.providers, key.clone(), config, |c| c.span) {
                let detail = match &key.alias {
                    None => format!(
                        "A default (non-aliased) provider configuration for {:?} was already given at {first}. If \
                         multiple configurations are required, set the \"alias\" argument for alternative configurations.",
                        key.name
                    ),
                    Some(alias) => format!(
                        "A provider configuration for {:?} with alias {alias:?} was already given at {first}. Each \
                         configuration for the same provider must have a distinct alias.",
                        key.name
                    ),
                };
                self.error(span, "Duplicate provider configuration", detail);
            }
        }
        for given in file.variables {
            let (name, span) = (given.block.name.name.clone(), given.block.span);
            if let Some(first) = self.add(|m| &mut m.variables, name.clone(), given.block, |v| v.span) {
                let detail = format!(
                    "A variable named {name:?} was already declared at {first}. Variable names must be unique within a \
                     module."
                );
                self.error(span, "Duplicate variable declaration", detail);
            }
        }
        for local in file.locals {
            let (name, span) = (local.name.name.clone(), local.span);
            if let Some(first) = self.add(|m| &mut m.locals, name.clone(), local, |l| l.span) {
                let detail = format!(
                    "A local value named {name:?} was already defined at {first}. Local value names must be unique \
                     within a module."
                );
                self.error(span, "Duplicate local value definition", detail);
            }
        }
        for given in file.outputs {
            let (name, span) = (given.block.name.name.clone(), given.block.span);
            if let Some(first) = self.add(|m| &mut m.outputs, name.clone(), given.block, |o| o.span) {
                let detail = format!(
                    "An output named {name:?} was already defined at {first}. Output names must be unique within a module."
                );
                self.error(span, "Duplicate output definition", detail);
            }
        }
        for given in file.calls {
            let (name, span) = (given.block.name.name.clone(), given.block.span);
            if let Some(first) = self.add(|m| &mut m.calls, name.clone(), given.block, |c| c.span) {
                let detail = format!(
                    "A module call named {name:?} was already defined at {first}. Module calls must have unique names \
                     within a module."
                );
                self.error(span, "Duplicate module call", detail);
            }
        }
        for given in file.resources {
            let (key, span, nested) = (given.block.key.clone(), given.block.span, given.block.check.is_some());
            if let Some(first) = self.add(|m| &mut m.resources, key.clone(), given.block, |r| r.span) {
                self.duplicate_resource(&key, span, &first, nested);
            }
        }
        for check in file.checks {
            let (name, span) = (check.name.name.clone(), check.span);
            if let Some(first) = self.add(|m| &mut m.checks, name.clone(), check, |c| c.span) {
                let detail = format!(
                    "A check block named {name:?} was already declared at {first}. Check blocks must be unique within \
                     each module."
                );
                self.error(span, format!("Duplicate check {name:?} configuration"), detail);
            }
        }
        self.module.moved.extend(file.moved);
        self.module.removed.extend(file.removed);
        self.module.imports.extend(file.imports);
    }

    /// Adds an item, or if there is one of that name already, tells where.
    fn add<K: std::hash::Hash + Eq, V>(
        &mut self,
        map: fn(&mut Module) -> &mut IndexMap<K, V>,
        key: K,
        item: V,
        span: fn(&V) -> Span,
    ) -> Option<String> {
        let first = match map(&mut self.module).entry(key) {
            Entry::Occupied(entry) => span(entry.get()),
            Entry::Vacant(entry) => {
                entry.insert(item);
                return None;
            }
        };
        Some(self.place(first))
    }

    fn duplicate_resource(&mut self, key: &ResourceKey, span: Span, first: &str, nested: bool) {
        let ResourceKey { mode, kind, name } = key;
        let (word, what) = match mode {
            Mode::Managed => ("resource", "resource"),
            Mode::Data => ("data", "data resource"),
            Mode::Ephemeral => ("ephemeral", "ephemeral resource"),
        };
        let scope = if nested { ", including within check blocks" } else { "" };
        let detail = format!(
            "A {kind} {what} named {name:?} was already declared at {first}. Resource names must be unique per type in \
             each module{scope}."
        );
        self.error(span, format!("Duplicate {word} {kind:?} configuration"), detail);
    }
}
