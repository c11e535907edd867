//! Checks an access key as it was typed or pasted, field by field.

use latchkey_domain::connection::AccessKeyDraft;
use latchkey_domain::secret_text::SecretInput;
use latchkey_domain::{ApiError, Region};

use crate::aws::endpoint;

/// The longest key id and name, in characters (STS API model, accessKeyIdType).
const MAX_KEY_ID_CHARS: usize = 128;
const MAX_NAME_CHARS: usize = 128;
/// The shortest key id that AWS gives out. Other endpoints take shorter ones.
const MIN_KEY_ID_CHARS: usize = 16;

/// The draft without the blanks and line breaks of pasting; an error names the first field that cannot be right.
pub(super) fn check(draft: AccessKeyDraft) -> Result<AccessKeyDraft, ApiError> {
    let endpoint_url = draft.endpoint_url.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let checked = AccessKeyDraft {
        name: check_name(draft.name.trim())?,
        access_key_id: check_key_id(draft.access_key_id.trim(), endpoint_url.is_none())?,
        secret_access_key: trimmed(&draft.secret_access_key),
        session_token: draft.session_token.as_ref().map(trimmed).filter(|token| !token.is_empty()),
        region: check_region(draft.region.as_str().trim())?,
        endpoint_url: endpoint_url.map(endpoint::check).transpose()?,
        variant: draft.variant,
    };
    endpoint::check_variant(checked.endpoint_url.as_deref(), checked.variant)?;
    check_secret("secret_access_key", &checked.secret_access_key)?;
    if checked.secret_access_key.is_empty() {
        return Err(ApiError::invalid(
            "secret_access_key",
            "Paste the secret access key that belongs to the id.",
        ));
    }
    match &checked.session_token {
        Some(token) => check_secret("session_token", token)?,
        None if checked.access_key_id.starts_with("ASIA") => {
            let message = "An access key id that begins with ASIA is temporary and needs its session token.";
            return Err(ApiError::invalid("session_token", message));
        }
        None => {}
    }
    Ok(checked)
}

fn trimmed(input: &SecretInput) -> SecretInput {
    SecretInput::new(input.expose().trim())
}

pub(super) fn check_name(name: &str) -> Result<String, ApiError> {
    let refuse = |message: &str| Err(ApiError::invalid("name", message));
    match name {
        "" => refuse("Give the connection a name."),
        _ if name.chars().count() > MAX_NAME_CHARS => refuse("The name can be at most 128 characters long."),
        _ if name.chars().any(char::is_control) => refuse("The name must not hold control characters."),
        _ => Ok(name.to_owned()),
    }
}

/// The ID is not quoted: a secret may have been pasted in its place.
fn check_key_id(id: &str, is_for_aws: bool) -> Result<String, ApiError> {
    let refuse = |message: &str| Err(ApiError::invalid("access_key_id", message));
    let chars = id.chars().count();
    if chars == 0 {
        return refuse("Paste the access key id, AKIA... for example.");
    }
    if !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return refuse("An access key id holds letters, digits and _ only. Is this the secret?");
    }
    if chars > MAX_KEY_ID_CHARS || (is_for_aws && chars < MIN_KEY_ID_CHARS) {
        return refuse("An access key id is 16 to 128 characters long.");
    }
    Ok(id.to_owned())
}

fn check_secret(field: &str, secret: &SecretInput) -> Result<(), ApiError> {
    if secret.expose().bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(ApiError::invalid(
        field,
        "This contains a space, a line break or another character that no key has. Copy it again.",
    ))
}

pub(super) fn check_region(code: &str) -> Result<Region, ApiError> {
    let region = Region::from(code);
    super::check_region(&region)?;
    Ok(region)
}

#[cfg(test)]
mod tests {
    use latchkey_domain::Code;
    use latchkey_domain::connection::AccessKeyDraft;
    use latchkey_domain::secret_text::SecretInput;

    use super::check;

    fn draft() -> AccessKeyDraft {
        AccessKeyDraft {
            name: "Ops".into(),
            access_key_id: "AKIAFAKEFAKEFAKEFAKE".into(),
            secret_access_key: SecretInput::new("fake/secret+key"),
            session_token: None,
            region: "eu-central-1".into(),
            endpoint_url: None,
            variant: Default::default(),
        }
    }

    #[track_caller]
    fn is_refused_at(field: &str, change: impl FnOnce(&mut AccessKeyDraft)) {
        let mut draft = draft();
        change(&mut draft);
        let error = check(draft).expect_err(field);
        assert_eq!(error.code, Code::Invalid(field.into()), "{}", error.message);
        assert!(!error.message.contains("fake"), "no part of a key in {:?}", error.message);
    }

    #[test]
    fn the_blanks_and_line_breaks_of_pasting_are_dropped() {
        let pasted = AccessKeyDraft {
            name: " Ops\n".into(),
            access_key_id: "\tAKIAFAKEFAKEFAKEFAKE\r\n".into(),
            secret_access_key: SecretInput::new("fake/secret+key\n"),
            session_token: Some(SecretInput::new(" \n")),
            region: "eu-central-1 ".into(),
            endpoint_url: Some(" ".into()),
            variant: Default::default(),
        };
        let checked = check(pasted).expect("blanks around a field mean nothing");
        assert_eq!(checked.access_key_id, "AKIAFAKEFAKEFAKEFAKE");
        assert_eq!(checked.secret_access_key.expose(), "fake/secret+key");
        assert_eq!((checked.name.as_str(), checked.region.as_str()), ("Ops", "eu-central-1"));
        assert_eq!((checked.session_token, checked.endpoint_url), (None, None));
    }

    #[test]
    fn each_field_is_refused_by_its_own_name() {
        is_refused_at("name", |draft| draft.name = "  ".into());
        is_refused_at("name", |draft| draft.name = "x".repeat(129));
        is_refused_at("access_key_id", |draft| draft.access_key_id = String::new());
        is_refused_at("access_key_id", |draft| {
            draft.access_key_id = "fake/secret+key/in+the+wrong+field".into()
        });
        is_refused_at("access_key_id", |draft| draft.access_key_id = "AKIASHORT".into());
        is_refused_at("secret_access_key", |draft| draft.secret_access_key = SecretInput::new(""));
        is_refused_at("secret_access_key", |draft| draft.secret_access_key = SecretInput::new("fake key"));
        is_refused_at("session_token", |draft| draft.session_token = Some(SecretInput::new("fake\ntoken")));
        is_refused_at("session_token", |draft| draft.access_key_id = "ASIAFAKEFAKEFAKEFAKE".into());
        is_refused_at("region", |draft| draft.region = "Frankfurt".into());
        is_refused_at("endpoint_url", |draft| draft.endpoint_url = Some("http://example.com".into()));
        is_refused_at("endpoint_url", |draft| {
            draft.endpoint_url = Some("https://example.com".into());
            draft.variant.fips = true;
        });
    }

    #[test]
    fn other_endpoints_than_awss_take_short_key_ids() {
        let short = AccessKeyDraft {
            access_key_id: "testing".into(),
            endpoint_url: Some("http://127.0.0.1:5000".into()),
            ..draft()
        };
        check(short).expect("moto and its like use such ids");
    }
}
