//! The labels of one version: to drag, and a menu that does the same.

use latchkey_domain::stages::CURRENT;
use latchkey_domain::text::short_id;
use latchkey_domain::writes::StageChange;
use leptos::prelude::*;

use crate::parts::{Badge, IconButton, LabelTag, MenuItem, StageTag, lucide};
use crate::state::State;
use crate::state::timeline::LabelWish;
use crate::state::use_state;

/// The tags under a version's id.
#[component]
pub fn VersionLabels(
    version_id: String,
    stages: Vec<String>,
    lacks_value: bool,
    is_writable: bool,
) -> impl IntoView {
    let state = use_state();
    let is_deprecated = stages.is_empty();
    let short = short_id(&version_id);
    let tags = stages.into_iter().map(|stage| {
        if !is_writable {
            return view! { <StageTag stage /> }.into_any();
        }
        let name = format!("Label {stage} of {short}");
        let items = label_deeds(state, &stage);
        let dragged = state.timeline.dragged;
        let carried = stage.clone();
        let on_drag = move |is_dragged: bool| dragged.set(is_dragged.then(|| carried.clone()));
        view! { <LabelTag stage name items on_drag /> }.into_any()
    });
    let tags = tags.collect_view();
    let add = (is_writable && !lacks_value).then(|| {
        let label = format!("Add a label to {short}");
        let ask = move || state.timeline.wish.set(Some(LabelWish::Add { version_id: version_id.clone() }));
        view! { <IconButton label icon=lucide::LuPlus on_press=ask attr:data-testid="add-label" /> }
    });
    view! {
        <div class="version-stages">
            {is_deprecated.then(|| view! { <span class="stage-tag stage-deprecated">"Deprecated"</span> })} {tags}
            {lacks_value.then(|| view! { <Badge>"No value yet"</Badge> })} {add}
        </div>
    }
}

/// What the menu of a label offers.
fn label_deeds(state: State, stage: &str) -> Vec<MenuItem> {
    let moved = stage.to_owned();
    let to_other = move || state.timeline.wish.set(Some(LabelWish::Move { label: moved.clone() }));
    let mut items = vec![MenuItem::new("Move to…", to_other).icon(lucide::LuArrowUpDown)];
    if stage != CURRENT {
        let removed = stage.to_owned();
        let remove = move || state.change_review.propose_move(StageChange::Remove { label: removed.clone() });
        items.push(MenuItem::new("Remove…", remove).icon(lucide::LuX));
    }
    items
}
