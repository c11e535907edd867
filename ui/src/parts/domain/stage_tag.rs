//! Tags and staging labels, the same everywhere.

use latchkey_domain::text::escape_invisible;
use leptos::prelude::*;

/// A tag as `key value`; tags are untrusted, so invisible characters are shown as escapes.
#[component]
pub fn TagLabel(#[prop(into)] key: String, #[prop(into)] value: String) -> impl IntoView {
    let (key, value) = (escape_invisible(&key).into_owned(), escape_invisible(&value).into_owned());
    view! {
        <span class="tag-label" title=format!("{key}: {value}")>
            <bdi class="tag-key">{key.clone()}</bdi>
            <bdi class="tag-value">{value.clone()}</bdi>
        </span>
    }
}

/// A staging label in its colour and shape, the same everywhere.
#[component]
pub fn StageTag(#[prop(into)] stage: String) -> impl IntoView {
    let class = match stage.as_str() {
        "AWSCURRENT" => "stage-tag stage-current",
        "AWSPREVIOUS" => "stage-tag stage-previous",
        "AWSPENDING" => "stage-tag stage-pending",
        _ => "stage-tag stage-own",
    };
    view! { <bdi class=class data-testid="stage-tag">{escape_invisible(&stage).into_owned()}</bdi> }
}
