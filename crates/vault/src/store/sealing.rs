//! Where what the vault seals belongs.
//!
//! Each value has a data key of its own, which the vault key wraps; both are sealed in their place, so that a row moved
//! elsewhere does not open.

pub use latchkey_sealing::{SealingKey, Unopenable};

/// Where sealed bytes belong. Parts are length-prefixed, so no two places have the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Vec<u8>);

impl Place {
    pub fn new(purpose: &str, parts: &[&str]) -> Self {
        let mut bytes = Vec::new();
        for part in std::iter::once(&purpose).chain(parts) {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Self(bytes)
    }
}

impl AsRef<[u8]> for Place {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_place_cannot_be_shifted_against_each_other() {
        assert_ne!(Place::new("p", &["ab", "c"]), Place::new("p", &["a", "bc"]));
        assert_ne!(Place::new("p", &["a"]), Place::new("p", &["a", ""]));
    }
}
