//! What a launch template has.

use std::sync::LazyLock;

use crate::lang::Type;
use crate::providers::aws::shape::{
    computed, id, list_block, optional, optional_computed, required, schema, set_block, string_map, string_set, tags,
    tags_all,
};
use crate::schema::Schema;

/// What a launch template has.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("arn", Type::String),
            list_block(
                "block_device_mappings",
                [
                    optional("device_name", Type::String),
                    list_block(
                        "ebs",
                        [
                            optional("delete_on_termination", Type::String),
                            optional("encrypted", Type::String),
                            optional_computed("iops", Type::Number),
                            optional("kms_key_id", Type::String),
                            optional("snapshot_id", Type::String),
                            optional_computed("throughput", Type::Number),
                            optional_computed("volume_initialization_rate", Type::Number),
                            optional_computed("volume_size", Type::Number),
                            optional_computed("volume_type", Type::String),
                        ],
                    )
                    .max(1),
                    optional("no_device", Type::String),
                    optional("virtual_name", Type::String),
                ],
            ),
            list_block(
                "capacity_reservation_specification",
                [
                    optional("capacity_reservation_preference", Type::String),
                    list_block(
                        "capacity_reservation_target",
                        [
                            optional("capacity_reservation_id", Type::String),
                            optional("capacity_reservation_resource_group_arn", Type::String),
                        ],
                    )
                    .max(1),
                ],
            )
            .max(1),
            list_block(
                "cpu_options",
                [
                    optional("amd_sev_snp", Type::String),
                    optional("core_count", Type::Number),
                    optional("threads_per_core", Type::Number),
                ],
            )
            .max(1),
            list_block("credit_specification", [optional("cpu_credits", Type::String)]).max(1),
            optional_computed("default_version", Type::Number),
            optional("description", Type::String),
            optional("disable_api_stop", Type::Bool),
            optional("disable_api_termination", Type::Bool),
            optional("ebs_optimized", Type::String),
            list_block("elastic_gpu_specifications", [required("type", Type::String)]),
            list_block("elastic_inference_accelerator", [required("type", Type::String)]).max(1),
            list_block("enclave_options", [optional("enabled", Type::Bool)]).max(1),
            list_block("hibernation_options", [required("configured", Type::Bool)]).max(1),
            list_block("iam_instance_profile", [optional("arn", Type::String), optional("name", Type::String)]).max(1),
            id(),
            optional("image_id", Type::String),
            optional("instance_initiated_shutdown_behavior", Type::String),
            list_block(
                "instance_market_options",
                [
                    optional("market_type", Type::String),
                    list_block(
                        "spot_options",
                        [
                            optional("block_duration_minutes", Type::Number),
                            optional("instance_interruption_behavior", Type::String),
                            optional("max_price", Type::String),
                            optional("spot_instance_type", Type::String),
                            optional_computed("valid_until", Type::String),
                        ],
                    )
                    .max(1),
                ],
            )
            .max(1),
            list_block(
                "instance_requirements",
                [
                    list_block("accelerator_count", [optional("max", Type::Number), optional("min", Type::Number)])
                        .max(1),
                    optional("accelerator_manufacturers", string_set()),
                    optional("accelerator_names", string_set()),
                    list_block(
                        "accelerator_total_memory_mib",
                        [optional("max", Type::Number), optional("min", Type::Number)],
                    )
                    .max(1),
                    optional("accelerator_types", string_set()),
                    optional("allowed_instance_types", string_set()),
                    optional("bare_metal", Type::String),
                    list_block(
                        "baseline_ebs_bandwidth_mbps",
                        [optional("max", Type::Number), optional("min", Type::Number)],
                    )
                    .max(1),
                    optional("burstable_performance", Type::String),
                    optional("cpu_manufacturers", string_set()),
                    optional("excluded_instance_types", string_set()),
                    optional("instance_generations", string_set()),
                    optional("local_storage", Type::String),
                    optional("local_storage_types", string_set()),
                    optional("max_spot_price_as_percentage_of_optimal_on_demand_price", Type::Number),
                    list_block("memory_gib_per_vcpu", [optional("max", Type::Number), optional("min", Type::Number)])
                        .max(1),
                    list_block("memory_mib", [optional("max", Type::Number), required("min", Type::Number)])
                        .min(1)
                        .max(1),
                    list_block(
                        "network_bandwidth_gbps",
                        [optional("max", Type::Number), optional("min", Type::Number)],
                    )
                    .max(1),
                    list_block(
                        "network_interface_count",
                        [optional("max", Type::Number), optional("min", Type::Number)],
                    )
                    .max(1),
                    optional("on_demand_max_price_percentage_over_lowest_price", Type::Number),
                    optional("require_hibernate_support", Type::Bool),
                    optional("spot_max_price_percentage_over_lowest_price", Type::Number),
                    list_block(
                        "total_local_storage_gb",
                        [optional("max", Type::Number), optional("min", Type::Number)],
                    )
                    .max(1),
                    list_block("vcpu_count", [optional("max", Type::Number), required("min", Type::Number)])
                        .min(1)
                        .max(1),
                ],
            )
            .max(1),
            optional("instance_type", Type::String),
            optional("kernel_id", Type::String),
            optional("key_name", Type::String),
            computed("latest_version", Type::Number),
            set_block("license_specification", [required("license_configuration_arn", Type::String)]),
            list_block("maintenance_options", [optional("auto_recovery", Type::String)]).max(1),
            list_block(
                "metadata_options",
                [
                    optional_computed("http_endpoint", Type::String),
                    optional_computed("http_protocol_ipv6", Type::String),
                    optional_computed("http_put_response_hop_limit", Type::Number),
                    optional_computed("http_tokens", Type::String),
                    optional_computed("instance_metadata_tags", Type::String),
                ],
            )
            .max(1)
            .computed(),
            list_block("monitoring", [optional("enabled", Type::Bool)]).max(1),
            optional_computed("name", Type::String).force_new(),
            optional_computed("name_prefix", Type::String).force_new(),
            list_block(
                "network_interfaces",
                [
                    optional("associate_carrier_ip_address", Type::String),
                    optional("associate_public_ip_address", Type::String),
                    list_block(
                        "connection_tracking_specification",
                        [
                            optional("tcp_established_timeout", Type::Number),
                            optional("udp_stream_timeout", Type::Number),
                            optional("udp_timeout", Type::Number),
                        ],
                    )
                    .max(1),
                    optional("delete_on_termination", Type::String),
                    optional("description", Type::String),
                    optional("device_index", Type::Number),
                    list_block(
                        "ena_srd_specification",
                        [
                            optional("ena_srd_enabled", Type::Bool),
                            list_block("ena_srd_udp_specification", [optional("ena_srd_udp_enabled", Type::Bool)])
                                .max(1),
                        ],
                    )
                    .max(1),
                    optional("interface_type", Type::String),
                    optional("ipv4_address_count", Type::Number),
                    optional("ipv4_addresses", string_set()),
                    optional("ipv4_prefix_count", Type::Number),
                    optional("ipv4_prefixes", string_set()),
                    optional("ipv6_address_count", Type::Number),
                    optional("ipv6_addresses", string_set()),
                    optional("ipv6_prefix_count", Type::Number),
                    optional("ipv6_prefixes", string_set()),
                    optional("network_card_index", Type::Number),
                    optional("network_interface_id", Type::String),
                    optional("primary_ipv6", Type::String),
                    optional("private_ip_address", Type::String),
                    optional("security_groups", string_set()),
                    optional("subnet_id", Type::String),
                ],
            ),
            list_block(
                "placement",
                [
                    optional("affinity", Type::String),
                    optional("availability_zone", Type::String),
                    optional("group_name", Type::String),
                    optional("host_id", Type::String),
                    optional("host_resource_group_arn", Type::String),
                    optional("partition_number", Type::Number),
                    optional("spread_domain", Type::String),
                    optional("tenancy", Type::String),
                ],
            )
            .max(1),
            list_block(
                "private_dns_name_options",
                [
                    optional("enable_resource_name_dns_a_record", Type::Bool),
                    optional("enable_resource_name_dns_aaaa_record", Type::Bool),
                    optional("hostname_type", Type::String),
                ],
            )
            .max(1),
            optional("ram_disk_id", Type::String),
            optional("security_group_names", string_set()),
            list_block("tag_specifications", [optional("resource_type", Type::String), optional("tags", string_map())]),
            tags(),
            tags_all(),
            optional("update_default_version", Type::Bool),
            optional("user_data", Type::String),
            optional("vpc_security_group_ids", string_set()),
        ],
    )
});
