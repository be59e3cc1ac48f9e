//! `import` blocks: which objects are to be taken over, and under which ids.

use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::config::decode::target::Target;
use crate::config::graph::NodeKind;
use crate::config::module::{Import, ProviderRef, Resource};
use crate::config::tree::ModuleTree;
use crate::config::validate::import::{check_for_each, check_key, import_id, resolve_keys, target_config, unknown_id};
use crate::graph::{InstanceAddress, InstanceKey, ModuleAddress, ModuleStep, ResourceAddress};
use crate::lang::eval::{Interest, evaluate_with, explain};
use crate::lang::{Scope, Value};
use crate::plan::evaluate::{Evaluator, ModuleId};
use crate::syntax::{Diagnostic, Diagnostics, Span};

/// An object that is to be imported.
#[derive(Clone, Debug)]
pub struct WantedImport {
    /// Its id for the provider.
    pub id: SmolStr,
    /// The provider configuration that the block names, in the root module.
    pub provider: Option<ProviderRef>,
    /// Nothing in the configuration describes it yet.
    pub generated: bool,
    /// The address in the block.
    pub span: Span,
}

/// Imports by address, in the order of the blocks.
pub type Wanted = IndexMap<InstanceAddress, WantedImport>;

/// The address that an import is to, with something in the place of keys that have to be evaluated.
#[must_use]
pub fn static_target(import: &Import) -> Option<Target> {
    let to = resolve_keys(&import.to, &mut |_| Ok(Value::string(""))).ok()?;
    Target::parse(&to).ok()
}

/// What `import` blocks of the root module ask for, without objects that are there already. `scope` is that of
/// the root module; `generate` says that configuration is written for objects that have none.
pub fn wanted_imports<'i>(
    tree: &ModuleTree,
    blocks: impl Iterator<Item = &'i Import>,
    scope: &dyn Scope,
    is_managed: &dyn Fn(&InstanceAddress) -> bool,
    generate: bool,
) -> (Wanted, Diagnostics) {
    let mut planner = Imports { tree, scope, is_managed, generate, wanted: Wanted::new() };
    let mut diagnostics = Diagnostics::new();
    for import in blocks {
        diagnostics.extend(planner.block(import).err().unwrap_or_default());
    }
    (planner.wanted, diagnostics)
}

/// The error for an import to an instance that the configuration turned out not to have.
#[must_use]
pub fn no_such_instance(address: &InstanceAddress) -> Diagnostic {
    let detail = format!(
        "The configuration for the given import {address} does not exist. All target instances must have an associated \
         configuration to be imported."
    );
    Diagnostic::error(NO_CONFIGURATION, detail)
}

/// Whether the configuration has an instance. It is taken to, where that can't be told before resources are planned.
pub fn has_instance(evaluator: &mut Evaluator<'_>, address: &InstanceAddress) -> bool {
    let graph = evaluator.graph();
    let mut id = ModuleId::ROOT;
    for step in address.resource.module.steps() {
        let Some(node) = graph.call(id.module, &step.name) else { return false };
        let NodeKind::Call(call) = graph.node(node).kind else { return false };
        let Ok(expansion) = evaluator.expand(id, &call.repetition) else { return true };
        let (position, module) = (expansion.position(&step.key), graph.child(id.module, &step.name));
        evaluator.add_module_instances(id, node, &step.name, expansion);
        let first = evaluator.call_instances(id, &step.name).map(|calls| calls.first);
        let (Some(position), Some(module), Some(first)) = (position, module, first) else { return false };
        id = ModuleId { module, instance: first + position };
    }
    let Some(node) = graph.resource(id.module, &address.resource.resource) else { return false };
    let NodeKind::Resource(resource) = graph.node(node).kind else { return false };
    let expansion = evaluator.expand(id, &resource.repetition);
    expansion.map_or(true, |e| e.position(&address.key).is_some())
}

const NO_CONFIGURATION: &str = "Configuration for import target does not exist";

struct Imports<'i> {
    tree: &'i ModuleTree,
    scope: &'i dyn Scope,
    is_managed: &'i dyn Fn(&InstanceAddress) -> bool,
    generate: bool,
    wanted: Wanted,
}

/// `each`, where there is one.
type Names = Vec<(SmolStr, Value)>;

