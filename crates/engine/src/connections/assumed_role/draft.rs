//! Checks a role to assume as it was typed, field by field, by the rules of STS's API model.

use std::ops::RangeInclusive;

use latchkey_domain::ApiError;
use latchkey_domain::assumed_role::AssumedRoleDraft;
use latchkey_domain::secret_text::SecretInput;

use super::AssumedRole;
use crate::aws::endpoint;

const MINUTES: RangeInclusive<u32> = 15..=720;
const ACCOUNT_ID_DIGITS: usize = 12;
const CODE_DIGITS: usize = 6;

/// The role without the blanks of typing; an error names the first field that cannot be right.
pub(super) fn check(draft: &AssumedRoleDraft) -> Result<AssumedRole, ApiError> {
    let optional = |text: &Option<String>| {
        text.as_deref().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let role = AssumedRole {
        base: draft.base.clone(),
        role_arn: check_role_arn(draft.role_arn.trim())?,
        external_id: optional(&draft.external_id),
        session_name: optional(&draft.session_name),
        duration_minutes: draft.duration_minutes,
        duration_seconds: None,
        mfa_serial: optional(&draft.mfa_serial),
        endpoint_url: optional(&draft.endpoint_url).as_deref().map(endpoint::check).transpose()?,
    };
    check_text("external_id", role.external_id.as_deref(), 2..=1224, "+=,.@:/-_")?;
    check_text("session_name", role.session_name.as_deref(), 2..=64, "+=,.@-_")?;
    check_text("mfa_serial", role.mfa_serial.as_deref(), 9..=256, "+=/:,.@-_")?;
    if role.base.is_vault() {
        return Err(ApiError::invalid("base", "A vault has no roles. Choose another connection."));
    }
    if role.duration_minutes.is_some_and(|minutes| !MINUTES.contains(&minutes)) {
        return Err(ApiError::invalid("duration_minutes", "A role is assumed for 15 to 720 minutes."));
    }
    Ok(role)
}

/// The code of an MFA device, without the blank that many devices show in its middle.
pub(super) fn check_code(code: &SecretInput) -> Result<SecretInput, ApiError> {
    let digits: String = code.expose().split_whitespace().collect();
    if digits.len() == CODE_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(SecretInput::new(digits));
    }
    Err(ApiError::invalid("code", "The code of an MFA device has 6 digits."))
}

fn check_role_arn(arn: &str) -> Result<String, ApiError> {
    let refuse = |message: String| Err(ApiError::invalid("role_arn", message));
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [scheme, partition, service, region, account_id, resource] = parts[..] else {
        return refuse("A role has an ARN such as arn:aws:iam::123456789012:role/admin.".to_owned());
    };
    if scheme != "arn" || !partition.starts_with("aws") {
        return refuse(format!("An ARN begins with arn:aws, not with {scheme}:{partition}."));
    }
    if service != "iam" || !region.is_empty() {
        return refuse(
            "A role belongs to iam, and to no Region: arn:aws:iam::123456789012:role/admin.".to_owned(),
        );
    }
    if account_id.len() != ACCOUNT_ID_DIGITS || !account_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return refuse(format!("{account_id:?} is not a 12-digit account ID."));
    }
    let Some(name) = resource.strip_prefix("role/") else {
        return refuse("The account ID is followed by role/ and the name of the role.".to_owned());
    };
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&byte);
    if name.is_empty() || name.ends_with('/') || !name.bytes().all(is_allowed) {
        return refuse(format!("{name:?} is not the name of a role."));
    }
    Ok(arn.to_owned())
}

fn check_text(
    field: &str,
    text: Option<&str>,
    chars: RangeInclusive<usize>,
    marks: &str,
) -> Result<(), ApiError> {
    let Some(text) = text else { return Ok(()) };
    let is_allowed = |char: char| char.is_ascii_alphanumeric() || marks.contains(char);
    if chars.contains(&text.len()) && text.chars().all(is_allowed) {
        return Ok(());
    }
    let message = format!(
        "This must be {} to {} characters long: letters, digits and {marks}.",
        chars.start(),
        chars.end()
    );
    Err(ApiError::invalid(field, message))
}

#[cfg(test)]
mod tests {
    use latchkey_domain::assumed_role::AssumedRoleDraft;
    use latchkey_domain::secret_text::SecretInput;
    use latchkey_domain::{Code, ConnectionId};

    use super::{check, check_code};

    fn draft() -> AssumedRoleDraft {
        AssumedRoleDraft {
            name: "Admin".into(),
            base: ConnectionId::from("base"),
            role_arn: " arn:aws:iam::123456789012:role/teams/admin\n".into(),
            external_id: Some(" ".into()),
            session_name: Some("ana".into()),
            duration_minutes: Some(60),
            mfa_serial: Some("arn:aws:iam::123456789012:mfa/ana ".into()),
            region: "eu-central-1".into(),
            endpoint_url: Some(" https://vpce.example.com/ ".into()),
        }
    }

    #[track_caller]
    fn is_refused_at(field: &str, change: impl FnOnce(&mut AssumedRoleDraft)) {
        let mut draft = draft();
        change(&mut draft);
        let error = check(&draft).expect_err(field);
        assert_eq!(error.code, Code::Invalid(field.into()), "{}", error.message);
    }

    #[test]
    fn the_blanks_of_typing_are_dropped_and_empty_fields_are_none() {
        let role = check(&draft()).expect("it is well formed");
        assert_eq!(role.role_arn, "arn:aws:iam::123456789012:role/teams/admin");
        assert_eq!(role.mfa_serial.as_deref(), Some("arn:aws:iam::123456789012:mfa/ana"));
        assert_eq!(role.external_id, None, "an empty field says nothing");
        assert_eq!(role.endpoint_url.as_deref(), Some("https://vpce.example.com"));
    }

    #[test]
    fn each_typo_is_told_at_its_field() {
        for arn in [
            "",
            "admin",
            "arn:aws:iam::123456789012:user/ana",
            "arn:aws:iam::12345678901:role/admin",
            "arn:aws:iam:us-east-1:123456789012:role/admin",
            "arn:aws:sts::123456789012:role/admin",
            "arn:asw:iam::123456789012:role/admin",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/ad min",
        ] {
            is_refused_at("role_arn", |draft| draft.role_arn = arn.into());
        }
        is_refused_at("external_id", |draft| draft.external_id = Some("a b".into()));
        is_refused_at("session_name", |draft| draft.session_name = Some("x".into()));
        is_refused_at("duration_minutes", |draft| draft.duration_minutes = Some(14));
        is_refused_at("duration_minutes", |draft| draft.duration_minutes = Some(721));
        is_refused_at("mfa_serial", |draft| draft.mfa_serial = Some("short".into()));
        is_refused_at("endpoint_url", |draft| draft.endpoint_url = Some("http://vpce.example.com".into()));
    }

    #[test]
    fn a_code_has_six_digits() {
        let code = check_code(&SecretInput::new(" 123 456\n")).expect("devices show a blank in the middle");
        assert_eq!(code.expose(), "123456");
        for typed in ["", "12345", "1234567", "12345a"] {
            let error = check_code(&SecretInput::new(typed)).expect_err(typed);
            assert_eq!(error.code, Code::Invalid("code".into()));
        }
    }
}
