//! `-target`, `-exclude` and `-replace`: which part of a configuration and of a state is planned.

use std::collections::{HashMap, HashSet};

use petgraph::graph::NodeIndex;
use smol_str::SmolStr;

use crate::config::graph::{ConfigGraph, NodeKind};
use crate::config::module::Mode;
use crate::graph::{
    ConfigAddress, InstanceAddress, InstanceKey, ModuleAddress, ResourceAddress, Target, parse_instance, parse_target,
};
use crate::state::State;
use crate::syntax::Diagnostic;

/// A value of `-target` or `-exclude`, which `word` names in messages: `target`, `exclude`.
///
/// # Errors
/// What is wrong with it.
pub fn target(word: &str, text: &str) -> Result<Target, Diagnostic> {
    parse_target(text).map_err(|problem| Diagnostic::error(format!("Invalid {word} {text:?}"), problem.detail))
}

/// A value of `-replace`.
///
/// # Errors
/// What is wrong with it.
pub fn replacement(text: &str) -> Result<InstanceAddress, Diagnostic> {
    let refuse = |detail: &str| Diagnostic::error(format!("Invalid force-replace address {text:?}"), detail);
    if let Ok(Target::Module(_)) = parse_target(text) {
        return Err(refuse(
            "A resource instance address is required here. The module path must be followed by a resource instance \
             specification.",
        ));
    }
    let address = parse_instance(text).map_err(|problem| refuse(&problem.detail))?;
    if address.resource.resource.mode != Mode::Managed {
        return Err(refuse("Only managed resources can be used with the -replace=... option."));
    }
    Ok(address)
}

/// The warning for a `-replace` that names a resource which has instances, and none of them. `declared` are the keys
/// that it has.
#[must_use]
pub fn incomplete_replacement(forced: &InstanceAddress, declared: &[InstanceKey]) -> Option<Diagnostic> {
    if forced.key != InstanceKey::None || declared.is_empty() || declared.contains(&InstanceKey::None) {
        return None;
    }
    let how = match declared {
        [_] => "To force replacement of the single declared instance, use the following option instead:",
        _ => "To force replacement of particular instances, use one or more of the following options instead:",
    };
    let options: Vec<String> =
        declared.iter().map(|key| format!("\n  -replace={:?}", format!("{}{key}", forced.resource))).collect();
    let detail = format!(
        "Your force-replace request for {forced} doesn't match any resource instances because it lacks an instance \
         key.\n\n{how}{}",
        options.concat()
    );
    Some(Diagnostic::warning("Incompletely-matched force-replace resource instance", detail))
}

/// The warning for a plan with `option` (`-target`, `-exclude`).
#[must_use]
pub fn plan_warning(option: &str) -> Diagnostic {
    let detail = format!(
        "You are creating a plan with the {option} option, which means that the result of this plan may not represent all \
         of the changes requested by the current configuration.\n\nThe {option} option is not for routine use, and is \
         provided only for exceptional situations such as recovering from errors or mistakes, or when Terraform \
         specifically suggests to use it as part of an error message."
    );
    Diagnostic::warning("Resource targeting is in effect", detail)
}

/// The warning after such a plan was applied.
#[must_use]
pub fn apply_warning(option: &str) -> Diagnostic {
    let detail = format!(
        "The plan was created with the {option} option in effect, so some changes requested in the configuration may have \
         been ignored and the output values may not be fully updated. Run the following command to verify that no other \
         changes are pending:\n    terraform plan\n\nNote that the {option} option is not suitable for routine use, and is \
         provided only for exceptional situations such as recovering from errors or mistakes, or when Terraform \
         specifically suggests to use it as part of an error message."
    );
    Diagnostic::warning("Applied changes may be incomplete", detail)
}

/// Which part is planned.
#[derive(Debug, Default)]
pub struct Targeting {
    targets: Vec<Target>,
    excludes: Vec<Target>,
    selection: Selection,
}

