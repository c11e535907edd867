//! Takes the credentials of a throw-away vault out of the environment, where every child would see them.
//!
//! A variable can only be removed for good by starting the program anew without it: the process keeps its number, and
//! the credentials come through a pipe, as the credentials file.

use std::error::Error;

const ID_VARIABLE: &str = "LATCHKEY_VAULT_ACCESS_KEY_ID";
/// A pipe takes as much before somebody reads it, however many others the person has open.
#[cfg(unix)]
const MAX_BYTES: usize = 4096;
const SECRET_VARIABLE: &str = "LATCHKEY_VAULT_SECRET_ACCESS_KEY";

/// Returns if there is nothing to take out, or what went wrong.
#[cfg(unix)]
pub fn clear() -> Result<(), Box<dyn Error>> {
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use rustix::io::{FdFlags, fcntl_setfd};
    use zeroize::Zeroizing;

    let (id, secret) = match (std::env::var(ID_VARIABLE), std::env::var(SECRET_VARIABLE)) {
        (Ok(id), Ok(secret)) => (id, Zeroizing::new(secret)),
        (Err(std::env::VarError::NotPresent), Err(std::env::VarError::NotPresent)) => return Ok(()),
        _ => {
            return Err(
                format!("Set both {ID_VARIABLE} and {SECRET_VARIABLE}, as UTF-8 text, or neither.").into()
            );
        }
    };
    let mut again = Command::new(std::env::current_exe()?);
    again.args(std::env::args_os().skip(1)).env_remove(ID_VARIABLE).env_remove(SECRET_VARIABLE);
    let (reader, mut writer) = std::io::pipe()?;
    if !has_credentials_file() {
        let json = serde_json::json!({ "access_key_id": id, "secret_access_key": *secret });
        let json = Zeroizing::new(json.to_string());
        if json.len() > MAX_BYTES {
            let told = format!(
                "{ID_VARIABLE} and {SECRET_VARIABLE} are too long: {} bytes, and together they may have about {MAX_BYTES}. \
                 Pass longer ones with --credentials-file.",
                json.len()
            );
            return Err(told.into());
        }
        writer.write_all(json.as_bytes())?;
        fcntl_setfd(&reader, FdFlags::empty())?;
        again.arg(format!("--credentials-file=/dev/fd/{}", reader.as_raw_fd()));
    }
    Err(again.exec().into())
}

/// The file counts more than the environment.
#[cfg(unix)]
fn has_credentials_file() -> bool {
    std::env::args().any(|argument| argument.starts_with("--credentials-file"))
}

#[cfg(not(unix))]
pub fn clear() -> Result<(), Box<dyn Error>> {
    let is_set = |name| std::env::var_os(name).is_some();
    if is_set(ID_VARIABLE) || is_set(SECRET_VARIABLE) {
        return Err(
            "On this system, pass the credentials with --credentials-file, not in the environment.".into()
        );
    }
    Ok(())
}
