//! `aws_ec2_instance_type`: a kind of instance.

use std::sync::LazyLock;

use async_trait::async_trait;
use aws_sdk_ec2::types as sdk;
use smol_str::SmolStr;

use super::{filter_keys, word, words};
use crate::lang::Type;
use crate::providers::aws::batch::{Batch, Found};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::failure::{Failure, Outcome};
use crate::providers::aws::object::Object;
use crate::providers::aws::resource::DataSource;
use crate::providers::aws::shape::{computed, id, object_of, required, schema, string_set, strings, timeouts};
use crate::schema::Schema;

/// The data source `aws_ec2_instance_type`.
pub struct InstanceType;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    schema(
        0,
        [
            computed("auto_recovery_supported", Type::Bool),
            computed("bandwidth_weightings", string_set()),
            computed("bare_metal", Type::Bool),
            computed("boot_modes", string_set()),
            computed("burstable_performance_supported", Type::Bool),
            computed("current_generation", Type::Bool),
            computed("dedicated_hosts_supported", Type::Bool),
            computed("default_cores", Type::Number),
            computed("default_network_card_index", Type::Number),
            computed("default_threads_per_core", Type::Number),
            computed("default_vcpus", Type::Number),
            computed("ebs_encryption_support", Type::String),
            computed("ebs_nvme_support", Type::String),
            computed("ebs_optimized_support", Type::String),
            computed("ebs_performance_baseline_bandwidth", Type::Number),
            computed("ebs_performance_baseline_iops", Type::Number),
            computed("ebs_performance_baseline_throughput", Type::Number),
            computed("ebs_performance_maximum_bandwidth", Type::Number),
            computed("ebs_performance_maximum_iops", Type::Number),
            computed("ebs_performance_maximum_throughput", Type::Number),
            computed("efa_maximum_interfaces", Type::Number),
            computed("efa_supported", Type::Bool),
            computed("ena_srd_supported", Type::Bool),
            computed("ena_support", Type::String),
            computed("encryption_in_transit_supported", Type::Bool),
            computed(
                "fpgas",
                Type::set(object_of([
                    ("count", Type::Number),
                    ("manufacturer", Type::String),
                    ("memory_size", Type::Number),
                    ("name", Type::String),
                ])),
            ),
            computed("free_tier_eligible", Type::Bool),
            computed(
                "gpus",
                Type::set(object_of([
                    ("count", Type::Number),
                    ("manufacturer", Type::String),
                    ("memory_size", Type::Number),
                    ("name", Type::String),
                ])),
            ),
            computed("hibernation_supported", Type::Bool),
            computed("hypervisor", Type::String),
            id(),
            computed(
                "inference_accelerators",
                Type::set(object_of([
                    ("count", Type::Number),
                    ("manufacturer", Type::String),
                    ("memory_size", Type::Number),
                    ("name", Type::String),
                ])),
            ),
            computed(
                "instance_disks",
                Type::set(object_of([("count", Type::Number), ("size", Type::Number), ("type", Type::String)])),
            ),
            computed("instance_storage_supported", Type::Bool),
            required("instance_type", Type::String),
            computed("ipv6_supported", Type::Bool),
            computed("maximum_ipv4_addresses_per_interface", Type::Number),
            computed("maximum_ipv6_addresses_per_interface", Type::Number),
            computed("maximum_network_cards", Type::Number),
            computed("maximum_network_interfaces", Type::Number),
            computed(
                "media_accelerators",
                Type::set(object_of([
                    ("count", Type::Number),
                    ("manufacturer", Type::String),
                    ("memory_size", Type::Number),
                    ("name", Type::String),
                ])),
            ),
            computed("memory_size", Type::Number),
            computed(
                "network_cards",
                Type::set(object_of([
                    ("baseline_bandwidth", Type::Number),
                    ("index", Type::Number),
                    ("maximum_interfaces", Type::Number),
                    ("peak_bandwidth", Type::Number),
                    ("performance", Type::String),
                ])),
            ),
            computed("network_performance", Type::String),
            computed(
                "neuron_devices",
                Type::set(object_of([
                    ("core_count", Type::Number),
                    ("core_version", Type::Number),
                    ("count", Type::Number),
                    ("memory_size", Type::Number),
                    ("name", Type::String),
                ])),
            ),
            computed("nitro_enclaves_support", Type::String),
            computed("nitro_tpm_support", Type::String),
            computed("nitro_tpm_supported_versions", string_set()),
            computed("phc_support", Type::String),
            computed("supported_architectures", strings()),
            computed("supported_cpu_features", string_set()),
            computed("supported_placement_strategies", strings()),
            computed("supported_root_device_types", strings()),
            computed("supported_usages_classes", strings()),
            computed("supported_virtualization_types", strings()),
            computed("sustained_clock_speed", Type::Number),
            timeouts(&["read"]),
            computed("total_fpga_memory", Type::Number),
            computed("total_gpu_memory", Type::Number),
            computed("total_inference_memory", Type::Number),
            computed("total_instance_storage", Type::Number),
            computed("total_media_memory", Type::Number),
            computed("total_neuron_device_memory", Type::Number),
            computed("valid_cores", Type::list(Type::Number)),
            computed("valid_threads_per_core", Type::list(Type::Number)),
        ],
    )
});

