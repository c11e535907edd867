//! Three versions of the value side by side: what only one side touched merges by itself, the rest is chosen.

use latchkey_domain::diff::{MergeRow, MergeState, Side, Take};
use latchkey_domain::text::{count, escape_invisible, short};
use leptos::prelude::*;

use super::{Failure, RevealValues};
use crate::parts::badge::{Badge, BadgeTone};
use crate::parts::button::{Button, Tone};
use crate::parts::clear_text::{ClearText, Mask};
use crate::parts::icon::{Icon, lucide};
use crate::parts::key_text::KeyText;
use crate::parts::long_rows::{LongRows, row_index};
use crate::parts::version_id::VersionId;
use crate::state::review_texts::{ReviewText, ReviewTexts};
use crate::state::use_state;
use crate::state::value_edit::phase::{Merge, Phase};

/// What a masked row takes, in CSS pixels.
const ROW_HEIGHT: u32 = 56;

/// The merge that is being decided.
#[component]
pub fn MergeView() -> impl IntoView {
    let value_edit = use_state().value_edit;
    let merge = value_edit.part(|phase| phase.merge().map(|merge| merge.review.clone()));
    let undecided = value_edit.part(|phase| phase.merge().map_or(0, Merge::undecided));
    let has_landed = value_edit.part(|phase| phase.merge().is_some_and(Merge::has_landed));
    let is_open = Signal::derive(move || undecided.get() > 0);
    move || {
        let merge = merge.get()?;
        let told = if merge.has_landed() {
            "after you opened the value, and your save replaced it. Yours is current; theirs is kept until it is \
             merged."
        } else {
            "after you opened the value. It was not overwritten."
        };
        let can_reveal = value_edit.peek(|phase| phase.text().is_some());
        let theirs = merge.theirs_version_id;
        let same = merge.rows.iter().filter(|row| row.state == MergeState::Unchanged).count();
        let touched = |(_, row): &(usize, &MergeRow)| row.state != MergeState::Unchanged;
        let places: Vec<_> = merge.rows.iter().enumerate().filter(touched).map(|(at, _)| at).collect();
        let places = Memo::new(move |_| places.clone());
        let rows = StoredValue::new(merge.rows);
        let row = move |at: usize| {
            let row = rows.with_value(|rows| rows.get(at).cloned());
            row.map(|row| view! { <MergeLine at places row /> }).into_any()
        };
        let header = view! {
            <thead>
                <tr>
                    <th scope="col">"Key"</th>
                    <th scope="col">"Opened"</th>
                    <th scope="col">"Theirs"</th>
                    <th scope="col">"Yours"</th>
                    <th scope="col">"Becomes"</th>
                </tr>
            </thead>
        };
        Some(view! {
            <p class="banner banner-amber" data-testid="merge-note">
                <Icon icon=lucide::LuGitMerge />
                <span>
                    "Somebody else saved version " <VersionId version_id=theirs /> " " {told}
                </span>
            </p>
            {can_reveal.then(|| view! { <div class="actions"><RevealValues /></div> })}
            <div class="table-scroll">
                <LongRows
                    class="plain-table merge-table"
                    ids=places
                    row
                    row_height=ROW_HEIGHT
                    header=header.into_any()
                    test_id="merge"
                />
            </div>
            <p class="field-note">"Matching numbers mean equal values, even where they are masked."</p>
            {(same > 0)
                .then(|| {
                    let words = if same == 1 { "is the same" } else { "are the same" };
                    view! { <p class="muted">{format!("{} {words} on all three sides.", count(same, "key", "keys"))}</p> }
                })}
            <Failure value_edit />
            <footer class="dialog-actions">
                <span class="dialog-question" role="status">
                    {move || {
                        let undecided = undecided.get();
                        (undecided > 0)
                            .then(|| format!("Choose a side for {}.", count(undecided, "key", "keys")))
                    }}
                </span>
                <Button on_press=move || value_edit.leave_review()>
                    {move || if has_landed.get() { "Close without merging" } else { "Back to the edit" }}
                </Button>
                <Button
                    tone=Tone::Primary
                    busy=value_edit.part(Phase::is_busy)
                    disabled=is_open
                    work=move || value_edit.plan()
                    attr:data-testid="review-merge"
                >
                    "Review the merge"
                </Button>
            </footer>
        })
    }
}