#[derive(Debug, Default)]
enum Selection {
    /// Everything.
    #[default]
    All,
    /// Part of a configuration.
    Config {
        /// By node: whether it is needed.
        included: Vec<bool>,
        /// The resources of the configuration.
        resources: HashMap<ConfigAddress, Inclusion>,
    },
    /// Part of what is in state, which is destroyed.
    Destroy(HashSet<InstanceAddress>),
}

/// Which instances of a resource are planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inclusion {
    /// All.
    All,
    /// None.
    None,
    /// Those that targets name and excludes don't.
    Named,
}

impl Targeting {
    /// What a plan that isn't for destruction looks at: what targets name and all that it depends on, without what
    /// excludes name and all that depends on it. `order` has every node after what it depends on.
    #[must_use]
    pub fn new(targets: Vec<Target>, excludes: Vec<Target>, graph: &ConfigGraph<'_>, order: &[NodeIndex]) -> Self {
        if targets.is_empty() && excludes.is_empty() {
            return Targeting::default();
        }
        let excluded = Excluded::new(&excludes, graph, order);
        let mut included = vec![targets.is_empty(); graph.len()];
        let mut named = vec![false; graph.len()];
        for index in order.iter().rev() {
            let i = index.index();
            named[i] = !targets.is_empty() && matches(graph, *index, &targets).next().is_some();
            included[i] |= named[i];
            if included[i] {
                graph.dependencies(*index).for_each(|d| included[d.index()] = true);
            }
        }
        if !targets.is_empty() {
            include_outputs(&mut included, graph, order);
        }
        let mut resources = HashMap::new();
        for index in order {
            let i = index.index();
            included[i] &= !excluded.whole[i];
            if let Some(address) = config_address(graph, *index) {
                let inclusion = match (included[i], named[i] || !excluded.parts[i].is_empty()) {
                    (false, _) => Inclusion::None,
                    (true, false) => Inclusion::All,
                    (true, true) => Inclusion::Named,
                };
                resources.insert(address, inclusion);
            }
        }
        Targeting { targets, excludes, selection: Selection::Config { included, resources } }
    }

    /// What a plan for destruction looks at: what targets name and all that depends on it, without what excludes name
    /// and all that it depends on.
    #[must_use]
    pub fn for_destroy(targets: Vec<Target>, excludes: Vec<Target>, state: &State) -> Self {
        if targets.is_empty() && excludes.is_empty() {
            return Targeting::default();
        }
        let mut named: HashMap<ConfigAddress, HashSet<ModuleAddress>> = HashMap::new();
        let mut kept = HashSet::new();
        for (address, dependencies) in objects(state) {
            if targets.iter().any(|t| t.contains(&address)) {
                named.entry(address.resource.config()).or_default().insert(address.resource.module.clone());
            }
            if excludes.iter().any(|t| t.contains(&address)) {
                kept.extend(dependencies.cloned());
            }
        }
        let included = objects(state).filter_map(|(address, mut dependencies)| {
            let wanted = targets.is_empty()
                || targets.iter().any(|t| t.contains(&address))
                || dependencies.any(|d| named.get(d).is_some_and(|modules| goes_with(&address, d, modules)));
            let unwanted = excludes.iter().any(|t| t.contains(&address)) || kept.contains(&address.resource.config());
            (wanted && !unwanted).then_some(address)
        });
        let included = included.collect();
        Targeting { targets, excludes, selection: Selection::Destroy(included) }
    }

