//! The whole text, as it is stored.

use leptos::prelude::*;

use super::look;
use crate::parts::button::Button;
use crate::parts::clear_text::Mask;
use crate::parts::field::unremembered;
use crate::parts::icon::lucide;
use crate::state::use_state;

/// A field for the raw text; masked until somebody asks.
#[component]
pub fn RawText() -> impl IntoView {
    let desk = use_state().value_desk;
    let is_shown = look(|editing| editing.raw_shown);
    let text = look(|editing| if editing.raw_shown { editing.text().to_owned() } else { String::new() });
    let has_fault = look(|editing| editing.fault().is_some());
    let toggle = move || desk.change(|editing| editing.raw_shown = !editing.raw_shown);
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
                class="input textarea mono raw-text"
                rows="14"
                aria-label="Raw text"
                aria-invalid=move || (has_fault.get() == Some(true)).then_some("true")
                data-testid="raw-text"
                prop:value=move || text.get().unwrap_or_default()
                on:input=move |event| {
                    let typed = event_target_value(&event);
                    desk.change(|editing| editing.type_raw(&typed));
                }
            ></textarea>
            <div class="actions">
                <Button icon=lucide::LuEyeOff on_press=toggle>"Hide the text"</Button>
            </div>
        </Show>
    }
}
