//! The edge to AWS: clients, faults and conversions. No type of the SDK leaves the crate.

pub(crate) mod budget;
pub(crate) mod client;
pub(crate) mod fault;
pub(crate) mod from_sdk;
mod trust;

#[cfg(test)]
mod tests;
