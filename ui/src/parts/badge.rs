//! Small labels: states, tags and staging labels.

use latchkey_domain::text::escape_invisible;
use leptos::prelude::*;

/// What a badge says by its colour, beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BadgeTone {
    #[default]
    Neutral,
    Green,
    Amber,
    Red,
    Blue,
}

impl BadgeTone {
    fn class(self) -> &'static str {
        match self {
            Self::Neutral => "badge",
            Self::Green => "badge badge-green",
            Self::Amber => "badge badge-amber",
            Self::Red => "badge badge-red",
            Self::Blue => "badge badge-blue",
        }
    }
}

/// A short state in words.
#[component]
pub fn Badge(#[prop(optional)] tone: BadgeTone, children: Children) -> impl IntoView {
    view! { <span class=tone.class()>{children()}</span> }
}

/// A tag as `key value`; colleagues write tags, so what cannot be seen is shown as escapes.
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
