//! The data sources `aws_vpc` and `aws_vpcs`: virtual networks that are managed elsewhere.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::query::{filters_by, filters_of, only, read_all_tags, some};
use super::routes::MAIN_ROUTE_TABLES;
use super::vpc::{VPCS, attribute};
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{
    computed, id, object_of, optional_computed, required, schema, set_block, string_map, string_set, strings, timeouts,
};
use crate::schema::Schema;

/// The data source `aws_vpc`.
pub struct Vpc;

/// The data source `aws_vpcs`.
pub struct Vpcs;

static VPC: LazyLock<Schema> = LazyLock::new(|| {
    let association =
        object_of([("association_id", Type::String), ("cidr_block", Type::String), ("state", Type::String)]);
    schema(
        0,
        [
            computed("arn", Type::String),
            optional_computed("cidr_block", Type::String),
            computed("cidr_block_associations", Type::list(association)),
            optional_computed("default", Type::Bool),
            optional_computed("dhcp_options_id", Type::String),
            computed("enable_dns_hostnames", Type::Bool),
            computed("enable_dns_support", Type::Bool),
            computed("enable_network_address_usage_metrics", Type::Bool),
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            id(),
            computed("instance_tenancy", Type::String),
            computed("ipv6_association_id", Type::String),
            computed("ipv6_cidr_block", Type::String),
            computed("main_route_table_id", Type::String),
            computed("owner_id", Type::String),
            optional_computed("state", Type::String),
            optional_computed("tags", string_map()),
            timeouts(&["read"]),
        ],
    )
});

static VPCS_SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            id(),
            computed("ids", strings()),
            optional_computed("tags", string_map()),
            timeouts(&["read"]),
        ],
    )
});

/// VPCs that filters match; all, if there are no filters.
async fn matching(aws: &Aws, filters: Vec<sdk::Filter>) -> Outcome<Vec<sdk::Vpc>> {
    let filters = some(filters);
    let send = |token| aws.ec2.describe_vpcs().set_filters(filters.clone()).set_next_token(token).send();
    aws.pages("ec2:DescribeVpcs", send, |page| (page.vpcs, page.next_token)).await
}

/// The VPC that is meant. One that is known by its id alone is read together with others.
async fn find(aws: &Aws, object: &Object) -> Outcome<sdk::Vpc> {
    let mut filters = filters_by(
        object,
        &[("cidr", "cidr_block"), ("dhcp-options-id", "dhcp_options_id"), ("isDefault", "default"), ("state", "state")],
    );
    filters.extend(filters_of(object));
    let found = match object.text("id") {
        Some(id) if filters.is_empty() => aws.load(&VPCS, &id).await?.into_iter().collect(),
        _ => {
            filters.extend(filters_by(object, &[("vpc-id", "id")]));
            matching(aws, filters).await?
        }
    };
    only("EC2 VPC", found)
}

#[async_trait]
impl DataSource for Vpc {
    fn schema(&self) -> &'static Schema {
        &VPC
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let vpc = find(aws, object).await?;
        let id = vpc.vpc_id.unwrap_or_default();
        let (hostnames, support, metrics, table) = tokio::try_join!(
            attribute(aws, &id, sdk::VpcAttributeName::EnableDnsHostnames),
            attribute(aws, &id, sdk::VpcAttributeName::EnableDnsSupport),
            attribute(aws, &id, sdk::VpcAttributeName::EnableNetworkAddressUsageMetrics),
            aws.load(&MAIN_ROUTE_TABLES, &id),
        )?;
        let owner = vpc.owner_id.unwrap_or_default();
        object.set("arn", aws.arn_of("ec2", &owner, &format!("vpc/{id}")));
        object.set("id", id);
        object.set("owner_id", owner);
        object.set("cidr_block", vpc.cidr_block);
        object.set("default", vpc.is_default);
        object.set("dhcp_options_id", vpc.dhcp_options_id);
        object.set("enable_dns_hostnames", hostnames);
        object.set("enable_dns_support", support);
        object.set("enable_network_address_usage_metrics", metrics);
        object.set("instance_tenancy", vpc.instance_tenancy.map(|t| t.as_str().to_string()));
        object.set("main_route_table_id", table.and_then(|t| t.route_table_id));
        let association = |a: sdk::VpcCidrBlockAssociation| {
            let state = a.cidr_block_state.and_then(|s| s.state).map(|s| s.as_str().to_string());
            Object::block()
                .with("association_id", a.association_id)
                .with("cidr_block", a.cidr_block)
                .with("state", state)
        };
        let associations = vpc.cidr_block_association_set.unwrap_or_default().into_iter().map(association);
        object.set("cidr_block_associations", associations.collect::<Vec<_>>());
        let ipv6 = vpc.ipv6_cidr_block_association_set.and_then(|set| set.into_iter().next());
        object.set("ipv6_association_id", ipv6.as_ref().and_then(|a| a.association_id.clone()));
        object.set("ipv6_cidr_block", ipv6.and_then(|a| a.ipv6_cidr_block));
        read_all_tags(aws, object, vpc.tags);
        Ok(())
    }
}

#[async_trait]
impl DataSource for Vpcs {
    fn schema(&self) -> &'static Schema {
        &VPCS_SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let found = matching(aws, filters_of(object)).await?;
        object.set("id", &aws.region);
        object.set("ids", found.into_iter().filter_map(|v| v.vpc_id).collect::<Vec<_>>());
        Ok(())
    }
}
