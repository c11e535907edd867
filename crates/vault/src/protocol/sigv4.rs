//! Checks AWS Signature Version 4 in the Authorization header, by the wall clock.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HOST};
use latchkey_domain::Region;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::credentials::{Callers, KnownCaller, Signed};
use crate::fault::{Fault, FaultCode};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "secretsmanager";
const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";
const MAX_SKEW_MINUTES: i64 = 15;

/// What the headers of a `POST /` say of its signature, before its body is read.
pub struct Claim<'a> {
    headers: &'a HeaderMap,
    authorization: Authorization<'a>,
    caller: KnownCaller,
}

impl<'a> Claim<'a> {
    /// Whether it claims to be signed by a known caller, not long ago. Only its body shows whether that is so.
    pub fn read(headers: &'a HeaderMap, callers: &Callers, now: DateTime<Utc>) -> Result<Self, Fault> {
        let text = header(headers, AUTHORIZATION.as_str()).ok_or_else(|| {
            Fault::new(FaultCode::MissingAuthenticationTokenException, "Missing Authentication Token")
        })?;
        let authorization = Authorization::parse(text, headers)?;
        let token = header(headers, "x-amz-security-token");
        let caller = callers.find(authorization.access_key_id, token, now)?;
        authorization.check_scope()?;
        check_age(authorization.signed_at, now)?;
        authorization.check_signed_headers(headers)?;
        Ok(Self { headers, authorization, caller })
    }

    /// Whether it was signed with this body.
    pub fn verify(self, body: &[u8]) -> Result<Signed, Fault> {
        let Self { headers, authorization, caller: KnownCaller { secret_access_key, only } } = self;
        let body_hash = hex::encode(Sha256::digest(body));
        if header(headers, "x-amz-content-sha256").is_some_and(|claimed| claimed != body_hash) {
            return Err(mismatch());
        }
        let canonical = authorization.canonical_request(headers, &body_hash);
        let signature = authorization.signature(secret_access_key.expose(), &canonical);
        if !bool::from(signature.as_bytes().ct_eq(authorization.signature.as_bytes())) {
            return Err(mismatch());
        }
        Ok(Signed {
            access_key_id: authorization.access_key_id.to_owned(),
            region: authorization.region.to_owned(),
            only,
        })
    }
}

/// The parts of the header, with the date that belongs to them.
struct Authorization<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    terminator: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
    signed_at: DateTime<Utc>,
}

impl<'a> Authorization<'a> {
    fn parse(text: &'a str, headers: &'a HeaderMap) -> Result<Self, Fault> {
        let (algorithm, rest) = text.split_once(' ').unwrap_or((text, ""));
        if algorithm != ALGORITHM {
            return Err(incomplete(format!("Unsupported AWS 'algorithm'. Only {ALGORITHM} is accepted.")));
        }
        let part =
            |name: &str| rest.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        let (credential, signed_headers, signature) =
            (part("Credential"), part("SignedHeaders"), part("Signature"));
        let date = header(headers, "x-amz-date");
        let mut missing = Vec::new();
        for (name, found) in
            [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed_headers)]
        {
            if found.is_none_or(str::is_empty) {
                missing.push(format!("Authorization header requires '{name}' parameter."));
            }
        }
        if date.is_none() {
            missing.push("Authorization header requires existence of a 'X-Amz-Date' header.".to_owned());
        }
        let (Some(credential), Some(signed_headers), Some(signature), Some(date), true) =
            (credential, signed_headers, signature, date, missing.is_empty())
        else {
            return Err(incomplete(missing.join(" ")));
        };
        let signed_at = NaiveDateTime::parse_from_str(date, DATE_FORMAT).map_err(|_| {
            incomplete("Date must be in ISO-8601 'basic format', YYYYMMDDTHHMMSSZ.".to_owned())
        })?;
        let [access_key_id, scope_date, region, service, terminator] =
            credential.split('/').collect::<Vec<_>>()[..]
        else {
            let message = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.";
            return Err(incomplete(message.to_owned()));
        };
        Ok(Self {
            access_key_id,
            date: scope_date,
            region,
            service,
            terminator,
            signed_headers: signed_headers.split(';').collect(),
            signature,
            signed_at: signed_at.and_utc(),
        })
    }

    fn check_scope(&self) -> Result<(), Fault> {
        if self.service != SERVICE {
            return Err(invalid(&format!("Credential should be scoped to correct service: '{SERVICE}'.")));
        }
        if self.terminator != "aws4_request" {
            return Err(invalid("Credential should be scoped with a valid terminator: 'aws4_request'."));
        }
        if !Region::is_valid(self.region) {
            return Err(invalid("Credential should be scoped to a valid region."));
        }
        if self.date != self.signed_at.format("%Y%m%d").to_string() {
            let of_header = self.signed_at.format(DATE_FORMAT);
            return Err(invalid(&format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 {of_header}."
            )));
        }
        Ok(())
    }

    /// What changes the meaning of a request must be signed.
    fn check_signed_headers(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let amz = headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("x-amz-"));
        for name in std::iter::once(HOST.as_str()).chain(amz) {
            if !self.signed_headers.contains(&name) {
                return Err(invalid(&format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")));
            }
        }
        Ok(())
    }

    fn canonical_request(&self, headers: &HeaderMap, body_hash: &str) -> String {
        let mut text = String::from("POST\n/\n\n");
        for name in &self.signed_headers {
            let values = headers.get_all(*name).iter().map(|value| {
                let value = String::from_utf8_lossy(value.as_bytes());
                value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
            });
            text.push_str(&format!("{name}:{}\n", values.collect::<Vec<_>>().join(",")));
        }
        text.push_str(&format!("\n{}\n{body_hash}", self.signed_headers.join(";")));
        text
    }

    fn signature(&self, secret_access_key: &str, canonical: &str) -> String {
        let Self { date, region, service, terminator, signed_at, .. } = self;
        let scope = format!("{date}/{region}/{service}/{terminator}");
        let hash = hex::encode(Sha256::digest(canonical));
        let to_sign = format!("{ALGORITHM}\n{}\n{scope}\n{hash}", signed_at.format(DATE_FORMAT));
        let mut key = Zeroizing::new(format!("AWS4{secret_access_key}").into_bytes());
        for part in [date, region, service, terminator] {
            key = Zeroizing::new(hmac(&key, part.as_bytes()));
        }
        hex::encode(hmac(&key, to_sign.as_bytes()))
    }
}

fn check_age(signed_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Fault> {
    let skew = TimeDelta::minutes(MAX_SKEW_MINUTES);
    let at = |time: DateTime<Utc>| time.format(DATE_FORMAT).to_string();
    if signed_at < now - skew {
        return Err(invalid(&format!(
            "Signature expired: {} is now earlier than {} ({} - {MAX_SKEW_MINUTES} min.)",
            at(signed_at),
            at(now - skew),
            at(now)
        )));
    }
    if signed_at > now + skew {
        return Err(invalid(&format!(
            "Signature not yet current: {} is still later than {} ({} + {MAX_SKEW_MINUTES} min.)",
            at(signed_at),
            at(now + skew),
            at(now)
        )));
    }
    Ok(())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn incomplete(message: String) -> Fault {
    Fault::new(FaultCode::IncompleteSignatureException, message)
}

fn invalid(message: &str) -> Fault {
    Fault::new(FaultCode::InvalidSignatureException, message)
}

fn mismatch() -> Fault {
    invalid(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details.",
    )
}
