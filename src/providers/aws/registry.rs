//! All resource types and data sources, by name: a line each.

use super::ec2;
use super::resource::{DataSource, ResourceType};

/// A function that finds something by name, and the names that it knows.
macro_rules! by_name {
    ($find:ident -> $kind:ident, $names:ident, { $($name:literal => $found:expr,)* }) => {
        /// What has a name.
        #[must_use]
        pub fn $find(name: &str) -> Option<&'static dyn $kind> {
            Some(match name {
                $($name => $found,)*
                _ => return None,
            })
        }

        /// The names of all.
        pub const $names: &[&str] = &[$($name),*];
    };
}

by_name!(resource -> ResourceType, RESOURCES, {
        "aws_ebs_volume" => &ec2::ebs_volume::EbsVolume,
        "aws_instance" => &ec2::instance::Instance,
        "aws_internet_gateway" => &ec2::internet_gateway::InternetGateway,
        "aws_key_pair" => &ec2::key_pair::KeyPair,
        "aws_launch_template" => &ec2::launch_template::LaunchTemplate,
        "aws_placement_group" => &ec2::placement_group::PlacementGroup,
        "aws_subnet" => &ec2::subnet::Subnet,
        "aws_volume_attachment" => &ec2::volume_attachment::VolumeAttachment,
        "aws_vpc" => &ec2::vpc::Vpc,
});

by_name!(data_source -> DataSource, DATA_SOURCES, {
        "aws_ami" => &ec2::ami::Ami,
        "aws_ec2_instance_type" => &ec2::instance_type::InstanceType,
        "aws_ec2_instance_types" => &ec2::instance_types::InstanceTypes,
        "aws_instance" => &ec2::instance::data::Instance,
        "aws_instances" => &ec2::instances::Instances,
        "aws_region" => &ec2::region::Region,
});
