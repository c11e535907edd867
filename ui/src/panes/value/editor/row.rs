//! One row of the editor: a key, its value behind a mask, and what can be done with both.

use latchkey_domain::document::JsonKind;
use latchkey_domain::text::{escape_invisible, short};
use leptos::prelude::*;

use super::focus_rows;
use super::look;
use super::rows::{key_id, move_row, remove_row};
use crate::parts::button::{Button, IconButton};
use crate::parts::clear_text::Mask;
use crate::parts::field::unremembered;
use crate::parts::icon::{Icon, lucide};
use crate::parts::menu::{Menu, MenuItem};
use crate::state::editing::{EditRow, Editing};
use crate::state::use_state;

/// The most lines that a field shows at once.
const MAX_LINES: usize = 10;

/// A member of the object or array in view.
#[component]
pub fn Row(
    id: usize,
    rows: Memo<Vec<EditRow>>,
    /// The rows that are shown.
    found: Memo<Vec<usize>>,
) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let row = Memo::new(move |_| rows.with(|rows| rows.iter().find(|row| row.id == id).cloned()));
    let position = Memo::new(move |_| rows.with(|rows| rows.iter().position(|row| row.id == id)));
    let place = Memo::new(move |_| found.with(|found| found.iter().position(|found| *found == id)));
    let name = Memo::new(move |_| match row.get().and_then(|row| row.key) {
        Some(key) => escape_invisible(&short(&key)).into_owned(),
        None => format!("item {}", position.get().unwrap_or_default() + 1),
    });
    let is_shown = look(move |editing| editing.is_shown(id));
    let error = look(move |editing| editing.row_error(id));
    let is_nested = Memo::new(move |_| {
        row.with(|row| row.as_ref().is_some_and(|row| matches!(row.kind, JsonKind::Object | JsonKind::Array)))
            && error.get().flatten().is_none()
    });
    let is_raw_only = Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| row.is_raw_only)));
    let eye =
        Signal::derive(move || if is_shown.get() == Some(true) { lucide::LuEyeOff } else { lucide::LuEye });
    let eye_label = Signal::derive(move || {
        format!("{} {}", if is_shown.get() == Some(true) { "Hide" } else { "Show" }, name.get())
    });
    let value = move || {
        if is_raw_only.get() {
            return view! { <p class="muted">"It contains half a character: edit it in the raw text."</p> }
                .into_any();
        }
        if is_nested.get() {
            return view! { <NestedValue id row name /> }.into_any();
        }
        view! {
            <Show when=move || is_shown.get() == Some(true) fallback=|| view! { <Mask /> }>
                <ValueField id name />
            </Show>
        }
        .into_any()
    };
    view! {
            <div
                class="edit-row"
                role="listitem"
                aria-posinset=move || place.get().map(|at| (at + 1).to_string())
                aria-setsize=move || found.with(Vec::len).to_string()
                data-testid="edit-row"
                data-key=move || name.get()
                on:keydown=move |event| {
                    let by = match event.key().as_str() {
                        "ArrowUp" if event.alt_key() => -1,
                        "ArrowDown" if event.alt_key() => 1,
                        _ => return,
                    };
                    event.prevent_default();
                    move_row(value_edit, id, by);
                }
            >
                <div class="edit-key">
                    <KeyField id row name />
                    {move || row.get().filter(|row| row.kind != JsonKind::String)
    .map(|row| view! { <span class="field-kind">{row.kind.word()}</span> })}
                </div>
                <div class="edit-value">
                    {value}
                    {move || error.get().flatten().map(|error| view! {
                        <p class="field-note field-error" role="alert">{error}</p>
                    })}
                    {move || row.get().filter(|row| row.is_duplicate).map(|_| view! {
                        <p class="field-note field-warning">"Duplicate key. Most parsers use the last one."</p>
                    })}
                </div>
                <div class="edit-actions">
                    <Show when=move || !is_nested.get() && !is_raw_only.get()>
                        <IconButton
                            label=eye_label
                            icon=eye
                            on_press=move || value_edit.change(|editing| editing.toggle(id))
                            attr:data-testid="toggle-row"
                        />
                    </Show>
                    <RowMenu id row rows name />
                </div>
            </div>
        }
}