impl Imports<'_> {
    fn block(&mut self, import: &Import) -> Result<(), Diagnostics> {
        let Some(for_each) = &import.for_each else { return self.one(import, &Vec::new()) };
        let (value, problems) = evaluate_with(for_each, self.scope, Vec::new());
        if problems.has_errors() {
            return Err(problems);
        }
        if let Some(problem) = check_for_each(&value, for_each.span) {
            return Err(problem.into());
        }
        let (value, _) = value.unmark_deep();
        if !value.is_wholly_known() {
            let detail = "The \"for_each\" expression includes values derived from other resource attributes that cannot \
                          be determined until apply, and so Terraform cannot determine the full set of values that might \
                          be used to import this resource.";
            let values = explain(for_each, self.scope, Interest { sensitive: false, unknown: true });
            let problem = Diagnostic::error("Invalid for_each argument", detail).at(for_each.span);
            return Err(Diagnostic { values, ..problem }.into());
        }
        if value.is_null() {
            return Ok(());
        }
        for (key, value) in value.iterate() {
            let each = Value::object(vec![("key".into(), key), ("value".into(), value)]);
            self.one(import, &vec![("each".into(), each)])?;
        }
        Ok(())
    }

    fn one(&mut self, import: &Import, names: &Names) -> Result<(), Diagnostics> {
        let to = resolve_keys(&import.to, &mut |key| {
            let (value, problems) = evaluate_with(key, self.scope, names.clone());
            if problems.has_errors() { Err(problems) } else { Ok(value.unmark().0) }
        })?;
        let target = Target::parse(&to)?;
        let config = target_config(self.tree, import, &target)?;
        let Some(address) = self.check(import, &target, config)? else { return Ok(()) };
        if (self.is_managed)(&address) {
            return Ok(());
        }
        let (value, problems) = evaluate_with(&import.id, self.scope, names.clone());
        if problems.has_errors() {
            return Err(problems);
        }
        let span = import.id.span;
        let Some(id) = import_id(&value, span)? else { return Err(unknown_id(span).into()) };
        let wanted =
            WantedImport { id, provider: import.provider.clone(), generated: config.is_none(), span: import.to.span };
        self.wanted.insert(address, wanted);
        Ok(())
    }

    fn check(
        &self,
        import: &Import,
        target: &Target,
        config: Option<&Resource>,
    ) -> Result<Option<InstanceAddress>, Diagnostics> {
        let Some(address) = address(target) else { return Ok(None) };
        let key = target.resource.as_ref().and_then(|(_, key)| key.as_ref());
        match config {
            Some(config) => match check_key(config, key, import.to.span) {
                Some(problem) => Err(problem.into()),
                None => Ok(Some(address)),
            },
            None if self.generate => Ok(Some(address)),
            None => {
                let detail = format!(
                    "The configuration for the given import target {address} does not exist. If you wish to automatically \
                     generate config for this resource, use the -generate-config-out option within terraform plan. \
                     Otherwise, make sure the target resource exists within your configuration. For example:\n\n  \
                     terraform plan -generate-config-out=generated.tf"
                );
                Err(Diagnostic::error(NO_CONFIGURATION, detail).at(import.to.span).into())
            }
        }
    }
}

