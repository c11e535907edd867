//! Version ids as people tell them apart.

/// How much of a version id is enough at a glance.
const SHORT_ID_CHARS: usize = 8;

/// The beginning of a version id: `7c1e0f3a`.
pub fn short_id(version_id: &str) -> String {
    version_id.chars().take(SHORT_ID_CHARS).collect()
}
