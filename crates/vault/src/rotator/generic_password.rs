//! `GenericPasswordRotation`: a new password in one key of a JSON object. It changes nothing outside of the vault.
//!
//! The key is the one that the secret's tag `latchkey:password-key` names, `password` without that tag. It must be
//! there and hold a text; every other byte of the value stays as it is.

use latchkey_domain::document::{Document, Edit, JsonKind};
use latchkey_domain::secret_text::{SecretInput, SecretValue};
use latchkey_domain::stages::CURRENT;
use zeroize::Zeroizing;

use crate::call::Call;
use crate::fault::Fault;
use crate::operations::{new_password, stages};
use crate::rotation::RotationStep;
use crate::store::secrets::Secret;

/// The tag that names the key of the password.
pub const PASSWORD_KEY_TAG: &str = "latchkey:password-key";
const DEFAULT_KEY: &str = "password";

/// Does one step for the version `token`. The fault is the reason for a failure; it quotes no value.
pub fn carry_out(call: &Call<'_>, arn: &str, token: &str, step: RotationStep) -> Result<(), Fault> {
    let secret = call.rows.find_live(arn)?;
    match step {
        RotationStep::CreateSecret => create_password(call, &secret, token),
        RotationStep::SetSecret => Ok(()),
        RotationStep::TestSecret => {
            let value = value_of(call, &secret, token)?;
            find_password(&value, &key_of(&secret)).map(|_| ())
        }
        RotationStep::FinishSecret => {
            let former = call.rows.holder(&secret, CURRENT)?;
            stages::move_label(call, &secret, CURRENT, former.as_deref(), token)
        }
    }
}

/// Does nothing if an earlier try already made the value.
fn create_password(call: &Call<'_>, secret: &Secret, token: &str) -> Result<(), Fault> {
    if call.rows.value(call.sealer, secret, token)?.is_some() {
        return Ok(());
    }
    let current = call.rows.holder(secret, CURRENT)?;
    let current = current.ok_or_else(|| Fault::no_value_at_stage(CURRENT))?;
    let (mut document, way) = find_password(&value_of(call, secret, &current)?, &key_of(secret))?;
    let text = SecretInput::new(new_password()?.as_str());
    document
        .apply(&Edit::Set { way, kind: Some(JsonKind::String), text })
        .map_err(|error| refused(&format!("The new password cannot be inserted. {error}")))?;
    let value = SecretValue::Text(document.into_text());
    let made = call.rows.insert_version(call.sealer, secret, token, &value, call.now_millis());
    Ok(made?)
}

fn value_of(call: &Call<'_>, secret: &Secret, version_id: &str) -> Result<Zeroizing<String>, Fault> {
    match call.rows.value(call.sealer, secret, version_id)? {
        Some(SecretValue::Text(text)) => Ok(text),
        Some(SecretValue::Binary(_)) => {
            Err(refused("The value is binary. GenericPasswordRotation needs a JSON object."))
        }
        None => Err(Fault::no_value_of_version(version_id)),
    }
}

fn refused(reason: &str) -> Fault {
    Fault::invalid_request(reason)
}

fn key_of(secret: &Secret) -> String {
    let tag = secret.tags.iter().flatten().find(|tag| tag.key == PASSWORD_KEY_TAG);
    tag.map_or(DEFAULT_KEY, |tag| &tag.value).to_owned()
}

/// The document and the way to the password in it. Of a key that stands twice the last counts, as for most readers.
fn find_password(text: &str, key: &str) -> Result<(Document, Vec<usize>), Fault> {
    let document = Document::parse(text)
        .map_err(|_| refused("The value is not JSON. GenericPasswordRotation needs a JSON object."))?;
    let fields = document
        .fields()
        .ok_or_else(|| refused("The value is not a JSON object. GenericPasswordRotation needs one."))?;
    let place = fields.iter().rposition(|field| field.key == key && field.kind == JsonKind::String);
    let place = place.ok_or_else(|| {
        refused(&format!(
            "The value has no string under the key {key:?}. Add one, or name another key in the tag \
             {PASSWORD_KEY_TAG}."
        ))
    })?;
    Ok((document, vec![place]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::find_password;

    #[test]
    fn the_last_of_two_equal_keys_is_the_password() {
        let (_, way) =
            find_password(r#"{"password":"fake 1","n":1,"password":"fake 2"}"#, "password").unwrap();
        assert_eq!(way, [2]);
    }

    #[test]
    fn what_has_no_password_is_refused_without_quoting_it() {
        for text in ["fake-canary", r#"["fake-canary"]"#, r#"{"user":"fake-canary"}"#, r#"{"password":1}"#] {
            let failure = find_password(text, "password").unwrap_err();
            assert!(!failure.message.contains("canary"), "{}", failure.message);
        }
    }
}
