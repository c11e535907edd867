//! The partitions of AWS: separate clouds, each with credentials, domains, a console and ARNs of its own.
//!
//! The table is that of the SDKs (`partitions.json` of botocore), with the hosts of the consoles, which it leaves out. A
//! test of the engine compares it with what the SDK resolves.

/// One of AWS's partitions.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// As in an ARN.
    pub id: &'static str,
    /// What the codes of its Regions begin with.
    regions: &'static [&'static str],
    /// The domains of its endpoints: the usual one, and that of the dual-stack endpoints.
    pub domains: [&'static str; 2],
    /// The domain of its console.
    pub console: &'static str,
    /// The domain of its sign-in pages.
    pub sign_in: &'static str,
    pub iam: IamHome,
}

/// IAM is one for all Regions of a partition.
#[derive(Debug, PartialEq, Eq)]
pub struct IamHome {
    /// The Region that a request is signed for.
    pub region: &'static str,
    /// The hosts: the usual one, FIPS, dual-stack, both; none where there is none.
    pub hosts: [Option<&'static str>; 4],
}

macro_rules! partitions {
    ($($id:literal $regions:expr, $domains:expr, $console:literal, $sign_in:literal, $iam_region:literal $hosts:expr;)*) => {
        &[$(Partition {
            id: $id,
            regions: &$regions,
            domains: $domains,
            console: $console,
            sign_in: $sign_in,
            iam: IamHome { region: $iam_region, hosts: $hosts },
        }),*]
    };
}

pub const PARTITIONS: &[Partition] = partitions! {
    "aws" ["us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"],
        ["amazonaws.com", "api.aws"], "console.aws.amazon.com", "signin.aws.amazon.com",
        "us-east-1" [
            Some("iam.amazonaws.com"),
            Some("iam-fips.amazonaws.com"),
            Some("iam.global.api.aws"),
            Some("iam-fips.global.api.aws"),
        ];
    "aws-cn" ["cn-"],
        ["amazonaws.com.cn", "api.amazonwebservices.com.cn"], "console.amazonaws.cn", "signin.amazonaws.cn",
        "cn-north-1" [
            Some("iam.cn-north-1.amazonaws.com.cn"),
            Some("iam-fips.amazonaws.com.cn"),
            Some("iam.global.api.amazonwebservices.com.cn"),
            Some("iam-fips.api.amazonwebservices.com.cn"),
        ];
    "aws-us-gov" ["us-gov-"],
        ["amazonaws.com", "api.aws"], "console.amazonaws-us-gov.com", "signin.amazonaws-us-gov.com",
        "us-gov-west-1" [
            Some("iam.us-gov.amazonaws.com"),
            Some("iam.us-gov.amazonaws.com"),
            Some("iam.us-gov.api.aws"),
            Some("iam.us-gov.api.aws"),
        ];
    "aws-eusc" ["eusc-"],
        ["amazonaws.eu", "api.amazonwebservices.eu"], "console.amazonaws-eusc.eu", "signin.amazonaws-eusc.eu",
        "eusc-de-east-1" [
            Some("iam.eusc-de-east-1.amazonaws.eu"),
            Some("iam-fips.amazonaws.eu"),
            Some("iam.global.api.amazonwebservices.eu"),
            Some("iam-fips.api.amazonwebservices.eu"),
        ];
    "aws-iso" ["us-iso-"],
        ["c2s.ic.gov", "api.aws.ic.gov"], "console.c2shome.ic.gov", "signin.c2shome.ic.gov",
        "us-iso-east-1" [
            Some("iam.us-iso-east-1.c2s.ic.gov"),
            Some("iam-fips.us-iso-east-1.c2s.ic.gov"),
            Some("iam.api.aws.ic.gov"),
            Some("iam-fips.api.aws.ic.gov"),
        ];
    "aws-iso-b" ["us-isob-"],
        ["sc2s.sgov.gov", "api.aws.scloud"], "console.sc2shome.sgov.gov", "signin.sc2shome.sgov.gov",
        "us-isob-east-1" [
            Some("iam.us-isob-east-1.sc2s.sgov.gov"),
            Some("iam-fips.us-isob-east-1.sc2s.sgov.gov"),
            Some("iam.api.aws.scloud"),
            Some("iam-fips.api.aws.scloud"),
        ];
    "aws-iso-e" ["eu-isoe-"],
        ["cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"], "console.csphome.adc-e.uk", "signin.csphome.adc-e.uk",
        "eu-isoe-west-1" [Some("iam.eu-isoe-west-1.cloud.adc-e.uk"), Some("iam-fips.cloud.adc-e.uk"), None, None];
    "aws-iso-f" ["us-isof-"],
        ["csp.hci.ic.gov", "api.aws.hci.ic.gov"], "console.csphome.hci.ic.gov", "signin.csphome.hci.ic.gov",
        "us-isof-south-1" [Some("iam.us-isof-south-1.csp.hci.ic.gov"), Some("iam-fips.csp.hci.ic.gov"), None, None];
};

impl Partition {
    /// The partition of a Region; none for a Region whose partition is not known.
    pub fn of(region: &str) -> Option<&'static Self> {
        let longest = |partition: &Self| {
            let starts = partition.regions.iter().filter(|start| region.starts_with(**start));
            starts.map(|start| start.len()).max()
        };
        let found = PARTITIONS.iter().filter_map(|partition| Some((longest(partition)?, partition)));
        let (_, partition) = found.max_by_key(|(length, _)| *length)?;
        // `us-new-east-1` is no Region of a partition whose Regions have one word after `us`.
        let words = region.split('-').count();
        let expected = if matches!(partition.id, "aws" | "aws-cn") { 3 } else { 4 };
        (words == expected).then_some(partition)
    }

