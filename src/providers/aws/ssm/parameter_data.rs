//! The data source `aws_ssm_parameter`: a parameter, for one the id of an image that AWS recommends.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ssm::types::ParameterType;

use crate::lang::Type;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, optional, required, schema};
use crate::schema::Schema;

/// The data source `aws_ssm_parameter`.
pub struct Parameter;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            id(),
            computed("insecure_value", Type::String),
            required("name", Type::String),
            computed("type", Type::String),
            computed("value", Type::String).sensitive(),
            computed("version", Type::Number),
            optional("with_decryption", Type::Bool),
        ],
    )
});

#[async_trait]
impl DataSource for Parameter {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let is_decrypted = object.bool("with_decryption").unwrap_or(true);
        let request = aws.ssm.get_parameter().name(object.str("name")).with_decryption(is_decrypted);
        let Some(parameter) = aws.call("ssm:GetParameter", || request.clone().send()).await?.parameter else {
            return Err(Failure::new(format!("There is no SSM parameter {:?}.", object.str("name"))));
        };
        let is_secret = parameter.r#type == Some(ParameterType::SecureString);
        object.set("arn", parameter.arn);
        object.set("id", parameter.name.clone());
        object.set("insecure_value", parameter.value.clone().filter(|_| !is_secret));
        object.set("name", parameter.name);
        object.set("type", parameter.r#type.map(|t| t.to_string()));
        object.set("value", parameter.value);
        object.set("version", parameter.version);
        object.set("with_decryption", is_decrypted);
        Ok(())
    }
}
