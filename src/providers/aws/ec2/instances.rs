//! `aws_instances`: the instances that match some filters.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::filter;
use super::instance::state::matching;
use super::query::filters_of;
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{
    computed, id, optional, optional_computed, required, schema, set_block, string_map, string_set, strings, timeouts,
};
use crate::schema::Schema;

/// The data source `aws_instances`.
pub struct Instances;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            set_block("filter", [required("name", Type::String), required("values", string_set())]),
            id(),
            computed("ids", strings()),
            optional("instance_state_names", string_set()),
            optional_computed("instance_tags", string_map()),
            computed("ipv6_addresses", strings()),
            computed("private_ips", strings()),
            computed("public_ips", strings()),
            timeouts(&["read"]),
        ],
    )
});

const CHECKS: Checks = &[(
    "instance_state_names",
    Check::Word(&["pending", "running", "shutting-down", "terminated", "stopping", "stopped"]),
)];

#[async_trait]
impl DataSource for Instances {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let states = object.some_texts("instance_state_names").unwrap_or_else(|| vec!["running".into()]);
        let tags = object.map("instance_tags").into_iter().map(|(key, value)| filter(&format!("tag:{key}"), [value]));
        let states = std::iter::once(filter("instance-state-name", states));
        let instances = matching(aws, states.chain(tags).chain(filters_of(object)).collect()).await?;
        let (mut ids, mut private, mut public, mut ipv6) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for instance in instances {
            ids.extend(instance.instance_id);
            private.extend(instance.private_ip_address);
            public.extend(instance.public_ip_address);
            ipv6.extend(instance.ipv6_address);
        }
        object.set("id", aws.region.as_str());
        object.set("ids", ids);
        object.set("ipv6_addresses", ipv6);
        object.set("private_ips", private);
        object.set("public_ips", public);
        Ok(())
    }
}
