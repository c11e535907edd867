//! Who keeps a place at the port: those who sign; those who do not sign make room for each other.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use common::{World, connect, is_closed, read_one, token};
use latchkey_vault::Limits;
use serde_json::json;

/// Nobody is closed for being idle.
fn patient(connections: usize) -> World {
    World::with(Limits { connections, read_timeout: Duration::from_secs(600), ..Limits::default() })
}

/// A connection that has signed a request, and stays.
fn signed(world: &World) -> TcpStream {
    let mut stream = connect(world.server.address());
    assert_eq!(list(world, &mut stream).0, 200);
    stream
}

fn list(world: &World, stream: &mut TcpStream) -> (u16, String) {
    stream.write_all(&world.caller().request("ListSecrets", &json!({}))).unwrap();
    let reply = read_one(stream);
    (reply.status, reply.fault().0)
}

#[test]
fn clients_that_never_sign_shut_nobody_out_and_the_oldest_makes_room() {
    let world = patient(Limits::default().connections);
    let mut working = signed(&world);
    let mut silent: Vec<_> = (0..200).map(|_| connect(world.server.address())).collect();
    assert_eq!(world.caller().call("ListSecrets", &json!({})).status, 200, "who comes later is served");
    assert_eq!(list(&world, &mut working).0, 200, "who was there before keeps its place");
    assert!(is_closed(&mut silent[0]), "the oldest made room");
}

#[test]
fn an_unsigned_connection_is_closed_after_its_answer() {
    let world = patient(2);
    let mut stream = connect(world.server.address());
    let request = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let reply = read_one(&mut stream);
    assert_eq!(reply.fault().0, "MissingAuthenticationTokenException");
    assert!(reply.head.contains("connection: close"), "{}", reply.head);
    assert!(is_closed(&mut stream), "it may not ask again");

    let mut stream = signed(&world);
    stream.write_all(request.as_bytes()).unwrap();
    assert_eq!(read_one(&mut stream).status, 400);
    assert!(is_closed(&mut stream), "a signature is good for its request only");
}

#[test]
fn those_who_sign_above_the_cap_are_told_so_until_one_leaves() {
    let world = patient(2);
    world.create("a", &token("1"), "fake");
    let (mut first, second) = (signed(&world), signed(&world));
    let mut third = connect(world.server.address());
    assert_eq!(list(&world, &mut third), (503, "ServiceUnavailableException".to_owned()));
    assert!(is_closed(&mut third), "it keeps no place");
    assert_eq!(list(&world, &mut first).0, 200, "the others go on");
    drop(second);
    // The server learns of it in its own time.
    while list(&world, &mut connect(world.server.address())).0 != 200 {
        std::thread::yield_now();
    }
}

#[test]
fn a_signed_client_that_sends_slowly_is_not_crowded_out_by_those_who_only_connect() {
    let world = patient(Limits::default().connections);
    let body = json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": "x".repeat(60_000) });
    let caller = common::Caller { extra: vec![("expect".into(), "100-continue".into())], ..world.caller() };
    let request = caller.request("CreateSecret", &body);
    let (head, body) = request.split_at(request.len() - body.to_string().len());
    let mut slow = connect(world.server.address());
    slow.write_all(head).unwrap();
    let mut told = [0; 25];
    slow.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n", "it waits for the body");
    let (first, second) = body.split_at(body.len() / 2);
    slow.write_all(first).unwrap();
    for _ in 0..10 {
        let crowd: Vec<_> = (0..100).map(|_| connect(world.server.address())).collect();
        let last = crowd.last().unwrap();
        // All of them were accepted by now: they are in turn.
        assert_eq!(world.caller().call("ListSecrets", &json!({})).status, 200, "{last:?}");
    }
    slow.write_all(second).unwrap();
    assert_eq!(read_one(&mut slow).status, 200, "it is answered all the same");
}
