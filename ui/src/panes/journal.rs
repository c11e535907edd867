//! The journal: what this console did, newest first. It holds no values.

use latchkey_domain::text::count;
use latchkey_domain::writes::{JournalEntry, JournalPage, JournalResult};
use leptos::prelude::*;

use crate::parts::{
    Badge, BadgeTone, Button, Dialog, ErrorPanel, Icon, Instant, PlainText, Tone, VersionId, lucide,
    step_words, unremembered,
};
use crate::state::use_state;

/// The dialog behind *Journal*.
#[component]
pub fn JournalDialog() -> impl IntoView {
    let state = use_state();
    let journal = state.journal;
    journal.search(String::new());
    on_cleanup(move || {
        journal.secret.try_set(None);
    });
    // A change that was taken back from here is an entry of its own, and one that was finished is open no more.
    let proposed = Memo::new(move |_| state.change_review.is_open() || state.recovery.is_open());
    Effect::new(move |before: Option<bool>| {
        let now = proposed.get();
        if before == Some(true) && !now {
            journal.load();
        }
        now
    });
    view! {
        <Dialog title="Journal" wide=true on_close=move || state.dialogs.close() attr:data-testid="journal">
            <div class="journal-bar">
                <input
                    {..unremembered()}
                    class="input"
                    // Of a field of type search WebKitGTK keeps Escape for itself.
                    type="text"
                    role="searchbox"
                    aria-label="Search the journal"
                    placeholder="Secret, operation, account, version, request id…"
                    autofocus=true
                    prop:value=move || journal.text.get()
                    on:input=move |event| journal.search(event_target_value(&event))
                />
                <Button
                    icon=lucide::LuDownload
                    work=move || journal.export()
                    attr:data-testid="export-journal"
                >
                    "Export as JSON lines…"
                </Button>
            </div>
            {move || {
                journal
                    .secret
                    .get()
                    .map(|(_, name)| view! {
                        <p class="journal-secret" data-testid="journal-secret">
                            <span>"Only " <strong class="mono"><PlainText text=name /></strong></span>
                            <Button tone=Tone::Quiet on_press=move || journal.show_secret(None)>
                                "Show all secrets"
                            </Button>
                        </p>
                    })
            }}
            <p role="status" class="muted" data-testid="journal-done">{move || journal.done.get()}</p>
            {move || journal.request.failure.get().map(|error| view! { <ErrorPanel error /> })}
            {move || journal.page.get().map(|page| view! { <Entries page /> })}
        </Dialog>
    }
}

#[component]
fn Entries(page: JournalPage) -> impl IntoView {
    let state = use_state();
    let JournalPage { entries, matched, undoable, recoverable, problems } = page;
    let shown = entries.len();
    let words = if matched == 0 && state.journal.text.with_untracked(String::is_empty) {
        "No changes were made through this console yet.".to_owned()
    } else {
        count(matched, "entry", "entries")
    };
    view! {
        {problems
            .into_iter()
            .map(|problem| view! {
                <p class="banner banner-amber">
                    <Icon icon=lucide::LuTriangleAlert />
                    <span>{problem.message}</span>
                </p>
            })
            .collect_view()}
        <p class="muted" role="status" data-testid="journal-count">{words}</p>
        <ol class="journal-entries" aria-label="Entries, newest first">
            {entries
                .into_iter()
                .map(|entry| {
                    let is_undoable = undoable.contains(&entry.entry_id);
                    let is_recoverable = recoverable.contains(&entry.entry_id);
                    view! { <Entry entry is_undoable is_recoverable /> }
                })
                .collect_view()}
        </ol>
        {(shown < matched)
            .then(|| view! {
                <div class="actions">
                    <Button on_press=move || state.journal.show_more()>"Show more"</Button>
                </div>
            })}
    }
}

#[component]
fn Entry(entry: JournalEntry, is_undoable: bool, is_recoverable: bool) -> impl IntoView {
    let state = use_state();
    let journal = state.journal;
    let is_held = state.session.is_read_only(&entry.scope.connection);
    let (tone, result) = match &entry.result {
        JournalResult::Done => (BadgeTone::Green, "done"),
        JournalResult::Unfinished => (BadgeTone::Amber, "unfinished"),
        JournalResult::Conflict(_) => (BadgeTone::Amber, "conflict"),
        JournalResult::NotDone(_) => (BadgeTone::Red, "not done"),
        JournalResult::Partly(_) => (BadgeTone::Red, "partly done"),
        JournalResult::Unknown(_) => (BadgeTone::Red, "unknown"),
    };
    let reason = match &entry.result {
        JournalResult::Conflict(error)
        | JournalResult::NotDone(error)
        | JournalResult::Partly(error)
        | JournalResult::Unknown(error) => Some(error.message.clone()),
        _ => None,
    };
    let undo = is_undoable.then(|| entry.clone());
    let open = is_recoverable.then(|| entry.clone());
    let JournalEntry {
        began_at,
        scope,
        connection_name,
        account,
        caller_arn,
        secret_name,
        operation,
        version_ids,
        request_ids,
        stages,
        ..
    } = entry;
    let steps: Vec<String> = stages.iter().flat_map(|stages| &stages.steps).map(step_words).collect();
    let name = secret_name.clone();
    let place = [Some(connection_name), account, Some(scope.region.to_string())];
    let place = place.into_iter().flatten().collect::<Vec<_>>().join(", ");
    view! {
        <li class="journal-entry" data-testid="journal-entry">
            <div class="journal-head">
                <span class="journal-what">
                    <strong>{sentence(operation.words())}</strong>
                    <span class="mono">
                        <PlainText text=secret_name />
                    </span>
                    <Badge tone>{result}</Badge>
                </span>
                {undo
                    .map(|entry| {
                        let label = format!("Undo: {} of {name}", operation.words());
                        view! {
                            <Button
                                disabled=is_held
                                attr:title=is_held.then_some("Its connection is read only")
                                on_press=move || journal.undo(&entry)
                                attr:aria-label=label
                                attr:data-testid="journal-undo"
                            >
                                "Undo…"
                            </Button>
                        }
                    })}
                {open
                    .map(|entry| {
                        let verb = if entry.makes_a_plan() { "Finish or withdraw…" } else { "Check outcome…" };
                        let label = format!("{verb} {} of {name}", operation.words());
                        view! {
                            <Button
                                on_press=move || state.recovery.offer(entry.clone())
                                attr:aria-label=label
                                attr:data-testid="journal-recover"
                            >
                                {verb}
                            </Button>
                        }
                    })}
            </div>
            <p class="journal-facts">
                <span><Instant at=began_at /></span>
                <span><PlainText text=place /></span>
                {caller_arn.map(|caller| view! { <span class="breakable"><PlainText text=caller /></span> })}
            </p>
            {steps
                .into_iter()
                .map(|words| view! { <p class="journal-step" data-testid="journal-step">{words}</p> })
                .collect_view()}
            {(!version_ids.is_empty())
                .then(|| {
                    let ids = version_ids.into_iter().map(|version_id| view! { <VersionId version_id /> });
                    view! { <p class="journal-facts">"Versions " {ids.collect_view()}</p> }
                })}
            {(!request_ids.is_empty())
                .then(|| view! {
                    <p class="journal-facts breakable">"Requests " <code>{request_ids.join(", ")}</code></p>
                })}
            {reason.map(|reason| view! { <p class="journal-reason">{reason}</p> })}
        </li>
    }
}

/// `Move labels`, for the beginning of a line.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
