//! AWS JSON 1.1 over HTTP on loopback: connections, signatures, constraints and errors.

pub mod credentials;
pub mod fault;
mod http;
pub mod server;
pub mod sigv4;
pub mod validate;
