//! What an apply needs to know of the configuration: a trait, which the evaluator implements.
//! Apply decides nothing, so this evaluates again what planning evaluated, now that more is known.

use std::path::PathBuf;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::graph::{ConfigAddress, InstanceAddress, ResourceAddress};
use crate::lang::Value;
use crate::providers::{Configured, ProviderConfigAddress};
use crate::state::{CheckState, CheckStatus};
use crate::syntax::{Diagnostics, Span};

/// The configuration of a resource instance with what is known now.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The configuration: an object of the schema's type, with the marks of the expressions in it.
    /// With `ignore_changes` applied if there is a prior value.
    pub config: Value,
    /// What the configuration makes of the prior value: what a provider gets to plan with. Marks
    /// don't matter.
    pub proposed: Value,
}

/// How the conditions of an object came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The worst of them.
    pub status: CheckStatus,
    /// What those say that failed.
    pub failures: Vec<String>,
}

/// Which conditions of a resource instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `precondition` blocks.
    Before,
    /// `postcondition` blocks: `self` is what was last told by [`Configuration::set_object`].
    After,
}

/// A `provisioner` block with the values of its arguments.
#[derive(Clone, Debug)]
pub struct ProvisionerRun {
    /// Its type.
    pub kind: SmolStr,
    /// Its arguments: an object of the type of [`crate::providers::provisioners::provisioner`], marked.
    pub arguments: Value,
    /// Its connection, or that of the resource; null if there is none.
    pub connection: Value,
    /// The folder of the root module, from where its command runs.
    pub folder: PathBuf,
    /// `on_failure = continue`
    pub continue_on_failure: bool,
    /// Where its arguments begin.
    pub span: Span,
}

/// What an apply asks, and what it tells so that later answers are up to date. All of it is called
/// from one task, in an order in which everything that a call depends on was told before.
///
/// It begins with what planning knew: every object of the plan's prior state that isn't changed is there.
/// Every method gives what it can beside the diagnostics; an error among those fails the operation.
pub trait Configuration {
    /// The provider of a configuration, which is configured now if it was not before. It may not have connected yet. Why
    /// there is none is told once.
    fn provider(&mut self, address: &ProviderConfigAddress) -> (Option<Arc<Configured>>, Diagnostics);

    /// The providers that have connected so far, be it to plan.
    fn connected(&self) -> Vec<Arc<Configured>>;

    /// The configuration of an instance of a resource or data source. `prior` is the object that it is
    /// to change, marked; null for creation (of a replacement, too) and for data sources.
    fn desired(&mut self, address: &InstanceAddress, prior: &Value) -> (Desired, Diagnostics);

    /// Tells what an object is now, marked; `None` that it is gone. (Never told of deposed objects.)
    fn set_object(&mut self, address: &InstanceAddress, object: Option<Value>);

    /// Tells what has become of some of the outputs that a data source reads in another stack.
    fn set_outputs(&mut self, address: &InstanceAddress, outputs: &[(SmolStr, Value)]);

    /// The value of an output of the root module, marked, and how its preconditions came out if it has any. A failed one
    /// is an error. No value where something that it is made of could not be evaluated, which was told before.
    fn output(&mut self, name: &str) -> (Option<Value>, Option<Conditions>, Diagnostics);

    /// Tries the conditions of a resource instance; `None` if it has none. A failed one is an error.
    fn conditions(&mut self, address: &InstanceAddress, when: When) -> (Option<Conditions>, Diagnostics);

    /// What a provider has against an object, with the place in the configuration that it is about.
    fn locate(&self, address: &InstanceAddress, problems: Diagnostics) -> Diagnostics;

    /// Tells that the data source of a check can't be read.
    fn set_unreadable(&mut self, address: &InstanceAddress, problems: Diagnostics);

    /// Tries all conditions of a block that could not be decided when the plan was made. For a block
    /// `check` what fails is a warning, else an error.
    fn check(&mut self, planned: &CheckState) -> (CheckState, Diagnostics);

    /// The provisioners to run after an object was created or before it is destroyed, in order; `this` is
    /// what `self` stands for, marked. None for what is in the configuration no more, but for those of
    /// `removed` blocks.
    fn provisioners(
        &mut self,
        address: &InstanceAddress,
        on_destroy: bool,
        this: &Value,
    ) -> (Vec<ProvisionerRun>, Diagnostics);

    /// Whether provisioners are to run after an instance was created.
    fn has_provisioners(&self, address: &InstanceAddress) -> bool;

    /// Where the configuration of an instance is, for what a provider has to say about it.
    fn place(&self, address: &InstanceAddress) -> Option<Span>;

    /// The resources that a resource was made from, directly or not: sorted, for state.
    fn dependencies(&mut self, resource: &Arc<ResourceAddress>) -> Arc<[ConfigAddress]>;
}
