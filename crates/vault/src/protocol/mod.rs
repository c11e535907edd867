//! AWS JSON 1.1 over HTTP on loopback: connections, requests and their signatures.

mod http;
pub mod server;
mod sigv4;