#[component]
fn MergeLine(at: usize, places: Memo<Vec<usize>>, row: MergeRow) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let MergeRow { path, state, base, theirs, mine } = row;
    let key = if path.0.is_empty() { "The whole value".to_owned() } else { path.to_string() };
    let taken = value_edit.part(move |phase| {
        phase.merge().and_then(|merge| merge.choice(at)).or(match state {
            MergeState::Theirs => Some(Take::Theirs),
            MergeState::Mine => Some(Take::Mine),
            MergeState::Unchanged | MergeState::Both | MergeState::Conflict => None,
        })
    });
    let is_open = move || state == MergeState::Conflict && taken.get().is_none();
    // 5432 and "5432" look the same without their quotes.
    let kinds: Vec<_> = [&base, &theirs, &mine].into_iter().flatten().filter_map(|side| side.kind).collect();
    let tells_kind = kinds.windows(2).any(|pair| pair[0] != pair[1]);
    let group = format!("merge-{at}");
    let shown_key = escape_invisible(&short(&key)).into_owned();
    let choice = move |take: Take, word: &'static str| {
        let name = format!("{word} for {shown_key}");
        view! {
            <label class="merge-choice">
                <input
                    type="radio"
                    name=group.clone()
                    aria-label=name
                    prop:checked=move || taken.get() == Some(take)
                    on:change=move |_| value_edit.choose(at, take)
                />
                <span aria-hidden="true">{word}</span>
            </label>
        }
    };
    let becomes = if state == MergeState::Both {
        view! { <span class="muted">"Both made the same change"</span> }.into_any()
    } else {
        view! {
            {choice(Take::Theirs, "Theirs")}
            {choice(Take::Mine, "Yours")}
        }
        .into_any()
    };
    view! {
        <tr
            class:merge-conflict=is_open
            data-testid="merge-row"
            aria-rowindex=move || row_index(places, at)
            data-key=key.clone()
            data-state=state_word(state)
        >
            <th scope="row">
                <KeyText text=key.clone() />
                <Show when=is_open>
                    " "
                    <Badge tone=BadgeTone::Red>"changed on both sides"</Badge>
                </Show>
            </th>
            <td><MergeCell key=key.clone() word="opened" side=base tells_kind pick=|values| &values.base /></td>
            <td><MergeCell key=key.clone() word="theirs" side=theirs tells_kind pick=|values| values.theirs.as_ref().unwrap_or(&values.base) /></td>
            <td><MergeCell key=key.clone() word="yours" side=mine tells_kind pick=|values| &values.mine /></td>
            <td class="merge-becomes">{becomes}</td>
        </tr>
    }
}

/// A value with a number: values with the same number are equal, revealed or not.
#[component]
fn MergeCell(
    key: String,
    word: &'static str,
    side: Option<Side>,
    /// Whether the sides differ in their type.
    tells_kind: bool,
    pick: fn(&ReviewTexts) -> &ReviewText,
) -> impl IntoView {
    let number = side.as_ref().map(|side| side.class + 1);
    let kind = side.as_ref().and_then(|side| side.kind).filter(|_| tells_kind);
    view! {
        {number.map(|number| view! {
            <span class="value-number" title="Matching numbers mean equal values">{number}</span>
        })}
        {kind.map(|kind| view! { <span class="merge-kind">{kind.word()}</span> })}
        <SideCell key word side pick />
    }
}

/// One value of a row.
#[component]
fn SideCell(
    key: String,
    /// Which of the values of this key it is.
    word: &'static str,
    side: Option<Side>,
    pick: fn(&ReviewTexts) -> &ReviewText,
) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let Some(side) = side else { return view! { <span class="muted">"none"</span> }.into_any() };
    let text = value_edit.part(move |phase| phase.values().and_then(|values| pick(values).value(&side)));
    let label = format!("Value of {}, {word}", escape_invisible(&short(&key)));
    (move || match text.get() {
        Some(text) => view! { <ClearText label=label.clone() text /> }.into_any(),
        None => view! { <Mask /> }.into_any(),
    })
    .into_any()
}

fn state_word(state: MergeState) -> &'static str {
    match state {
        MergeState::Unchanged => "unchanged",
        MergeState::Mine => "mine",
        MergeState::Theirs => "theirs",
        MergeState::Both => "both",
        MergeState::Conflict => "conflict",
    }
}
