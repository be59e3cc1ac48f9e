//! Override files: what their blocks change in those of the other files.

use crate::config::decode::{FileBlocks, Given};
use crate::config::module::{
    Condition, IgnoreChanges, Local, Mode, Module, ModuleCall, Output, ProviderConfig, ProviderKey, Repetition,
    Resource, Variable,
};
use crate::syntax::ast::Traversal;
use crate::syntax::{Diagnostic, Diagnostics};

/// Puts the blocks of an override file over those of a module.
pub(super) fn override_module(module: &mut Module, file: FileBlocks, diagnostics: &mut Diagnostics) {
    if !file.required_versions.is_empty() {
        module.settings.required_versions = file.required_versions;
    }
    for required in file.required_providers.into_iter().flat_map(|(_, entries)| entries) {
        module.settings.required_providers.insert(required.name.name.clone(), required);
    }
    if let Some(backend) = file.backends.into_iter().next() {
        module.settings.backend = Some(backend);
        module.settings.cloud = None;
    }
    if let Some(cloud) = file.clouds.into_iter().next() {
        module.settings.cloud = Some(cloud);
        module.settings.backend = None;
    }
    let mut merge = Merge { module, diagnostics };
    file.providers.into_iter().for_each(|(key, config)| merge.provider(key, config));
    file.variables.into_iter().for_each(|v| merge.variable(v));
    file.locals.into_iter().for_each(|l| merge.local(l));
    file.outputs.into_iter().for_each(|o| merge.output(o));
    file.calls.into_iter().for_each(|c| merge.call(c));
    file.resources.into_iter().for_each(|r| merge.resource(r));
    for (kind, span) in file.misplaced {
        let (summary, detail) = match kind.as_str() {
            "moved" => (
                "Cannot override 'moved' blocks",
                "Records of moved objects can appear only in normal files, not in override files.",
            ),
            "import" => (
                "Cannot override 'import' blocks",
                "Import blocks can appear only in normal files, not in override files.",
            ),
            "check" => ("Can't override check blocks", "Override files cannot override check blocks."),
            // `removed` blocks have no effect there.
            _ => continue,
        };
        merge.diagnostics.push(Diagnostic::error(summary, detail).at(span));
    }
}

struct Merge<'a> {
    module: &'a mut Module,
    diagnostics: &'a mut Diagnostics,
}

impl Merge<'_> {
    fn missing(&mut self, at: crate::syntax::Span, summary: &str, detail: String) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(at));
    }

    fn provider(&mut self, key: ProviderKey, config: ProviderConfig) {
        match self.module.providers.get_mut(&key) {
            Some(base) => base.body = base.body.overridden_by(&config.body),
            None if key.alias.is_none() => {
                self.module.providers.insert(key, config);
            }
            None => {
                let detail = format!(
                    "There is no {} provider configuration with the alias {:?}. An override file can only override an \
                     aliased provider configuration that was already defined in a primary configuration file.",
                    key.name,
                    key.alias.as_deref().unwrap_or_default()
                );
                self.missing(config.span, "Missing base provider configuration for override", detail);
            }
        }
    }

    fn variable(&mut self, over: Given<Variable>) {
        let name = &over.block.name.name;
        let Some(base) = self.module.variables.get_mut(name) else {
            let detail = format!(
                "There is no variable named {name:?}. An override file can only override a variable that was already \
                 declared in a primary configuration file."
            );
            return self.missing(over.block.span, "Missing base variable declaration to override", detail);
        };
        if let Some(problem) = override_variable(base, over) {
            self.diagnostics.push(problem);
        }
    }

    fn local(&mut self, over: Local) {
        let name = &over.name.name;
        match self.module.locals.get_mut(name) {
            Some(base) => base.expr = over.expr,
            None => {
                let detail = format!(
                    "There is no local value named {name:?}. An override file can only override a local value that was \
                     already defined in a primary configuration file."
                );
                self.missing(over.span, "Missing base local value definition to override", detail);
            }
        }
    }

    fn output(&mut self, over: Given<Output>) {
        let name = &over.block.name.name;
        let Some(base) = self.module.outputs.get_mut(name) else {
            let detail = format!(
                "There is no output named {name:?}. An override file can only override an output that was already \
                 defined in a primary configuration file."
            );
            return self.missing(over.block.span, "Missing base output definition to override", detail);
        };
        let has = |name: &str| over.names.contains(name);
        let (has_description, has_value, has_sensitive) = (has("description"), has("value"), has("sensitive"));
        let has_ephemeral = has("ephemeral");
        let over = over.block;
        set_if(has_description, &mut base.description, over.description);
        set_if(has_value, &mut base.expr, over.expr);
        set_if(has_sensitive, &mut base.sensitive, over.sensitive);
        set_if(has_ephemeral, &mut base.ephemeral, over.ephemeral);
        self.diagnostics.extend(conditions_not_overridable("precondition", &over.preconditions));
        self.diagnostics.extend(not_overridable(&over.depends_on));
    }

    fn call(&mut self, over: Given<ModuleCall>) {
        let name = &over.block.name.name;
        let Some(base) = self.module.calls.get_mut(name) else {
            let detail = format!(
                "There is no module call named {name:?}. An override file can only override a module call that was \
                 defined in a primary configuration file."
            );
            return self.missing(over.block.span, "Missing module call to override", detail);
        };
        let (has_source, has_version) = (over.has("source"), over.has("version"));
        let has_providers = over.has("providers");
        let over = over.block;
        set_if(has_source, &mut base.source_span, over.source_span);
        set_if(has_source, &mut base.source, over.source);
        set_if(has_version, &mut base.version, over.version);
        set_if(has_providers, &mut base.providers, over.providers);
        override_repetition(&mut base.repetition, over.repetition);
        base.body = base.body.overridden_by(&over.body);
        self.diagnostics.extend(not_overridable(&over.depends_on));
    }

    fn resource(&mut self, over: Given<Resource>) {
        let key = &over.block.key;
        let Some(base) = self.module.resources.get_mut(key) else {
            let (what, block) = match key.mode {
                Mode::Managed => ("resource", "resource"),
                Mode::Data => ("data resource", "data"),
                // Has no effect, as in Terraform.
                Mode::Ephemeral => return,
            };
            let detail = format!(
                "There is no {} {what} named {:?}. An override file can only override a {block} block defined in a primary \
                 configuration file.",
                key.kind,
                key.name.as_str(),
            );
            let summary = format!("Missing {what} to override");
            return self.missing(over.block.span, &summary, detail);
        };
        self.diagnostics.extend(override_resource(base, over));
    }
}

