//! Asks for what is missing before a label change can be previewed: its text, or the target version.

use latchkey_domain::secret::{SecretDetail, Version};
use latchkey_domain::text::{date_text, short_id};
use latchkey_domain::writes::StageChange;
use leptos::prelude::*;

use crate::parts::{FormDialog, Select, TextField};
use crate::state::request::Request;
use crate::state::timeline::{LabelWish, move_of};
use crate::state::use_state;

/// Open for as long as it is mounted.
#[component]
pub fn LabelDialog(wish: LabelWish, secret: SecretDetail) -> impl IntoView {
    let state = use_state();
    let word = RwSignal::new(String::new());
    let request = Request::new();
    let problem = Signal::derive(move || request.failure.get().map(|failure| failure.message));
    let close = move || state.timeline.wish.set(None);
    let title = match &wish {
        LabelWish::Add { version_id } => format!("Add a label to {}", short_id(version_id)),
        LabelWish::Move { label } => format!("Move {label}"),
    };
    let field = match &wish {
        LabelWish::Add { .. } => view! {
            <TextField
                label="Label"
                value=word
                mono=true
                autofocus=true
                hint="A secret has at most 20 labels across its versions."
                error=problem
            />
        }
        .into_any(),
        LabelWish::Move { label } => {
            let elsewhere =
                |version: &&Version| !version.stages.contains(label) && version.has_value != Some(false);
            let options: Vec<_> = secret.versions.iter().filter(elsewhere).map(option).collect();
            word.set(options.first().map(|(version_id, _)| version_id.clone()).unwrap_or_default());
            view! {
                <Select
                    label="To version"
                    options=Signal::stored(options)
                    value=word
                    on_change=move |version_id| word.set(version_id)
                />
                {move || problem.get().map(|problem| view! { <p class="field-note field-error">{problem}</p> })}
            }
            .into_any()
        }
    };
    let go = move || {
        let typed = word.get_untracked().trim().to_owned();
        let change = match &wish {
            LabelWish::Add { version_id } => {
                StageChange::Attach { label: typed, version_id: version_id.clone() }
            }
            LabelWish::Move { label } => move_of(label, &typed),
        };
        async move {
            if request.act(state.change_review.try_propose_move(change)).await.is_some() {
                close();
            }
        }
    };
    view! {
        <FormDialog
            title
            name="label-form"
            verb="Preview"
            on_submit=go
            on_close=close
            held=move || word.with(|word| word.trim().is_empty())
            attr:data-testid="label-dialog"
        >
            {field}
        </FormDialog>
    }
}

/// `41aa0f3a · AWSPREVIOUS · 3 Nov 2026`
fn option(version: &Version) -> (String, String) {
    let labels = if version.stages.is_empty() { "deprecated".to_owned() } else { version.stages.join(", ") };
    let created =
        version.created_at.map(|at| format!(" · {}", date_text(at.date_naive()))).unwrap_or_default();
    (version.version_id.clone(), format!("{} · {labels}{created}", short_id(&version.version_id)))
}
