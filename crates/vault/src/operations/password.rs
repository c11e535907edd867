//! GetRandomPassword.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::validate::Checks;
use crate::call::Call;
use crate::fault::Fault;
use crate::random::random_below;

const DEFAULT_LENGTH: i64 = 32;
const TEMPLATES_EXCLUDE: &str = r#"/@"'\\"#;
const PUNCTUATION: &str = r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRandomPassword {
    password_length: Option<i64>,
    exclude_characters: Option<String>,
    exclude_numbers: Option<bool>,
    exclude_punctuation: Option<bool>,
    exclude_uppercase: Option<bool>,
    exclude_lowercase: Option<bool>,
    include_space: Option<bool>,
    require_each_included_type: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RandomPassword {
    random_password: Zeroizing<String>,
}

pub fn get_random_password(_: &Call<'_>, request: GetRandomPassword) -> Result<RandomPassword, Fault> {
    let mut checks = Checks::default();
    checks.number("passwordLength", request.password_length, 1..=4096);
    checks.text("excludeCharacters", request.exclude_characters.as_deref(), 0..=4096);
    checks.finish()?;
    make(&request)
}

fn make(request: &GetRandomPassword) -> Result<RandomPassword, Fault> {
    let length = usize::try_from(request.password_length.unwrap_or(DEFAULT_LENGTH)).unwrap_or_default();
    let groups = groups(request);
    let all: Vec<char> = groups.iter().flatten().copied().collect();
    if all.is_empty() {
        return Err(Fault::invalid_parameter(
            "Every character is excluded. Exclude fewer to get a password.",
        ));
    }
    let required = match request.require_each_included_type {
        Some(false) => &[][..],
        _ => &groups[..],
    };
    if length < required.len() {
        return Err(Fault::invalid_parameter("Password length is too short based on the required types."));
    }
    let password = draw(length, required, &all);
    let no_random = |_| Fault::internal("The system gave no random numbers. Try again.");
    Ok(RandomPassword { random_password: password.map_err(no_random)? })
}

/// A password as GetRandomPassword makes it for AWS's rotation templates: 32 characters, none of which needs an escape
/// in an address, a shell or JSON.
pub fn new_password() -> Result<Zeroizing<String>, Fault> {
    let asked = GetRandomPassword {
        password_length: None,
        exclude_characters: Some(TEMPLATES_EXCLUDE.to_owned()),
        exclude_numbers: None,
        exclude_punctuation: None,
        exclude_uppercase: None,
        exclude_lowercase: None,
        include_space: None,
        require_each_included_type: None,
    };
    Ok(make(&asked)?.random_password)
}

/// The characters of each type that may be in the password; types of which none is left are absent.
fn groups(request: &GetRandomPassword) -> Vec<Vec<char>> {
    let is_set = |option: Option<bool>| option.unwrap_or_default();
    let excluded = request.exclude_characters.as_deref().unwrap_or_default();
    let types: [(bool, Vec<char>); 5] = [
        (!is_set(request.exclude_lowercase), ('a'..='z').collect()),
        (!is_set(request.exclude_uppercase), ('A'..='Z').collect()),
        (!is_set(request.exclude_numbers), ('0'..='9').collect()),
        (!is_set(request.exclude_punctuation), PUNCTUATION.chars().collect()),
        (is_set(request.include_space), vec![' ']),
    ];
    let included = types.into_iter().filter(|(is_included, _)| *is_included);
    let left = included.map(|(_, letters)| letters.into_iter().filter(|c| !excluded.contains(*c)).collect());
    left.filter(|letters: &Vec<char>| !letters.is_empty()).collect()
}

/// One of each required group, the rest from all, in random order.
fn draw(
    length: usize,
    required: &[Vec<char>],
    all: &[char],
) -> Result<Zeroizing<String>, rand::rngs::SysError> {
    let mut drawn = Zeroizing::new(Vec::with_capacity(length));
    for index in 0..length {
        let letters = required.get(index).map_or(all, Vec::as_slice);
        drawn.push(letters[random_below(letters.len())?]);
    }
    for index in (1..drawn.len()).rev() {
        drawn.swap(index, random_below(index + 1)?);
    }
    Ok(Zeroizing::new(drawn.iter().collect()))
}