    /// What stands in an ARN of this Region. The SDKs take an unknown Region for one of the first partition.
    pub fn id_of(region: &str) -> &'static str {
        Self::of(region).map_or(PARTITIONS[0].id, |partition| partition.id)
    }

    /// Whether one of AWS's own hosts has this name, such as an endpoint of a VPC.
    pub fn owns(host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_in = |domain: &str| host.strip_suffix(domain).is_some_and(|before| before.ends_with('.'));
        PARTITIONS.iter().flat_map(|partition| partition.domains).any(is_in)
    }
}

#[cfg(test)]
mod tests {
    use super::Partition;

    #[test]
    fn every_region_belongs_to_the_partition_that_the_sdks_say() {
        for (region, partition) in [
            ("us-east-1", Some("aws")),
            ("il-central-1", Some("aws")),
            ("cn-north-1", Some("aws-cn")),
            ("us-gov-west-1", Some("aws-us-gov")),
            ("eusc-de-east-1", Some("aws-eusc")),
            ("us-iso-east-1", Some("aws-iso")),
            ("us-isob-west-1", Some("aws-iso-b")),
            ("eu-isoe-west-1", Some("aws-iso-e")),
            ("us-isof-south-1", Some("aws-iso-f")),
            ("mars-north-1", None),
            ("us-new-east-1", None),
            ("eu-isog-west-1", None),
        ] {
            assert_eq!(Partition::of(region).map(|found| found.id), partition, "{region}");
        }
    }

    #[test]
    fn a_host_is_one_of_aws_by_its_end_and_not_by_what_stands_in_it() {
        for own in [
            "secretsmanager.eu-west-1.amazonaws.com",
            "VPCE-1.secretsmanager.eusc-de-east-1.vpce.amazonaws.eu",
            "secretsmanager.eu-west-1.api.aws",
            "sts.cn-north-1.amazonaws.com.cn",
            "sts.us-isob-east-1.sc2s.sgov.gov.",
        ] {
            assert!(Partition::owns(own), "{own}");
        }
        for other in ["x.amazonaws.com.evil.example", "evilamazonaws.com", "amazonaws.com", "localhost", ""] {
            assert!(!Partition::owns(other), "{other}");
        }
    }
}
