//! Keys that are derived from passphrases.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use crate::{KeyBytes, SealingKey};

const SALT_BYTES: usize = 16;

/// A file may not ask for more than this (1 GiB, 16 passes): opening it would take too long.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_PASSES: u32 = 16;

/// The cost of one try at a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

/// OWASP's floor is 19 MiB and 2 passes.
pub const PASSPHRASE_COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

/// How a key is derived from a passphrase (argon2id).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    pub salt: Vec<u8>,
    pub cost: Cost,
}

/// Why no key was derived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DerivationProblem {
    /// Nothing of ours asks for as much.
    #[error("its passphrase requires {memory_kib} KiB and {passes} passes")]
    TooCostly { memory_kib: u32, passes: u32 },
    /// The parameters cannot be used, or there is no memory for them.
    #[error("{0}")]
    Failed(String),
}

impl Derivation {
    /// With a salt of its own.
    pub fn new(cost: Cost) -> Self {
        Self { salt: SealingKey::generate().bytes()[..SALT_BYTES].to_vec(), cost }
    }

    /// Takes a moment.
    pub fn key(&self, passphrase: &str) -> Result<SealingKey, DerivationProblem> {
        let Cost { memory_kib, passes, lanes } = self.cost;
        if memory_kib > MAX_MEMORY_KIB || passes > MAX_PASSES {
            return Err(DerivationProblem::TooCostly { memory_kib, passes });
        }
        let problem = |error: argon2::Error| DerivationProblem::Failed(error.to_string());
        let params = Params::new(memory_kib, passes, lanes, None).map_err(problem)?;
        let mut key: KeyBytes = Zeroizing::default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &self.salt, key.as_mut_slice())
            .map_err(problem)?;
        Ok(SealingKey::new(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

    #[test]
    fn a_passphrase_gives_its_key_again_and_another_salt_another_key() {
        let derivation = Derivation::new(CHEAP);
        let key = derivation.key("fake right");
        assert!(key.is_ok() && derivation.key("fake right") == key);
        assert!(derivation.key("fake wrong") != key, "another passphrase");
        assert!(Derivation::new(CHEAP).key("fake right") != key, "another salt");
    }

    #[test]
    fn parameters_cannot_ask_for_boundless_memory_or_time() {
        let refused = |cost| Derivation::new(cost).key("fake").is_err();
        assert!(refused(Cost { memory_kib: u32::MAX, ..CHEAP }), "before any work");
        assert!(refused(Cost { passes: u32::MAX, ..CHEAP }));
    }
}
