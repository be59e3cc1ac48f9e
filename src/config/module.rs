//! What a module says, decoded: every block as data, expressions not yet evaluated. `decode` fills
//! it, `load` finds the files, everything above reads it.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::config::constraint::Constraint;
use crate::lang::{Marks, Value};
use crate::schema::Schema;
use crate::schema::planning::{ignore_all, ignore_changes, ignored_path};
use crate::syntax::ast::{Expr, Ident, Traversal};
use crate::syntax::body::ConfigBody;
use crate::syntax::{Diagnostic, Span};

/// One module: the blocks of all `.tf` and `.tf.json` files of a folder, override files merged in.
/// Maps keep source order, files by name.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// Its folder, as diagnostics show it.
    pub dir: PathBuf,
    /// The `terraform` blocks.
    pub settings: Settings,
    /// `provider` blocks, by local name and alias.
    pub providers: IndexMap<ProviderKey, ProviderConfig>,
    /// `variable` blocks.
    pub variables: IndexMap<SmolStr, Variable>,
    /// Everything in `locals` blocks.
    pub locals: IndexMap<SmolStr, Local>,
    /// `output` blocks.
    pub outputs: IndexMap<SmolStr, Output>,
    /// `module` blocks.
    pub calls: IndexMap<SmolStr, ModuleCall>,
    /// `resource`, `data` and `ephemeral` blocks.
    pub resources: IndexMap<ResourceKey, Resource>,
    /// `moved` blocks.
    pub moved: Vec<Moved>,
    /// `removed` blocks.
    pub removed: Vec<Removed>,
    /// `import` blocks.
    pub imports: Vec<Import>,
    /// `check` blocks.
    pub checks: IndexMap<SmolStr, Check>,
}

/// The contents of the `terraform` blocks.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `required_version` constraints, as written.
    pub required_versions: Vec<(SmolStr, Span)>,
    /// `required_providers`, by local name.
    pub required_providers: IndexMap<SmolStr, RequiredProvider>,
    /// The `backend` block.
    pub backend: Option<Backend>,
    /// The `cloud` block.
    pub cloud: Option<Span>,
}

impl Settings {
    /// What can't be used here although the configuration is valid: an error for everything that needs state.
    #[must_use]
    pub fn unsupported(&self) -> Option<Diagnostic> {
        let detail = "State that is kept in HCP Terraform or Terraform Enterprise can't be used by this version of Infra. \
                      The configuration can be validated, but everything else needs its state: remove the \"cloud\" block, \
                      or replace it by a \"backend\" block.";
        self.cloud.map(|span| Diagnostic::error("HCP Terraform is not supported", detail).at(span))
    }
}

/// An entry of `required_providers`.
#[derive(Clone, Debug)]
pub struct RequiredProvider {
    /// The local name.
    pub name: Ident,
    /// `source`, as `hashicorp/aws`; for a missing one what Terraform implies, `hashicorp/<name>`.
    pub source: SmolStr,
    /// The version constraint.
    pub version: Option<SmolStr>,
    /// `configuration_aliases`, as `aws.peer`.
    pub aliases: Vec<ProviderKey>,
}

/// The `backend` block.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Its type.
    pub kind: Ident,
    /// Its arguments.
    pub body: ConfigBody,
    /// The block's header.
    pub span: Span,
}

/// A provider configuration in a module: `aws`, `aws.peer`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderKey {
    /// The local name.
    pub name: SmolStr,
    /// The alias.
    pub alias: Option<SmolStr>,
}

impl std::fmt::Display for ProviderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.alias {
            Some(alias) => write!(f, "{}.{alias}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A `provider` block.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// Its arguments, `alias` and `version` taken out.
    pub body: ConfigBody,
    /// The block's header.
    pub span: Span,
}

/// A `variable` block.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Ident,
    /// `description`
    pub description: Option<SmolStr>,
    /// `type`; anything if there is none.
    pub constraint: Constraint,
    /// Where the type stands.
    pub type_span: Option<Span>,
    /// `default`, converted to the type.
    pub default: Option<Value>,
    /// `validation` blocks.
    pub validations: Vec<Condition>,
    /// `sensitive`
    pub sensitive: bool,
    /// `nullable`; true if not said.
    pub nullable: bool,
    /// `ephemeral`
    pub ephemeral: bool,
    /// `deprecated`: what to do instead, for whoever sets it.
    pub deprecated: Option<SmolStr>,
    /// The block's header.
    pub span: Span,
}

