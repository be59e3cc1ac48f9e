//! `aws_flow_log`: a record of what goes through a network.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{VALUES, check_all_done, filter_keys, find_by_intent, read_tags, tag_specification, update_tags};
use crate::lang::{Type, Value};
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::{Operation, Planning, Presence, ResourceType};
use crate::providers::aws::shape::{computed, id, list_block, optional, optional_computed, schema, tags, tags_all};
use crate::providers::aws::wait::retry_while;
use crate::schema::Schema;

/// The resource type `aws_flow_log`.
pub struct FlowLog;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            optional("deliver_cross_account_role", Type::String).force_new(),
            list_block(
                "destination_options",
                [
                    optional("file_format", Type::String).force_new().default("plain-text"),
                    optional("hive_compatible_partitions", Type::Bool).force_new().default(false),
                    optional("per_hour_partition", Type::Bool).force_new().default(false),
                ],
            )
            .max(1)
            .force_new(),
            optional("eni_id", Type::String).force_new(),
            optional("iam_role_arn", Type::String).force_new(),
            id(),
            optional_computed("log_destination", Type::String).force_new(),
            optional("log_destination_type", Type::String).force_new().default("cloud-watch-logs"),
            optional_computed("log_format", Type::String).force_new(),
            optional_computed("log_group_name", Type::String)
                .force_new()
                .deprecated("log_group_name is deprecated. Use log_destination instead."),
            optional("max_aggregation_interval", Type::Number).force_new().default(Value::int(600)),
            optional("subnet_id", Type::String).force_new(),
            tags(),
            tags_all(),
            optional("traffic_type", Type::String).force_new(),
            optional("transit_gateway_attachment_id", Type::String).force_new(),
            optional("transit_gateway_id", Type::String).force_new(),
            optional("vpc_id", Type::String).force_new(),
        ],
    )
});

/// What can be observed: the attribute, AWS's word for it, and how its ids begin. (A longer beginning comes first.)
const SUBJECTS: [(&str, sdk::FlowLogsResourceType, &str); 5] = [
    ("vpc_id", sdk::FlowLogsResourceType::Vpc, "vpc-"),
    ("transit_gateway_attachment_id", sdk::FlowLogsResourceType::TransitGatewayAttachment, "tgw-attach-"),
    ("transit_gateway_id", sdk::FlowLogsResourceType::TransitGateway, "tgw-"),
    ("subnet_id", sdk::FlowLogsResourceType::Subnet, "subnet-"),
    ("eni_id", sdk::FlowLogsResourceType::NetworkInterface, "eni-"),
];

/// How long a new role may take to be usable.
const ROLE_PROPAGATION: Duration = Duration::from_secs(120);

/// Flow logs by id.
static FLOW_LOGS: Batch<sdk::FlowLog> = Batch { size: VALUES, fetch: |aws, ids| Box::pin(describe(aws, ids)) };

async fn describe(aws: Aws, ids: Vec<SmolStr>) -> Outcome<Found<sdk::FlowLog>> {
    let filters = [filter_keys("flow-log-id", &ids)];
    let send = |token| aws.ec2.describe_flow_logs().set_filter(Some(filters.to_vec())).set_next_token(token).send();
    let logs = aws.pages("ec2:DescribeFlowLogs", send, |page| (page.flow_logs, page.next_token)).await?;
    Ok(logs.into_iter().filter_map(|l| Some((l.flow_log_id.as_deref()?.into(), l))).collect())
}

fn destination_options(object: &Object) -> Option<sdk::DestinationOptionsRequest> {
    let options = object.block_at("destination_options")?;
    Some(
        sdk::DestinationOptionsRequest::builder()
            .set_file_format(options.text("file_format").map(|f| f.as_str().into()))
            .hive_compatible_partitions(options.is("hive_compatible_partitions"))
            .per_hour_partition(options.is("per_hour_partition"))
            .build(),
    )
}

const CHECKS: Checks = &[
    ("eni_id subnet_id transit_gateway_attachment_id transit_gateway_id vpc_id", Check::ExactlyOne),
    ("log_destination log_group_name", Check::Exclusive),
    ("deliver_cross_account_role iam_role_arn log_destination", Check::Arn),
    ("destination_options.file_format", Check::Word(&["plain-text", "parquet"])),
    ("log_destination_type", Check::OneOf(&["cloud-watch-logs", "s3", "kinesis-data-firehose"])),
    ("max_aggregation_interval", Check::OneOfNumbers(&[60, 600])),
    ("traffic_type", Check::OneOf(&["ACCEPT", "REJECT", "ALL"])),
];

#[async_trait]
impl ResourceType for FlowLog {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn checks(&self) -> Checks {
        CHECKS
    }

