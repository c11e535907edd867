//! The members of the object or array in view, each in a row.

use latchkey_domain::text::{escape_invisible, short};
use leptos::prelude::*;

use super::row::Row;
use super::{focus_rows, look};
use crate::parts::button::{Button, Tone};
use crate::parts::dom::{focus_id, select_id};
use crate::parts::field::TextField;
use crate::parts::icon::lucide;
use crate::parts::long_rows::LongRows;
use crate::parts::plain_text::PlainText;
use crate::state::editing::{EditRow, Editing};
use crate::state::use_state;
use crate::state::value_edit::ValueEdit;

/// With more rows than this, they can be searched.
const FIND_FROM: usize = 100;
/// What a masked row takes, in CSS pixels.
const ROW_HEIGHT: u32 = 39;

/// The rows, and what is done with all of them.
#[component]
pub fn Rows(
    /// The row that the focus goes to.
    reached: RwSignal<Option<usize>>,
) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let rows = value_edit.part(|phase| phase.text().map(Editing::rows).unwrap_or_default());
    let wanted = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let wanted = wanted.get().to_lowercase();
        // A new row is in sight whatever is looked for.
        let fits = |row: &&EditRow| {
            wanted.is_empty()
                || reached.get() == Some(row.id)
                || row.key.as_ref().is_some_and(|key| key.to_lowercase().contains(&wanted))
        };
        rows.with(|rows| rows.iter().filter(fits).map(|row| row.id).collect::<Vec<_>>())
    });
    let add = move || {
        let mut id = None;
        value_edit.change(|editing| id = editing.add());
        reached.set(id);
        if let Some(id) = id {
            request_animation_frame(move || select_id(&key_id(id)));
        }
    };
    view! {
        <Show when=move || rows.with(|rows| rows.len() > FIND_FROM)>
            <TextField label="Find a key" value=wanted mono=true />
        </Show>
        <Show when=move || rows.with(Vec::is_empty)>
            <p class="muted">"Nothing here yet."</p>
        </Show>
        <LongRows
            class="edit-rows"
            ids=found
            row=move |id| view! { <Row id rows found /> }.into_any()
            row_height=ROW_HEIGHT
            reached
            test_id="edit-rows"
        />
        <Show when=move || found.with(Vec::is_empty) && !rows.with(Vec::is_empty)>
            <p class="muted" role="status">"No matching keys."</p>
        </Show>
        <Removed reached />
        <div class="actions">
            <Button tone=Tone::Quiet icon=lucide::LuPlus on_press=add attr:data-testid="add-row">
                {move || if rows.with(|rows| rows.first().is_some_and(|row| row.key.is_none())) { "Add item" } else { "Add key" }}
            </Button>
        </div>
    }
}

/// The id of the key's field, which gets the focus when the row appears or moves.
pub fn key_id(id: usize) -> String {
    format!("edit-key-{id}")
}

/// Moves a row and keeps the focus in it.
pub fn move_row(value_edit: ValueEdit, id: usize, by: isize) {
    value_edit.change(|editing| {
        editing.move_by(id, by);
    });
    request_animation_frame(move || focus_id(&key_id(id)));
}

/// Deletes a row; the focus goes to the button that brings it back.
pub fn remove_row(value_edit: ValueEdit, id: usize) {
    value_edit.change(|editing| editing.remove(id));
    request_animation_frame(|| focus_id(UNDO_ID));
}

/// Brings the deleted row back, and the focus to it.
pub fn put_back(value_edit: ValueEdit, reached: RwSignal<Option<usize>>) {
    let mut id = None;
    value_edit.change(|editing| id = editing.put_back());
    reached.set(id);
    if let Some(id) = id {
        request_animation_frame(move || focus_id(&key_id(id)));
    }
}

/// Says which row was deleted, for as long as nothing else is changed.
#[component]
pub fn Removed(reached: RwSignal<Option<usize>>) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let removed = look(Editing::removed);
    let name = Memo::new(move |_| removed.get().flatten());
    view! {
        <div role="status">
            {move || name.get().map(|name| view! {
                <p class="edit-removed" data-testid="edit-removed">
                    <span>{escape_invisible(&short(&name)).into_owned()} " was deleted."</span>
                    <Button icon=lucide::LuUndo2 on_press=move || put_back(value_edit, reached) attr:id=UNDO_ID>"Undo"</Button>
                </p>
            })}
        </div>
    }
}

/// The id of the button that brings a deleted row back.
const UNDO_ID: &str = "edit-undo";

/// The way from the whole value to the rows in view.
#[component]
pub fn Trail() -> impl IntoView {
    let value_edit = use_state().value_edit;
    let trail = look(Editing::trail);
    move || {
        let trail = trail.get().filter(|trail| !trail.is_empty())?;
        let last = trail.len();
        let steps = ["Whole value".to_owned()].into_iter().chain(trail).enumerate();
        let steps = steps
            .map(|(depth, name)| {
                let step = if depth == last {
                    view! { <span class="mono" aria-current="true"><PlainText text=short(&name).into_owned() /></span> }.into_any()
                } else {
                    view! {
                        <button
                            type="button"
                            class="trail-step mono"
                            on:click=move |_| {
                                value_edit.change(|editing| editing.leave_to(depth));
                                focus_rows();
                            }
                        >
                            <PlainText text=short(&name).into_owned() />
                        </button>
                    }
                    .into_any()
                };
                view! { <li>{step}</li> }
            })
            .collect::<Vec<_>>();
        Some(view! {
            <nav class="trail" aria-label="Path" data-testid="trail">
                <ol>{steps}</ol>
            </nav>
        })
    }
}
