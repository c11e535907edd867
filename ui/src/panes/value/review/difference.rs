//! What a save changes, by key, by line or as a whole; masked until somebody asks.

use latchkey_domain::diff::{Change, Detail, Difference, FieldChange, LineChange, LineRun, Side, WholeSide};
use latchkey_domain::text::{bytes, count, escape_invisible};
use leptos::prelude::*;

use super::RevealSides;
use crate::parts::badge::{Badge, BadgeTone};
use crate::parts::clear_text::{ClearText, Mask};
use crate::parts::plain_text::PlainText;
use crate::state::sides::{SideText, Sides};
use crate::state::use_state;

/// The difference against the version that is current.
#[component]
pub fn DifferenceView(difference: Difference) -> impl IntoView {
    let Difference { detail, .. } = difference;
    let (body, can_reveal) = match detail {
        Detail::Fields(changes) => (view! { <FieldChanges changes /> }.into_any(), true),
        Detail::Lines(runs) => (view! { <LineRuns runs /> }.into_any(), true),
        Detail::Whole { old, new } => (view! { <Wholes old new /> }.into_any(), false),
    };
    view! {
        <section class="difference" aria-label="What changes" data-testid="difference">
            {can_reveal.then(|| view! { <div class="actions"><RevealSides /></div> })}
            {body}
        </section>
    }
}

#[component]
fn FieldChanges(changes: Vec<FieldChange>) -> impl IntoView {
    let same = changes.iter().filter(|change| change.change == Change::Unchanged).count();
    let all = changes.len();
    let rows = changes
        .into_iter()
        .filter(|change| change.change != Change::Unchanged)
        .map(|change| view! { <FieldChangeRow change /> })
        .collect::<Vec<_>>();
    if rows.is_empty() {
        return view! {
            <p>"Every value stays the same. Only spacing, escapes or the order of keys change."</p>
        }
        .into_any();
    }
    view! {
        <div class="table-scroll">
            <table class="plain-table difference-table">
                <thead>
                    <tr>
                        <th scope="col">"Key"</th>
                        <th scope="col">"Change"</th>
                        <th scope="col">"Now"</th>
                        <th scope="col">"After"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {(same > 0)
            .then(|| {
                let verb = if same == 1 { "stays" } else { "stay" };
                view! { <p class="muted">{format!("{} of {all} {verb} the same.", count(same, "key", "keys"))}</p> }
            })}
    }
    .into_any()
}

#[component]
fn FieldChangeRow(change: FieldChange) -> impl IntoView {
    let FieldChange { path, change, old, new } = change;
    let key = path.to_string();
    let (tone, word) = match change {
        Change::Added => (BadgeTone::Green, "added"),
        Change::Removed => (BadgeTone::Red, "removed"),
        Change::Changed => (BadgeTone::Amber, "changed"),
        Change::TypeChanged => (BadgeTone::Amber, "type changed"),
        Change::Unchanged => (BadgeTone::Neutral, "the same"),
    };
    view! {
        <tr data-testid="difference-row" data-key=key.clone()>
            <th scope="row" class="mono"><PlainText text=key.clone() /></th>
            <td><Badge tone>{word}</Badge></td>
            <td><SideCell key=key.clone() word="now" side=old pick=Sides::before /></td>
            <td><SideCell key=key.clone() word="after" side=new pick=Sides::after /></td>
        </tr>
    }
}

/// One value of a row.
#[component]
pub fn SideCell(
    key: String,
    /// Which of the values of this key it is.
    word: &'static str,
    side: Option<Side>,
    pick: fn(&Sides) -> &SideText,
) -> impl IntoView {
    let desk = use_state().value_desk;
    let Some(side) = side else { return view! { <span class="muted">"none"</span> }.into_any() };
    let text = Memo::new(move |_| {
        desk.sides.with(|sides| sides.as_ref().and_then(|sides| pick(sides).value(&side)))
    });
    let label = format!("Value of {}, {word}", escape_invisible(&key));
    (move || match text.get() {
        Some(text) => view! { <ClearText label=label.clone() text /> }.into_any(),
        None => view! { <Mask /> }.into_any(),
    })
    .into_any()
}

#[component]
fn LineRuns(runs: Vec<LineRun>) -> impl IntoView {
    let lines = runs.into_iter().map(|run| view! { <LineRunView run /> }).collect::<Vec<_>>();
    view! { <ol class="line-runs">{lines}</ol> }
}

#[component]
fn LineRunView(run: LineRun) -> impl IntoView {
    let desk = use_state().value_desk;
    let lines = count(run.count, "line", "lines");
    let (class, words) = match run.change {
        LineChange::Same => ("line-run", format!("{lines} the same")),
        LineChange::Removed => ("line-run line-run-removed", format!("{lines} removed")),
        LineChange::Added => ("line-run line-run-added", format!("{lines} added")),
    };
    let text = Memo::new(move |_| {
        desk.sides.with(|sides| {
            let sides = sides.as_ref()?;
            match run.change {
                LineChange::Same => None,
                LineChange::Removed => Some(sides.before().lines(run.old_line, run.count)),
                LineChange::Added => Some(sides.after().lines(run.new_line, run.count)),
            }
        })
    });
    let label = words.clone();
    view! {
        <li class=class data-testid="line-run">
            <span>{words}</span>
            {move || text.get().map(|text| view! { <ClearText label=label.clone() text /> })}
        </li>
    }
}

#[component]
fn Wholes(old: WholeSide, new: WholeSide) -> impl IntoView {
    let row = |name: &'static str, side: WholeSide| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{if side.is_text { "text" } else { "binary" }}</td>
                <td>{bytes(side.size_bytes)}</td>
                <td><code>{side.fingerprint.to_string()}</code></td>
            </tr>
        }
    };
    view! {
        <table class="plain-table">
            <thead>
                <tr>
                    <th scope="col">"Side"</th>
                    <th scope="col">"Kind"</th>
                    <th scope="col">"Size"</th>
                    <th scope="col" title="Means nothing outside this session">"Fingerprint"</th>
                </tr>
            </thead>
            <tbody>
                {row("Now", old)}
                {row("After", new)}
            </tbody>
        </table>
    }
}
