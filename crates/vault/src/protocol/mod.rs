//! AWS JSON 1.1 over HTTP on loopback: connections, requests and their signatures.

mod connection;
mod http;
mod lengths;
mod malformed;
mod places;
pub mod server;
mod sigv4;