/// Kinds of instances by name.
pub static TYPES: Batch<sdk::InstanceTypeInfo> =
    Batch { size: 100, fetch: |aws, names| Box::pin(describe(aws, names)) };

async fn describe(aws: Aws, names: Vec<SmolStr>) -> Outcome<Found<sdk::InstanceTypeInfo>> {
    let filter = filter_keys("instance-type", &names);
    let send = |token| aws.ec2.describe_instance_types().filters(filter.clone()).set_next_token(token).send();
    let kinds = aws.pages("ec2:DescribeInstanceTypes", send, |page| (page.instance_types, page.next_token)).await?;
    Ok(kinds.into_iter().filter_map(|kind| Some((word(kind.instance_type.clone())?.into(), kind))).collect())
}

/// Whether instances of a kind live on credits.
///
/// # Errors
/// When AWS refuses.
pub async fn is_burstable(aws: &Aws, name: &str) -> Outcome<bool> {
    Ok(aws.load(&TYPES, name).await?.is_some_and(|kind| kind.burstable_performance_supported == Some(true)))
}

#[async_trait]
impl DataSource for InstanceType {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    async fn read(&self, aws: &Aws, object: &mut Object) -> Outcome<()> {
        let name = object.str("instance_type").to_string();
        let Some(mut kind) = aws.load(&TYPES, &name).await? else {
            return Err(Failure::new(format!("There is no instance type {name} in {}.", aws.region)));
        };
        object.set("id", &name);
        object.set("auto_recovery_supported", kind.auto_recovery_supported);
        object.set("bare_metal", kind.bare_metal);
        object.set("boot_modes", words(kind.supported_boot_modes.take()));
        object.set("burstable_performance_supported", kind.burstable_performance_supported);
        object.set("current_generation", kind.current_generation);
        object.set("dedicated_hosts_supported", kind.dedicated_hosts_supported);
        object.set("free_tier_eligible", kind.free_tier_eligible);
        object.set("hibernation_supported", kind.hibernation_supported);
        object.set("hypervisor", word(kind.hypervisor.take()));
        object.set("instance_storage_supported", kind.instance_storage_supported);
        object.set("memory_size", kind.memory_info.take().and_then(|memory| memory.size_in_mib));
        object.set("nitro_enclaves_support", word(kind.nitro_enclaves_support.take()));
        object.set("nitro_tpm_support", word(kind.nitro_tpm_support.take()));
        object.set("nitro_tpm_supported_versions", kind.nitro_tpm_info.take().and_then(|tpm| tpm.supported_versions));
        object.set("phc_support", word(kind.phc_support.take()));
        let groups = kind.placement_group_info.take();
        object.set("supported_placement_strategies", words(groups.and_then(|info| info.supported_strategies)));
        object.set("supported_root_device_types", words(kind.supported_root_device_types.take()));
        object.set("supported_usages_classes", words(kind.supported_usage_classes.take()));
        object.set("supported_virtualization_types", words(kind.supported_virtualization_types.take()));
        read_processor(object, &mut kind);
        read_storage(object, &mut kind);
        if let Some(network) = kind.network_info.take() {
            read_network(object, network);
        }
        read_accelerators(object, kind);
        Ok(())
    }
}

fn read_processor(object: &mut Object, kind: &mut sdk::InstanceTypeInfo) {
    if let Some(cpu) = kind.v_cpu_info.take() {
        object.set("default_cores", cpu.default_cores);
        object.set("default_threads_per_core", cpu.default_threads_per_core);
        object.set("default_vcpus", cpu.default_v_cpus);
        object.set("valid_cores", cpu.valid_cores);
        object.set("valid_threads_per_core", cpu.valid_threads_per_core);
    }
    if let Some(processor) = kind.processor_info.take() {
        object.set("supported_architectures", words(processor.supported_architectures));
        object.set("supported_cpu_features", words(processor.supported_features));
        object.set("sustained_clock_speed", processor.sustained_clock_speed_in_ghz);
    }
}

