//! The review of a new secret before it is created.

use latchkey_domain::change::{CreationReview, DEFAULT_KEY};
use latchkey_domain::cli_line::VALUE_FILE_NOTE;
use latchkey_domain::text::bytes_of;
use leptos::prelude::*;

use crate::parts::{CliLines, DialogForm, JournalNote, ReviewRow, ReviewTable, Work, WriterNote};
use crate::state::secret_form::MAX_VALUE_BYTES;

/// Replaces the form; *Back* returns to it with everything typed.
#[component]
pub fn ReviewOfCreation(
    review: CreationReview,
    #[prop(into)] on_create: Work,
    #[prop(into)] on_back: Callback<()>,
) -> impl IntoView {
    let value = format!("{}, {}", review.field.name(), bytes_of(review.size_bytes, MAX_VALUE_BYTES));
    let key = review.kms_key_id.unwrap_or_else(|| DEFAULT_KEY.to_owned());
    let facts = [
        ("Name", Some(review.name)),
        ("Description", review.description),
        ("Value", Some(value)),
        ("Encryption key", Some(key)),
    ];
    let fact =
        |(name, after): (&str, Option<String>)| ReviewRow { name: name.to_owned(), before: None, after };
    let tags = review.tags.into_iter();
    let tags =
        tags.map(|tag| ReviewRow { name: format!("Tag {}", tag.key), before: None, after: Some(tag.value) });
    let rows: Vec<_> = facts.into_iter().map(fact).chain(tags).collect();
    let (line, problem) =
        (Signal::stored(review.cli_line.unwrap_or_default()), Signal::stored(review.cli_problem));
    view! {
        <DialogForm name="creation-review" verb="Create secret" on_submit=on_create on_cancel=on_back cancel="Back">
            <p>"The secret is created with this as its first version, which becomes AWSCURRENT."</p>
            <ReviewTable rows />
            <CliLines text=line problem note=VALUE_FILE_NOTE />
            <WriterNote through=Signal::stored(review.writes_through) />
            <JournalNote in_memory=Signal::stored(review.journal_in_memory) />
        </DialogForm>
    }
}