impl Variable {
    /// The warning for setting it, if it is deprecated. `subject` is where it is set, if that is in a file.
    #[must_use]
    pub fn deprecation(&self, subject: Option<Span>) -> Option<Diagnostic> {
        let message = self.deprecated.as_ref()?;
        let detail = format!(
            "The variable {:?} is marked as deprecated by the author of the module:\n{message}",
            self.name.name
        );
        let warning = Diagnostic::warning("Deprecated variable", detail);
        Some(Diagnostic { subject, ..warning })
    }
}

/// A named value of a `locals` block.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: Ident,
    /// Its value.
    pub expr: Arc<Expr>,
    /// From the name to the end of the value.
    pub span: Span,
}

/// An `output` block.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: Ident,
    /// `description`
    pub description: Option<SmolStr>,
    /// `value`
    pub expr: Arc<Expr>,
    /// `depends_on`
    pub depends_on: Vec<Traversal>,
    /// `precondition` blocks.
    pub preconditions: Vec<Condition>,
    /// `sensitive`
    pub sensitive: bool,
    /// `ephemeral`
    pub ephemeral: bool,
    /// The block's header.
    pub span: Span,
}

impl Output {
    /// What is wrong if its value has to be ephemeral and is not.
    #[must_use]
    pub fn not_ephemeral(&self, value: &Value) -> Option<Diagnostic> {
        if !self.ephemeral || value.marks().contains(Marks::EPHEMERAL) {
            return None;
        }
        let detail = "This output value is declared as returning an ephemeral value, so it can only be set to an ephemeral value.";
        Some(Diagnostic::error("Value not allowed in ephemeral output", detail).at(self.expr.span))
    }
}

/// A `validation`, `precondition`, `postcondition` or `assert` block.
#[derive(Clone, Debug)]
pub struct Condition {
    /// `condition`
    pub condition: Arc<Expr>,
    /// `error_message`
    pub error_message: Arc<Expr>,
    /// The block's header.
    pub span: Span,
}

/// How often a block stands for an instance.
#[derive(Clone, Debug, Default)]
pub enum Repetition {
    /// Once.
    #[default]
    Single,
    /// `count`
    Count(Arc<Expr>),
    /// `for_each`
    ForEach(Arc<Expr>),
}

/// A `module` block.
#[derive(Clone, Debug)]
pub struct ModuleCall {
    /// Its name.
    pub name: Ident,
    /// `source`
    pub source: SmolStr,
    /// Where the source stands.
    pub source_span: Span,
    /// `version`
    pub version: Option<SmolStr>,
    /// `count` or `for_each`
    pub repetition: Repetition,
    /// `depends_on`
    pub depends_on: Vec<Traversal>,
    /// `providers`: the child's name for a configuration, and ours. `None`: all are inherited.
    pub providers: Option<Vec<(ProviderRef, ProviderRef)>>,
    /// The module's arguments.
    pub body: ConfigBody,
    /// The block's header.
    pub span: Span,
}

/// A provider configuration referred to.
#[derive(Clone, Debug)]
pub struct ProviderRef {
    /// Which.
    pub key: ProviderKey,
    /// Where.
    pub span: Span,
}

/// What kind of object a block describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// `resource`
    Managed,
    /// `data`
    Data,
    /// `ephemeral`
    Ephemeral,
}

/// The name of a resource in its module: `aws_vpc.main`, `data.aws_ami.base`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceKey {
    /// Managed, data or ephemeral.
    pub mode: Mode,
    /// Its type.
    pub kind: SmolStr,
    /// Its name.
    pub name: SmolStr,
}

impl std::fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let prefix = match self.mode {
            Mode::Managed => "",
            Mode::Data => "data.",
            Mode::Ephemeral => "ephemeral.",
        };
        write!(f, "{prefix}{}.{}", self.kind, self.name)
    }
}