/// The instance that an address names. None for a module, or an index that nothing can have.
fn address(target: &Target) -> Option<InstanceAddress> {
    let key = |value: &Option<Value>| match value {
        None => Some(InstanceKey::None),
        Some(value) => InstanceKey::from_value(value),
    };
    let (resource, instance) = target.resource.as_ref()?;
    let steps: Option<Vec<ModuleStep>> =
        target.modules.iter().map(|(name, k)| Some(ModuleStep { name: name.clone(), key: key(k)? })).collect();
    let resource = ResourceAddress { module: ModuleAddress::new(steps?), resource: resource.clone() };
    Some(Arc::new(resource).instance(key(instance)?))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::load::load;
    use crate::graph::parse_instance;
    use crate::lang::scope::Constants;
    use crate::lang::{Host, Type};
    use crate::syntax::ast::Traversal;

    /// `unknown.x` is an unknown string.
    struct Given;

    impl Scope for Given {
        fn resolve(&self, reference: &Traversal) -> Result<(Value, usize), Diagnostics> {
            let problem = || Diagnostic::error("Unexpected reference", "").at(reference.root.span);
            let known = reference.root.name == "unknown";
            if known { Ok((Value::unknown(Type::String), 1)) } else { Err(problem().into()) }
        }

        fn host(&self) -> &dyn Host {
            Constants.host()
        }
    }

    #[test]
    fn wanted() {
        let resources = "module \"m\" {\n  source = \"./m\"\n  count = 1\n}\nresource \"t\" \"a\" {}\nresource \"t\" \"n\" {\n  \
                         count = 2\n}\nresource \"t\" \"e\" {\n  for_each = {}\n}\n";
        let table: &[(&str, &[&str])] = &[
            ("to = t.a, id = 5", &["t.a = 5"]),
            ("to = t.a, id = \"\"", &["Invalid import id argument: The import ID value evaluates to an empty string"]),
            ("to = t.a, id = null", &["Invalid import id argument: The import ID cannot be null"]),
            ("to = t.a, id = unknown.x", &["Invalid import id argument: The import block \"id\" argument depends on"]),
            ("to = t.a, id = []", &["Incorrect value type: Invalid expression value: string required"]),
            ("to = t.a[0], id = 1", &["Invalid import 'to' expression: The target resource does not use count"]),
            ("to = t.n, id = 1", &["Invalid import 'to' expression: The target resource is using count"]),
            ("to = t.n[\"x\"], id = 1", &["Invalid import 'to' expression: The target resource does not use for_each"]),
            ("to = t.n[1], id = 1", &[]),
            (
                "to = t.new, id = 1",
                &["Configuration for import target does not exist: The configuration for the given"],
            ),
            ("to = module.m[0].t.r[\"k\"], id = 1", &["module.m[0].t.r[\"k\"] = 1"]),
            (
                "to = module.m[0].t.q, id = 1",
                &["Configuration for import target does not exist: Resource module.m.t.q"],
            ),
            ("to = t.e[each.key], id = each.value, for_each = { a = 1, b = 2 }", &["t.e[\"a\"] = 1", "t.e[\"b\"] = 2"]),
            ("to = t.e[\"z\"], id = each.value, for_each = { a = 1, b = 2 }", &["t.e[\"z\"] = 2"]),
            ("to = t.n[each.key], id = each.value, for_each = [\"x\", \"y\"]", &["t.n[0] = x"]),
            ("to = module.m[each.value].t.r[each.key], id = 1, for_each = { k = 0 }", &["module.m[0].t.r[\"k\"] = 1"]),
            (
                "to = t.e[each.value], id = 1, for_each = { k = true }",
                &["Invalid address: Invalid resource instance key"],
            ),
            ("to = t.e[each.value], id = 1, for_each = null", &[]),
            (
                "to = t.e[each.value], id = 1, for_each = { k = unknown.x }",
                &["Invalid for_each argument: The \"for_each\" expression includes"],
            ),
        ];
        for (block, wanted) in table {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("m")).unwrap();
            fs::write(dir.path().join("m/main.tf"), "resource \"t\" \"r\" {\n  for_each = {}\n}\n").unwrap();
            let block = block.replace(", id", "\n id").replace(", for_each", "\n for_each");
            fs::write(dir.path().join("main.tf"), format!("{resources}import {{\n {block}\n}}\n")).unwrap();
            let loaded = load(dir.path());
            assert!(!loaded.diagnostics.has_errors(), "{block}: {:?}", loaded.diagnostics);
            let tree = loaded.tree.as_ref().unwrap();
            let is_managed = |address: &InstanceAddress| *address == parse_instance("t.n[1]").unwrap();
            let (found, problems) = wanted_imports(tree, tree.module.imports.iter(), &Given, &is_managed, false);
            let mut shown: Vec<String> = found.iter().map(|(address, i)| format!("{address} = {}", i.id)).collect();
            shown.extend(problems.iter().map(|d| format!("{}: {}", d.summary, d.detail)));
            assert_eq!(shown.len(), wanted.len(), "{block}: {shown:?}");
            assert!(shown.iter().zip(*wanted).all(|(a, b)| a.starts_with(b)), "{block}: {shown:?}");
        }
    }
}
