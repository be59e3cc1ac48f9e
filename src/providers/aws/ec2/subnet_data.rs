//! The data sources `aws_subnet` and `aws_subnets`: subnets that are managed elsewhere.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::query::{filters_by, filters_of, only, read_all_tags, some};
use super::subnet::{SUBNETS, read_attributes};
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{
    computed, id, optional_computed, required, schema, set_block, string_map, string_set, strings, timeouts,
};
use crate::schema::Schema;

/// The data source `aws_subnet`.
pub struct Subnet;

/// The data source `aws_subnets`.
pub struct Subnets;

static SUBNET: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            computed("assign_ipv6_address_on_creation", Type::Bool),
            optional_computed("availability_zone", Type::String),
            optional_computed("availability_zone_id", Type::String),
            computed("available_ip_address_count", Type::Number),
            optional_computed("cidr_block", Type::String),
            computed("customer_owned_ipv4_pool", Type::String),
            optional_computed("default_for_az", Type::Bool),
            computed("enable_dns64", Type::Bool),
            computed("enable_lni_at_device_index", Type::Number),
            computed("enable_resource_name_dns_a_record_on_launch", Type::Bool),
            computed("enable_resource_name_dns_aaaa_record_on_launch", Type::Bool),
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            id(),
            optional_computed("ipv6_cidr_block", Type::String),
            computed("ipv6_cidr_block_association_id", Type::String),
            computed("ipv6_native", Type::Bool),
            computed("map_customer_owned_ip_on_launch", Type::Bool),
            computed("map_public_ip_on_launch", Type::Bool),
            computed("outpost_arn", Type::String),
            computed("owner_id", Type::String),
            computed("private_dns_hostname_type_on_launch", Type::String),
            optional_computed("state", Type::String),
            optional_computed("tags", string_map()),
            timeouts(&["read"]),
            optional_computed("vpc_id", Type::String),
        ],
    )
});

static SUBNETS_SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
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

/// Subnets that filters match; all, if there are no filters.
async fn matching(aws: &Aws, filters: Vec<sdk::Filter>) -> Outcome<Vec<sdk::Subnet>> {
    let filters = some(filters);
    let send = |token| aws.ec2.describe_subnets().set_filters(filters.clone()).set_next_token(token).send();
    aws.pages("ec2:DescribeSubnets", send, |page| (page.subnets, page.next_token)).await
}

/// The subnet that is meant. One that is known by its id alone is read together with others.
async fn find(aws: &Aws, object: &Object) -> Outcome<sdk::Subnet> {
    let mut filters = filters_by(
        object,
        &[
            ("availabilityZone", "availability_zone"),
            ("availabilityZoneId", "availability_zone_id"),
            ("cidrBlock", "cidr_block"),
            ("defaultForAz", "default_for_az"),
            ("ipv6-cidr-block-association.ipv6-cidr-block", "ipv6_cidr_block"),
            ("state", "state"),
            ("vpc-id", "vpc_id"),
        ],
    );
    filters.extend(filters_of(object));
    let found = match object.text("id") {
        Some(id) if filters.is_empty() => aws.load(&SUBNETS, &id).await?.into_iter().collect(),
        _ => {
            filters.extend(filters_by(object, &[("subnet-id", "id")]));
            matching(aws, filters).await?
        }
    };
    only("EC2 Subnet", found)
}

#[async_trait]
impl DataSource for Subnet {
    fn schema(&self) -> &'static Schema {
        &SUBNET
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let mut subnet = find(aws, object).await?;
        object.set("id", subnet.subnet_id.take());
        object.set("available_ip_address_count", subnet.available_ip_address_count);
        object.set("default_for_az", subnet.default_for_az);
        object.set("state", subnet.state.take().map(|s| s.as_str().to_string()));
        read_all_tags(aws, object, subnet.tags.take());
        read_attributes(object, subnet);
        Ok(())
    }
}

#[async_trait]
impl DataSource for Subnets {
    fn schema(&self) -> &'static Schema {
        &SUBNETS_SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let found = matching(aws, filters_of(object)).await?;
        object.set("id", &aws.region);
        object.set("ids", found.into_iter().filter_map(|s| s.subnet_id).collect::<Vec<_>>());
        Ok(())
    }
}
