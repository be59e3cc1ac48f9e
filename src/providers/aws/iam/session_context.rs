//! The data source `aws_iam_session_context`: the role that a session has taken on.

use std::sync::LazyLock;

use async_trait::async_trait;

use super::PROPAGATION;
use super::roles::bare;
use crate::lang::Type;
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::Outcome;
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, required, schema};
use crate::providers::aws::wait::{Progress, wait_for};
use crate::schema::Schema;

/// The data source `aws_iam_session_context`.
pub struct SessionContext;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            required("arn", Type::String),
            id(),
            computed("issuer_arn", Type::String),
            computed("issuer_id", Type::String),
            computed("issuer_name", Type::String),
            computed("session_name", Type::String),
        ],
    )
});

/// The names of role and session in an ARN of a session: `arn:aws:sts::123456789012:assumed-role/deploy/me`.
fn session_of(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(2);
    if parts.next()? != "sts" {
        return None;
    }
    let path = parts.nth(2)?.strip_prefix("assumed-role/")?;
    let (path, session) = path.rsplit_once('/')?;
    let role = path.rsplit('/').next()?;
    (!role.is_empty() && session.chars().count() >= 2).then_some((role, session))
}

const CHECKS: Checks = &[("arn", Check::Arn)];

#[async_trait]
impl DataSource for SessionContext {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let arn = object.str("arn").to_string();
        object.set("id", &arn);
        let Some((name, session)) = session_of(&arn) else {
            object.set("issuer_arn", arn);
            for attribute in ["issuer_id", "issuer_name", "session_name"] {
                object.set(attribute, "");
            }
            return Ok(());
        };
        // It may be new.
        let role = wait_for(&format!("IAM role {name}"), PROPAGATION, || async {
            Ok(bare(aws, name).await?.map_or(Progress::Pending("missing".into()), Progress::Done))
        })
        .await?;
        object.set("issuer_arn", role.arn);
        object.set("issuer_id", role.unique_id);
        object.set("issuer_name", name);
        object.set("session_name", session);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_recognised() {
        assert_eq!(session_of("arn:aws:sts::123456789012:assumed-role/deploy/me"), Some(("deploy", "me")));
        assert_eq!(session_of("arn:aws:sts::123456789012:assumed-role/a/b/me"), Some(("b", "me")));
        for arn in ["arn:aws:iam::123456789012:user/me", "arn:aws:sts::123456789012:federated-user/me", "me"] {
            assert_eq!(session_of(arn), None, "{arn}");
        }
    }
}
