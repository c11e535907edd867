//! The edge to AWS: clients, faults and conversions. No type of the SDK leaves the crate.

pub(crate) mod attempts;
pub(crate) mod budget;
pub(crate) mod client;
pub(crate) mod detour;
pub(crate) mod endpoint;
pub(crate) mod fault;
pub(crate) mod from_sdk;
pub(crate) mod gate;
pub(crate) mod hosts;
pub(crate) mod iam;
pub(crate) mod proxy_fault;
pub(crate) mod read_client;
pub(crate) mod request_log;
pub(crate) mod routes;
pub(crate) mod server_time;
pub(crate) mod trust;

#[cfg(test)]
mod tests;
