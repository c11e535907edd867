//! The review of a new secret before it is created.

use latchkey_domain::change::{ChangesReview, DEFAULT_KEY, Planned};
use latchkey_domain::text::bytes_of;
use leptos::prelude::*;

use crate::parts::{ReviewForm, ReviewRow, ReviewTable, Work};
use crate::state::secret_form::{MAX_VALUE_BYTES, SecretForm};

/// Replaces the form; *Back* returns to it with everything typed.
#[component]
pub fn ReviewOfCreation(
    form: SecretForm,
    plan: ChangesReview,
    #[prop(into)] on_create: Work,
    #[prop(into)] on_back: Callback<()>,
) -> impl IntoView {
    view! {
        <ReviewForm
            name="creation-review"
            plan=Signal::stored(plan.clone())
            verb="Create secret"
            typed=form.word.typed
            typed_label=Signal::stored(None::<String>)
            acknowledged=form.word.acknowledged
            failure=|| ()
            on_apply=on_create
            on_back
        >
            <p>"The secret is created with this as its first version, which becomes AWSCURRENT."</p>
            <ReviewTable rows=rows(&plan) />
        </ReviewForm>
    }
}

fn rows(plan: &ChangesReview) -> Vec<ReviewRow> {
    let Some(item) = plan.only() else { return Vec::new() };
    let Planned::Creation { description, kms_key_id, tags, field, size_bytes } = &item.planned else {
        return Vec::new();
    };
    let value = format!("{}, {}", field.name(), bytes_of(*size_bytes, MAX_VALUE_BYTES));
    let facts = [
        ("Name", Some(item.name.clone())),
        ("Description", description.clone()),
        ("Value", Some(value)),
        ("Encryption key", Some(kms_key_id.clone().unwrap_or_else(|| DEFAULT_KEY.to_owned()))),
    ];
    let fact = |(name, after): (&str, _)| ReviewRow { name: name.to_owned(), before: None, after };
    let tags = tags.iter().map(|tag| ReviewRow {
        name: format!("Tag {}", tag.key),
        before: None,
        after: Some(tag.value.clone()),
    });
    facts.into_iter().map(fact).chain(tags).collect()
}
