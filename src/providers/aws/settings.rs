//! The `provider "aws"` block: its schema, and what it says.

use std::sync::LazyLock;
use std::time::Duration;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::object::Object;
use super::shape::{Part, list_block, optional, schema, set_block, string_map, string_set, strings};
use super::tags::TagRules;
use crate::lang::{Type, Value};
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Schema};

/// The services that `endpoints` knows, by all their names.
const SERVICES: &str = "\
    accessanalyzer account acm acmpca amg amp amplify apigateway apigatewayv2 appautoscaling appconfig appfabric appflow \
    appintegrations appintegrationsservice applicationautoscaling applicationinsights applicationsignals appmesh \
    appregistry apprunner appstream appsync athena auditmanager autoscaling autoscalingplans backup batch bcmdataexports \
    beanstalk bedrock bedrockagent billing budgets ce chatbot chime chimesdkmediapipelines chimesdkvoice cleanrooms cloud9 \
    cloudcontrol cloudcontrolapi cloudformation cloudfront cloudfrontkeyvaluestore cloudhsm cloudhsmv2 cloudsearch \
    cloudtrail cloudwatch cloudwatchevents cloudwatchevidently cloudwatchlog cloudwatchlogs \
    cloudwatchobservabilityaccessmanager cloudwatchrum codeartifact codebuild codecatalyst codecommit codeconnections \
    codedeploy codeguruprofiler codegurureviewer codepipeline codestarconnections codestarnotifications cognitoidentity \
    cognitoidentityprovider cognitoidp comprehend computeoptimizer config configservice connect connectcases controltower \
    costandusagereportservice costexplorer costoptimizationhub cur customerprofiles databasemigration \
    databasemigrationservice databrew dataexchange datapipeline datasync datazone dax deploy detective devicefarm \
    devopsguru directconnect directoryservice dlm dms docdb docdbelastic drs ds dsql dynamodb ec2 ecr ecrpublic ecs efs \
    eks elasticache elasticbeanstalk elasticloadbalancing elasticloadbalancingv2 elasticsearch elasticsearchservice \
    elastictranscoder elb elbv2 emr emrcontainers emrserverless es eventbridge events evidently evs finspace firehose fis \
    fms fsx gamelift glacier globalaccelerator glue gluedatabrew grafana greengrass groundstation guardduty healthlake iam \
    identitystore imagebuilder inspector inspector2 inspectorv2 internetmonitor invoicing iot iotanalytics iotevents ivs \
    ivschat kafka kafkaconnect kendra keyspaces kinesis kinesisanalytics kinesisanalyticsv2 kinesisvideo kms lakeformation \
    lambda launchwizard lex lexmodelbuilding lexmodelbuildingservice lexmodels lexmodelsv2 lexv2models licensemanager \
    lightsail location locationservice logs lookoutmetrics m2 macie2 managedgrafana mediaconnect mediaconvert medialive \
    mediapackage mediapackagev2 mediapackagevod mediastore memorydb mgn mq msk mwaa neptune neptunegraph networkfirewall \
    networkmanager networkmonitor notifications notificationscontacts oam opensearch opensearchingestion \
    opensearchserverless opensearchservice opsworks organizations osis outposts paymentcryptography pcaconnectorad pcs \
    pinpoint pinpointsmsvoicev2 pipes polly pricing prometheus prometheusservice qbusiness qldb quicksight ram rbin rds \
    recyclebin redshift redshiftdata redshiftdataapiservice redshiftserverless rekognition resiliencehub resourceexplorer2 \
    resourcegroups resourcegroupstagging resourcegroupstaggingapi rolesanywhere route53 route53domains route53profiles \
    route53recoverycontrolconfig route53recoveryreadiness route53resolver rum s3 s3api s3control s3outposts s3tables \
    sagemaker scheduler schemas sdb secretsmanager securityhub securitylake serverlessapplicationrepository \
    serverlessapprepo serverlessrepo servicecatalog servicecatalogappregistry servicediscovery servicequotas ses sesv2 sfn \
    shield signer simpledb sns sqs ssm ssmcontacts ssmincidents ssmquicksetup ssmsap sso ssoadmin stepfunctions \
    storagegateway sts swf synthetics taxsettings timestreaminfluxdb timestreamquery timestreamwrite transcribe \
    transcribeservice transfer verifiedpermissions vpclattice waf wafregional wafv2 wellarchitected worklink workspaces \
    workspacesweb xray";

