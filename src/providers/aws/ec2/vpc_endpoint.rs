//! `aws_vpc_endpoint`: a way from a VPC to a service that doesn't leave AWS.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::operation::modify_vpc_endpoint::builders::ModifyVpcEndpointFluentBuilder;
use aws_sdk_ec2::types as sdk;
use futures_util::future::{join_all, try_join_all};
use smol_str::SmolStr;

use super::network_interface::NETWORK_INTERFACES;
use super::{VALUES, check_all_done, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::{Type, Value};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::policy::{self, Form};
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType, Timeouts};
use crate::providers::aws::shape::{
    computed, id, list_block, object_of, optional, optional_computed, required, schema, set_block, string_set, strings,
    tags, tags_all, timeouts,
};
use crate::providers::aws::wait::{Progress, wait_for};
use crate::schema::Schema;

/// The resource type `aws_vpc_endpoint`.
pub struct VpcEndpoint;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let entry = object_of([("dns_name", Type::String), ("hosted_zone_id", Type::String)]);
    schema(
        0,
        [
            computed("arn", Type::String),
            optional("auto_accept", Type::Bool),
            computed("cidr_blocks", strings()),
            computed("dns_entry", Type::list(entry)),
            list_block(
                "dns_options",
                [
                    optional_computed("dns_record_ip_type", Type::String),
                    optional("private_dns_only_for_inbound_resolver_endpoint", Type::Bool),
                ],
            )
            .max(1)
            .computed(),
            id(),
            optional_computed("ip_address_type", Type::String).normalise(lower_case),
            computed("network_interface_ids", string_set()),
            computed("owner_id", Type::String),
            optional_computed("policy", Type::String).normalise(policy::meaning),
            computed("prefix_list_id", Type::String),
            optional_computed("private_dns_enabled", Type::Bool),
            computed("requester_managed", Type::Bool),
            optional("resource_configuration_arn", Type::String).force_new(),
            optional_computed("route_table_ids", string_set()),
            optional_computed("security_group_ids", string_set()),
            optional("service_name", Type::String).force_new(),
            optional("service_network_arn", Type::String).force_new(),
            optional_computed("service_region", Type::String).force_new(),
            computed("state", Type::String),
            set_block(
                "subnet_configuration",
                [optional("ipv4", Type::String), optional("ipv6", Type::String), optional("subnet_id", Type::String)],
            )
            .computed(),
            optional_computed("subnet_ids", string_set()),
            tags(),
            tags_all(),
            timeouts(&["create", "delete", "update"]),
            optional("vpc_endpoint_type", Type::String).force_new().default("Gateway"),
            required("vpc_id", Type::String).force_new(),
        ],
    )
});

fn lower_case(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |s| Value::string(s.to_lowercase()))
}

/// Endpoints by id.
static ENDPOINTS: Batch<sdk::VpcEndpoint> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::VpcEndpoint>> {
    let all = match by_ids(&aws, &ids).await {
        // One that is missing is enough for all to be refused.
        Err(failure) if failure.is_not_found() => {
            let each = join_all(ids.iter().map(|id| by_ids(&aws, std::slice::from_ref(id)))).await;
            let found = each.into_iter().filter(|one| !matches!(one, Err(failure) if failure.is_not_found()));
            found.collect::<Outcome<Vec<_>>>()?.into_iter().flatten().collect()
        }
        outcome => outcome?,
    };
    Ok(all.into_iter().filter_map(|e| Some((e.vpc_endpoint_id.as_deref()?.into(), e))).collect())
}

/// Emulators don't know the filter by id.
async fn by_ids(aws: &Aws, ids: &[SmolStr]) -> Outcome<Vec<sdk::VpcEndpoint>> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let send =
        |token| aws.ec2.describe_vpc_endpoints().set_vpc_endpoint_ids(Some(ids.clone())).set_next_token(token).send();
    aws.pages("ec2:DescribeVpcEndpoints", send, |page| (page.vpc_endpoints, page.next_token)).await
}

/// The address ranges of services, by the service's name.
static PREFIX_LISTS: Batch<sdk::PrefixList> =
    Batch { size: VALUES, fetch: |aws, ids| Box::pin(prefix_lists(aws, ids)) };

