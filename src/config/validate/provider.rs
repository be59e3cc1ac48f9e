//! `provider` blocks: their bodies against the schemas of providers.

use std::collections::HashSet;

use petgraph::graph::NodeIndex;

use super::{Validator, located_in};
use crate::config::graph::{ConfigGraph, NodeKind};
use crate::config::module::{ProviderConfig, ProviderKey};
use crate::config::provider_of;
use crate::config::scope::{Instance, unresolved};
use crate::providers;
use crate::schema::decode_body;
use crate::syntax::Diagnostics;

/// The nodes of provider configurations that resources use.
pub(super) fn used(graph: &ConfigGraph<'_>) -> HashSet<NodeIndex> {
    let nodes = (0..graph.len()).map(NodeIndex::new);
    let resources = nodes.filter(|n| matches!(graph.node(*n).kind, NodeKind::Resource(_)));
    let is_provider = |n: &NodeIndex| matches!(graph.node(*n).kind, NodeKind::Provider(..));
    resources.flat_map(|r| graph.dependencies(r).filter(is_provider)).collect()
}

/// Resources whose provider configuration isn't there.
pub(super) fn missing(graph: &ConfigGraph<'_>) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for node in (0..graph.len()).map(NodeIndex::new) {
        if let NodeKind::Resource(r) = graph.node(node).kind {
            let address = provider_of::configuration(graph, graph.node(node).module, r);
            if provider_of::is_missing(graph, &address) {
                problems.push(provider_of::missing(&graph.address(node), &address));
            }
        }
    }
    problems
}

impl Validator<'_> {
    pub(super) fn provider(&mut self, index: NodeIndex, module: usize, key: &ProviderKey, config: &ProviderConfig) {
        let provider = provider_of::address(&self.graph.modules[module].tree.module, &key.name);
        let Some(schema) = providers::provider_schema(&provider).filter(|_| self.used.contains(&index)) else { return };
        let found = self.graph.body_references(index);
        if !self.references(module).all(found) {
            return;
        }
        let scope = self.scope(module, Instance::default());
        let problems = unresolved(&scope, found);
        if problems.has_errors() {
            self.diagnostics.extend(problems);
            return;
        }
        let (value, mut problems) = decode_body(&config.body, &schema.block, &scope);
        if !problems.has_errors() {
            let address = self.graph.address(index);
            let refused = providers::validate_provider(&provider, &value.unmark_deep().0);
            problems.extend(refused.into_iter().map(|d| located_in(d, &config.body, config.span, &address)));
        }
        self.diagnostics.extend(problems);
    }
}
