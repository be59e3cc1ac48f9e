//! Moves made: state rewritten.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use smol_str::SmolStr;

use super::Statement;
use super::endpoint::{Endpoint, Key, Movable};
use crate::config::module::ResourceKey;
use crate::graph::{InstanceAddress, InstanceKey, ModuleAddress, ModuleStep, ResourceAddress};
use crate::state::{ResourceState, State};
use crate::syntax::Diagnostic;

/// What became of moves.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    /// Where each instance that was moved had been before all moves.
    pub previous: HashMap<InstanceAddress, InstanceAddress>,
    /// What could not be moved, and where to, because something is there already.
    pub blocked: Vec<(Movable, Movable)>,
}

impl Moves {
    /// The warning about what could not be moved.
    #[must_use]
    pub fn warning(&self) -> Option<Diagnostic> {
        if self.blocked.is_empty() {
            return None;
        }
        let mut blocked = self.blocked.clone();
        blocked.sort_by(|(a, _), (b, _)| a.depth().cmp(&b.depth()).then_with(|| a.cmp(b)));
        let lines: Vec<String> =
            blocked.iter().map(|(from, to)| format!("\n  - {from} could not move to {to}")).collect();
        let detail = format!(
            "Terraform tried to adjust resource instance addresses in the prior state based on change information \
             recorded in the configuration, but some adjustments did not succeed due to existing objects already at the \
             intended addresses:{}\n\nTerraform has planned to destroy these objects. If Terraform's proposed changes \
             aren't appropriate, you must first resolve the conflicts using the \"terraform state\" subcommands and then \
             create a new plan.",
            lines.concat()
        );
        Some(Diagnostic::warning("Unresolved resource instance address changes", detail))
    }

    /// The error for a plan that leaves out one end of a move, by the option `option` (`-target`).
    #[must_use]
    pub fn excluded(&self, option: &str, includes: &dyn Fn(&InstanceAddress) -> bool) -> Option<Diagnostic> {
        let ends = self.previous.iter().flat_map(|(to, from)| [to, from]);
        let left_out: BTreeSet<&ResourceAddress> = ends.filter(|a| !includes(a)).map(|a| &*a.resource).collect();
        if left_out.is_empty() {
            return None;
        }
        let summary = "Moved resource instances excluded by targeting";
        let before = format!(
            "Resource instances in your current state have moved to new addresses in the latest configuration. Terraform \
             must include those resource instances while planning in order to ensure a correct result, but your \
             {option}=... options do not fully cover all of those resource instances."
        );
        if option != "-target" {
            let lines: Vec<String> = left_out.iter().map(|a| format!("\n  {a}")).collect();
            let detail = format!(
                "{before}\n\nTo create a valid plan, remove or narrow your {option}=... options so that they leave these \
                 in:{}",
                lines.concat()
            );
            return Some(Diagnostic::error(summary, detail));
        }
        let lines: Vec<String> = left_out.iter().map(|a| format!("\n  -target={:?}", a.to_string())).collect();
        let detail = format!(
            "{before}\n\nTo create a valid plan, either remove your -target=... options altogether or add the following \
             additional target options:{}\n\nNote that adding these options may include further additional resource \
             instances in your plan, in order to respect object dependencies.",
            lines.concat()
        );
        Some(Diagnostic::error(summary, detail))
    }

    /// Takes note that an instance has moved.
    fn moved(&mut self, from: InstanceAddress, to: InstanceAddress) {
        let origin = self.previous.remove(&from).unwrap_or(from);
        if origin != to {
            self.previous.insert(to, origin);
        }
    }
}

/// Makes moves, which must be [in order](super::in_order).
pub fn apply_moves(statements: &[Statement], state: &mut State) -> Moves {
    let mut moves = Moves::default();
    if statements.is_empty() {
        return moves;
    }
    let mut modules = Modules::new(std::mem::take(&mut state.resources));
    for statement in statements {
        match (&statement.from.resource, &statement.to.resource) {
            (Some((from, from_key)), Some((to, to_key))) => {
                let ends = (from, from_key, to, to_key);
                modules.move_resource(statement, ends, &mut moves);
            }
            _ => modules.move_modules(statement, &mut moves),
        }
    }
    state.resources = modules.into_resources();
    moves
}

