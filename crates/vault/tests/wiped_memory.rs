//! What a value leaves in memory: nothing, with the allocator of the programs, even where buffers grew.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use common::{World, connect, read_reply, token};
use latchkey_vault::private_memory::{WIPING_ALLOCATOR, WipingAllocator};
use serde_json::json;

#[global_allocator]
static ALLOCATOR: WipingAllocator = WIPING_ALLOCATOR;

/// What is looked for, in a form that is not found itself.
struct Canary(Vec<u8>);

const MASK: u8 = 0x5a;

impl Canary {
    fn new() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string().bytes().map(|byte| byte ^ MASK).collect())
    }

    fn shown(&self) -> String {
        self.0.iter().map(|byte| char::from(byte ^ MASK)).collect()
    }

    /// Whether it stands anywhere in the memory of this process.
    fn is_in_memory(&self) -> bool {
        let memory = File::open("/proc/self/mem").unwrap();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let regions = maps.lines().filter(|line| line.contains(" rw") && !line.contains("[v"));
        regions.filter_map(|line| line.split(' ').next()?.split_once('-')).any(|(start, end)| {
            let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
            let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
            // A region may be gone since.
            memory.read_exact_at(&mut bytes, start).is_ok() && self.is_in(&bytes)
        })
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        let first = self.0[0] ^ MASK;
        let at = |start: usize| {
            let candidate = bytes.get(start..start + self.0.len());
            candidate.is_some_and(|found| found.iter().zip(&self.0).all(|(a, b)| a ^ MASK == *b))
        };
        let mut starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == first);
        starts.any(|(start, _)| at(start))
    }
}

#[test]
fn a_value_that_was_stored_and_read_is_nowhere_in_memory() {
    let canary = Canary::new();
    let world = World::new();
    {
        // In the middle: what hashes a body keeps its last bytes on the stack.
        let filling = "x".repeat(20_000);
        let value = format!("{filling}{}{filling}", canary.shown());
        let create = json!({ "Name": "a", "ClientRequestToken": token("1"), "SecretString": value });
        let body = create.to_string();
        assert!(canary.is_in_memory(), "nothing is shown: it is not found where it is");

        // In chunks, so that nobody knows how much will come, and buffers grow.
        let mut stream = connect(world.server.address());
        let mut head = String::from("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n");
        for (name, value) in world.caller().sign("CreateSecret", body.as_bytes()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        for chunk in body.as_bytes().chunks(1000) {
            stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).unwrap();
            stream.write_all(chunk).unwrap();
            stream.write_all(b"\r\n").unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
        let reply = read_reply(&mut stream);
        assert_eq!(reply.status, 200, "{}", reply.body);
        let read = world.caller().call("GetSecretValue", &json!({ "SecretId": "a" }));
        assert_eq!(read.body["SecretString"], json!(value));
    }
    // The connections end in their own time.
    let deadline = Instant::now() + Duration::from_secs(10);
    while canary.is_in_memory() {
        assert!(Instant::now() < deadline, "it is still in memory");
    }
}
