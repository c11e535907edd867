//! One version on the timeline: its lanes, its labels, and what is known of it without reading it.

use latchkey_domain::secret::Version;
use latchkey_domain::stages::{CURRENT, PENDING, PREVIOUS};
use latchkey_domain::text::{bytes, date_text, key_name, short_id};
use latchkey_domain::writes::StageChange;
use leptos::ev::DragEvent;
use leptos::prelude::*;

use crate::parts::{Button, IconButton, Instant, VersionId, lucide};
use crate::state::detail::VALUE_TAB;
use crate::state::timeline::move_of;
use crate::state::use_state;

use super::labels::VersionLabels;

/// One line of the timeline.
#[component]
pub fn VersionRow(version: Version, is_writable: bool) -> impl IntoView {
    let state = use_state();
    let (detail, change_review, timeline) = (state.detail, state.change_review, state.timeline);
    let version_id = version.version_id.clone();
    let short = short_id(&version_id);
    let lacks_value = version.has_value == Some(false);
    let stages = version.stages.clone();
    let is_deprecated = stages.is_empty();
    let can_become_current = is_writable && !lacks_value && !stages.iter().any(|stage| stage == CURRENT);
    let make_current = {
        let version_id = version_id.clone();
        move || {
            change_review
                .propose_move(StageChange::Rollback { version_id: version_id.clone(), detach_pending: true });
        }
    };
    let go = {
        let version_id = version_id.clone();
        move || {
            detail.pick_version(version_id.clone());
            detail.tab.set(VALUE_TAB);
        }
    };
    let (choose_id, labelled_id) = (version_id.clone(), version_id.clone());
    let held = stages.clone();
    // A label can be dropped on any version that does not hold it.
    let takes = move || {
        is_writable
            && !lacks_value
            && timeline.dragged.with(|dragged| dragged.as_ref().is_some_and(|label| !held.contains(label)))
    };
    let takes = Memo::new(move |_| takes());
    let is_over = RwSignal::new(false);
    let drop_id = version_id.clone();
    let drop = move |event: DragEvent| {
        event.prevent_default();
        is_over.set(false);
        if let Some(label) = timeline.dragged.get_untracked().filter(|_| takes.get_untracked()) {
            timeline.dragged.set(None);
            change_review.propose_move(move_of(&label, &drop_id));
        }
    };
    let over = move |event: DragEvent| {
        if takes.get_untracked() {
            event.prevent_default();
            is_over.set(true);
        }
    };
    view! {
        <li
            class="version-row"
            class:version-deprecated=is_deprecated
            class:version-over=move || is_over.get() && takes.get()
            aria-label=format!("Version {short}")
            data-testid="version-row"
            data-version-id=version_id.clone()
            on:dragover=over
            on:dragleave=move |_| is_over.set(false)
            on:drop=drop
        >
            <Lanes stages=stages.clone() />
            <div class="version-body">
                <div class="version-head">
                    <span class="version-choice">
                        <Chooser version_id=choose_id is_disabled=lacks_value />
                        <VersionId version_id=version_id.clone() />
                    </span>
                    <span class="version-actions">
                        {can_become_current
                            .then(|| view! {
                                <Button
                                    on_press=make_current
                                    attr:aria-label=format!("Make current: {short}")
                                    attr:data-testid="make-current"
                                >
                                    "Make current"
                                </Button>
                            })}
                        <IconButton
                            label=format!("Show the value of {short}")
                            icon=lucide::LuArrowRight
                            disabled=lacks_value
                            on_press=go
                            attr:data-testid="go-to-value"
                        />
                    </span>
                </div>
                <VersionLabels version_id=labelled_id stages lacks_value is_writable />
                <VersionFacts version />
            </div>
        </li>
    }
}

/// Selects the version to be compared with another.
#[component]
fn Chooser(version_id: String, is_disabled: bool) -> impl IntoView {
    let timeline = use_state().timeline;
    let short = short_id(&version_id);
    let id = version_id.clone();
    let is_chosen = Memo::new(move |_| timeline.chosen.with(|chosen| chosen.contains(&id)));
    view! {
        <input
            type="checkbox"
            aria-label=format!("Select {short} to compare it")
            disabled=is_disabled
            prop:checked=move || is_chosen.get()
            data-testid="choose-version"
            on:change=move |event| timeline.choose(version_id.clone(), event_target_checked(&event))
        />
    }
}

#[component]
fn VersionFacts(version: Version) -> impl IntoView {
    let seen = use_state().timeline.seen;
    let Version { version_id, created_at, last_accessed_on, kms_key_ids, has_value, .. } = version;
    let id = version_id.clone();
    let size = Memo::new(move |_| seen.sizes.with(|sizes| sizes.get(&id).copied()));
    let differences = Memo::new(move |_| {
        seen.differences.with(|found| {
            let here = found.iter().filter(|((_, new), _)| *new == version_id);
            here.map(|((old, _), words)| (short_id(old), words.clone())).collect::<Vec<_>>()
        })
    });
    let keys = kms_key_ids.iter().map(|key| key_name(key)).collect::<Vec<_>>().join(", ");
    // Without the list of versions, an absent date means nothing. A version opened here is no longer unread.
    let read = move || match (last_accessed_on, has_value) {
        (Some(on), _) => Some(format!("Last read {} (UTC)", date_text(on))),
        (None, Some(true)) if size.get().is_some() => Some("Never read before".to_owned()),
        (None, Some(true)) => Some("Never read".to_owned()),
        (None, _) => None,
    };
    view! {
        <p class="version-facts">
            {created_at.map(|at| view! { <span>"Created " <Instant at /></span> })}
            {move || read().map(|read| view! { <span data-testid="version-read">{read}</span> })}
            {(!keys.is_empty())
                .then(|| view! { <span class="version-key" title=kms_key_ids.join(", ")>{keys}</span> })}
            {move || {
                size.get().map(|size| view! { <span data-testid="version-size">"Opened: " {bytes(size)}</span> })
            }}
        </p>
        {move || {
            differences
                .get()
                .into_iter()
                .map(|(old, words)| view! {
                    <p class="version-facts" data-testid="version-difference">
                        <span>"Against " <code>{old}</code> ": " {words}</span>
                    </p>
                })
                .collect_view()
        }}
    }
}

/// One lane for each kind of label; the tags say the same in words.
#[component]
fn Lanes(stages: Vec<String>) -> impl IntoView {
    let holds = |stage: &str| stages.iter().any(|held| held == stage);
    let own = stages.iter().any(|held| ![CURRENT, PREVIOUS, PENDING].contains(&held.as_str()));
    let lanes = [
        ("lane lane-current", holds(CURRENT)),
        ("lane lane-previous", holds(PREVIOUS)),
        ("lane lane-pending", holds(PENDING)),
        ("lane lane-own", own),
    ];
    view! {
        <span class="lanes" aria-hidden="true">
            {lanes
                .map(|(class, is_held)| view! { <span class=class class:lane-held=is_held></span> })
                .collect_view()}
        </span>
    }
}
