//! What an instance has.

use std::sync::LazyLock;

use crate::lang::Type;
use crate::providers::aws::shape::{
    computed, id, list_block, optional, optional_computed, required, schema, set_block, string_map, string_set,
    strings, tags, tags_all, timeouts,
};
use crate::schema::Schema;

/// What an instance has.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        1,
        [
            optional_computed("ami", Type::String).force_new(),
            computed("arn", Type::String),
            optional_computed("associate_public_ip_address", Type::Bool).force_new(),
            optional_computed("availability_zone", Type::String).force_new(),
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
            .max(1)
            .computed(),
            optional_computed("cpu_core_count", Type::Number)
                .force_new()
                .deprecated("use 'cpu_options' argument instead"),
            list_block(
                "cpu_options",
                [
                    optional_computed("amd_sev_snp", Type::String).force_new(),
                    optional_computed("core_count", Type::Number).force_new(),
                    optional_computed("threads_per_core", Type::Number).force_new(),
                ],
            )
            .max(1)
            .computed(),
            optional_computed("cpu_threads_per_core", Type::Number)
                .force_new()
                .deprecated("use 'cpu_options' argument instead"),
            list_block("credit_specification", [optional("cpu_credits", Type::String)]).max(1),
            optional_computed("disable_api_stop", Type::Bool),
            optional_computed("disable_api_termination", Type::Bool),
            set_block(
                "ebs_block_device",
                [
                    optional("delete_on_termination", Type::Bool).default(true),
                    required("device_name", Type::String).force_new(),
                    optional_computed("encrypted", Type::Bool).force_new(),
                    optional_computed("iops", Type::Number).force_new(),
                    optional_computed("kms_key_id", Type::String).force_new(),
                    optional_computed("snapshot_id", Type::String).force_new(),
                    optional("tags", string_map()).force_new(),
                    optional_computed("tags_all", string_map()).force_new(),
                    optional_computed("throughput", Type::Number).force_new(),
                    computed("volume_id", Type::String),
                    optional_computed("volume_size", Type::Number).force_new(),
                    optional_computed("volume_type", Type::String).force_new(),
                ],
            )
            .computed(),
            optional_computed("ebs_optimized", Type::Bool).force_new(),
            optional_computed("enable_primary_ipv6", Type::Bool),
            list_block("enclave_options", [optional_computed("enabled", Type::Bool).force_new()]).max(1).computed(),
            set_block(
                "ephemeral_block_device",
                [
                    required("device_name", Type::String),
                    optional("no_device", Type::Bool),
                    optional("virtual_name", Type::String),
                ],
            )
            .computed(),
            optional("get_password_data", Type::Bool).default(false),
            optional("hibernation", Type::Bool).force_new(),
            optional_computed("host_id", Type::String).force_new(),
            optional_computed("host_resource_group_arn", Type::String),
            optional_computed("iam_instance_profile", Type::String),
            id(),
            optional_computed("instance_initiated_shutdown_behavior", Type::String),
            computed("instance_lifecycle", Type::String),
            list_block(
                "instance_market_options",
                [
                    optional_computed("market_type", Type::String).force_new(),
                    list_block(
                        "spot_options",
                        [
                            optional_computed("instance_interruption_behavior", Type::String).force_new(),
                            optional_computed("max_price", Type::String).force_new(),
                            optional_computed("spot_instance_type", Type::String).force_new(),
                            optional_computed("valid_until", Type::String).force_new(),
                        ],
                    )
                    .max(1)
                    .force_new(),
                ],
            )
            .max(1)
            .force_new()
            .computed(),
            computed("instance_state", Type::String),
            optional_computed("instance_type", Type::String),
            optional_computed("ipv6_address_count", Type::Number),
            optional_computed("ipv6_addresses", strings()).force_new(),
            optional_computed("key_name", Type::String).force_new(),
            list_block(
                "launch_template",
                [
                    optional_computed("id", Type::String).force_new(),
                    optional_computed("name", Type::String).force_new(),
                    optional("version", Type::String).default("$Default"),
                ],
            )
            .max(1)
            .force_new(),
            list_block("maintenance_options", [optional_computed("auto_recovery", Type::String)]).max(1).computed(),
            list_block(
                "metadata_options",
                [
                    optional("http_endpoint", Type::String).default("enabled"),
                    optional("http_protocol_ipv6", Type::String).default("disabled"),
                    optional_computed("http_put_response_hop_limit", Type::Number),
                    optional_computed("http_tokens", Type::String),
                    optional_computed("instance_metadata_tags", Type::String),
                ],
            )
            .max(1)
            .computed(),
            optional_computed("monitoring", Type::Bool),
            set_block(
                "network_interface",
                [
                    optional("delete_on_termination", Type::Bool).force_new(),
                    required("device_index", Type::Number).force_new(),
                    optional("network_card_index", Type::Number).force_new(),
                    required("network_interface_id", Type::String).force_new(),
                ],
            )
            .force_new()
            .computed(),
            computed("outpost_arn", Type::String),
            computed("password_data", Type::String),
            optional_computed("placement_group", Type::String).force_new(),
            optional_computed("placement_partition_number", Type::Number).force_new(),
            computed("primary_network_interface_id", Type::String),
            computed("private_dns", Type::String),
            list_block(
                "private_dns_name_options",
                [
                    optional_computed("enable_resource_name_dns_a_record", Type::Bool),
                    optional_computed("enable_resource_name_dns_aaaa_record", Type::Bool),
                    optional_computed("hostname_type", Type::String),
                ],
            )
            .max(1)
            .force_new()
            .computed(),
            optional_computed("private_ip", Type::String).force_new(),
            computed("public_dns", Type::String),
            computed("public_ip", Type::String),
            list_block(
                "root_block_device",
                [
                    optional("delete_on_termination", Type::Bool).default(true),
                    computed("device_name", Type::String),
                    optional_computed("encrypted", Type::Bool).force_new(),
                    optional_computed("iops", Type::Number),
                    optional_computed("kms_key_id", Type::String).force_new(),
                    optional("tags", string_map()),
                    optional_computed("tags_all", string_map()),
                    optional_computed("throughput", Type::Number),
                    computed("volume_id", Type::String),
                    optional_computed("volume_size", Type::Number),
                    optional_computed("volume_type", Type::String),
                ],
            )
            .max(1)
            .computed(),
            optional_computed("secondary_private_ips", string_set()),
            optional_computed("security_groups", string_set()).force_new(),
            optional("source_dest_check", Type::Bool).default(true),
            computed("spot_instance_request_id", Type::String),
            optional_computed("subnet_id", Type::String).force_new(),
            tags(),
            tags_all(),
            optional_computed("tenancy", Type::String).force_new(),
            timeouts(&["create", "delete", "read", "update"]),
            optional_computed("user_data", Type::String),
            optional_computed("user_data_base64", Type::String),
            optional("user_data_replace_on_change", Type::Bool).default(false),
            optional("volume_tags", string_map()),
            optional_computed("vpc_security_group_ids", string_set()),
        ],
    )
});