    /// Whether anything is left out.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !matches!(self.selection, Selection::All)
    }

    /// Whether something in the configuration has to be evaluated. Of outputs of the root module those are whose
    /// resources, if they have any, are all planned.
    #[must_use]
    pub fn includes_node(&self, index: NodeIndex) -> bool {
        match &self.selection {
            Selection::All => true,
            Selection::Config { included, .. } => included.get(index.index()).copied().unwrap_or(true),
            Selection::Destroy(_) => false,
        }
    }

    /// Whether an instance is planned, be it in the configuration or only in state.
    #[must_use]
    pub fn includes_instance(&self, address: &InstanceAddress) -> bool {
        let resources = match &self.selection {
            Selection::All => return true,
            Selection::Destroy(included) => return included.contains(address),
            Selection::Config { resources, .. } => resources,
        };
        let targeted = || self.targets.is_empty() || self.targets.iter().any(|t| t.contains(address));
        let excluded = || self.excludes.iter().any(|t| t.contains(address));
        match resources.get(&address.resource.config()) {
            Some(Inclusion::All) => true,
            Some(Inclusion::None) => false,
            Some(Inclusion::Named) => {
                let by_name = self.targets.iter().any(|t| matches_config(t, &address.resource.config()));
                (!by_name || targeted()) && !excluded()
            }
            None => targeted() && !excluded(),
        }
    }

    /// Whether an object of an instance is planned. What depends on an instance doesn't need its deposed objects.
    #[must_use]
    pub fn includes_object(&self, address: &InstanceAddress, deposed: Option<&SmolStr>) -> bool {
        let is_needed = || deposed.is_none() || matches!(self.selection, Selection::Destroy(_));
        let is_named = || self.targets.is_empty() || self.targets.iter().any(|t| t.contains(address));
        self.includes_instance(address) && (is_needed() || is_named())
    }
}

/// The current and deposed objects of a state by their instances, with what they depend on.
fn objects(state: &State) -> impl Iterator<Item = (InstanceAddress, impl Iterator<Item = &ConfigAddress>)> {
    state.resources.iter().flat_map(|(address, resource)| {
        resource.instances.iter().map(|(key, instance)| {
            let objects = instance.current.iter().chain(instance.deposed.values());
            (address.instance(key.clone()), objects.flat_map(|o| o.dependencies.iter()))
        })
    })
}

/// The root module's outputs are planned with the resources that they are made from: if it is made from some, and all
/// of them are.
fn include_outputs(included: &mut [bool], graph: &ConfigGraph<'_>, order: &[NodeIndex]) {
    let mut made_from_some = vec![false; graph.len()];
    let mut made_from_all = vec![true; graph.len()];
    for index in order {
        let i = index.index();
        if let NodeKind::Resource(_) = graph.node(*index).kind {
            (made_from_some[i], made_from_all[i]) = (true, included[i]);
        } else {
            made_from_some[i] = graph.dependencies(*index).any(|d| made_from_some[d.index()]);
            made_from_all[i] = graph.dependencies(*index).all(|d| made_from_all[d.index()]);
        }
    }
    for index in order.iter().rev() {
        let i = index.index();
        let node = graph.node(*index);
        let is_root_output = node.module == 0 && matches!(node.kind, NodeKind::Output(_));
        included[i] |= is_root_output && made_from_some[i] && made_from_all[i];
        if included[i] {
            graph.dependencies(*index).for_each(|d| included[d.index()] = true);
        }
    }
}

/// What excludes take away.
struct Excluded {
    /// By node: nothing of it is left.
    whole: Vec<bool>,
    /// By node: excludes that take some instances away, or taint it through what it depends on.
    parts: Vec<Vec<usize>>,
}

impl Excluded {
    fn new(excludes: &[Target], graph: &ConfigGraph<'_>, order: &[NodeIndex]) -> Self {
        let mut this = Excluded { whole: vec![false; graph.len()], parts: vec![Vec::new(); graph.len()] };
        if excludes.is_empty() {
            return this;
        }
        for index in order {
            let i = index.index();
            let own: Vec<usize> = matches(graph, *index, excludes).collect();
            let mut parts: Vec<usize> = own.iter().copied().filter(|e| !is_whole(&excludes[*e])).collect();
            let mut whole = parts.len() < own.len();
            let node = graph.node(*index);
            let has_effect = match node.kind {
                NodeKind::Resource(_) => true,
                NodeKind::Output(_) => node.module == 0,
                _ => false,
            };
            for dependency in graph.dependencies(*index) {
                whole |= this.whole[dependency.index()];
                for part in &this.parts[dependency.index()] {
                    // The same exclude takes away the same instances of what is beside it in a module.
                    if has_effect && !own.contains(part) {
                        whole = true;
                    } else if !parts.contains(part) {
                        parts.push(*part);
                    }
                }
            }
            this.whole[i] = whole;
            this.parts[i] = parts;
        }
        this
    }
}

