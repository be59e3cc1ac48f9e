//! What waits for stacks that are planned together with this one: for one output where a reference says which, so that nothing
//! waits for what it doesn't need.

use std::collections::{BTreeMap, HashMap};

use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use super::needs::{Key, Need};
use super::{Builder, Wait};
use crate::config::scope::Instance;
use crate::plan::evaluate::{Evaluator, ModuleId};
use crate::plan::{Awaited, Link, OperationKind};

/// An instance of a data source that reads another stack.
pub(super) struct Linked {
    position: usize,
    stack: SmolStr,
}

/// Links by data source.
pub(super) fn linked(evaluator: &Evaluator<'_>, links: &[Link]) -> HashMap<(ModuleId, NodeIndex), Vec<Linked>> {
    let mut linked: HashMap<_, Vec<Linked>> = HashMap::new();
    for link in links {
        let resource = &link.address.resource;
        let found = evaluator.find_module(&resource.module).and_then(|id| {
            let node = evaluator.graph().resource(id.module, &resource.resource)?;
            let instances = evaluator.resource_instances(id, &resource.resource)?;
            Some(((id, node), instances.expansion.position(&link.address.key)?))
        });
        if let Some((at, position)) = found {
            linked.entry(at).or_default().push(Linked { position, stack: link.stack.clone() });
        }
    }
    linked
}

impl Builder<'_, '_> {
    /// Waits for an output that a data source has: in the other stack, if that is planned together with this one.
    pub(super) fn wait_for_remote(
        &mut self,
        id: ModuleId,
        node: NodeIndex,
        key: &Key,
        output: &SmolStr,
        own: &Instance,
        after: &mut Vec<u32>,
    ) {
        let Some(linked) = self.linked.get(&(id, node)) else {
            return self.wait_for(id, &Need::Resource(node, key.clone()), own, after);
        };
        let position = self.key(id, key, own).and_then(|key| self.position(id, node, &key));
        let read = linked.iter().filter(|l| position.is_none_or(|position| l.position == position));
        let stacks: Vec<SmolStr> = read.map(|l| l.stack.clone()).collect();
        for stack in stacks {
            after.push(self.wait_step(Awaited { stack, output: Some(output.clone()) }));
        }
    }

    /// What an instance of a data source waits for that reads another stack: all that it reads.
    pub(super) fn wait_for_stack(&mut self, at: (ModuleId, NodeIndex), position: usize, after: &mut Vec<u32>) {
        let Some(linked) = self.linked.get(&at) else { return };
        let stacks = linked.iter().filter(|l| l.position == position).map(|l| l.stack.clone());
        for stack in stacks.collect::<Vec<_>>() {
            after.push(self.wait_step(Awaited { stack, output: None }));
        }
    }

    fn wait_step(&mut self, awaited: Awaited) -> u32 {
        if let Some(step) = self.awaits.get(&awaited) {
            return *step;
        }
        let index = u32::try_from(self.awaited.len()).unwrap_or(u32::MAX);
        let step = self.push(OperationKind::Await(index), Vec::new());
        self.awaited.push(awaited.clone());
        self.awaits.insert(awaited, step);
        step
    }

    /// The steps after which the root module's outputs are what they will be.
    pub(super) fn output_steps(&self) -> BTreeMap<SmolStr, u32> {
        let outputs = self.graph.modules[0].tree.module.outputs.keys();
        let step = |name: &SmolStr| -> Wait {
            let node = self.graph.output(0, name)?;
            self.values.get(&(ModuleId::ROOT, node)).copied()
        };
        outputs.filter_map(|name| Some((name.clone(), step(name)?))).collect()
    }
}
