//! The whole text, as it is stored.

use leptos::html;
use leptos::prelude::*;

use super::look;
use crate::parts::button::Button;
use crate::parts::clear_text::Mask;
use crate::parts::dom::{focus, focus_first};
use crate::parts::field::unremembered;
use crate::parts::icon::lucide;
use crate::state::use_state;

const SHOW_RAW: &str = "[data-testid='show-raw']";

/// A field for the raw text; masked until revealed.
#[component]
pub fn RawText() -> impl IntoView {
    let value_edit = use_state().value_edit;
    let is_shown = look(|editing| editing.raw_shown);
    let text = look(|editing| if editing.raw_shown { editing.text().to_owned() } else { String::new() });
    let has_fault = look(|editing| editing.fault().is_some());
    // A row that is not right yet would be lost with the text around it.
    let is_held = look(|editing| editing.has_rows() && editing.obstacle().is_some());
    let node = NodeRef::<html::Textarea>::new();
    node.on_load(|field| request_animation_frame(move || focus(&field)));
    let hide = move || {
        value_edit.change(|editing| editing.raw_shown = false);
        request_animation_frame(|| focus_first(SHOW_RAW));
    };
    let toggle = move || value_edit.change(|editing| editing.raw_shown = !editing.raw_shown);
    view! {
        <Show
            when=move || is_shown.get() == Some(true)
            fallback=move || view! {
                <div class="value-sealed">
                    <Mask />
                    <div class="actions">
                        <Button icon=lucide::LuEye on_press=toggle attr:data-testid="show-raw">
                            "Show the text"
                        </Button>
                    </div>
                </div>
            }
        >
            <textarea
                {..unremembered()}
                node_ref=node
                class="input textarea mono raw-text"
                rows="14"
                readonly=move || is_held.get() == Some(true)
                aria-label="Raw text"
                aria-invalid=move || (has_fault.get() == Some(true)).then_some("true")
                data-testid="raw-text"
                prop:value=move || text.get().unwrap_or_default()
                on:input=move |event| {
                    let typed = event_target_value(&event);
                    value_edit.change(|editing| editing.type_raw(&typed));
                }
            ></textarea>
            <div class="actions">
                <Button icon=lucide::LuEyeOff on_press=hide>"Hide the text"</Button>
            </div>
        </Show>
    }
}
