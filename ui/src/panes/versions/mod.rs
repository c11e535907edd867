//! The versions of the open secret as a timeline, newest first, with their labels on lanes.

mod compare;
mod label_dialog;
mod labels;
mod row;

use latchkey_domain::change::NotWritable;
use latchkey_domain::secret::{SecretDetail, Version};
use latchkey_domain::text::count;
use leptos::prelude::*;

use crate::parts::{Button, Icon, Switch, lucide};
use crate::state::timeline::{is_deprecated, versions_in_view};
use crate::state::use_state;

use compare::{CompareBar, CompareDialog};
use label_dialog::LabelDialog;
use row::VersionRow;

/// AWS keeps this many versions; those without a label go first.
const KEPT_VERSIONS: usize = 100;

/// The tab *Versions*.
#[component]
pub fn VersionsPane() -> impl IntoView {
    let state = use_state();
    let (detail, timeline) = (state.detail, state.timeline);
    on_cleanup(move || timeline.comparison.close());
    // The same secret can be a replica in one Region and the primary in another.
    let not_writable = Memo::new(move |_| detail.not_writable());
    view! {
        <div class="versions" data-testid="versions">
            {move || {
                let not_writable = not_writable.get();
                detail.secret.get().map(|secret| view! { <VersionTimeline secret not_writable /> })
            }}
            <CompareDialog />
            {move || {
                let wish = timeline.wish.get()?;
                let secret = detail.secret.get_untracked()?;
                Some(view! { <LabelDialog wish secret /> })
            }}
        </div>
    }
}

#[component]
fn VersionTimeline(secret: SecretDetail, not_writable: Option<NotWritable>) -> impl IntoView {
    let state = use_state();
    let timeline = state.timeline;
    let denied = secret.versions_denied.clone().map(|error| {
        view! {
            <p class="banner" data-testid="versions-denied">
                <Icon icon=lucide::LuInfo />
                <span>"You have no permission to list versions; only labeled versions are shown. " {error.message}</span>
            </p>
        }
    });
    if secret.versions.is_empty() {
        return view! { {denied} <p class="muted">"No versions: this secret has no value yet."</p> }
            .into_any();
    }
    let is_partial = denied.is_some();
    let count = count_text(secret.versions.len(), is_partial);
    let deprecated = secret.versions.iter().filter(|version| is_deprecated(version)).count();
    let has_deprecated = deprecated > 0;
    let shown = timeline.shows_deprecated;
    let is_writable = not_writable.is_none();
    let secret = StoredValue::new(secret);
    let versions = Memo::new(move |_| secret.with_value(|secret| versions_in_view(secret, shown.get())));
    view! {
        {denied}
        <ElsewhereNote not_writable />
        <div class="versions-bar">
            <p class="muted" data-testid="version-count">{count}</p>
            {has_deprecated
                .then(|| view! {
                    <Switch
                        label=format!("Show deprecated ({deprecated})")
                        on=shown
                        on_change=move |on| shown.set(on)
                    />
                })}
        </div>
        <CompareBar />
        <ol class="version-timeline" aria-label="Versions, newest first">
            <For each=move || versions.get() key=row_key let:version>
                <VersionRow version is_writable />
            </For>
        </ol>
        <Show when=move || has_deprecated && !shown.get()>
            <p class="muted version-rest">
                {count_words(deprecated)} " without a label: deprecated, and eventually removed by AWS."
            </p>
        </Show>
    }
    .into_any()
}

/// Where labels are moved, if not here.
#[component]
fn ElsewhereNote(not_writable: Option<NotWritable>) -> impl IntoView {
    let state = use_state();
    match not_writable {
        None | Some(NotWritable::ReadOnlyConnection { .. }) => ().into_any(),
        Some(NotWritable::PendingDeletion { .. }) => view! {
            <p class="muted" data-testid="versions-read-only">
                "Labels can be moved again once the secret is restored."
            </p>
        }
        .into_any(),
        Some(NotWritable::Replica { primary, .. }) => {
            let there = primary.clone();
            view! {
                <div class="versions-elsewhere" data-testid="versions-read-only">
                    <p class="muted">"A replica is read-only. Its primary is in " {primary.clone()} "."</p>
                    <Button on_press=move || state.go_to_primary(&there)>"Go to the primary in " {primary}</Button>
                </div>
            }
            .into_any()
        }
    }
}

/// A row is drawn anew when anything of its version changes.
fn row_key(version: &Version) -> String {
    format!("{version:?}")
}

fn count_words(versions: usize) -> String {
    count(versions, "version", "versions")
}

fn count_text(versions: usize, is_partial: bool) -> String {
    if is_partial {
        return count(versions, "labeled version", "labeled versions");
    }
    format!("{versions} of {KEPT_VERSIONS} versions")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_does_not_claim_what_could_not_be_listed() {
        assert_eq!(count_text(2, false), "2 of 100 versions", "the whole list");
        assert_eq!(count_text(1, true), "1 labeled version", "DescribeSecret alone");
    }
}