async fn prefix_lists(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<sdk::PrefixList>> {
    let filters = [filter_keys("prefix-list-name", &names)];
    let send = |token| aws.ec2.describe_prefix_lists().set_filters(Some(filters.to_vec())).set_next_token(token).send();
    let lists = aws.pages("ec2:DescribePrefixLists", send, |page| (page.prefix_lists, page.next_token)).await?;
    Ok(lists.into_iter().filter_map(|l| Some((l.prefix_list_name.as_deref()?.into(), l))).collect())
}

/// How far an endpoint is, in lower case: services write it one way, the documentation another.
fn state_of(endpoint: &sdk::VpcEndpoint) -> String {
    endpoint.state.as_ref().map(|s| s.as_str().to_lowercase()).unwrap_or_default()
}

async fn find(aws: &Aws, id: &str) -> Outcome<Option<sdk::VpcEndpoint>> {
    Ok(aws.load(&ENDPOINTS, id).await?.filter(|e| state_of(e) != "deleted"))
}

async fn wait_until(aws: &Aws, id: &str, operation: &Operation, goals: &[&str]) -> Outcome<()> {
    wait_for(&format!("VPC endpoint {id}"), operation.timeout, || async {
        let Some(endpoint) = aws.load(&ENDPOINTS, id).await? else { return Ok(Progress::Pending("missing".into())) };
        let state = state_of(&endpoint);
        Ok(match state.as_str() {
            state if goals.contains(&state) => Progress::Done(()),
            "failed" | "rejected" | "expired" | "deleted" => {
                let reason = endpoint.last_error.and_then(|e| e.message).or(endpoint.failure_reason);
                Progress::Failed(format!("it is {state}: {}", reason.unwrap_or_default()))
            }
            _ => Progress::Pending(state),
        })
    })
    .await
}

/// Accepts an endpoint on the side of its service, if that is wanted and needed.
async fn accept(aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
    let id = object.id();
    if !object.is("auto_accept") || find(aws, id).await?.is_none_or(|e| state_of(&e) != "pendingacceptance") {
        return Ok(());
    }
    let service = object.str("service_name");
    let send = || aws.ec2.describe_vpc_endpoint_services().service_names(service).send();
    let services = aws.call("ec2:DescribeVpcEndpointServices", send).await?.service_details.unwrap_or_default();
    let service = services.into_iter().find_map(|s| s.service_id).unwrap_or_default();
    let send = || aws.ec2.accept_vpc_endpoint_connections().service_id(&service).vpc_endpoint_ids(id).send();
    let api = "ec2:AcceptVpcEndpointConnections";
    check_all_done(api, aws.call(api, send).await?.unsuccessful)?;
    wait_until(aws, id, operation, &["available"]).await
}

/// The DNS options. That for resolver endpoints only exists where a service has gateways and interfaces, as S3 does.
fn dns_options(object: &Object) -> Option<sdk::DnsOptionsSpecification> {
    let options = object.block_at("dns_options")?;
    let service = object.str("service_name");
    let is_s3 = service.starts_with("com.amazonaws.") && service.ends_with(".s3") && service.split('.').count() == 4;
    let is_both = is_s3 && object.str("vpc_endpoint_type") == "Interface";
    let only = "private_dns_only_for_inbound_resolver_endpoint";
    Some(
        sdk::DnsOptionsSpecification::builder()
            .set_dns_record_ip_type(options.text("dns_record_ip_type").map(|t| t.as_str().into()))
            .set_private_dns_only_for_inbound_resolver_endpoint(is_both.then(|| options.is(only)))
            .build(),
    )
}

fn subnet_configurations(object: &Object) -> Option<Vec<sdk::SubnetConfiguration>> {
    let one = |block: Object| {
        sdk::SubnetConfiguration::builder()
            .set_ipv4(block.text("ipv4"))
            .set_ipv6(block.text("ipv6"))
            .set_subnet_id(block.text("subnet_id"))
            .build()
    };
    Some(object.blocks("subnet_configuration").into_iter().map(one).collect()).filter(|c: &Vec<_>| !c.is_empty())
}

fn policy_of(object: &Object) -> Option<String> {
    object.text("policy").map(|text| policy::write(&text, Form::Sorted))
}

const CHECKS: Checks = &[
    ("dns_options.dns_record_ip_type", Check::Word(&["ipv4", "dualstack", "ipv6", "service-defined"])),
    ("ip_address_type", Check::OneOf(&["ipv4", "dualstack", "ipv6"])),
    ("policy", Check::Text(policy::json_problems)),
    ("service_name resource_configuration_arn service_network_arn", Check::Exclusive),
    ("resource_configuration_arn service_network_arn", Check::Arn),
    ("vpc_endpoint_type", Check::OneOf(&["Interface", "Gateway", "GatewayLoadBalancer", "Resource", "ServiceNetwork"])),
];

#[async_trait]
impl ResourceType for VpcEndpoint {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts { create: 10, update: 10, delete: 10, ..Timeouts::default() }
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        policy::plan(plan.planned, plan.prior, "policy", Form::Sorted);
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(endpoint) = find(aws, &id).await? else { return Ok(Presence::Gone) };
        read_service(aws, object, endpoint.service_name.as_deref()).await?;
        let interfaces = endpoint.network_interface_ids.clone().unwrap_or_default();
        let subnets = try_join_all(interfaces.iter().map(|id| subnet_of(aws, id))).await?;
        object.set("subnet_configuration", subnets.into_iter().flatten().collect::<Vec<_>>());
        let text = endpoint.policy_document.as_deref().unwrap_or_default();
        object.set("policy", policy::kept(object.str("policy"), text, Form::Sorted));
        read_endpoint(aws, object, endpoint);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let request = aws
            .ec2
            .create_vpc_endpoint()
            .client_token(operation.token.as_str())
            .vpc_id(object.str("vpc_id"))
            .vpc_endpoint_type(object.str("vpc_endpoint_type").into())
            .private_dns_enabled(object.is("private_dns_enabled"))
            .set_dns_options(dns_options(object))
            .set_ip_address_type(object.text("ip_address_type").map(|t| t.as_str().into()))
            .set_policy_document(policy_of(object))
            .set_resource_configuration_arn(object.text("resource_configuration_arn"))
            .set_route_table_ids(object.some_texts("route_table_ids"))
            .set_security_group_ids(object.some_texts("security_group_ids"))
            .set_service_name(object.text("service_name"))
            .set_service_network_arn(object.text("service_network_arn"))
            .set_service_region(object.text("service_region"))
            .set_subnet_configurations(subnet_configurations(object))
            .set_subnet_ids(object.some_texts("subnet_ids"))
            .tag_specifications(tag_specification(sdk::ResourceType::VpcEndpoint, object, operation));
        let made = aws.call("ec2:CreateVpcEndpoint", || request.clone().send()).await?;
        let id = made.vpc_endpoint.and_then(|e| e.vpc_endpoint_id).unwrap_or_default();
        object.set("id", &id);
        aws.note_intent(&id);
        wait_until(aws, &id, operation, &["available", "pendingacceptance"]).await?;
        accept(aws, object, operation).await
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, operation: &Operation) -> Outcome<()> {
        let id = object.id().to_string();
        if object.differs(prior, "auto_accept") {
            accept(aws, object, operation).await?;
        }
        if let Some(request) = modification(aws, object, prior) {
            aws.call("ec2:ModifyVpcEndpoint", || request.clone().send()).await?;
            wait_until(aws, &id, operation, &["available", "pendingacceptance"]).await?;
        }
        update_tags(aws, &id, object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, operation: &Operation) -> Outcome<()> {
        let (id, api) = (object.id(), "ec2:DeleteVpcEndpoints");
        let answer = aws.call(api, || aws.ec2.delete_vpc_endpoints().vpc_endpoint_ids(id).send()).await;
        match answer.and_then(|a| check_all_done(api, a.unsuccessful)) {
            Err(failure) if failure.is_not_found() => return Ok(()),
            outcome => outcome?,
        }
        wait_for(&format!("VPC endpoint {id}"), operation.timeout, || async {
            Ok(find(aws, id).await?.map_or(Progress::Done(()), |e| Progress::Pending(state_of(&e))))
        })
        .await
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::VpcEndpoint, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", &id);
        wait_until(aws, &id, operation, &["available", "pendingacceptance"]).await?;
        accept(aws, object, operation).await?;
        Ok(Presence::Found)
    }
}

/// The request for what differs; none if nothing does.
fn modification(aws: &Aws, object: &Object, prior: &Object) -> Option<ModifyVpcEndpointFluentBuilder> {
    let differs = |name| object.has(name) && object.differs(prior, name);
    let names = [
        "dns_options",
        "ip_address_type",
        "policy",
        "private_dns_enabled",
        "route_table_ids",
        "security_group_ids",
        "subnet_configuration",
        "subnet_ids",
    ];
    if !names.into_iter().any(differs) {
        return None;
    }
    let (add_tables, remove_tables) = added_and_removed(object, prior, "route_table_ids");
    let (add_groups, remove_groups) = added_and_removed(object, prior, "security_group_ids");
    let (add_subnets, remove_subnets) = added_and_removed(object, prior, "subnet_ids");
    // With private DNS go its options.
    let has_dns = differs("dns_options") || (differs("private_dns_enabled") && object.is("private_dns_enabled"));
    let is_other_policy = differs("policy") && !policy::is_same(prior.str("policy"), object.str("policy"));
    let policy = policy_of(object).filter(|_| is_other_policy);
    let request = aws
        .ec2
        .modify_vpc_endpoint()
        .vpc_endpoint_id(object.id())
        .set_dns_options(dns_options(object).filter(|_| has_dns))
        .set_ip_address_type(differs("ip_address_type").then(|| object.str("ip_address_type").into()))
        .set_private_dns_enabled(object.bool("private_dns_enabled").filter(|_| differs("private_dns_enabled")))
        .set_reset_policy((is_other_policy && policy.is_none()).then_some(true))
        .set_policy_document(policy)
        .set_subnet_configurations(subnet_configurations(object).filter(|_| differs("subnet_configuration")))
        .set_add_route_table_ids(add_tables)
        .set_remove_route_table_ids(remove_tables)
        .set_add_security_group_ids(add_groups)
        .set_remove_security_group_ids(remove_groups)
        .set_add_subnet_ids(add_subnets)
        .set_remove_subnet_ids(remove_subnets);
    Some(request)
}

/// What is in a set now that wasn't before, and the other way round.
fn added_and_removed(object: &Object, prior: &Object, name: &str) -> (Option<Vec<String>>, Option<Vec<String>>) {
    if !object.has(name) {
        return (None, None);
    }
    let (now, before) = (object.texts(name), prior.texts(name));
    let without = |all: &[String], some: &[String]| {
        let rest: Vec<String> = all.iter().filter(|id| !some.contains(id)).cloned().collect();
        Some(rest).filter(|rest| !rest.is_empty())
    };
    (without(&now, &before), without(&before, &now))
}

/// The service's name and address ranges.
async fn read_service(aws: &Aws, object: &mut Object, name: Option<&str>) -> Outcome<()> {
    let list = match name {
        Some(name) => aws.load(&PREFIX_LISTS, name).await?,
        None => None,
    };
    object.set("service_name", name);
    object.set("cidr_blocks", list.as_ref().and_then(|l| l.cidrs.clone()));
    if let Some(list) = list {
        object.set("prefix_list_id", list.prefix_list_id);
    }
    Ok(())
}

/// The subnet that one of an endpoint's interfaces is in, and its addresses there.
async fn subnet_of(aws: &Aws, interface: &str) -> Outcome<Option<Object>> {
    let interface = aws.load(&NETWORK_INTERFACES, interface).await?;
    let block = |i: sdk::NetworkInterface| {
        Object::block().with("ipv4", i.private_ip_address).with("ipv6", i.ipv6_address).with("subnet_id", i.subnet_id)
    };
    Ok(interface.map(block))
}

/// What an endpoint says about itself.
fn read_endpoint(aws: &Aws, object: &mut Object, endpoint: sdk::VpcEndpoint) {
    let owner = endpoint.owner_id.unwrap_or_default();
    let arn = aws.arn_of("ec2", &owner, &format!("vpc-endpoint/{}", object.id()));
    object.set("arn", arn);
    object.set("owner_id", owner);
    let entry =
        |e: sdk::DnsEntry| Object::block().with("dns_name", e.dns_name).with("hosted_zone_id", e.hosted_zone_id);
    object.set("dns_entry", endpoint.dns_entries.map(|all| all.into_iter().map(entry).collect::<Vec<_>>()));
    let options = |o: sdk::DnsOptions| {
        Object::block()
            .with("dns_record_ip_type", o.dns_record_ip_type.map(|t| t.as_str().to_string()))
            .with("private_dns_only_for_inbound_resolver_endpoint", o.private_dns_only_for_inbound_resolver_endpoint)
    };
    object.set("dns_options", endpoint.dns_options.map(|o| vec![options(o)]));
    object.set("ip_address_type", endpoint.ip_address_type.map(|t| t.as_str().to_string()));
    object.set("network_interface_ids", endpoint.network_interface_ids);
    object.set("private_dns_enabled", endpoint.private_dns_enabled);
    object.set("requester_managed", endpoint.requester_managed);
    object.set("resource_configuration_arn", endpoint.resource_configuration_arn);
    object.set("route_table_ids", endpoint.route_table_ids);
    let groups = endpoint.groups.unwrap_or_default().into_iter().filter_map(|g| g.group_id);
    object.set("security_group_ids", groups.collect::<Vec<_>>());
    object.set("service_network_arn", endpoint.service_network_arn);
    object.set("service_region", endpoint.service_region);
    object.set("state", endpoint.state.map(|s| s.as_str().to_string()));
    object.set("subnet_ids", endpoint.subnet_ids);
    object.set("vpc_endpoint_type", endpoint.vpc_endpoint_type.map_or("Gateway".into(), |t| t.as_str().to_string()));
    object.set("vpc_id", endpoint.vpc_id);
    read_tags(aws, object, endpoint.tags);
}
