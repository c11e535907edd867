//! The fields of a JSON object, each masked, revealed and copied by itself.

use latchkey_domain::text::{escape_invisible, short};
use latchkey_domain::value::{FieldShape, JsonKind};
use leptos::prelude::*;

use crate::parts::button::IconButton;
use crate::parts::clear_text::{ClearText, Mask};
use crate::parts::icon::lucide;
use crate::parts::key_text::KeyText;
use crate::state::use_state;

/// A row for each field, in the object's own order.
#[component]
pub fn FieldTable(
    fields: Vec<FieldShape>,
    #[prop(into)] on_reveal: Callback<usize>,
    #[prop(into)] on_copy: Callback<usize>,
) -> impl IntoView {
    if fields.is_empty() {
        return view! { <p class="muted">"An empty JSON object."</p> }.into_any();
    }
    let rows = fields
        .into_iter()
        .enumerate()
        .map(|(index, field)| view! { <FieldRow index field on_reveal on_copy /> })
        .collect::<Vec<_>>();
    view! {
        <table class="plain-table field-table">
            <thead>
                <tr>
                    <th scope="col">"Key"</th>
                    <th scope="col">"Value"</th>
                    <th scope="col">
                        <span class="visually-hidden">"Actions"</span>
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

#[component]
fn FieldRow(
    index: usize,
    field: FieldShape,
    on_reveal: Callback<usize>,
    on_copy: Callback<usize>,
) -> impl IntoView {
    let value = use_state().detail.value;
    let FieldShape { key, kind } = field;
    let name = escape_invisible(&short(&key)).into_owned();
    let is_clear = Memo::new(move |_| value.reading.with(|reading| reading.clear_text(index).is_some()));
    let eye = Signal::derive(move || if is_clear.get() { lucide::LuEyeOff } else { lucide::LuEye });
    let eye_label = {
        let name = name.clone();
        Signal::derive(move || format!("{} {name}", if is_clear.get() { "Hide" } else { "Reveal" }))
    };
    let toggle = move || {
        if is_clear.get_untracked() { value.mask_part(index) } else { on_reveal.run(index) }
    };
    let label = StoredValue::new(format!("Value of {name}"));
    let copy_label = format!("Copy {name}");
    view! {
        <tr data-testid="value-field" data-key=key.clone()>
            <th scope="row">
                <KeyText text=key.clone() />
                {(kind != JsonKind::String).then(|| view! { <span class="field-kind">{kind.word()}</span> })}
            </th>
            <td>
                <Show when=move || is_clear.get() fallback=|| view! { <Mask /> }>
                    <ClearField index label=label.get_value() />
                </Show>
            </td>
            <td class="field-actions">
                <IconButton label=eye_label icon=eye on_press=toggle attr:data-testid="reveal-field" />
                <IconButton
                    label=copy_label
                    icon=lucide::LuCopy
                    on_press=move || on_copy.run(index)
                    attr:data-testid="copy-field"
                />
            </td>
        </tr>
    }
}

/// A field in the clear.
#[component]
fn ClearField(index: usize, label: String) -> impl IntoView {
    let value = use_state().detail.value;
    let text = Memo::new(move |_| value.reading.with(|reading| reading.clear_text(index).map(str::to_owned)));
    move || text.get().map(|text| view! { <ClearText label=label.clone() text /> })
}
