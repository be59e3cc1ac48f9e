//! The data sources `aws_route_table` and `aws_route_tables`.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;

use super::query::{filters_by, filters_of, only, read_all_tags, some};
use super::routes::{find_tables, own_routes, route_block};
use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{
    computed, id, object_of, optional, optional_computed, required, schema, set_block, string_map, string_set, strings,
    timeouts,
};
use crate::schema::Schema;

/// The data source `aws_route_table`: one.
pub struct RouteTable;

/// The data source `aws_route_tables`: all that match.
pub struct RouteTables;

static ONE: LazyLock<Schema> = LazyLock::new(|| {
    let association = object_of([
        ("gateway_id", Type::String),
        ("main", Type::Bool),
        ("route_table_association_id", Type::String),
        ("route_table_id", Type::String),
        ("subnet_id", Type::String),
    ]);
    let route = object_of([
        ("carrier_gateway_id", Type::String),
        ("cidr_block", Type::String),
        ("core_network_arn", Type::String),
        ("destination_prefix_list_id", Type::String),
        ("egress_only_gateway_id", Type::String),
        ("gateway_id", Type::String),
        ("instance_id", Type::String),
        ("ipv6_cidr_block", Type::String),
        ("local_gateway_id", Type::String),
        ("nat_gateway_id", Type::String),
        ("network_interface_id", Type::String),
        ("transit_gateway_id", Type::String),
        ("vpc_endpoint_id", Type::String),
        ("vpc_peering_connection_id", Type::String),
    ]);
    schema(
        0,
        [
            computed("arn", Type::String),
            computed("associations", Type::list(association)),
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            optional_computed("gateway_id", Type::String),
            id(),
            computed("owner_id", Type::String),
            optional_computed("route_table_id", Type::String),
            computed("routes", Type::list(route)),
            optional_computed("subnet_id", Type::String),
            optional_computed("tags", string_map()),
            timeouts(&["read"]),
            optional_computed("vpc_id", Type::String),
        ],
    )
});

static MANY: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            id(),
            computed("ids", strings()),
            optional_computed("tags", string_map()),
            timeouts(&["read"]),
            optional("vpc_id", Type::String),
        ],
    )
});

fn association_block(association: sdk::RouteTableAssociation) -> Object {
    Object::block()
        .with("gateway_id", association.gateway_id)
        .with("main", association.main)
        .with("route_table_association_id", association.route_table_association_id)
        .with("route_table_id", association.route_table_id)
        .with("subnet_id", association.subnet_id)
}

#[async_trait]
impl DataSource for RouteTable {
    fn schema(&self) -> &'static Schema {
        &ONE
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let names = [
            ("route-table-id", "route_table_id"),
            ("vpc-id", "vpc_id"),
            ("association.subnet-id", "subnet_id"),
            ("association.gateway-id", "gateway_id"),
        ];
        let mut filters = filters_by(object, &names);
        filters.extend(filters_of(object));
        if filters.is_empty() {
            let names = "route_table_id, vpc_id, subnet_id, gateway_id, filters, or tags";
            return Err(Failure::new(format!("one of {names} must be assigned")));
        }
        let mut table = only("Route Table", find_tables(aws, some(filters)).await?)?;
        let routes = own_routes(aws, &table, |_| false).await?;
        let id = table.route_table_id.unwrap_or_default();
        let owner = table.owner_id.unwrap_or_default();
        object.set("arn", aws.arn_of("ec2", &owner, &format!("route-table/{id}")));
        object.set("owner_id", owner);
        let associations = table.associations.take().unwrap_or_default();
        object.set("associations", associations.into_iter().map(association_block).collect::<Vec<_>>());
        object.set("id", &id);
        object.set("route_table_id", id);
        object.set("routes", routes.iter().map(route_block).collect::<Vec<_>>());
        object.set("vpc_id", table.vpc_id);
        // Amazon FSx tags the tables that it uses.
        let tags = table.tags.unwrap_or_default().into_iter().filter(|t| t.key.as_deref() != Some("AmazonFSx"));
        read_all_tags(aws, object, Some(tags.collect()));
        Ok(())
    }
}

#[async_trait]
impl DataSource for RouteTables {
    fn schema(&self) -> &'static Schema {
        &MANY
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let mut filters = filters_by(object, &[("vpc-id", "vpc_id")]);
        filters.extend(filters_of(object));
        let tables = find_tables(aws, some(filters)).await?;
        object.set("id", &aws.region);
        object.set("ids", tables.into_iter().filter_map(|t| t.route_table_id).collect::<Vec<_>>());
        Ok(())
    }
}
