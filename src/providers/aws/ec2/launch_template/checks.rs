//! What the schema of a launch template can't say.

use aws_sdk_ec2::types as sdk;

use crate::providers::aws::checks::{Check, Checks};
use crate::providers::aws::naming;

/// All that is checked.
pub const CHECKS: Checks = &[
    ("block_device_mappings.ebs.delete_on_termination block_device_mappings.ebs.encrypted ebs_optimized", Check::Flag),
    ("block_device_mappings.ebs.kms_key_id", Check::Arn),
    ("block_device_mappings.ebs.throughput", Check::Range(125, 1000)),
    ("block_device_mappings.ebs.volume_initialization_rate", Check::Range(100, 300)),
    ("block_device_mappings.ebs.volume_type", Check::Word(&["standard", "io1", "io2", "gp2", "sc1", "st1", "gp3"])),
    (
        "capacity_reservation_specification.capacity_reservation_preference",
        Check::Word(&["capacity-reservations-only", "open", "none"]),
    ),
    (
        "capacity_reservation_specification.capacity_reservation_target.capacity_reservation_id \
         capacity_reservation_specification.capacity_reservation_target.capacity_reservation_resource_group_arn",
        Check::Exclusive,
    ),
    (
        "capacity_reservation_specification.capacity_reservation_target.capacity_reservation_resource_group_arn",
        Check::Arn,
    ),
    ("cpu_options.amd_sev_snp", Check::Word(&["enabled", "disabled"])),
    ("credit_specification.cpu_credits", Check::OneOf(&["standard", "unlimited"])),
    ("default_version update_default_version", Check::Exclusive),
    ("default_version", Check::AtLeast(1)),
    ("description", Check::Length(0, 255)),
    ("iam_instance_profile.arn", Check::Conflicts(&["iam_instance_profile.name"])),
    ("iam_instance_profile.arn license_specification.license_configuration_arn", Check::Arn),
    ("instance_initiated_shutdown_behavior", Check::OneOf(&["stop", "terminate"])),
    ("instance_market_options.market_type", Check::Word(&["spot", "capacity-block"])),
    (
        "instance_market_options.spot_options.instance_interruption_behavior",
        Check::Word(&["hibernate", "stop", "terminate"]),
    ),
    ("instance_market_options.spot_options.spot_instance_type", Check::Word(&["one-time", "persistent"])),
    ("instance_market_options.spot_options.valid_until", Check::Time),
    ("instance_market_options.spot_options.block_duration_minutes", Check::DivisibleBy(60)),
    ("instance_requirements instance_type", Check::Exclusive),
    ("instance_requirements.accelerator_count.max", Check::AtLeast(0)),
    ("instance_requirements.accelerator_count.min", Check::AtLeast(1)),
    (
        "instance_requirements.accelerator_manufacturers",
        Check::Word(&["amazon-web-services", "amd", "nvidia", "xilinx", "habana"]),
    ),
    (
        "instance_requirements.accelerator_names",
        Check::Word(&[
            "a100",
            "inferentia",
            "k520",
            "k80",
            "m60",
            "radeon-pro-v520",
            "t4",
            "vu9p",
            "v100",
            "a10g",
            "h100",
            "t4g",
        ]),
    ),
    (
        "instance_requirements.accelerator_total_memory_mib.max \
         instance_requirements.accelerator_total_memory_mib.min",
        Check::AtLeast(1),
    ),
    ("instance_requirements.accelerator_types", Check::Word(&["gpu", "fpga", "inference"])),
    (
        "instance_requirements.bare_metal instance_requirements.burstable_performance \
         instance_requirements.local_storage",
        Check::Word(&["included", "required", "excluded"]),
    ),
    (
        "instance_requirements.baseline_ebs_bandwidth_mbps.max \
         instance_requirements.baseline_ebs_bandwidth_mbps.min",
        Check::AtLeast(1),
    ),
    ("instance_requirements.cpu_manufacturers", Check::Word(&["intel", "amd", "amazon-web-services", "apple"])),
    ("instance_requirements.instance_generations", Check::Word(&["current", "previous"])),
    ("instance_requirements.local_storage_types", Check::Word(&["hdd", "ssd"])),
    (
        "instance_requirements.max_spot_price_as_percentage_of_optimal_on_demand_price \
         instance_requirements.on_demand_max_price_percentage_over_lowest_price \
         instance_requirements.spot_max_price_percentage_over_lowest_price",
        Check::AtLeast(1),
    ),
    ("instance_requirements.memory_gib_per_vcpu.max instance_requirements.memory_gib_per_vcpu.min", Check::Above(0.0)),
    ("instance_requirements.memory_mib.max instance_requirements.memory_mib.min", Check::AtLeast(1)),
    (
        "instance_requirements.network_bandwidth_gbps.max instance_requirements.network_bandwidth_gbps.min",
        Check::Above(0.0),
    ),
    (
        "instance_requirements.network_interface_count.max instance_requirements.network_interface_count.min",
        Check::AtLeast(1),
    ),
    (
        "instance_requirements.total_local_storage_gb.max instance_requirements.total_local_storage_gb.min",
        Check::Above(0.0),
    ),
    ("instance_requirements.vcpu_count.max instance_requirements.vcpu_count.min", Check::AtLeast(1)),
    ("maintenance_options.auto_recovery", Check::Word(&["default", "disabled"])),
    (
        "metadata_options.http_endpoint metadata_options.http_protocol_ipv6 \
         metadata_options.instance_metadata_tags",
        Check::Word(&["disabled", "enabled"]),
    ),
    ("metadata_options.http_put_response_hop_limit", Check::Range(1, 64)),
    ("metadata_options.http_tokens", Check::Word(&["optional", "required"])),
    ("name name_prefix", Check::Exclusive),
    ("name name_prefix", Check::Text(name_problems)),
    (
        "network_interfaces.associate_carrier_ip_address network_interfaces.associate_public_ip_address \
         network_interfaces.delete_on_termination network_interfaces.primary_ipv6",
        Check::Flag,
    ),
    ("network_interfaces.connection_tracking_specification.tcp_established_timeout", Check::Range(60, 432000)),
    ("network_interfaces.connection_tracking_specification.udp_stream_timeout", Check::Range(60, 180)),
    ("network_interfaces.connection_tracking_specification.udp_timeout", Check::Range(30, 60)),
    ("network_interfaces.interface_type", Check::OneOf(&["efa", "efa-only", "interface"])),
    ("network_interfaces.ipv4_addresses network_interfaces.private_ip_address", Check::Ipv4),
    ("network_interfaces.ipv4_prefixes", Check::Ipv4Range),
    ("network_interfaces.ipv6_addresses", Check::Ipv6),
    ("network_interfaces.ipv6_prefixes", Check::Ipv6Range),
    ("placement.host_resource_group_arn", Check::Conflicts(&["placement.host_id"])),
    ("placement.host_resource_group_arn", Check::Arn),
    ("placement.tenancy", Check::Word(&["default", "dedicated", "host"])),
    ("private_dns_name_options.hostname_type", Check::Word(&["ip-name", "resource-name"])),
    ("security_group_names vpc_security_group_ids", Check::Exclusive),
    ("tag_specifications.resource_type", Check::Word(sdk::ResourceType::values())),
];

/// What is wrong with the name of a template.
pub fn name_problems(path: &str, text: &str) -> Vec<String> {
    let is_prefix = path.ends_with("name_prefix");
    let is_fit = |c: char| c.is_ascii_alphanumeric() || "()./_-".contains(c);
    let longest = if is_prefix { naming::longest_prefix(LONGEST_NAME) } else { LONGEST_NAME };
    let limit = if is_prefix { format!(", name is limited to {LONGEST_NAME}") } else { String::new() };
    let rules = [
        (text.len() < 3, "cannot be less than 3 characters".to_string()),
        (text.len() > longest, format!("cannot be longer than {longest} characters{limit}")),
        (!text.chars().all(is_fit), "can only alphanumeric characters and ()./_- symbols".to_string()),
    ];
    rules.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, rule)| format!("{path:?} {rule}")).collect()
}

const LONGEST_NAME: usize = 125;
