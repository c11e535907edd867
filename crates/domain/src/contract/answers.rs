//! The types that commands may return, listed by hand: no other type can leave the engine.
//!
//! A plain string is not listed, so a value can be returned only as [`Revealed`], and only by five requests.

use super::*;

/// What a command may answer to this request.
///
/// The masked shape of a value may be answered:
///
/// ```
/// # use latchkey_domain::{Command, value::ValueShape};
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct PeekValue {}
///
/// impl Command for PeekValue {
///     const NAME: &'static str = "peek_value";
///     type Output = ValueShape;
/// }
/// ```
///
/// A plain text may not, nor a type that is made for it, nor `Revealed` to a request that is not listed:
///
/// ```compile_fail,E0277
/// # use latchkey_domain::Command;
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct PeekValue {}
/// impl Command for PeekValue {
///     const NAME: &'static str = "peek_value";
///     type Output = String;
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use latchkey_domain::Command;
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct PeekValue {}
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct PeekedValue {
///     text: String,
/// }
///
/// impl Command for PeekValue {
///     const NAME: &'static str = "peek_value";
///     type Output = PeekedValue;
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use latchkey_domain::{Command, value::Revealed};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct PeekValue {}
/// impl Command for PeekValue {
///     const NAME: &'static str = "peek_value";
///     type Output = Revealed;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not listed as an answer to `{Request}`",
    note = "contract/answers.rs lists what commands may answer; a value leaves as `Revealed`"
)]
pub trait AnswerTo<Request> {}

macro_rules! answers {
    ($($answer:ty),* $(,)?) => { $(impl<Request> AnswerTo<Request> for $answer {})* };
}

// None of these holds a value.
answers![
    (),
    AppliedChanges,
    CatalogWindow,
    ChangesReview,
    ConnectionReport,
    Connections,
    Copied,
    Diagnostics,
    Difference,
    ExportedJournal,
    ExportedValue,
    FoundSecret,
    InventoryState,
    JournalPage,
    LockState,
    RotationTrouble,
    SecretDetail,
    SecretKeys,
    Settings,
    SignInPrompt,
    ValueShape,
    VaultBackup,
    Vec<DraftNote>,
    Vec<OpenFile>,
    Vec<Prefix>,
    Vec<SsoAccount>,
    Vec<Suggestion>,
];

/// The names of roles.
impl AnswerTo<ListAccountRoles> for Vec<String> {}

impl AnswerTo<GeneratePassword> for Revealed {}
impl AnswerTo<RevealDraft> for Revealed {}
impl AnswerTo<RevealFunctionOutput> for Revealed {}
impl AnswerTo<RevealMerge> for Revealed {}
impl AnswerTo<RevealValue> for Revealed {}
