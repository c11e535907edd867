//! Reads the credentials out of a pasted block, as the AWS access portal and the AWS CLI write them.
//!
//! Understands `export` lines, `set` lines, PowerShell's `$Env:` lines and the lines of a credentials file.

use latchkey_domain::endpoint::EndpointVariant;
use latchkey_domain::secret_text::SecretInput;

/// What a pasted block held. Its `Debug` shows no secret.
#[derive(Debug, Default, PartialEq)]
pub struct PastedKey {
    /// The name of the profile that the lines stand below.
    pub profile: Option<String>,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<SecretInput>,
    pub session_token: Option<SecretInput>,
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
    pub variant: EndpointVariant,
}

impl PastedKey {
    /// None if the text assigns no part of an access key: then it is an ordinary paste.
    pub fn parse(text: &str) -> Option<Self> {
        let mut pasted = Self::default();
        for line in text.lines() {
            if let Some(profile) = header(line) {
                // The keys of two profiles would make one that is neither.
                if pasted.holds_a_key() {
                    break;
                }
                pasted = Self { profile: Some(profile.to_owned()), ..Self::default() };
            }
            let Some((name, value)) = assignment(line) else { continue };
            match name.to_ascii_uppercase().as_str() {
                "AWS_ACCESS_KEY_ID" => pasted.access_key_id = Some(value.into()),
                "AWS_SECRET_ACCESS_KEY" => pasted.secret_access_key = Some(SecretInput::new(value)),
                "AWS_SESSION_TOKEN" => pasted.session_token = Some(SecretInput::new(value)),
                "AWS_REGION" | "AWS_DEFAULT_REGION" | "REGION" => pasted.region = Some(value.into()),
                "AWS_ENDPOINT_URL" | "AWS_ENDPOINT_URL_SECRETS_MANAGER" | "ENDPOINT_URL" => {
                    pasted.endpoint_url = Some(value.into());
                }
                "AWS_USE_FIPS_ENDPOINT" | "USE_FIPS_ENDPOINT" => {
                    pasted.variant.fips = value.eq_ignore_ascii_case("true");
                }
                "AWS_USE_DUALSTACK_ENDPOINT" | "USE_DUALSTACK_ENDPOINT" => {
                    pasted.variant.dual_stack = value.eq_ignore_ascii_case("true");
                }
                _ => {}
            }
        }
        pasted.holds_a_key().then_some(pasted)
    }

    fn holds_a_key(&self) -> bool {
        self.access_key_id.is_some() || self.secret_access_key.is_some()
    }
}

/// The name of the profile in `[profile ops]` of a config file, or in `[ops]` of a credentials file.
fn header(line: &str) -> Option<&str> {
    let inside = line.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    let name = inside.strip_prefix("profile ").unwrap_or(inside).trim();
    (!name.is_empty()).then_some(name)
}

/// The name and the value of `export NAME=value`, `set NAME=value`, `$Env:NAME="value"` or `name = value`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (left, right) = line.split_once('=')?;
    let name = left.split_whitespace().next_back()?;
    let name = match name.get(..5) {
        Some(scope) if scope.eq_ignore_ascii_case("$env:") => &name[5..],
        _ => name,
    };
    let value = right.trim().trim_end_matches(';');
    let bare = ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value);
    (!bare.is_empty()).then_some((name, bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake_key() -> PastedKey {
        PastedKey {
            profile: None,
            access_key_id: Some("AKIAFAKEFAKEFAKEFAKE".into()),
            secret_access_key: Some(SecretInput::new("fake/secret+key=")),
            session_token: Some(SecretInput::new("fake//token==")),
            region: None,
            endpoint_url: None,
            variant: EndpointVariant::default(),
        }
    }

    #[test]
    fn every_form_that_aws_offers_to_copy_is_read() {
        let forms = [
            "export AWS_ACCESS_KEY_ID=\"AKIAFAKEFAKEFAKEFAKE\"\nexport AWS_SECRET_ACCESS_KEY=\"fake/secret+key=\"\n\
             export AWS_SESSION_TOKEN=\"fake//token==\"\n",
            "export AWS_ACCESS_KEY_ID='AKIAFAKEFAKEFAKEFAKE'\r\nexport AWS_SECRET_ACCESS_KEY='fake/secret+key='\r\n\
             export AWS_SESSION_TOKEN='fake//token=='\r\n",
            "SET AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAKE\nSET AWS_SECRET_ACCESS_KEY=fake/secret+key=\n\
             SET AWS_SESSION_TOKEN=fake//token==",
            "$Env:AWS_ACCESS_KEY_ID=\"AKIAFAKEFAKEFAKEFAKE\"\n$Env:AWS_SECRET_ACCESS_KEY=\"fake/secret+key=\"\n\
             $Env:AWS_SESSION_TOKEN=\"fake//token==\"",
            "aws_access_key_id=AKIAFAKEFAKEFAKEFAKE\naws_secret_access_key = fake/secret+key=\n\
             aws_session_token = fake//token==",
        ];
        for form in forms {
            assert_eq!(PastedKey::parse(form), Some(fake_key()), "{form}");
        }
    }

    #[test]
    fn region_and_endpoint_come_along() {
        let block = "export AWS_ENDPOINT_URL=http://127.0.0.1:5000\nexport AWS_REGION=eu-central-1\n\
                     export AWS_ACCESS_KEY_ID=AKIAFAKEFAKEFAKEFAKE";
        let pasted = PastedKey::parse(block).expect("the block names a key");
        assert_eq!(pasted.region.as_deref(), Some("eu-central-1"), "AWS_REGION");
        assert_eq!(pasted.endpoint_url.as_deref(), Some("http://127.0.0.1:5000"), "AWS_ENDPOINT_URL");
    }

    #[test]
    fn a_profile_gives_its_name_and_the_keys_of_two_are_not_mixed() {
        let block = "[profile empty]\nregion = eu-west-3\n[profile ops]\nuse_fips_endpoint = true\n\
                     aws_access_key_id = AKIAFAKEFAKEFAKEFAKE\n[other]\naws_secret_access_key = fake-of-another";
        let pasted = PastedKey::parse(block).expect("it holds a key");
        assert_eq!(pasted.profile.as_deref(), Some("ops"), "the first with a key");
        assert_eq!(pasted.access_key_id.as_deref(), Some("AKIAFAKEFAKEFAKEFAKE"), "its key");
        assert_eq!(
            (pasted.secret_access_key, pasted.region),
            (None, None),
            "what others have is not its own"
        );
        assert!(pasted.variant.fips && !pasted.variant.dual_stack, "{:?}", pasted.variant);
        let credentials = PastedKey::parse("[123456789012_ops]\naws_access_key_id=AKIAFAKEFAKEFAKEFAKE");
        let name = credentials.and_then(|pasted| pasted.profile);
        assert_eq!(name.as_deref(), Some("123456789012_ops"), "as the access portal writes it");
    }

    #[test]
    fn an_ordinary_paste_is_left_alone() {
        for text in
            ["", "AKIAFAKEFAKEFAKEFAKE", "fake/secret+key=", "AWS_REGION=eu-central-1", "a=b", "$Ênv:=="]
        {
            assert_eq!(PastedKey::parse(text), None, "{text:?} goes into the field that has the focus");
        }
    }
}
