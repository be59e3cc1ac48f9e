//! The data source `aws_region`: a region.

use std::sync::LazyLock;

use async_trait::async_trait;

use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::regions;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, optional_computed, schema};
use crate::schema::Schema;

/// The data source `aws_region`.
pub struct Region;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("description", Type::String),
            optional_computed("endpoint", Type::String),
            id(),
            optional_computed("name", Type::String),
        ],
    )
});

fn endpoint(region: &regions::Region) -> String {
    format!("ec2.{}.{}", region.name, region.partition.dns_suffix)
}

fn named(name: &str) -> Outcome<regions::Region> {
    regions::find(name).ok_or_else(|| Failure::new(format!("region not found for name {name:?}")))
}

#[async_trait]
impl DataSource for Region {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let by_endpoint = match object.text("endpoint") {
            Some(wanted) => Some(
                regions::all()
                    .find(|region| endpoint(region) == wanted)
                    .ok_or_else(|| Failure::new(format!("region not found for endpoint {wanted:?}")))?,
            ),
            None => None,
        };
        let by_name = object.text("name").map(|name| named(&name)).transpose()?;
        let region = match (by_endpoint, by_name) {
            (Some(a), Some(b)) if a.name != b.name => {
                return Err(Failure::new(
                    "multiple Regions matched: use additional constraints to reduce matches to a single Region",
                ));
            }
            (Some(region), _) | (None, Some(region)) => region,
            (None, None) => named(&aws.region)?,
        };
        object.set("description", region.description);
        object.set("endpoint", endpoint(&region));
        object.set("id", region.name);
        object.set("name", region.name);
        Ok(())
    }
}