/// A `resource`, `data` or `ephemeral` block.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Mode, type and name.
    pub key: ResourceKey,
    /// Where the type stands.
    pub kind_span: Span,
    /// `count` or `for_each`
    pub repetition: Repetition,
    /// `depends_on`
    pub depends_on: Vec<Traversal>,
    /// `provider`
    pub provider: Option<ProviderRef>,
    /// The `lifecycle` block.
    pub lifecycle: Lifecycle,
    /// The `connection` block of the resource itself.
    pub connection: Option<ConfigBody>,
    /// `provisioner` blocks.
    pub provisioners: Vec<Provisioner>,
    /// The resource type's own arguments and blocks.
    pub body: ConfigBody,
    /// The block's header.
    pub span: Span,
    /// The block is nested in this `check`, a scoped data source.
    pub check: Option<SmolStr>,
}

/// A `lifecycle` block.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// `create_before_destroy`
    pub create_before_destroy: Option<bool>,
    /// `prevent_destroy`
    pub prevent_destroy: bool,
    /// `ignore_changes`
    pub ignore_changes: IgnoreChanges,
    /// `replace_triggered_by`
    pub replace_triggered_by: Vec<Expr>,
    /// `precondition` blocks.
    pub preconditions: Vec<Condition>,
    /// `postcondition` blocks.
    pub postconditions: Vec<Condition>,
}

/// `ignore_changes`
#[derive(Clone, Debug, Default)]
pub enum IgnoreChanges {
    /// Not given.
    #[default]
    None,
    /// `all`
    All,
    /// Relative references: `tags["x"]`.
    Some(Vec<Traversal>),
}

impl IgnoreChanges {
    /// The configuration of an object that there is already, with what is ignored as it was before.
    #[must_use]
    pub fn applied(&self, schema: &Schema, prior: &Value, config: &Value) -> Value {
        match self {
            IgnoreChanges::None => config.clone(),
            IgnoreChanges::All => ignore_all(schema, prior, config),
            IgnoreChanges::Some(traversals) => {
                let paths: Vec<_> = traversals.iter().map(ignored_path).collect();
                ignore_changes(schema, prior, config, &paths)
            }
        }
    }

    /// What a provider has planned that may depart from the configuration, with what is ignored as it was before.
    #[must_use]
    pub fn kept(&self, schema: &Schema, prior: &Value, planned: Value) -> Value {
        match self {
            IgnoreChanges::None => planned,
            IgnoreChanges::All => prior.clone(),
            IgnoreChanges::Some(_) => self.applied(schema, prior, &planned),
        }
    }
}

/// A `provisioner` block.
#[derive(Clone, Debug)]
pub struct Provisioner {
    /// Its type.
    pub kind: Ident,
    /// `when = destroy`
    pub on_destroy: bool,
    /// `on_failure = continue`
    pub continue_on_failure: bool,
    /// Its own `connection`.
    pub connection: Option<ConfigBody>,
    /// Its arguments.
    pub body: ConfigBody,
    /// The block's header.
    pub span: Span,
}

/// A `moved` block.
#[derive(Clone, Debug)]
pub struct Moved {
    /// `from`
    pub from: Traversal,
    /// `to`
    pub to: Traversal,
    /// The block's header.
    pub span: Span,
}

/// A `removed` block.
#[derive(Clone, Debug)]
pub struct Removed {
    /// `from`
    pub from: Traversal,
    /// `lifecycle { destroy }`
    pub destroy: bool,
    /// `provisioner` blocks, all for destruction.
    pub provisioners: Vec<Provisioner>,
    /// The block's header.
    pub span: Span,
}

/// An `import` block.
#[derive(Clone, Debug)]
pub struct Import {
    /// `to`: an address whose keys may be expressions.
    pub to: Arc<Expr>,
    /// `id`
    pub id: Arc<Expr>,
    /// `for_each`
    pub for_each: Option<Arc<Expr>>,
    /// `provider`
    pub provider: Option<ProviderRef>,
    /// The block's header.
    pub span: Span,
}

/// A `check` block. Its data source is among the module's resources.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name.
    pub name: Ident,
    /// The scoped data source.
    pub data: Option<ResourceKey>,
    /// `assert` blocks.
    pub asserts: Vec<Condition>,
    /// The block's header.
    pub span: Span,
}