/// Whether a target takes all instances of the resources that it names.
fn is_whole(target: &Target) -> bool {
    let fixed = |module: &ModuleAddress| module.steps().iter().all(|step| step.key == InstanceKey::None);
    match target {
        Target::Module(module) => fixed(module),
        Target::Resource(resource) => fixed(&resource.module),
        Target::Instance(_) => false,
    }
}

/// The targets that name a node, if it is a resource: any of its instances.
fn matches(graph: &ConfigGraph<'_>, index: NodeIndex, targets: &[Target]) -> impl Iterator<Item = usize> {
    let address = config_address(graph, index);
    targets.iter().enumerate().filter_map(move |(i, target)| {
        address.as_ref().is_some_and(|address| matches_config(target, address)).then_some(i)
    })
}

fn config_address(graph: &ConfigGraph<'_>, index: NodeIndex) -> Option<ConfigAddress> {
    let node = graph.node(index);
    let NodeKind::Resource(resource) = node.kind else { return None };
    let module = graph.modules[node.module].tree.path.as_slice().into();
    Some(ConfigAddress { module, resource: resource.key.clone() })
}

/// Whether a target names some instance of a resource block.
fn matches_config(target: &Target, address: &ConfigAddress) -> bool {
    let same = |resource: &ResourceAddress| {
        same_calls(&resource.module, &address.module) && resource.resource == address.resource
    };
    match target {
        Target::Module(module) => {
            let depth = module.steps().len();
            address.module.len() >= depth && same_calls(module, &address.module[..depth])
        }
        Target::Resource(resource) => same(resource),
        Target::Instance(instance) => same(&instance.resource),
    }
}

fn same_calls(module: &ModuleAddress, path: &[SmolStr]) -> bool {
    module.steps().len() == path.len() && module.steps().iter().zip(path).all(|(step, name)| step.name == *name)
}

