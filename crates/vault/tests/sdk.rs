//! AWS's own Rust SDK against the vault, errors included.
#![allow(clippy::unwrap_used)]

mod common;

use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::{Client, Config};
use common::{ID, REGION, SECRET, World};

fn client(world: &World) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(world.server.endpoint())
        .credentials_provider(Credentials::new(ID, SECRET, None, None, "test"))
        .build();
    Client::from_conf(config)
}

#[test]
fn the_sdk_reads_what_it_wrote_and_knows_the_errors() {
    let world = World::new();
    let client = client(&world);
    world.runtime.block_on(async {
        let made = client.create_secret().name("a").secret_string("fake").send().await.unwrap();
        let read = client.get_secret_value().secret_id(made.arn().unwrap()).send().await.unwrap();
        assert_eq!((read.secret_string(), read.version_id()), (Some("fake"), made.version_id()));
        let blob = Blob::new(b"fake\0\xff".to_vec());
        client.put_secret_value().secret_id("a").secret_binary(blob.clone()).send().await.unwrap();
        let read = client.get_secret_value().secret_id("a").send().await.unwrap();
        assert_eq!((read.secret_binary(), read.secret_string()), (Some(&blob), None));
        let missing = client.describe_secret().secret_id("b").send().await.unwrap_err().into_service_error();
        assert!(missing.is_resource_not_found_exception(), "{missing:?}");
        assert_eq!(missing.meta().message(), Some("Secrets Manager can't find the specified secret."));
        let pages = client.list_secrets().max_results(1).into_paginator().send();
        let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
        assert_eq!(pages.iter().map(|page| page.secret_list().len()).sum::<usize>(), 1);
    });
}
