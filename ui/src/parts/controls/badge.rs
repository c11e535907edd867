//! Small labels for states.

use leptos::prelude::*;

/// The meaning of a badge's colour, in addition to its text.
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
