//! Partitions and regions. (Facts: botocore's partitions.json.)

/// A group of regions with accounts and domains of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its name, as ARNs have it.
    pub name: &'static str,
    /// The domain of its services.
    pub dns_suffix: &'static str,
    /// How the names of its regions begin, without the dash.
    areas: &'static [&'static str],
    /// Its regions: name and description.
    regions: &'static [(&'static str, &'static str)],
}

/// A region.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// Its name.
    pub name: &'static str,
    /// Where it is.
    pub description: &'static str,
    /// What it belongs to.
    pub partition: &'static Partition,
}

static PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws",
        dns_suffix: "amazonaws.com",
        areas: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        regions: &[
            ("af-south-1", "Africa (Cape Town)"),
            ("ap-east-1", "Asia Pacific (Hong Kong)"),
            ("ap-east-2", "Asia Pacific (Taipei)"),
            ("ap-northeast-1", "Asia Pacific (Tokyo)"),
            ("ap-northeast-2", "Asia Pacific (Seoul)"),
            ("ap-northeast-3", "Asia Pacific (Osaka)"),
            ("ap-south-1", "Asia Pacific (Mumbai)"),
            ("ap-south-2", "Asia Pacific (Hyderabad)"),
            ("ap-southeast-1", "Asia Pacific (Singapore)"),
            ("ap-southeast-2", "Asia Pacific (Sydney)"),
            ("ap-southeast-3", "Asia Pacific (Jakarta)"),
            ("ap-southeast-4", "Asia Pacific (Melbourne)"),
            ("ap-southeast-5", "Asia Pacific (Malaysia)"),
            ("ap-southeast-6", "Asia Pacific (New Zealand)"),
            ("ap-southeast-7", "Asia Pacific (Thailand)"),
            ("ca-central-1", "Canada (Central)"),
            ("ca-west-1", "Canada West (Calgary)"),
            ("eu-central-1", "Europe (Frankfurt)"),
            ("eu-central-2", "Europe (Zurich)"),
            ("eu-north-1", "Europe (Stockholm)"),
            ("eu-south-1", "Europe (Milan)"),
            ("eu-south-2", "Europe (Spain)"),
            ("eu-west-1", "Europe (Ireland)"),
            ("eu-west-2", "Europe (London)"),
            ("eu-west-3", "Europe (Paris)"),
            ("il-central-1", "Israel (Tel Aviv)"),
            ("me-central-1", "Middle East (UAE)"),
            ("me-south-1", "Middle East (Bahrain)"),
            ("mx-central-1", "Mexico (Central)"),
            ("sa-east-1", "South America (Sao Paulo)"),
            ("us-east-1", "US East (N. Virginia)"),
            ("us-east-2", "US East (Ohio)"),
            ("us-west-1", "US West (N. California)"),
            ("us-west-2", "US West (Oregon)"),
        ],
    },
    Partition {
        name: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        areas: &["cn"],
        regions: &[("cn-north-1", "China (Beijing)"), ("cn-northwest-1", "China (Ningxia)")],
    },
    Partition {
        name: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        areas: &["us-gov"],
        regions: &[("us-gov-east-1", "AWS GovCloud (US-East)"), ("us-gov-west-1", "AWS GovCloud (US-West)")],
    },
    Partition {
        name: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        areas: &["eusc-de"],
        regions: &[("eusc-de-east-1", "EU (Germany)")],
    },
    Partition {
        name: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        areas: &["us-iso"],
        regions: &[("us-iso-east-1", "US ISO East"), ("us-iso-west-1", "US ISO WEST")],
    },
    Partition {
        name: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        areas: &["us-isob"],
        regions: &[("us-isob-east-1", "US ISOB East (Ohio)"), ("us-isob-west-1", "US ISOB West")],
    },
    Partition {
        name: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        areas: &["eu-isoe"],
        regions: &[("eu-isoe-west-1", "EU ISOE West")],
    },
    Partition {
        name: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
        areas: &["us-isof"],
        regions: &[("us-isof-east-1", "US ISOF EAST"), ("us-isof-south-1", "US ISOF SOUTH")],
    },
];

/// All regions.
pub fn all() -> impl Iterator<Item = Region> {
    let regions = |partition: &'static Partition| {
        partition.regions.iter().map(move |(name, description)| Region { name, description, partition })
    };
    PARTITIONS.iter().flat_map(regions)
}

/// The region of a name.
#[must_use]
pub fn find(name: &str) -> Option<Region> {
    all().find(|region| region.name == name)
}

/// The partition of a region, which may be newer than this program.
#[must_use]
pub fn partition_of(region: &str) -> &'static Partition {
    // `us-gov-west-1` is in `us-gov`, `us-west-1` in `us`.
    let area = region.rsplitn(3, '-').nth(2).unwrap_or_default();
    PARTITIONS.iter().find(|p| p.areas.contains(&area)).unwrap_or(&PARTITIONS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_in_its_partition() {
        for region in all() {
            assert_eq!(partition_of(region.name), region.partition, "{}", region.name);
        }
        assert_eq!(partition_of("us-gov-north-7").name, "aws-us-gov");
        assert_eq!(partition_of("local").name, "aws");
    }
}