    fn plan(&self, plan: &mut Planning<'_>) {
        // Options that aren't configured stay as they are.
        let Some(prior) = plan.prior else { return };
        if let Some(options) = prior.get("destination_options").filter(|o| o.len() == Some(1))
            && plan.config.get("destination_options").is_none_or(|o| o.len() == Some(0))
        {
            plan.planned.set("destination_options", options);
        }
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<Presence> {
        let id = object.id().to_string();
        let Some(log) = aws.load(&FLOW_LOGS, &id).await? else { return Ok(Presence::Gone) };
        object.set("arn", aws.arn("ec2", &format!("vpc-flow-log/{id}")));
        object.set("deliver_cross_account_role", log.deliver_cross_account_role);
        let options = |o: sdk::DestinationOptionsResponse| {
            Object::block()
                .with("file_format", o.file_format.map(|f| f.as_str().to_string()))
                .with("hive_compatible_partitions", o.hive_compatible_partitions)
                .with("per_hour_partition", o.per_hour_partition)
        };
        object.set("destination_options", log.destination_options.map(|o| vec![options(o)]));
        object.set("iam_role_arn", log.deliver_logs_permission_arn);
        object.set("log_destination", log.log_destination);
        object.set("log_destination_type", log.log_destination_type.map(|t| t.as_str().to_string()));
        object.set("log_format", log.log_format);
        object.set("log_group_name", log.log_group_name);
        object.set("max_aggregation_interval", log.max_aggregation_interval);
        let subject = log.resource_id.unwrap_or_default();
        if let Some((name, ..)) = SUBJECTS.iter().find(|(.., prefix)| subject.starts_with(prefix)) {
            object.set(name, &subject);
        }
        if !subject.starts_with("tgw-") {
            object.set("traffic_type", log.traffic_type.map(|t| t.as_str().to_string()));
        }
        read_tags(aws, object, log.tags);
        Ok(Presence::Found)
    }

    async fn create(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<()> {
        let subject = SUBJECTS.iter().find_map(|(name, kind, _)| Some((object.text(name)?, kind.clone())));
        let (subject, kind) = subject.ok_or_else(|| Failure::new("There is nothing to observe."))?;
        let traffic = object.text("traffic_type").filter(|_| !subject.starts_with("tgw-"));
        let request = aws
            .ec2
            .create_flow_logs()
            .client_token(operation.token.as_str())
            .resource_ids(subject)
            .resource_type(kind)
            .set_traffic_type(traffic.map(|t| t.as_str().into()))
            .log_destination_type(object.str("log_destination_type").into())
            .set_log_destination(object.text("log_destination").map(|d| d.trim_end_matches(":*").to_string()))
            .set_log_group_name(object.text("log_group_name"))
            .set_log_format(object.text("log_format"))
            .set_deliver_logs_permission_arn(object.text("iam_role_arn"))
            .set_deliver_cross_account_role(object.text("deliver_cross_account_role"))
            .set_destination_options(destination_options(object))
            .set_max_aggregation_interval(object.int32("max_aggregation_interval"))
            .tag_specifications(tag_specification(sdk::ResourceType::VpcFlowLog, object, operation));
        let is_role_new =
            |f: &Failure| f.code == "InvalidParameter" && f.message.contains("Unable to assume given IAM role");
        let api = "ec2:CreateFlowLogs";
        let made = retry_while(ROLE_PROPAGATION, is_role_new, || async {
            let made = aws.call(api, || request.clone().send()).await?;
            check_all_done(api, made.unsuccessful)?;
            Ok(made.flow_log_ids.unwrap_or_default())
        })
        .await;
        let id = match made {
            // An earlier attempt may have got through.
            Err(failure) if failure.is(&["FlowLogAlreadyExists"]) => {
                find_by_intent(aws, &sdk::ResourceType::VpcFlowLog, operation).await?.ok_or(failure)?
            }
            made => made?.into_iter().next().unwrap_or_default(),
        };
        object.set("id", &id);
        aws.note_intent(&id);
        Ok(())
    }

    async fn update(&self, aws: &Aws, object: &mut Object, prior: &Object, _: &Operation) -> Outcome<()> {
        update_tags(aws, object.id(), object, prior).await
    }

    async fn delete(&self, aws: &Aws, object: &Object, _: &Operation) -> Outcome<()> {
        let api = "ec2:DeleteFlowLogs";
        let answer = aws.call(api, || aws.ec2.delete_flow_logs().flow_log_ids(object.id()).send()).await;
        match answer.and_then(|a| check_all_done(api, a.unsuccessful)) {
            Err(failure) if !failure.is(&["InvalidFlowLogId.NotFound"]) => Err(failure),
            _ => Ok(()),
        }
    }

    async fn recover(&self, aws: &Aws, object: &mut Object, operation: &Operation) -> Outcome<Presence> {
        let found = find_by_intent(aws, &sdk::ResourceType::VpcFlowLog, operation).await?;
        let Some(id) = found else { return Ok(Presence::Gone) };
        object.set("id", id);
        Ok(Presence::Found)
    }
}
