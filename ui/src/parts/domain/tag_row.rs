//! A tag that is typed: its key and its value in one row.

use leptos::prelude::*;

use crate::parts::controls::{IconButton, RowInput, lucide};
/// The row of one tag.
#[component]
pub fn TagRow(
    #[prop(into)] tag_key: RwSignal<String>,
    #[prop(into)] value: RwSignal<String>,
    on_remove: impl Fn() + Copy + Send + Sync + 'static,
    /// Takes the focus when the row appears.
    #[prop(optional)]
    focused: bool,
) -> impl IntoView {
    view! {
        <div class="form-row" data-testid="tag-row">
            <RowInput label="Tag key" value=tag_key placeholder="Key" focused />
            <RowInput label="Tag value" value placeholder="Value" />
            <IconButton label="Remove this tag" icon=lucide::LuTrash2 on_press=on_remove />
        </div>
    }
}