/// Whether an object goes where what it was made from goes, in these instances of its module. Instances of one module
/// have nothing to do with each other.
fn goes_with(address: &InstanceAddress, dependency: &ConfigAddress, modules: &HashSet<ModuleAddress>) -> bool {
    address.resource.config().module != dependency.module || modules.contains(&address.resource.module)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::config::load::load;
    use crate::config::validate::schema_of;
    use crate::providers::ProviderConfigAddress;
    use crate::state::{InstanceState, ObjectState, ObjectStatus, ResourceState};

    const ROOT: &str = r#"
module "m" {
  source   = "./m"
  for_each = toset(["a", "b"])
  v        = local.l
}
locals {
  l = terraform_data.pre.id
}
resource "terraform_data" "pre" {}
resource "terraform_data" "i" {
  count = 3
}
resource "terraform_data" "j" {
  input = terraform_data.i[1].id
}
resource "terraform_data" "k" {
  input = module.m["a"].o
}
resource "terraform_data" "dep" {
  depends_on = [module.m]
}
output "j" {
  value = terraform_data.j.id
}
output "i0" {
  value = terraform_data.i[0].id
}
output "const" {
  value = 1
}
output "kj" {
  value = "${terraform_data.k.id}${terraform_data.j.id}"
}
output "mo" {
  value = module.m["a"].o
}
output "loc" {
  value = local.l
}
"#;

    const MODULE: &str = r#"
variable "v" {}
resource "terraform_data" "r" {
  count = 2
  input = var.v
}
resource "terraform_data" "s" {}
output "o" {
  value = terraform_data.s.id
}
output "p" {
  value = terraform_data.r[0].id
}
"#;

    /// Instances of the configuration, and some that are only in state.
    const INSTANCES: &[&str] = &[
        "pre",
        "i[0]",
        "i[1]",
        "i[2]",
        "i[9]",
        "j",
        "k",
        "dep",
        "gone",
        "module.m[\"a\"].r[0]",
        "module.m[\"a\"].r[1]",
        "module.m[\"a\"].s",
        "module.m[\"b\"].r[0]",
        "module.m[\"b\"].r[1]",
        "module.m[\"b\"].s",
        "module.old.s",
    ];

    /// With the type that is left out above and below.
    fn full(address: &str) -> String {
        if address.ends_with(']') && !address.contains("].") && address.starts_with("module.") {
            return address.to_owned();
        }
        match address.rfind("].").map(|i| i + 2).or_else(|| address.strip_prefix("module.old.").map(|_| 11)) {
            Some(at) => format!("{}terraform_data.{}", &address[..at], &address[at..]),
            None if address.starts_with("module.") => address.to_owned(),
            None => format!("terraform_data.{address}"),
        }
    }

    fn targets(texts: &str) -> Vec<Target> {
        texts.split_whitespace().map(|text| target("target", &full(text)).unwrap()).collect()
    }

    fn shown(targeting: &Targeting) -> String {
        let included = INSTANCES.iter().filter(|i| targeting.includes_instance(&parse_instance(&full(i)).unwrap()));
        included.copied().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn parts_of_a_configuration() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("m")).unwrap();
        fs::write(dir.path().join("main.tf"), ROOT).unwrap();
        fs::write(dir.path().join("m/main.tf"), MODULE).unwrap();
        let loaded = load(dir.path());
        let graph = ConfigGraph::new(loaded.tree.as_ref().unwrap(), &schema_of);
        let order = graph.order(&loaded.sources).unwrap();
        let a = "module.m[\"a\"].r[0] module.m[\"a\"].r[1] module.m[\"a\"].s";
        let b = a.replace("\"a\"", "\"b\"");
        let both = format!("{a} {b}");
        let i = "i[0] i[1] i[2] i[9]";
        let table: &[(&str, &str, String, &str)] = &[
            ("", "", INSTANCES.join(" "), "j i0 const kj mo loc"),
            ("j", "", format!("{i} j"), "j i0"),
            ("i[0]", "", "i[0]".into(), "i0"),
            ("i[0] j", "", "i[0] j".into(), "j i0"),
            ("i", "", i.into(), "i0"),
            ("k", "", "k module.m[\"a\"].s module.m[\"b\"].s".into(), "mo"),
            ("k j", "", format!("{i} j k module.m[\"a\"].s module.m[\"b\"].s"), "j i0 kj mo"),
            ("module.m", "", format!("pre {both}"), "mo loc"),
            ("module.m[\"a\"]", "", format!("pre {a}"), "mo loc"),
            ("module.m[\"a\"].r[0]", "", "pre module.m[\"a\"].r[0]".into(), "loc"),
            ("pre", "", "pre".into(), "loc"),
            ("dep", "", format!("pre dep {both}"), "mo loc"),
            ("nosuch", "", String::new(), ""),
            ("gone", "", "gone".into(), ""),
            ("module.old", "", "module.old.s".into(), ""),
            ("", "j", INSTANCES.join(" ").replace("j ", ""), "i0 const mo loc"),
            ("", "i[1]", INSTANCES.join(" ").replace("i[1] ", "").replace("j ", ""), "const mo loc"),
            ("", "pre", format!("{i} j k gone module.m[\"a\"].s module.m[\"b\"].s module.old.s"), "j i0 const kj mo"),
            ("", "module.m[\"a\"]", format!("pre {i} j gone {b} module.old.s"), "j i0 const loc"),
            ("", "gone module.old", format!("pre {i} j k dep {both}"), "j i0 const kj mo loc"),
            ("j k", "i", "k module.m[\"a\"].s module.m[\"b\"].s".into(), "mo"),
        ];
        for (wanted, unwanted, instances, outputs) in table {
            let targeting = Targeting::new(targets(wanted), targets(unwanted), &graph, &order);
            assert_eq!(shown(&targeting), *instances, "{wanted} / {unwanted}");
            let names = ["j", "i0", "const", "kj", "mo", "loc"];
            let included = names.into_iter().filter(|n| targeting.includes_node(graph.output(0, n).unwrap()));
            assert_eq!(included.collect::<Vec<_>>().join(" "), *outputs, "{wanted} / {unwanted}");
        }
    }

    #[test]
    fn parts_of_a_state() {
        let mut state = State::default();
        for (address, dependencies) in [
            ("pre", ""),
            ("i[0]", ""),
            ("i[1]", ""),
            ("j", "i"),
            ("gone", "i j"),
            ("module.m[\"a\"].s", ""),
            ("module.m[\"b\"].s", ""),
            ("k", "module.m[\"a\"].s"),
        ] {
            let address = parse_instance(&full(address)).unwrap();
            let dependencies = dependencies.split_whitespace();
            let object = ObjectState {
                status: ObjectStatus::Ready,
                schema_version: 0,
                attributes: "{}".into(),
                sensitive: Arc::default(),
                private: None,
                dependencies: dependencies.map(|d| parse_instance(&full(d)).unwrap().resource.config()).collect(),
                create_before_destroy: false,
            };
            let provider = ProviderConfigAddress::root("terraform.io/builtin/terraform");
            let resource = state
                .resources
                .entry(address.resource)
                .or_insert_with(|| ResourceState { provider, instances: BTreeMap::new() });
            let instance = InstanceState { current: Some(Arc::new(object)), deposed: BTreeMap::new() };
            resource.instances.insert(address.key, instance);
        }
        let all = "pre i[0] i[1] j k gone module.m[\"a\"].s module.m[\"b\"].s";
        for (wanted, unwanted, instances) in [
            ("pre", "", "pre"),
            ("i[0]", "", "i[0] j gone"),
            ("j", "", "j gone"),
            ("module.m[\"a\"]", "", "k module.m[\"a\"].s"),
            ("module.m", "", "k module.m[\"a\"].s module.m[\"b\"].s"),
            ("nosuch", "", ""),
            ("", "nosuch", all),
            ("", "j", "pre k gone module.m[\"a\"].s module.m[\"b\"].s"),
            ("i", "gone", ""),
        ] {
            let targeting = Targeting::for_destroy(targets(wanted), targets(unwanted), &state);
            assert_eq!(shown(&targeting), instances, "{wanted} / {unwanted}");
        }
    }

    #[test]
    fn options() {
        let problem = target("target", "foo").unwrap_err();
        assert_eq!(problem.summary, "Invalid target \"foo\"");
        for (text, wanted) in [
            ("foo", "Resource specification must include a resource type and name."),
            ("module.m", "A resource instance address is required here."),
            ("data.foo.bar", "Only managed resources can be used with the -replace=... option."),
        ] {
            let problem = replacement(text).unwrap_err();
            assert_eq!(problem.summary, format!("Invalid force-replace address {text:?}"));
            assert!(problem.detail.starts_with(wanted), "{text}: {}", problem.detail);
        }
        let forced = replacement("module.m.t.a").unwrap();
        assert!(incomplete_replacement(&forced, &[]).is_none());
        assert!(incomplete_replacement(&forced, &[InstanceKey::None]).is_none());
        let one = incomplete_replacement(&forced, &[InstanceKey::Name("x".into())]).unwrap();
        assert!(one.detail.ends_with("option instead:\n  -replace=\"module.m.t.a[\\\"x\\\"]\""), "{}", one.detail);
        let two = incomplete_replacement(&forced, &[InstanceKey::Index(0), InstanceKey::Index(1)]).unwrap();
        assert!(two.detail.ends_with("\n  -replace=\"module.m.t.a[0]\"\n  -replace=\"module.m.t.a[1]\""));
        assert!(incomplete_replacement(&replacement("t.a[7]").unwrap(), &[InstanceKey::Index(0)]).is_none());
    }
}
