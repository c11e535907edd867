//! Letters and numbers from the random numbers of the system, each as likely as the others.

use rand::TryRng;
use rand::rngs::{SysError, SysRng};

/// Letters drawn evenly with the system's random numbers.
pub fn random_text(letters: &[u8], length: usize) -> Result<String, SysError> {
    (0..length).map(|_| Ok(char::from(letters[random_below(letters.len())?]))).collect()
}

/// A number from 0 to `limit` - 1, each as likely as the others.
pub fn random_below(limit: usize) -> Result<usize, SysError> {
    // Rejecting the uneven rest keeps every number as likely.
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let fair = u32::MAX - u32::MAX % limit;
    loop {
        let drawn = SysRng.try_next_u32()?;
        if drawn < fair {
            return Ok((drawn % limit) as usize);
        }
    }
}
