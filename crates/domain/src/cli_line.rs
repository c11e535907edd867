//! AWS CLI commands that send what a review shows.

use crate::secret_text::ValueField;
use crate::shell_text::{ControlCharacters, command_line};

/// Instructions for commands that store a value: the value is never in the command.
pub const VALUE_FILE_NOTE: &str =
    "The commands read the value from a file named value in the current directory.";

/// Why a change cannot be written as lines for the AWS CLI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CliLineError {
    #[error(transparent)]
    ControlCharacters(#[from] ControlCharacters),
    #[error("The AWS CLI would treat the {what} {text} as a file path and send the contents of that file.")]
    TakenForFile { what: String, text: String },
}

/// Where a line sends its request.
#[derive(Debug, Clone, Copy)]
pub struct CliTarget<'a> {
    /// The full ARN where it is known; none for a secret that is created.
    pub secret_id: Option<&'a str>,
    pub region: &'a str,
    /// None for AWS's own endpoint.
    pub endpoint_url: Option<&'a str>,
}

/// One option of a line: its name, what it is called in words, and its text.
pub(crate) struct CliOption<'a> {
    name: &'a str,
    what: &'a str,
    text: Option<&'a str>,
    is_file: bool,
}

/// An option, left out where it has no text.
pub(crate) fn option<'a>(name: &'a str, what: &'a str, text: Option<&'a str>) -> CliOption<'a> {
    CliOption { name, what, text, is_file: false }
}

/// The value of a secret, from a file as [`VALUE_FILE_NOTE`] says.
pub(crate) fn value_option(field: ValueField) -> CliOption<'static> {
    let (name, text) = match field {
        ValueField::SecretString => ("secret-string", "file://value"),
        ValueField::SecretBinary => ("secret-binary", "fileb://value"),
    };
    CliOption { name, what: "value", text: Some(text), is_file: true }
}

impl CliTarget<'_> {
    /// `aws secretsmanager OPERATION` with these options and this flag.
    pub(crate) fn line(
        &self,
        operation: &str,
        options: &[CliOption<'_>],
        flag: Option<&str>,
    ) -> Result<String, CliLineError> {
        let is_taken =
            |option: &&CliOption<'_>| !option.is_file && option.text.is_some_and(is_taken_for_file);
        let taken = options.iter().find(is_taken);
        if let Some(CliOption { what, text: Some(text), .. }) = taken {
            return Err(CliLineError::TakenForFile { what: (*what).to_owned(), text: (*text).to_owned() });
        }
        // `--option=value` in one word, so that a text that begins with a dash is no option.
        let word = |name: &str, text: Option<&str>| Some(format!("--{name}={}", text?));
        let words: Vec<String> = word("secret-id", self.secret_id)
            .into_iter()
            .chain(options.iter().filter_map(|option| word(option.name, option.text)))
            .chain(flag.map(|flag| format!("--{flag}")))
            .chain(word("region", Some(self.region)))
            .chain(word("endpoint-url", self.endpoint_url))
            .collect();
        let first = ["aws", "secretsmanager", operation].into_iter();
        Ok(command_line(first.chain(words.iter().map(String::as_str)))?)
    }
}

fn is_taken_for_file(text: &str) -> bool {
    ["file://", "fileb://", "http://", "https://"].iter().any(|scheme| text.starts_with(scheme))
}
