//! `aws_availability_zones`: the zones of the region.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::query::{filters_by, filters_of, some};
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{
    computed, id, optional, required, schema, set_block, string_set, strings, timeouts,
};
use crate::schema::Schema;

/// The data source `aws_availability_zones`.
pub struct AvailabilityZones;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional("all_availability_zones", Type::Bool),
            optional("exclude_names", string_set()),
            optional("exclude_zone_ids", string_set()),
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            computed("group_names", string_set()),
            id(),
            computed("names", strings()),
            optional("state", Type::String),
            timeouts(&["read"]),
            computed("zone_ids", strings()),
        ],
    )
});

const CHECKS: Checks =
    &[("state", Check::OneOf(&["available", "information", "impaired", "unavailable", "constrained"]))];

#[async_trait]
impl DataSource for AvailabilityZones {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let mut filters = filters_by(object, &[("state", "state")]);
        filters.extend(filters_of(object));
        let request = aws
            .ec2
            .describe_availability_zones()
            .set_all_availability_zones(object.bool("all_availability_zones").filter(|all| *all))
            .set_filters(some(filters));
        let answer = aws.call("ec2:DescribeAvailabilityZones", || request.clone().send()).await?;
        let mut zones = answer.availability_zones.unwrap_or_default();
        zones.sort_by(|a, b| a.zone_name.cmp(&b.zone_name));
        let (names, ids) = (object.texts("exclude_names"), object.texts("exclude_zone_ids"));
        let is_excluded =
            |excluded: &[String], text: &Option<String>| text.as_ref().is_some_and(|t| excluded.contains(t));
        zones.retain(|zone| !is_excluded(&names, &zone.zone_name) && !is_excluded(&ids, &zone.zone_id));
        let texts = |part: fn(&aws_sdk_ec2::types::AvailabilityZone) -> Option<String>| -> Vec<String> {
            zones.iter().map(|zone| part(zone).unwrap_or_default()).collect()
        };
        object.set("group_names", texts(|zone| zone.group_name.clone()));
        object.set("names", texts(|zone| zone.zone_name.clone()));
        object.set("zone_ids", texts(|zone| zone.zone_id.clone()));
        object.set("id", &aws.region);
        Ok(())
    }
}