/// The schema of the block.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            optional("access_key", Type::String),
            optional("allowed_account_ids", string_set()),
            optional("custom_ca_bundle", Type::String),
            optional("ec2_metadata_service_endpoint", Type::String),
            optional("ec2_metadata_service_endpoint_mode", Type::String),
            optional("forbidden_account_ids", string_set()),
            optional("http_proxy", Type::String),
            optional("https_proxy", Type::String),
            optional("insecure", Type::Bool),
            optional("max_retries", Type::Number),
            optional("no_proxy", Type::String),
            optional("profile", Type::String),
            optional("region", Type::String),
            optional("retry_mode", Type::String),
            optional("s3_us_east_1_regional_endpoint", Type::String),
            optional("s3_use_path_style", Type::Bool),
            optional("secret_key", Type::String),
            optional("shared_config_files", strings()),
            optional("shared_credentials_files", strings()),
            optional("skip_credentials_validation", Type::Bool),
            optional("skip_metadata_api_check", Type::String),
            optional("skip_region_validation", Type::Bool),
            optional("skip_requesting_account_id", Type::Bool),
            optional("sts_region", Type::String),
            optional("token", Type::String),
            optional("token_bucket_rate_limiter_capacity", Type::Number),
            optional("use_dualstack_endpoint", Type::Bool),
            optional("use_fips_endpoint", Type::Bool),
            list_block(
                "assume_role",
                [
                    optional("duration", Type::String),
                    optional("external_id", Type::String),
                    optional("policy", Type::String),
                    optional("policy_arns", string_set()),
                    optional("role_arn", Type::String),
                    optional("session_name", Type::String),
                    optional("source_identity", Type::String),
                    optional("tags", string_map()),
                    optional("transitive_tag_keys", string_set()),
                ],
            ),
            list_block(
                "assume_role_with_web_identity",
                [
                    optional("duration", Type::String),
                    optional("policy", Type::String),
                    optional("policy_arns", string_set()),
                    optional("role_arn", Type::String),
                    optional("session_name", Type::String),
                    optional("web_identity_token", Type::String),
                    optional("web_identity_token_file", Type::String),
                ],
            ),
            list_block("default_tags", [optional("tags", string_map())]),
            endpoints(),
            list_block("ignore_tags", [optional("key_prefixes", string_set()), optional("keys", string_set())]),
        ],
    )
});

fn endpoints() -> Part {
    let attribute = |name: &'static str| (SmolStr::new_static(name), Attribute::optional(Type::String));
    let block = Block { attributes: SERVICES.split(' ').map(attribute).collect(), blocks: IndexMap::new() };
    let Part::Block(name, nested) = set_block("endpoints", []) else { return set_block("endpoints", []) };
    Part::Block(name, NestedBlock { nesting: Nesting::Set, block, ..nested })
}

/// What a block says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// All of it.
    pub block: Object,
    /// How often a request is sent at most.
    pub max_attempts: u32,
    /// Default and ignored tags.
    pub tags: TagRules,
}

/// A role to take on.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    /// Its settings.
    pub block: Object,
    /// How long the session lasts.
    pub duration: Option<Duration>,
}

impl Settings {
    /// Reads the evaluated block. What is unknown counts as not set.
    #[must_use]
    pub fn of(config: &Value) -> Self {
        let block = Object::of(&config.unknown_as_null(), SCHEMA.implied_type());
        let default = block.block_at("default_tags").map(|b| b.map("tags")).unwrap_or_default();
        let ignored = block.block_at("ignore_tags").unwrap_or_default();
        let tags =
            TagRules { default, ignored_keys: ignored.texts("keys"), ignored_prefixes: ignored.texts("key_prefixes") };
        let retries = block.int("max_retries").unwrap_or(25).clamp(0, 1000);
        Settings { max_attempts: u32::try_from(retries).unwrap_or(25) + 1, tags, block }
    }

    /// The endpoint that the block has for a service, by any of its names.
    #[must_use]
    pub fn endpoint(&self, names: &[&str]) -> Option<String> {
        self.block.blocks("endpoints").iter().find_map(|e| names.iter().find_map(|name| e.text(name)))
    }

    /// The roles to take on, one after the other.
    #[must_use]
    pub fn roles(&self) -> Vec<AssumeRole> {
        let roles = self.block.blocks("assume_role").into_iter();
        roles.map(|block| AssumeRole { duration: block.text("duration").and_then(|d| duration(&d)), block }).collect()
    }
}

/// A duration as Go writes it: `1h30m`, `45s`, `500ms`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |i| end + i);
        seconds += number
            * match &rest[end..unit_end] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [("1h30m", Some(5400)), ("45s", Some(45)), ("60m", Some(3600)), ("5", None), ("", None)]
        {
            assert_eq!(duration(text), seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
    }
}
