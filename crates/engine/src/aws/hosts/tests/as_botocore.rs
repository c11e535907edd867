//! The table of partitions, and AWS's own endpoints, beside those of botocore.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use latchkey_domain::partition::PARTITIONS;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::testing::botocore::{SERVICES, answers};

const TABLE: &str = "botocore_partitions.py";

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    domains: [String; 2],
    home: String,
    regions: Vec<String>,
}

fn table() -> Vec<Row> {
    let [table] = answers::<Vec<Row>>(TABLE, &[Value::Null]).try_into().unwrap();
    table
}

#[test]
fn the_table_of_partitions_is_that_of_botocore() {
    let theirs = table();
    let ids: BTreeSet<_> = theirs.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(PARTITIONS.iter().map(|partition| partition.id).collect::<BTreeSet<_>>(), ids);
    let mut regions = 0;
    for row in &theirs {
        let ours = PARTITIONS.iter().find(|partition| partition.id == row.id).unwrap();
        assert_eq!(ours.domains, row.domains.each_ref().map(String::as_str), "{}", row.id);
        for region in &row.regions {
            assert_eq!(Partition::of(region), Some(ours), "{region}");
            regions += 1;
        }
    }
    assert!(regions > 30, "{regions} Regions are compared");
    for known in KNOWN_REGIONS {
        assert!(theirs.iter().any(|row| row.regions.iter().any(|code| code == known.code)), "{}", known.code);
    }
}

#[test]
fn a_region_that_is_new_falls_into_the_partition_that_botocore_takes_it_for() {
    let starts = [
        "us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx", "cn", "us-gov", "eusc", "eusc-de", "us-iso",
        "us-isob", "eu-isoe", "us-isof", "eu-isog", "mars", "x",
    ];
    let codes: Vec<_> =
        starts.iter().flat_map(|start| ["new-7", "west-12"].map(|end| format!("{start}-{end}"))).collect();
    let questions: Vec<_> = codes.iter().map(|code| json!(code)).collect();
    for (code, theirs) in codes.iter().zip(answers::<Option<String>>(TABLE, &questions)) {
        assert_eq!(Partition::of(code).map(|found| found.id), theirs.as_deref(), "{code}");
    }
}

#[derive(Debug, Deserialize)]
struct Asked {
    url: Option<String>,
    signed_for: Option<String>,
}

/// botocore's table has no dual-stack endpoints there, and that of the SDKs has.
const BEHIND: [&str; 2] = ["aws-iso-e", "aws-iso-f"];

#[test]
fn the_endpoints_of_every_partition_and_variant_are_those_that_botocore_asks() {
    let mut cases = Vec::new();
    for row in table() {
        for (fips, dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
            cases.push((Region(row.home.clone()), EndpointVariant { fips, dual_stack }));
        }
    }
    let config = |(region, variant): &(Region, EndpointVariant)| {
        format!(
            "[profile p]\naws_access_key_id = AKIAFAKE\naws_secret_access_key = fake\nregion = {region}\n\
             use_fips_endpoint = {}\nuse_dualstack_endpoint = {}\n",
            variant.fips, variant.dual_stack
        )
    };
    let questions: Vec<_> = cases
        .iter()
        .map(|case| json!({ "environment": {}, "config": config(case), "profile": "p" }))
        .collect();
    let theirs = answers::<BTreeMap<String, Asked>>("botocore_resolves.py", &questions);
    for ((region, variant), theirs) in cases.iter().zip(theirs) {
        let partition = Partition::of(region.as_str()).unwrap();
        for (name, service) in SERVICES {
            let Asked { url, signed_for } = &theirs[name];
            if url.is_none() {
                assert!(variant.dual_stack && BEHIND.contains(&partition.id), "{name} {region} {variant:?}");
                continue;
            }
            assert_eq!(own(service, region, *variant), *url, "{name} {region} {variant:?}");
            if service == Service::Iam {
                assert_eq!(signed_for.as_deref(), Some(partition.iam.region), "{region} {variant:?}");
            }
        }
    }
}
