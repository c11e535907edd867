//! The edge to AWS: clients, faults and conversions. No type of the SDK leaves the crate.

pub(crate) mod budget;
pub(crate) mod client;
pub(crate) mod fault;
pub(crate) mod from_sdk;

#[cfg(test)]
mod tests;
