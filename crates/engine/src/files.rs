//! The files of the engine: how they are called, and the one way to read and write them.

use sha2::{Digest, Sha256};

pub(crate) use latchkey_system::files::{
    create, folder_of, load, load_text, make_folder, open_or_create, save, sync_folder,
};

/// A name for what belongs to an id, which any file system takes: the id itself where it can be one, else a hash of it.
/// Ids of profiles are what a person wrote.
pub(crate) fn name_for(id: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    // Windows keeps some names for its devices, whatever follows their first dot.
    let is_device = matches!(id, "con" | "prn" | "aux" | "nul")
        || (id.len() == 4 && (id.starts_with("com") || id.starts_with("lpt")));
    if (1..=64).contains(&id.len()) && id.bytes().all(is_plain) && !is_device {
        return id.to_owned();
    }
    hashed(id)
}

/// A name that says nothing of the text, and is always the same for it.
pub(crate) fn hashed(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..16])
}

#[cfg(test)]
mod tests {
    use super::name_for;

    #[test]
    fn every_id_has_a_file_name_of_its_own_that_any_system_takes() {
        for plain in ["local", "environment", "2f1c0a3e-1111-4222-8333-444455556666"] {
            assert_eq!(name_for(plain), plain, "it is one already");
        }
        let hostile = [
            "profile:ops",
            "profile:Ops",
            "profile:a/b",
            "profile:../../x",
            "con",
            "nul",
            "com1",
            "lpt9",
            "CON",
            "ends.",
            "ends ",
            "",
            &"a".repeat(200),
        ];
        let names: std::collections::HashSet<String> = hostile.iter().map(|id| name_for(id)).collect();
        assert_eq!(names.len(), hostile.len(), "also where letters of both cases are one");
        let is_portable = |name: &String| name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(names.iter().all(is_portable), "{names:?}");
    }
}
