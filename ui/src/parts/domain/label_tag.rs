//! A staging label that can be moved: dragged to another version, or by the menu behind it.

use leptos::ev::DragEvent;
use leptos::prelude::*;

use super::stage_tag::StageTag;
use crate::parts::controls::{Menu, MenuItem};

/// The label as the button of its menu. While it is dragged, `on_drag` is told that it is.
#[component]
pub fn LabelTag(
    stage: String,
    /// Names the button: the label and the version that has it.
    name: String,
    items: Vec<MenuItem>,
    #[prop(into)] on_drag: Callback<bool>,
) -> impl IntoView {
    let carried = stage.clone();
    let begin = move |event: DragEvent| {
        if let Some(data) = event.data_transfer() {
            // Some browsers drag nothing that carries nothing.
            let _ = data.set_data("text/plain", &carried);
            data.set_effect_allowed("move");
        }
        on_drag.run(true);
    };
    view! {
        <span
            class="label-tag"
            draggable="true"
            data-testid="label-tag"
            on:dragstart=begin
            on:dragend=move |_| on_drag.run(false)
        >
            <Menu label=name class="label-button" items=Signal::stored(items)>
                <StageTag stage />
            </Menu>
        </span>
    }
}