type Resources = BTreeMap<ResourceKey, (Arc<ResourceAddress>, ResourceState)>;

/// The resources of a state by the names of the calls that lead to their modules, then by the modules' instances.
struct Modules(BTreeMap<Vec<SmolStr>, BTreeMap<ModuleAddress, Resources>>);

impl Modules {
    fn new(resources: BTreeMap<Arc<ResourceAddress>, ResourceState>) -> Modules {
        let mut modules: BTreeMap<Vec<SmolStr>, BTreeMap<ModuleAddress, Resources>> = BTreeMap::new();
        for (address, resource) in resources {
            let instances = modules.entry(address.module.path()).or_default();
            let contents = instances.entry(address.module.clone()).or_default();
            contents.insert(address.resource.clone(), (address, resource));
        }
        Modules(modules)
    }

    fn into_resources(self) -> BTreeMap<Arc<ResourceAddress>, ResourceState> {
        self.0.into_values().flat_map(BTreeMap::into_values).flat_map(BTreeMap::into_values).collect()
    }

    fn module(&mut self, address: &ModuleAddress) -> Option<&mut Resources> {
        self.0.get_mut(&address.path())?.get_mut(address)
    }

    fn resource(
        &mut self,
        module: &ModuleAddress,
        key: &ResourceKey,
    ) -> Option<&mut (Arc<ResourceAddress>, ResourceState)> {
        self.module(module)?.get_mut(key)
    }

    fn insert(&mut self, address: Arc<ResourceAddress>, resource: ResourceState) {
        let instances = self.0.entry(address.module.path()).or_default();
        let contents = instances.entry(address.module.clone()).or_default();
        contents.insert(address.resource.clone(), (address, resource));
    }

    fn take_module(&mut self, address: &ModuleAddress) -> Resources {
        self.0.get_mut(&address.path()).and_then(|instances| instances.remove(address)).unwrap_or_default()
    }

    fn take_resource(&mut self, module: &ModuleAddress, key: &ResourceKey) -> Option<ResourceState> {
        let contents = self.module(module)?;
        let (_, taken) = contents.remove(key)?;
        if contents.is_empty() {
            self.take_module(module);
        }
        Some(taken)
    }

    /// Moves modules, with the modules in them.
    fn move_modules(&mut self, statement: &Statement, moves: &mut Moves) {
        let path = statement.from.path();
        let within = self.0.range(path.clone()..).take_while(|(p, _)| p.starts_with(&path));
        let found: Vec<ModuleAddress> =
            within.flat_map(|(_, instances)| matching(instances, &statement.from)).collect();
        for from in found {
            let to = rebase(statement, &from);
            if from == to {
                continue;
            }
            if self.module(&to).is_some() {
                moves.blocked.push((Movable::Module(from), Movable::Module(to)));
                continue;
            }
            for (key, (old, resource)) in self.take_module(&from) {
                let new = Arc::new(ResourceAddress { module: to.clone(), resource: key });
                for instance in resource.instances.keys() {
                    moves.moved(old.instance(instance.clone()), new.instance(instance.clone()));
                }
                self.insert(new, resource);
            }
        }
    }

    /// Moves a resource or one instance of it, in all instances of its module.
    fn move_resource(
        &mut self,
        statement: &Statement,
        (from_key, from_instance, to_key, to_instance): (&ResourceKey, &Key, &ResourceKey, &Key),
        moves: &mut Moves,
    ) {
        let Some(instances) = self.0.get(&statement.from.path()) else { return };
        let found: Vec<ModuleAddress> =
            matching(instances, &statement.from).filter(|m| instances[m].contains_key(from_key)).collect();
        for from in found {
            let to = rebase(statement, &from);
            match (from_instance, to_instance) {
                (Key::Is(a), Key::Is(b)) => self.move_instance((&from, from_key, a), (&to, to_key, b), moves),
                _ => self.move_all_instances((&from, from_key), (&to, to_key), moves),
            }
        }
    }