fn set_if<T>(set: bool, base: &mut T, over: T) {
    if set {
        *base = over;
    }
}

fn not_overridable(depends_on: &[Traversal]) -> Option<Diagnostic> {
    let first = depends_on.first()?;
    Some(
        Diagnostic::error("Unsupported override", "The depends_on argument may not be overridden.").at(first.root.span),
    )
}

/// Conditions stay as the primary file has them.
fn conditions_not_overridable(kind: &str, conditions: &[Condition]) -> impl Iterator<Item = Diagnostic> {
    conditions.iter().map(move |condition| {
        let summary = format!("Can't override {kind} blocks");
        let detail = format!("Override files cannot override {kind} blocks: move it to a file of another name.");
        Diagnostic::error(summary, detail).at(condition.span)
    })
}

fn override_repetition(base: &mut Repetition, over: Repetition) {
    // Of a count and a for_each it is the count that counts.
    if !matches!((&*base, &over), (_, Repetition::Single) | (Repetition::Count(_), Repetition::ForEach(_))) {
        *base = over;
    }
}

/// What the override file sets, and the default again converted to the type.
fn override_variable(base: &mut Variable, over: Given<Variable>) -> Option<Diagnostic> {
    const SUMMARY: &str = "Invalid default value for variable";
    let (has_type, has_default) = (over.has("type"), over.has("default"));
    let (has_description, has_sensitive) = (over.has("description"), over.has("sensitive"));
    let (has_ephemeral, has_nullable) = (over.has("ephemeral"), over.has("nullable"));
    let has_deprecated = over.has("deprecated");
    let over = over.block;
    set_if(has_deprecated, &mut base.deprecated, over.deprecated);
    set_if(has_description, &mut base.description, over.description);
    set_if(has_sensitive, &mut base.sensitive, over.sensitive);
    set_if(has_ephemeral, &mut base.ephemeral, over.ephemeral);
    set_if(has_nullable, &mut base.nullable, over.nullable);
    set_if(has_default, &mut base.default, over.default);
    set_if(has_type, &mut base.constraint, over.constraint);
    set_if(has_type, &mut base.type_span, over.type_span);
    let default = base.default.as_mut()?;
    match base.constraint.apply(default).map_err(|e| e.message) {
        Ok(converted) => *default = converted,
        Err(e) => {
            let detail = match (has_type, has_default) {
                (true, false) => {
                    format!("Overriding this variable's type constraint has made its default value invalid: {e}.")
                }
                (false, true) => format!(
                    "The overridden default value for this variable is not compatible with the variable's type \
                     constraint: {e}."
                ),
                _ => format!("This variable's default value is not compatible with its type constraint: {e}."),
            };
            return Some(Diagnostic::error(SUMMARY, detail).at(over.span));
        }
    }
    let is_refused = !base.nullable && default.is_null();
    is_refused
        .then(|| Diagnostic::error(SUMMARY, "A null default value is not valid when nullable=false.").at(over.span))
}

fn override_resource(base: &mut Resource, over: Given<Resource>) -> Diagnostics {
    let (has_cbd, has_prevent) = (over.has("create_before_destroy"), over.has("prevent_destroy"));
    let has_ignore = over.has("ignore_changes");
    let over = over.block;
    let (lifecycle, over_lifecycle) = (&mut base.lifecycle, over.lifecycle);
    set_if(has_cbd, &mut lifecycle.create_before_destroy, over_lifecycle.create_before_destroy);
    set_if(has_prevent, &mut lifecycle.prevent_destroy, over_lifecycle.prevent_destroy);
    let has_ignore =
        has_ignore && !matches!(&over_lifecycle.ignore_changes, IgnoreChanges::Some(paths) if paths.is_empty());
    set_if(has_ignore, &mut lifecycle.ignore_changes, over_lifecycle.ignore_changes);
    set_if(over.connection.is_some(), &mut base.connection, over.connection);
    set_if(over.provider.is_some(), &mut base.provider, over.provider);
    set_if(!over.provisioners.is_empty(), &mut base.provisioners, over.provisioners);
    override_repetition(&mut base.repetition, over.repetition);
    base.body = base.body.overridden_by(&over.body);
    let before = conditions_not_overridable("precondition", &over_lifecycle.preconditions);
    let after = conditions_not_overridable("postcondition", &over_lifecycle.postconditions);
    before.chain(after).chain(not_overridable(&over.depends_on)).collect()
}
