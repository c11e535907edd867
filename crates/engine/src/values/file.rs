//! Values that come from a file and go to one. The person chooses it in a dialog of the platform: no command takes a
//! path, and the bytes do not pass the window.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use latchkey_domain::ApiError;
use latchkey_domain::secret_text::SecretValue;
use latchkey_domain::text::too_long;
use latchkey_domain::value::{ExportValue, ExportedValue};
use zeroize::Zeroizing;

use super::Opening;
use crate::secrets::{MAX_VALUE_BYTES, name_of};
use crate::{Engine, files};

impl Engine {
    /// Writes a version's value, byte for byte, into a file that only its owner may read.
    pub(crate) async fn export_value(&self, request: ExportValue) -> Result<ExportedValue, ApiError> {
        self.check_leaves(&request.version, "Export").await?;
        let name = {
            let value = self.value_of(&request.version, Opening(())).await?;
            suggested_name(&request.version.secret_id, &value)
        };
        let Some(path) = self.choose_new_file("Export the value", &name).await? else {
            return Ok(ExportedValue { path: None });
        };
        // Not held while the person chooses: the lock may close meanwhile, and wipes what is open.
        let value = self.value_of(&request.version, Opening(())).await?;
        write_alone(&path, value.as_bytes()).map_err(|error| {
            ApiError::internal(format!("{} could not be written: {error}.", path.display()))
        })?;
        Ok(ExportedValue { path: Some(path.display().to_string()) })
    }

    /// The bytes of a file that the person chooses.
    pub(crate) async fn bytes_of_file(&self) -> Result<SecretValue, ApiError> {
        let chosen = self.choose_file("Choose the file of the value").await?;
        let path = chosen.ok_or_else(|| ApiError::invalid("file", "No file was chosen."))?;
        let failed = |error: io::Error| {
            ApiError::invalid("file", format!("{} could not be read: {error}.", path.display()))
        };
        let file = File::open(&path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        if size > MAX_VALUE_BYTES as u64 {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let fault = too_long(size, MAX_VALUE_BYTES);
            return Err(ApiError::invalid("file", format!("{} is too large. {fault}", path.display())));
        }
        // Room for all of it, so that growing leaves no copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_VALUE_BYTES + 1));
        file.take(MAX_VALUE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        Ok(SecretValue::Binary(bytes))
    }
}

/// Replaces the file, or the link that has its name; there is no temporary copy of the value, and nobody else can open it
/// meanwhile.
fn write_alone(path: &Path, bytes: &[u8]) -> io::Result<()> {
    files::make_folder(files::folder_of(path))?;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = files::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The last part of the secret's name, with an ending that says what is in it.
fn suggested_name(secret_id: &str, value: &SecretValue) -> String {
    let name = name_of(secret_id);
    let last = name.rsplit('/').next().unwrap_or_default();
    let plain: String =
        last.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let ending = match value {
        SecretValue::Text(_) => "txt",
        SecretValue::Binary(_) => "bin",
    };
    format!("{}.{ending}", plain.trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use latchkey_domain::secret_text::SecretValue;

    use super::{suggested_name, write_alone};

    #[cfg(unix)]
    #[test]
    fn an_exported_value_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("value.bin");
        std::fs::write(&path, "old").unwrap();
        write_alone(&path, b"fake\0\xff").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"fake\0\xff", "byte for byte");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "no copies");
    }

    #[cfg(unix)]
    #[test]
    fn an_exported_value_takes_the_place_of_a_link_and_leaves_what_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (folder.path().join("value.txt"), folder.path().join("elsewhere"));
        std::fs::write(&elsewhere, "of somebody").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        write_alone(&path, b"fake").unwrap();
        assert!(path.symlink_metadata().unwrap().is_file());
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"of somebody");
    }

    #[test]
    fn the_suggested_name_stays_in_its_folder() {
        let name = |id: &str| suggested_name(id, &SecretValue::binary(*b"fake"));
        assert_eq!(name("arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/key-AbCdEf"), "key.bin");
        assert_eq!(name("prod/..a b"), "a-b.bin");
        assert_eq!(suggested_name("x", &SecretValue::text("fake")), "x.txt");
    }
}
