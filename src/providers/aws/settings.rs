//! The `provider "aws"` block: its schema, and what it says.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::checks::{self, Check, Checks};
use super::failure::{Failure, Outcome};
use super::network::Network;
use super::object::Object;
use super::sdk_v2::is_zero;
use super::shape::{Part, list_block, optional, schema, set_block, string_map, string_set, strings};
use super::tags::{TagRules, Tags};
use crate::lang::{PathStep, Type, Value};
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use crate::syntax::{Diagnostic, Diagnostics};

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
    /// The folder of the root module, from where paths begin.
    pub folder: PathBuf,
    /// How often a request is sent at most.
    pub max_attempts: u32,
    /// Default and ignored tags.
    pub tags: TagRules,
    /// How requests get to AWS.
    pub network: Network,
}

impl Settings {
    /// Reads the evaluated block, and the environment where it says nothing. What is unknown counts as not set.
    #[must_use]
    pub fn of(config: &Value, folder: &Path) -> Self {
        Settings { folder: folder.to_owned(), ..Settings::with_environment(config, std::env::vars()) }
    }

    /// A path that the block has, from the folder of the root module.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(expanded(path))
    }

    fn with_environment(config: &Value, variables: impl Iterator<Item = (String, String)>) -> Self {
        let variables: HashMap<String, String> = variables.collect();
        let block = Object::of(&config.unknown_as_null(), SCHEMA.implied_type());
        let ignored = block.block_at("ignore_tags").unwrap_or_default();
        let mut tags = TagRules {
            default: Tags::new(),
            ignored_keys: ignored.texts("keys"),
            ignored_prefixes: ignored.texts("key_prefixes"),
        };
        let network = Network::of(&block, |name| variables.get(name).cloned());
        let mut retries = block.int("max_retries").filter(|n| *n != 0);
        for (name, value) in variables {
            let listed = || value.split(',').filter(|key| !key.is_empty()).map(ToString::to_string);
            match name.as_str() {
                "TF_AWS_IGNORE_TAGS_KEYS" => tags.ignored_keys.extend(listed()),
                "TF_AWS_IGNORE_TAGS_KEY_PREFIXES" => tags.ignored_prefixes.extend(listed()),
                "AWS_MAX_ATTEMPTS" => retries = retries.or(value.parse().ok()),
                _ => {
                    if let Some(key) = name.strip_prefix("TF_AWS_DEFAULT_TAGS_") {
                        tags.default.insert(key.into(), value);
                    }
                }
            }
        }
        tags.default.sort_unstable_keys();
        tags.default.extend(block.block_at("default_tags").map(|b| b.map("tags")).unwrap_or_default());
        let retries = retries.unwrap_or(25).clamp(0, 1000);
        let max_attempts = u32::try_from(retries).unwrap_or(25) + 1;
        Settings { block, folder: PathBuf::new(), max_attempts, tags, network }
    }

    /// What it takes to connect: those whose settings are the same in that can share a connection.
    #[must_use]
    pub fn of_connection(&self) -> Value {
        const ASIDE: [&str; 4] = ["allowed_account_ids", "forbidden_account_ids", "default_tags", "ignore_tags"];
        let block = self.block.value().map_children_with_step(|step, part| match step {
            PathStep::Attr(name) if ASIDE.contains(&name.as_str()) => Value::null(part.ty()),
            _ => part.clone(),
        });
        // Paths in it begin at the folder.
        let names_files = ["shared_config_files", "shared_credentials_files", "custom_ca_bundle"]
            .iter()
            .any(|name| self.block.get(name).is_some_and(|value| !value.is_null()))
            || !self.block.blocks("assume_role_with_web_identity").is_empty();
        let folder = if names_files { self.folder.to_string_lossy().into_owned() } else { String::new() };
        Value::tuple(vec![block, folder.into(), Value::int(i64::from(self.max_attempts))])
    }

    /// The endpoint that the block has for a service, by any of its names.
    #[must_use]
    pub fn endpoint(&self, names: &[&str]) -> Option<String> {
        self.block.blocks("endpoints").iter().find_map(|e| names.iter().find_map(|name| e.text(name)))
    }

    /// Whether all of it can be done as it says.
    ///
    /// # Errors
    /// What can't.
    pub fn check(&self) -> Outcome<()> {
        match problems(&self.block).into_iter().next() {
            Some(problem) => Err(Failure::new(format!("{}\n\n{}", problem.summary, problem.detail))),
            None => Ok(()),
        }
    }
}