fn read_storage(object: &mut Object, kind: &mut sdk::InstanceTypeInfo) {
    if let Some(ebs) = kind.ebs_info.take() {
        object.set("ebs_encryption_support", word(ebs.encryption_support));
        object.set("ebs_nvme_support", word(ebs.nvme_support));
        object.set("ebs_optimized_support", word(ebs.ebs_optimized_support));
        if let Some(performance) = ebs.ebs_optimized_info {
            object.set("ebs_performance_baseline_bandwidth", performance.baseline_bandwidth_in_mbps);
            object.set("ebs_performance_baseline_iops", performance.baseline_iops);
            object.set("ebs_performance_baseline_throughput", performance.baseline_throughput_in_m_bps);
            object.set("ebs_performance_maximum_bandwidth", performance.maximum_bandwidth_in_mbps);
            object.set("ebs_performance_maximum_iops", performance.maximum_iops);
            object.set("ebs_performance_maximum_throughput", performance.maximum_throughput_in_m_bps);
        }
    }
    if let Some(storage) = kind.instance_storage_info.take() {
        let disk = |disk: sdk::DiskInfo| {
            let block = Object::block().with("count", disk.count).with("size", disk.size_in_gb);
            block.with("type", word(disk.r#type))
        };
        object.set("instance_disks", each(storage.disks, disk));
        object.set("total_instance_storage", storage.total_size_in_gb);
    }
}

fn read_network(object: &mut Object, network: sdk::NetworkInfo) {
    let card = |card: sdk::NetworkCardInfo| {
        Object::block()
            .with("baseline_bandwidth", card.baseline_bandwidth_in_gbps)
            .with("index", card.network_card_index)
            .with("maximum_interfaces", card.maximum_network_interfaces)
            .with("peak_bandwidth", card.peak_bandwidth_in_gbps)
            .with("performance", card.network_performance)
    };
    object.set("bandwidth_weightings", words(network.bandwidth_weightings));
    object.set("default_network_card_index", network.default_network_card_index);
    object.set("efa_supported", network.efa_supported);
    if let Some(efa) = network.efa_info {
        object.set("efa_maximum_interfaces", efa.maximum_efa_interfaces);
    }
    object.set("ena_srd_supported", network.ena_srd_supported);
    object.set("ena_support", word(network.ena_support));
    object.set("encryption_in_transit_supported", network.encryption_in_transit_supported);
    object.set("ipv6_supported", network.ipv6_supported);
    object.set("maximum_ipv4_addresses_per_interface", network.ipv4_addresses_per_interface);
    object.set("maximum_ipv6_addresses_per_interface", network.ipv6_addresses_per_interface);
    object.set("maximum_network_cards", network.maximum_network_cards);
    object.set("maximum_network_interfaces", network.maximum_network_interfaces);
    object.set("network_cards", each(network.network_cards, card));
    object.set("network_performance", network.network_performance);
}

/// Sets what calculates beside the processor. They look alike, but are of different types.
fn read_accelerators(object: &mut Object, kind: sdk::InstanceTypeInfo) {
    macro_rules! device {
        ($device:ident) => {
            Object::block()
                .with("count", $device.count)
                .with("manufacturer", $device.manufacturer)
                .with("memory_size", $device.memory_info.and_then(|memory| memory.size_in_mib))
                .with("name", $device.name)
        };
    }
    if let Some(info) = kind.fpga_info {
        object.set("fpgas", each(info.fpgas, |device| device!(device)));
        object.set("total_fpga_memory", info.total_fpga_memory_in_mib);
    }
    if let Some(info) = kind.gpu_info {
        object.set("gpus", each(info.gpus, |device| device!(device)));
        object.set("total_gpu_memory", info.total_gpu_memory_in_mib);
    }
    if let Some(info) = kind.inference_accelerator_info {
        object.set("inference_accelerators", each(info.accelerators, |device| device!(device)));
        object.set("total_inference_memory", info.total_inference_memory_in_mib);
    }
    if let Some(info) = kind.media_accelerator_info {
        object.set("media_accelerators", each(info.accelerators, |device| device!(device)));
        object.set("total_media_memory", info.total_media_memory_in_mib);
    }
    if let Some(info) = kind.neuron_info {
        let neuron = |device: sdk::NeuronDeviceInfo| {
            let cores = device.core_info;
            Object::block()
                .with("core_count", cores.as_ref().and_then(|cores| cores.count))
                .with("core_version", cores.and_then(|cores| cores.version))
                .with("count", device.count)
                .with("memory_size", device.memory_info.and_then(|memory| memory.size_in_mib))
                .with("name", device.name)
        };
        object.set("neuron_devices", each(info.neuron_devices, neuron));
        object.set("total_neuron_device_memory", info.total_neuron_device_memory_in_mib);
    }
}

fn each<T>(told: Option<Vec<T>>, block: impl Fn(T) -> Object) -> Option<Vec<Object>> {
    told.map(|told| told.into_iter().map(block).collect())
}
