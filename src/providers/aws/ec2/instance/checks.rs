//! What the schema of an instance can't say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::ec2::launch_template;

/// All that is checked.
pub const CHECKS: Checks = &[
    ("ami", Check::AtLeastOneOf(&["ami", "launch_template"])),
    ("instance_type", Check::AtLeastOneOf(&["instance_type", "launch_template"])),
    ("launch_template", Check::AtLeastOneOf(&["ami", "instance_type", "launch_template"])),
    (
        "capacity_reservation_specification.capacity_reservation_preference \
         capacity_reservation_specification.capacity_reservation_target",
        Check::ExactlyOne,
    ),
    (
        "capacity_reservation_specification.capacity_reservation_preference",
        Check::Word(&["capacity-reservations-only", "open", "none"]),
    ),
    (
        "capacity_reservation_specification.capacity_reservation_target.capacity_reservation_resource_group_arn",
        Check::Arn,
    ),
    ("cpu_core_count cpu_options.core_count", Check::Exclusive),
    ("cpu_threads_per_core cpu_options.threads_per_core", Check::Exclusive),
    ("cpu_options.amd_sev_snp", Check::Word(&["enabled", "disabled"])),
    ("credit_specification.cpu_credits", Check::OneOf(&["standard", "unlimited"])),
    ("ebs_block_device.tags root_block_device.tags", Check::Conflicts(&["volume_tags"])),
    (
        "ebs_block_device.volume_type root_block_device.volume_type",
        Check::Word(&["standard", "io1", "io2", "gp2", "sc1", "st1", "gp3"]),
    ),
    ("host_resource_group_arn placement_group", Check::Exclusive),
    ("instance_market_options.market_type", Check::Word(&["spot", "capacity-block"])),
    (
        "instance_market_options.spot_options.instance_interruption_behavior",
        Check::Word(&["hibernate", "stop", "terminate"]),
    ),
    ("instance_market_options.spot_options.spot_instance_type", Check::Word(&["one-time", "persistent"])),
    ("instance_market_options.spot_options.valid_until", Check::Time),
    ("ipv6_address_count ipv6_addresses", Check::Exclusive),
    ("ipv6_addresses", Check::Ipv6),
    ("launch_template.id launch_template.name", Check::ExactlyOne),
    ("launch_template.name", Check::Text(launch_template::name_problems)),
    ("launch_template.version", Check::Length(1, 255)),
    ("maintenance_options.auto_recovery", Check::Word(&["disabled", "default"])),
    (
        "metadata_options.http_endpoint metadata_options.http_protocol_ipv6 \
         metadata_options.instance_metadata_tags",
        Check::Word(&["disabled", "enabled"]),
    ),
    ("metadata_options.http_put_response_hop_limit", Check::Range(1, 64)),
    ("metadata_options.http_tokens", Check::Word(&["optional", "required"])),
    (
        "network_interface",
        Check::Conflicts(&[
            "associate_public_ip_address",
            "enable_primary_ipv6",
            "ipv6_address_count",
            "ipv6_addresses",
            "private_ip",
            "secondary_private_ips",
            "security_groups",
            "source_dest_check",
            "subnet_id",
            "vpc_security_group_ids",
        ]),
    ),
    ("private_dns_name_options.hostname_type", Check::Word(&["ip-name", "resource-name"])),
    ("private_ip secondary_private_ips", Check::Ipv4),
    ("tenancy", Check::OneOf(&["default", "dedicated", "host"])),
    ("user_data user_data_base64", Check::Exclusive),
    ("user_data_base64", Check::Text(base64_problems)),
];

fn base64_problems(path: &str, text: &str) -> Vec<String> {
    let problem = || format!("{path:?} ({text:?}) must be base64-encoded");
    if STANDARD.decode(text).is_ok() { Vec::new() } else { vec![problem()] }
}
