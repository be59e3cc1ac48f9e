//! What instances must be like, where a launch template leaves their type open.

use aws_sdk_ec2::types as sdk;

use crate::providers::aws::ec2::{word, words};
use crate::providers::aws::object::Object;

/// A range as AWS is told it, from a block with `min` and `max`.
macro_rules! range {
    ($object:expr, $name:literal, $request:ident, $number:ident) => {
        $object
            .block_at($name)
            .map(|range| sdk::$request::builder().set_min(range.$number("min")).set_max(range.$number("max")).build())
    };
}

/// A range that AWS tells, as a block with `min` and `max`.
macro_rules! block {
    ($range:expr) => {
        $range.map(|range| vec![Object::block().with("min", range.min).with("max", range.max)])
    };
}

/// The largest number of a range, which may be left open.
trait Bounds {
    fn whole(&self, name: &str) -> Option<i32>;
    fn part(&self, name: &str) -> Option<f64>;
}

impl Bounds for Object {
    fn whole(&self, name: &str) -> Option<i32> {
        self.int32(name).filter(|n| name == "min" || *n != 0)
    }

    fn part(&self, name: &str) -> Option<f64> {
        self.float(name).filter(|n| *n != 0.0)
    }
}

/// Requirements as AWS is told them.
#[must_use]
pub fn request(block: &Object) -> sdk::InstanceRequirementsRequest {
    let memory_per_cpu = range!(block, "memory_gib_per_vcpu", MemoryGiBPerVCpuRequest, part);
    let request = sdk::InstanceRequirementsRequest::builder()
        .set_accelerator_manufacturers(block.words("accelerator_manufacturers"))
        .set_accelerator_names(block.words("accelerator_names"))
        .set_accelerator_types(block.words("accelerator_types"))
        .set_allowed_instance_types(block.some_texts("allowed_instance_types"))
        .set_bare_metal(block.word("bare_metal"))
        .set_burstable_performance(block.word("burstable_performance"))
        .set_cpu_manufacturers(block.words("cpu_manufacturers"))
        .set_excluded_instance_types(block.some_texts("excluded_instance_types"))
        .set_instance_generations(block.words("instance_generations"))
        .set_local_storage(block.word("local_storage"))
        .set_local_storage_types(block.words("local_storage_types"))
        .set_max_spot_price_as_percentage_of_optimal_on_demand_price(
            block.nonzero("max_spot_price_as_percentage_of_optimal_on_demand_price"),
        )
        .set_on_demand_max_price_percentage_over_lowest_price(
            block.nonzero("on_demand_max_price_percentage_over_lowest_price"),
        )
        .set_require_hibernate_support(block.bool("require_hibernate_support").filter(|on| *on))
        .set_spot_max_price_percentage_over_lowest_price(block.nonzero("spot_max_price_percentage_over_lowest_price"));
    request
        .set_accelerator_count(range!(block, "accelerator_count", AcceleratorCountRequest, whole))
        .set_accelerator_total_memory_mib(range!(
            block,
            "accelerator_total_memory_mib",
            AcceleratorTotalMemoryMiBRequest,
            whole
        ))
        .set_baseline_ebs_bandwidth_mbps(range!(
            block,
            "baseline_ebs_bandwidth_mbps",
            BaselineEbsBandwidthMbpsRequest,
            whole
        ))
        .set_memory_gib_per_v_cpu(memory_per_cpu)
        .set_memory_mib(range!(block, "memory_mib", MemoryMiBRequest, whole))
        .set_network_bandwidth_gbps(range!(block, "network_bandwidth_gbps", NetworkBandwidthGbpsRequest, part))
        .set_network_interface_count(range!(block, "network_interface_count", NetworkInterfaceCountRequest, whole))
        .set_total_local_storage_gb(range!(block, "total_local_storage_gb", TotalLocalStorageGbRequest, part))
        .set_v_cpu_count(range!(block, "vcpu_count", VCpuCountRangeRequest, whole))
        .build()
}

/// Requirements as a block.
#[must_use]
pub fn block(told: sdk::InstanceRequirements) -> Object {
    Object::block()
        .with("accelerator_count", block!(told.accelerator_count))
        .with("accelerator_manufacturers", words(told.accelerator_manufacturers))
        .with("accelerator_names", words(told.accelerator_names))
        .with("accelerator_total_memory_mib", block!(told.accelerator_total_memory_mib))
        .with("accelerator_types", words(told.accelerator_types))
        .with("allowed_instance_types", told.allowed_instance_types)
        .with("bare_metal", word(told.bare_metal))
        .with("baseline_ebs_bandwidth_mbps", block!(told.baseline_ebs_bandwidth_mbps))
        .with("burstable_performance", word(told.burstable_performance))
        .with("cpu_manufacturers", words(told.cpu_manufacturers))
        .with("excluded_instance_types", told.excluded_instance_types)
        .with("instance_generations", words(told.instance_generations))
        .with("local_storage", word(told.local_storage))
        .with("local_storage_types", words(told.local_storage_types))
        .with(
            "max_spot_price_as_percentage_of_optimal_on_demand_price",
            told.max_spot_price_as_percentage_of_optimal_on_demand_price,
        )
        .with("memory_gib_per_vcpu", block!(told.memory_gib_per_v_cpu))
        .with("memory_mib", block!(told.memory_mib))
        .with("network_bandwidth_gbps", block!(told.network_bandwidth_gbps))
        .with("network_interface_count", block!(told.network_interface_count))
        .with("on_demand_max_price_percentage_over_lowest_price", told.on_demand_max_price_percentage_over_lowest_price)
        .with("require_hibernate_support", told.require_hibernate_support)
        .with("spot_max_price_percentage_over_lowest_price", told.spot_max_price_percentage_over_lowest_price)
        .with("total_local_storage_gb", block!(told.total_local_storage_gb))
        .with("vcpu_count", block!(told.v_cpu_count))
}
