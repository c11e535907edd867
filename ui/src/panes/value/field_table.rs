//! The fields of a JSON object, each masked, revealed and copied by itself.

use latchkey_domain::document::{FieldShape, JsonKind};
use latchkey_domain::text::{escape_invisible, short};
use leptos::prelude::*;

use crate::parts::button::IconButton;
use crate::parts::clear_text::{ClearText, Mask};
use crate::parts::field::TextField;
use crate::parts::icon::lucide;
use crate::parts::key_text::KeyText;
use crate::parts::long_rows::{LongRows, row_index};
use crate::state::use_state;

/// With more keys than this, they can be searched.
const FIND_FROM: usize = 100;
/// What a masked row takes, in CSS pixels.
const ROW_HEIGHT: u32 = 37;

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
    let fields = StoredValue::new(fields);
    let count = fields.with_value(Vec::len);
    let wanted = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let wanted = wanted.get().to_lowercase();
        fields.with_value(|fields| {
            let keys = fields.iter().enumerate();
            keys.filter(|(_, field)| field.key.to_lowercase().contains(&wanted))
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        })
    });
    let row = move |index: usize| {
        fields
            .with_value(|fields| fields.get(index).cloned())
            .map(|field| {
                view! { <FieldRow index found field on_reveal on_copy /> }
            })
            .into_any()
    };
    let header = view! {
        <thead>
            <tr>
                <th scope="col">"Key"</th>
                <th scope="col">"Value"</th>
                <th scope="col">
                    <span class="visually-hidden">"Actions"</span>
                </th>
            </tr>
        </thead>
    };
    view! {
        {(count > FIND_FROM).then(|| view! { <TextField label="Find a key" value=wanted mono=true /> })}
        <LongRows class="plain-table field-table" ids=found row row_height=ROW_HEIGHT header=header.into_any() />
        <Show when=move || found.with(Vec::is_empty)>
            <p class="muted" role="status">"No matching keys."</p>
        </Show>
    }
    .into_any()
}

#[component]
fn FieldRow(
    index: usize,
    /// The fields that are shown, by their places.
    found: Memo<Vec<usize>>,
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
        <tr data-testid="value-field" data-key=key.clone() aria-rowindex=move || row_index(found, index)>
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