    fn move_all_instances(
        &mut self,
        from: (&ModuleAddress, &ResourceKey),
        to: (&ModuleAddress, &ResourceKey),
        moves: &mut Moves,
    ) {
        if from == to {
            return;
        }
        let old = address(from);
        let new = address(to);
        if self.resource(to.0, to.1).is_some() {
            moves.blocked.push((Movable::Resource(old), Movable::Resource(new)));
        } else if let Some(resource) = self.take_resource(from.0, from.1) {
            for instance in resource.instances.keys() {
                moves.moved(old.instance(instance.clone()), new.instance(instance.clone()));
            }
            self.insert(new, resource);
        }
    }

    fn move_instance(
        &mut self,
        from: (&ModuleAddress, &ResourceKey, &InstanceKey),
        to: (&ModuleAddress, &ResourceKey, &InstanceKey),
        moves: &mut Moves,
    ) {
        if from == to {
            return;
        }
        let occupied = self.resource(to.0, to.1).is_some_and(|(_, resource)| resource.instances.contains_key(to.2));
        let Some((old, resource)) = self.resource(from.0, from.1) else { return };
        if !resource.instances.contains_key(from.2) {
            return;
        }
        let old = old.instance(from.2.clone());
        let new = address((to.0, to.1)).instance(to.2.clone());
        if occupied {
            moves.blocked.push((Movable::Instance(old), Movable::Instance(new)));
            return;
        }
        let provider = resource.provider.clone();
        let Some(instance) = resource.instances.remove(from.2) else { return };
        if resource.instances.is_empty() {
            self.take_resource(from.0, from.1);
        }
        match self.resource(to.0, to.1) {
            Some((_, resource)) => {
                resource.instances.insert(to.2.clone(), instance);
            }
            None => {
                let instances = BTreeMap::from([(to.2.clone(), instance)]);
                self.insert(Arc::clone(&new.resource), ResourceState { provider, instances });
            }
        }
        moves.moved(old, new);
    }
}

fn address((module, resource): (&ModuleAddress, &ResourceKey)) -> Arc<ResourceAddress> {
    Arc::new(ResourceAddress { module: module.clone(), resource: resource.clone() })
}

/// The module instances of one path that an endpoint's calls match.
fn matching<'m>(
    instances: &'m BTreeMap<ModuleAddress, Resources>,
    end: &'m Endpoint,
) -> impl Iterator<Item = ModuleAddress> + 'm {
    let depth = instances.keys().next().map_or(0, |m| m.steps().len());
    let fixed: Vec<ModuleStep> = end
        .modules
        .iter()
        .map_while(|(name, key)| match key {
            Key::Is(key) => Some(ModuleStep { name: name.clone(), key: key.clone() }),
            Key::Any => None,
        })
        .collect();
    let mut first = fixed.clone();
    first.resize(depth.max(fixed.len()), ModuleStep { name: SmolStr::default(), key: InstanceKey::None });
    let range = instances.range(ModuleAddress::new(first)..).map(|(module, _)| module);
    range
        .take_while(move |module| module.steps().starts_with(&fixed))
        .filter(|module| end.matches_module(module))
        .cloned()
}

/// Where a module is after a move: below the end of the statement, with the keys that it has where that leaves them open.
fn rebase(statement: &Statement, module: &ModuleAddress) -> ModuleAddress {
    let mut steps = Vec::with_capacity(module.steps().len());
    let mut keys = statement.from.modules.iter().zip(module.steps());
    // Open keys are those of the outer calls, which both ends share, and of a call that moves as a whole.
    let outer: Vec<&InstanceKey> = module.steps().iter().take(statement.to.outside).map(|s| &s.key).collect();
    let last_open = keys.next_back().filter(|((_, key), _)| *key == Key::Any).map(|(_, step)| step.key.clone());
    for (i, (name, key)) in statement.to.modules.iter().enumerate() {
        let key = match key {
            Key::Is(key) => key.clone(),
            Key::Any if i < outer.len() => outer[i].clone(),
            Key::Any => last_open.clone().unwrap_or_default(),
        };
        steps.push(ModuleStep { name: name.clone(), key });
    }
    steps.extend(module.steps().iter().skip(statement.from.modules.len()).cloned());
    ModuleAddress::new(steps)
}
