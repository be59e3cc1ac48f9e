//! Provider configurations, evaluated.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Evaluator, ModuleId};
use crate::config::graph::NodeKind;
use crate::config::module::ProviderConfig;
use crate::config::provider_of;
use crate::config::scope::Instance;
use crate::config::validate::located_in;
use crate::lang::Value;
use crate::lang::scope::Constants;
use crate::providers::{self, Configured, Pool, ProviderConfigAddress};
use crate::schema::{Schema, decode_body};
use crate::syntax::body::ConfigBody;
use crate::syntax::{Diagnostic, Diagnostics, FileId, Span};

/// The provider configurations that were made so far.
pub struct Configurations<'p> {
    pool: &'p Pool,
    made: HashMap<ProviderConfigAddress, Option<Arc<Configured>>>,
}

impl<'p> Configurations<'p> {
    /// None so far. What the pool has is not made again.
    #[must_use]
    pub fn new(pool: &'p Pool) -> Self {
        Configurations { pool, made: HashMap::new() }
    }

    /// The provider of a configuration, made if that has not been tried yet: what it depends on must have been
    /// evaluated. None if that failed. Why is said once, to whoever asks first.
    pub fn get(
        &mut self,
        evaluator: &Evaluator<'_>,
        address: &ProviderConfigAddress,
    ) -> (Option<Arc<Configured>>, Diagnostics) {
        if let Some(known) = self.made.get(address) {
            return (known.clone(), Diagnostics::new());
        }
        let (configured, problems) = evaluator.configure(address, self.pool);
        let configured = configured.filter(|_| !problems.has_errors());
        self.made.insert(address.clone(), configured.clone());
        (configured, problems)
    }

    /// From here on a configuration counts as one that could not be made.
    pub fn fail(&mut self, address: &ProviderConfigAddress) {
        self.made.insert(address.clone(), None);
    }
}

impl Evaluator<'_> {
    /// Makes a provider. Without a block, from a configuration that says nothing.
    fn configure(&self, address: &ProviderConfigAddress, pool: &Pool) -> (Option<Arc<Configured>>, Diagnostics) {
        let Some(schema) = providers::provider_schema(&address.provider) else {
            let detail = format!(
                "The provider {} is not in this version of Infra. {}",
                address.provider,
                provider_of::what_there_is()
            );
            return (None, Diagnostic::error("Missing required provider", detail).into());
        };
        let block = self.provider_block(address);
        let is_default = address.alias.is_none() && address.module.is_empty();
        if block.is_none() && !is_default {
            return (None, provider_of::missing("an object", address).into());
        }
        let (config, mut problems) = match block {
            Some((id, block)) => self.provider_config(id, block, schema),
            None => {
                let nothing = ConfigBody::empty(Span::new(FileId(u32::MAX), 0, 0));
                let (config, problems) = decode_body(&nothing, &schema.block, &Constants);
                (config, problems.into_iter().map(|d| Diagnostic { subject: None, ..d }).collect())
            }
        };
        let place = block.map(|(_, block)| block.span);
        let mut made = None;
        if self.setting.applying && !problems.has_errors() && !config.is_wholly_known() {
            problems.push(not_known(address, place));
        }
        if !problems.has_errors() {
            if let Some(made) = pool.get(address, &config) {
                return (Some(made), problems);
            }
            let mut given = providers::validate_provider(&address.provider, &config);
            if !given.has_errors() {
                let (provider, more) = providers::configure(&address.provider, &config, pool.folder()).unzip();
                given.extend(more.unwrap_or_default());
                made = provider;
            }
            problems.extend(said_by(given, address, block.map(|(_, block)| block)));
        }
        if block.is_none() && problems.has_errors() {
            problems.push(needs_block(address));
        }
        let made = made.map(|provider| Arc::new(Configured::new(address.clone(), provider, place)));
        if let Some(made) = made.as_ref().filter(|_| !problems.has_errors()) {
            pool.put(config, Arc::clone(made));
        }
        (made, problems)
    }

    /// The block of a configuration, and the instance of the module that it is in.
    fn provider_block(&self, address: &ProviderConfigAddress) -> Option<(ModuleId, &ProviderConfig)> {
        let graph = self.graph();
        let node = graph.node(graph.provider(address)?);
        let NodeKind::Provider(_, block) = node.kind else { return None };
        let id = ModuleId { module: node.module, instance: 0 };
        (self.instance_count(node.module) > 0).then_some((id, block))
    }

    fn provider_config(&self, id: ModuleId, block: &ProviderConfig, schema: &Schema) -> (Value, Diagnostics) {
        let (config, more) = decode_body(&block.body, &schema.block, &self.scope(id, Instance::default()));
        let mut problems = self.take_problems();
        problems.extend(more);
        (config.unmark_deep().0, problems)
    }
}

/// What a provider says about its configuration, with the place of what it is about.
fn said_by(given: Diagnostics, address: &ProviderConfigAddress, block: Option<&ProviderConfig>) -> Diagnostics {
    let address = address.to_string();
    let located = |d: Diagnostic| match block {
        Some(block) => located_in(d, &block.body, block.span, &address),
        None => Diagnostic { address: Some(address.clone()), ..d },
    };
    given.into_iter().map(located).collect()
}

fn not_known(address: &ProviderConfigAddress, place: Option<Span>) -> Diagnostic {
    let detail = format!("The configuration for {address} depends on values that cannot be determined until apply.");
    let problem = Diagnostic::error("Invalid provider configuration", detail);
    Diagnostic { subject: place, ..problem }
}

fn needs_block(address: &ProviderConfigAddress) -> Diagnostic {
    let detail = format!(
        "Provider {:?} requires explicit configuration. Add a provider block to the root module and configure the provider's \
         required arguments as described in the provider documentation.\n",
        address.provider.as_str()
    );
    Diagnostic::error("Invalid provider configuration", detail)
}
