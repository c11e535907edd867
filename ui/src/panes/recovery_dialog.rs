//! Interrupted changes, offered to be finished or withdrawn; each with a plan that is shown first.

use latchkey_domain::writes::{JournalEntry, WayOut};
use leptos::prelude::*;

use crate::parts::{Button, Dialog, ErrorPanel, Instant, PlainText};
use crate::state::recovery::LookedUp;
use crate::state::use_state;

/// The dialog; open while something is left to decide.
#[component]
pub fn RecoveryDialog() -> impl IntoView {
    let recovery = use_state().recovery;
    let is_open = Memo::new(move |_| recovery.is_open());
    view! {
        <Show when=move || is_open.get()>
            <Dialog title="A change was interrupted" wide=true on_close=move || recovery.leave_for_later()>
                <div class="recovery" data-testid="recovery">
                    <Entries />
                </div>
            </Dialog>
        </Show>
    }
}

#[component]
fn Entries() -> impl IntoView {
    let recovery = use_state().recovery;
    view! {
        <p>
            "Latchkey closed before it knew the outcome of these changes. Label moves are planned again from the \
             current labels, and nothing is done until you have seen the plan."
        </p>
        <ul class="recovery-entries">
            <For each=move || recovery.entries.get() key=|entry| entry.entry_id.clone() let:entry>
                <EntryLine entry />
            </For>
            <For
                each=move || recovery.looked_up.get()
                key=|looked_up| looked_up.entry.entry_id.clone()
                let:looked_up
            >
                <LookedUpLine looked_up />
            </For>
        </ul>
        {move || recovery.request.failure.get().map(|error| view! { <ErrorPanel error /> })}
        <footer class="dialog-actions">
            <Button on_press=move || recovery.leave_for_later()>"Decide later"</Button>
        </footer>
    }
}

#[component]
fn EntryLine(entry: JournalEntry) -> impl IntoView {
    let recovery = use_state().recovery;
    let makes_a_plan = entry.makes_a_plan();
    let facts = view! { <Facts entry=entry.clone() /> };
    let name = entry.secret_name.clone();
    let entry = StoredValue::new(entry);
    let plan = move |way_out| recovery.plan(entry.get_value(), way_out);
    let way_outs = move || {
        view! {
            <Button busy=recovery.request.busy work=move || plan(WayOut::Finish) attr:data-testid="finish">
                "Finish…"
            </Button>
            <Button busy=recovery.request.busy work=move || plan(WayOut::Withdraw) attr:data-testid="withdraw">
                "Withdraw…"
            </Button>
        }
    };
    // DescribeSecret shows whether it was applied: there is nothing to plan.
    let look = move || {
        view! {
            <Button busy=recovery.request.busy work=move || plan(WayOut::Finish) attr:data-testid="look-up">
                "Check outcome"
            </Button>
        }
    };
    view! {
        <li class="recovery-entry" data-testid="recovery-entry" data-name=name>
            <div>{facts}</div>
            <div class="actions">
                {if makes_a_plan { way_outs().into_any() } else { look().into_any() }}
            </div>
        </li>
    }
}

/// A change that was looked up and not applied as a whole.
#[component]
fn LookedUpLine(looked_up: LookedUp) -> impl IntoView {
    let recovery = use_state().recovery;
    let entry = looked_up.entry.clone();
    let (name, words) = (entry.secret_name.clone(), looked_up.words.clone());
    let can = |way_out| entry.way_out(way_out).is_some();
    let (can_finish, can_withdraw) = (can(WayOut::Finish), can(WayOut::Withdraw));
    let looked_up = StoredValue::new(looked_up);
    let review = move |way_out| recovery.review(looked_up.get_value(), way_out);
    view! {
        <li class="recovery-entry" data-testid="looked-up" data-name=name>
            <div><Facts entry /><p>{words}</p></div>
            <div class="actions">
                {can_finish
                    .then(|| view! {
                        <Button work=move || review(WayOut::Finish) attr:data-testid="finish">"Finish…"</Button>
                    })}
                {can_withdraw
                    .then(|| view! {
                        <Button work=move || review(WayOut::Withdraw) attr:data-testid="withdraw">"Withdraw…"</Button>
                    })}
            </div>
        </li>
    }
}

/// Which change of which secret.
#[component]
fn Facts(entry: JournalEntry) -> impl IntoView {
    let region = entry.scope.region.0.clone();
    view! {
        <strong class="mono"><PlainText text=entry.secret_name /></strong>
        <p class="muted">
            {entry.operation.words()} ", started " <Instant at=entry.began_at /> " · "
            <PlainText text=entry.connection_name /> " · " {region}
        </p>
    }
}