#[component]
fn KeyField(id: usize, row: Memo<Option<EditRow>>, name: Memo<String>) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let is_item = row.with_untracked(|row| row.as_ref().is_none_or(|row| row.key.is_none()));
    if is_item {
        return view! { <span class="mono" id=key_id(id) tabindex="-1">{move || name.get()}</span> }
            .into_any();
    }
    let key = Memo::new(move |_| row.get().and_then(|row| row.key).unwrap_or_default());
    view! {
        <input
            {..unremembered()}
            id=key_id(id)
            class="input mono"
            type="text"
            aria-label="Key"
            prop:value=move || key.get()
            on:input=move |event| {
                let typed = event_target_value(&event);
                value_edit.change(|editing| editing.type_key(id, &typed));
            }
        />
    }
    .into_any()
}

/// A value in the clear, to be typed over.
#[component]
fn ValueField(id: usize, name: Memo<String>) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let text = look(move |editing| editing.clear_text(id).unwrap_or_default());
    let has_error = look(move |editing| editing.row_error(id).is_some());
    let lines =
        move || text.with(|text| text.as_ref().map_or(1, |text| text.lines().count().clamp(1, MAX_LINES)));
    view! {
        <textarea
            {..unremembered()}
            class="input textarea mono"
            rows=lines
            aria-label=move || format!("Value of {}", name.get())
            aria-invalid=move || (has_error.get() == Some(true)).then_some("true")
            prop:value=move || text.get().unwrap_or_default()
            on:input=move |event| {
                let typed = event_target_value(&event);
                value_edit.change(|editing| editing.type_value(id, &typed));
            }
        ></textarea>
    }
}

/// An object or an array, which opens in rows of its own.
#[component]
fn NestedValue(id: usize, row: Memo<Option<EditRow>>, name: Memo<String>) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let what = move || match row.get().map(|row| row.kind) {
        Some(JsonKind::Array) => "Open the array",
        _ => "Open the object",
    };
    view! {
        <Button
            icon=lucide::LuBraces
            on_press=move || {
                value_edit.change(|editing| editing.open(id));
                focus_rows();
            }
            attr:aria-label=move || format!("Open {}", name.get())
            attr:data-testid="open-nested"
        >
            {what}
        </Button>
    }
}

#[component]
fn RowMenu(
    id: usize,
    row: Memo<Option<EditRow>>,
    rows: Memo<Vec<EditRow>>,
    name: Memo<String>,
) -> impl IntoView {
    let state = use_state();
    let value_edit = state.value_edit;
    let generate = move || {
        let taker = move |password: String| {
            value_edit.change(|editing| {
                editing.put_text(id, &password);
            });
        };
        let template = value_edit.peek(|phase| phase.text().and_then(Editing::template));
        state.password_maker.open(template, taker);
    };
    let items = Signal::derive(move || {
        let Some(row) = row.get() else { return Vec::new() };
        let place = rows.with(|rows| rows.iter().position(|row| row.id == id));
        let last = rows.with(Vec::len).saturating_sub(1);
        let kinds = KINDS.into_iter().filter(|(kind, _)| *kind != row.kind && !row.is_raw_only);
        let mut items: Vec<MenuItem> = vec![
            MenuItem::new("Generate a password…", generate).icon(lucide::LuDices).disabled(row.is_raw_only),
        ];
        let mut kinds: Vec<MenuItem> = kinds
            .map(|(kind, label)| {
                MenuItem::new(label, move || value_edit.change(|editing| editing.change_kind(id, kind)))
            })
            .collect();
        if let Some(first) = kinds.first_mut() {
            first.divided = true;
        }
        items.append(&mut kinds);
        items.push(
            MenuItem::new("Move up", move || move_row(value_edit, id, -1))
                .icon(lucide::LuArrowUp)
                .disabled(place == Some(0))
                .divided(),
        );
        items.push(
            MenuItem::new("Move down", move || move_row(value_edit, id, 1))
                .icon(lucide::LuArrowDown)
                .disabled(place == Some(last)),
        );
        items.push(
            MenuItem::new("Delete", move || remove_row(value_edit, id)).icon(lucide::LuTrash2).divided(),
        );
        items
    });
    view! {
        <Menu label=Signal::derive(move || format!("More for {}", name.get())) items end=true>
            <Icon icon=lucide::LuEllipsis />
        </Menu>
    }
}

const KINDS: [(JsonKind, &str); 6] = [
    (JsonKind::String, "Make it a string"),
    (JsonKind::Number, "Make it a number"),
    (JsonKind::Boolean, "Make it true or false"),
    (JsonKind::Null, "Make it null"),
    (JsonKind::Object, "Make it an object"),
    (JsonKind::Array, "Make it an array"),
];