/// What this program can't do, by the setting that asks for it, and what to do instead.
const UNSUPPORTED: &[(&str, &str)] =
    &[("token_bucket_rate_limiter_capacity", "Requests are limited as AWS publishes it. Remove the setting.")];

const CHECKS: Checks = &[("allowed_account_ids forbidden_account_ids", Check::Exclusive)];

/// What is wrong with a block, parts of which may be unknown.
#[must_use]
pub fn problems(block: &Object) -> Diagnostics {
    let mut problems = checks::problems(CHECKS, &SCHEMA, block);
    let mut wrong = |summary: String, detail: String, about: &str| {
        problems.push(Diagnostic::error(summary, detail).about(about));
    };
    for (name, instead) in UNSUPPORTED {
        let is_set = block.get(name).is_some_and(|v| v.is_known() && !is_zero(v));
        if is_set {
            wrong("Unsupported provider setting".into(), format!("{name:?} is not supported. {instead}"), name);
        }
    }
    if block.is("insecure") {
        let detail = "\"insecure\" is not supported: certificates are always checked. Trust the endpoint's with \
                      custom_ca_bundle or AWS_CA_BUNDLE.";
        wrong("Unsupported provider setting".into(), detail.into(), "insecure");
    }
    let mode = block.str("retry_mode");
    if !matches!(mode, "" | "standard" | "adaptive") {
        wrong(format!("unknown RetryMode, {mode}"), String::new(), "retry_mode");
    }
    for name in ["assume_role", "assume_role_with_web_identity"] {
        for (i, role) in block.blocks(name).iter().enumerate() {
            let arn = role.str("role_arn");
            if !arn.is_empty() && !arn.starts_with("arn:") {
                let path = format!("{name}.{i}.role_arn");
                wrong(format!("{path:?} ({arn}) is an invalid ARN: arn: invalid prefix"), String::new(), name);
            }
            if role.text("duration").is_some_and(|text| duration(&text).is_none()) {
                let path = format!("{name}.{i}.duration");
                let text = role.str("duration");
                wrong(format!("{path:?} cannot be parsed as a duration: {text:?}"), String::new(), name);
            }
        }
    }
    problems
}

/// A path with the home directory instead of `~`.
pub fn expanded(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => path.into(),
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

    fn block(parts: Vec<(&'static str, Value)>) -> Value {
        let mut object = Object::of(&Value::null(SCHEMA.implied_type().clone()), SCHEMA.implied_type());
        for (name, value) in parts {
            object.set(name, value);
        }
        object.value()
    }

    #[test]
    fn tags_of_the_environment_are_default_ones_that_the_block_overrides() {
        let tags = Value::map(Type::String, vec![("b".into(), "block".into())]);
        let config = block(vec![("default_tags", Value::tuple(vec![Value::object(vec![("tags".into(), tags)])]))]);
        let variables = [
            ("TF_AWS_DEFAULT_TAGS_a", "environment"),
            ("TF_AWS_DEFAULT_TAGS_b", "environment"),
            ("TF_AWS_IGNORE_TAGS_KEYS", "x,y"),
            ("AWS_MAX_ATTEMPTS", "3"),
        ];
        let variables = variables.map(|(k, v)| (k.to_string(), v.to_string()));
        let settings = Settings::with_environment(&config, variables.into_iter());
        let expected = [("a", "environment"), ("b", "block")].map(|(k, v)| (k.to_string(), v.to_string()));
        assert_eq!(settings.tags.default, Tags::from(expected));
        assert!(settings.tags.is_ignored("y"));
        assert_eq!(settings.max_attempts, 4);
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        let said = |parts| {
            let block = Object::of(&block(parts), SCHEMA.implied_type());
            problems(&block).iter().map(|p| format!("{} {}", p.summary, p.detail)).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(said(vec![("region", "us-east-1".into()), ("insecure", false.into())]), "");
        assert!(said(vec![("insecure", true.into())]).contains("\"insecure\" is not supported"));
        assert!(said(vec![("retry_mode", "never".into())]).contains("unknown RetryMode, never"));
        let ids = || Value::set(Type::String, vec!["1".into()]);
        let both = said(vec![("allowed_account_ids", ids()), ("forbidden_account_ids", ids())]);
        assert!(both.contains("conflicts with forbidden_account_ids"), "{both}");
    }
}
