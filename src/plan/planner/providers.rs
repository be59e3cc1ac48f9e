//! Provider configurations: which are used, and when they are made. Those that can be made without knowing any object
//! come first, so that everything in state can be read at once; the others when the walk reaches them.

use std::collections::BTreeSet;
use std::sync::Arc;

use petgraph::graph::NodeIndex;

use crate::config::graph::NodeKind;
use crate::config::module::Mode;
use crate::config::provider_of;
use crate::graph::ResourceAddress;
use crate::providers::{Configured, ProviderConfigAddress, Task, all};
use crate::syntax::Diagnostics;

use super::Planner;

impl<'c> Planner<'c> {
    /// The provider of a configuration, made if that has not been tried yet. None after saying why, once.
    pub(super) fn provider(&mut self, address: &ProviderConfigAddress) -> Option<Arc<Configured>> {
        let (provider, problems) = self.configurations.get(&self.evaluator, address);
        self.report(problems);
        provider
    }

    /// Connects providers, all at the same time, and gives those that could be; why others could not is said once.
    pub(super) async fn connect(&mut self, addresses: &BTreeSet<ProviderConfigAddress>) -> Vec<Arc<Configured>> {
        let providers: Vec<_> = addresses.iter().filter_map(|a| Some((a, self.provider(a)?))).collect();
        let tasks = providers.iter().map(|(_, provider)| Box::pin(provider.ready()) as Task<'_, _>).collect();
        let answers: Vec<(bool, Diagnostics)> = all(tasks).await;
        let mut ready = Vec::new();
        for ((address, provider), (is_ready, problems)) in providers.iter().zip(answers) {
            self.report(problems);
            match is_ready {
                true => ready.push(Arc::clone(provider)),
                false => self.configurations.fail(address),
            }
        }
        ready
    }

    /// The configuration that manages what state has of a resource: the one that the resource's block says, if there
    /// is one.
    pub(super) fn configuration_of(
        &self,
        address: &ResourceAddress,
        recorded: &ProviderConfigAddress,
    ) -> ProviderConfigAddress {
        let graph = self.input.graph;
        let module = graph.module(&address.module.path());
        let block = module.and_then(|m| Some((m, graph.modules[m].tree.module.resources.get(&address.resource)?)));
        block.map_or_else(|| recorded.clone(), |(module, r)| provider_of::configuration(graph, module, r))
    }

    /// Reports objects that only state has, of provider configurations that are not there any more.
    pub(super) fn missing_providers(&self) -> Diagnostics {
        let mut problems = Diagnostics::new();
        for (address, resource) in self.prior.resources.iter().filter(|(a, _)| a.resource.mode == Mode::Managed) {
            if !provider_of::is_missing(self.input.graph, &resource.provider) {
                continue;
            }
            for (key, instance) in &resource.instances {
                let shown = address.instance(key.clone());
                let current = instance.current.iter().map(|_| format!("{shown} (orphan)"));
                let deposed = instance.deposed.keys().map(|name| format!("{shown} (deposed {name})"));
                problems.extend(current.chain(deposed).map(|what| provider_of::missing(&what, &resource.provider)));
            }
        }
        problems
    }

    /// Makes all used configurations that can be made without knowing any object, and opens them. By node: whether that
    /// was done.
    pub(super) async fn open_first(&mut self, order: &[NodeIndex]) -> Vec<bool> {
        let graph = self.input.graph;
        let mut used = self.used(order);
        self.needed = self.made_from(&used, order);
        // What those are made from has providers, too.
        used.extend(order.iter().filter(|n| self.needed[n.index()]).filter_map(|n| self.configuration_at(*n)));
        let mut is_late = vec![false; graph.len()];
        for node in order {
            let is_object = matches!(graph.node(*node).kind, NodeKind::Resource(_));
            is_late[node.index()] = is_object || graph.dependencies(*node).any(|d| is_late[d.index()]);
        }
        let is_first = |node: &NodeIndex| !is_late[node.index()];
        let mut is_done = vec![false; graph.len()];
        for node in order.iter().filter(|n| is_first(n) && self.needed[n.index()]).copied().collect::<Vec<_>>() {
            is_done[node.index()] = true;
            if self.is_wanted(node) && !matches!(graph.node(node).kind, NodeKind::Provider(..)) {
                self.node(node).await;
            }
        }
        let first = used.into_iter().filter(|a| graph.provider(a).as_ref().is_none_or(is_first)).collect();
        self.open(first).await;
        is_done
    }

    /// Opens a configuration that is made from objects; whether that failed. One that nothing uses is left alone.
    pub(super) async fn open_late(&mut self, node: NodeIndex) -> bool {
        let Some(address) = self.configuration_at(node).filter(|_| self.needed[node.index()]) else { return false };
        self.open(BTreeSet::from([address])).await;
        self.failed[node.index()]
    }

    /// Connects providers and reads again what state has of theirs.
    async fn open(&mut self, addresses: BTreeSet<ProviderConfigAddress>) {
        let graph = self.input.graph;
        if self.input.options.skip_refresh {
            addresses.iter().for_each(|a| drop(self.provider(a)));
        } else {
            self.connect(&addresses).await;
            self.refresh(&addresses).await;
        }
        for address in &addresses {
            if let (None, Some(node)) = (self.provider(address), graph.provider(address)) {
                self.failed[node.index()] = true;
            }
        }
    }

    /// If a node is that of a configuration, it can't be made.
    pub(super) fn fail_provider(&mut self, node: NodeIndex) {
        if let (NodeKind::Provider(..), Some(address)) = (self.input.graph.node(node).kind, self.configuration_at(node))
        {
            self.configurations.fail(&address);
        }
    }

    /// The configurations of what is planned and of what state has of it.
    fn used(&self, order: &[NodeIndex]) -> BTreeSet<ProviderConfigAddress> {
        let planned = order.iter().filter(|n| self.targeting.includes_node(**n));
        let is_resource = |n: &&NodeIndex| matches!(self.input.graph.node(**n).kind, NodeKind::Resource(_));
        let mut used: BTreeSet<_> = planned.filter(is_resource).filter_map(|n| self.configuration_at(*n)).collect();
        for (address, resource) in self.prior.resources.iter().filter(|(a, _)| a.resource.mode == Mode::Managed) {
            let is_planned = |key| self.targeting.includes_instance(&address.instance(key));
            if !used.contains(&resource.provider) && resource.instances.keys().cloned().any(is_planned) {
                used.insert(resource.provider.clone());
            }
        }
        used
    }

    /// The configuration at a node, or of the resource there.
    fn configuration_at(&self, node: NodeIndex) -> Option<ProviderConfigAddress> {
        let graph = self.input.graph;
        let module = graph.node(node).module;
        match graph.node(node).kind {
            NodeKind::Resource(r) => Some(provider_of::configuration(graph, module, r)),
            NodeKind::Provider(key, _) => {
                let tree = graph.modules[module].tree;
                Some(ProviderConfigAddress {
                    module: tree.path.clone().into(),
                    provider: provider_of::address(&tree.module, &key.name).into(),
                    alias: key.alias.clone(),
                })
            }
            _ => None,
        }
    }

    /// By node: whether one of the configurations is there or made from what is there.
    fn made_from(&self, used: &BTreeSet<ProviderConfigAddress>, order: &[NodeIndex]) -> Vec<bool> {
        let graph = self.input.graph;
        let mut needed = vec![false; graph.len()];
        used.iter().filter_map(|a| graph.provider(a)).for_each(|node| needed[node.index()] = true);
        for node in order.iter().rev() {
            if needed[node.index()] {
                graph.dependencies(*node).for_each(|d| needed[d.index()] = true);
            }
        }
        needed
    }
}
