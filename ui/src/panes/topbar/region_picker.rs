//! The choice of the Region in view, with favourites and those that were chosen last on top.

use latchkey_domain::Region;
use leptos::prelude::*;

use crate::parts::dom::show_choice;
use crate::parts::{IconButton, lucide};
use crate::state::regions::{groups, label, toggle_favourite};
use crate::state::use_state;

/// The Region and the star beside it.
#[component]
pub fn RegionPicker() -> impl IntoView {
    let state = use_state();
    let region = Memo::new(move |_| state.session.scope.get().map(|scope| scope.region));
    let settings = state.preferences.settings;
    let listed = Memo::new(move |_| settings.with(|settings| groups(settings, region.get().as_ref())));
    let option = move |listed: Region| {
        let chosen = region.get_untracked().as_ref() == Some(&listed);
        view! { <option value=listed.to_string() selected=chosen>{label(&listed)}</option> }
    };
    let group = move |(title, regions): (&'static str, Vec<Region>)| {
        view! { <optgroup label=title data-testid=format!("regions-{title}")>{regions.into_iter().map(option).collect_view()}</optgroup> }
    };
    let value = move || {
        listed.track();
        region.get().map(|region| region.to_string()).unwrap_or_default()
    };
    view! {
        <div class="region-picker" data-testid="region-picker">
            <select
                class="select"
                aria-label="Region"
                prop:value=value
                on:change=move |event| {
                    state.choose_region(event_target_value(&event).as_str().into());
                    // It shows what is in view, also while an edit is asked about.
                    let shown = region.get_untracked().map(|region| region.to_string());
                    show_choice(&event, &shown.unwrap_or_default());
                }
            >
                {move || listed.get().into_iter().map(group).collect_view()}
            </select>
            <Star region />
        </div>
    }
}

/// Makes the Region in view a favourite, or no longer one.
#[component]
fn Star(region: Memo<Option<Region>>) -> impl IntoView {
    let preferences = use_state().preferences;
    let is_favourite = move || {
        let region = region.get();
        region.is_some_and(|region| preferences.settings.with(|set| set.favourite_regions.contains(&region)))
    };
    let toggle = move || {
        if let Some(region) = region.get_untracked() {
            preferences.change(|settings| toggle_favourite(settings, &region));
        }
    };
    let name = Signal::derive(move || match region.get() {
        Some(region) => format!("{region} is a favourite"),
        None => "No current Region".to_owned(),
    });
    view! {
        <IconButton
            label=name
            icon=lucide::LuStar
            pressed=Signal::derive(is_favourite)
            disabled=Signal::derive(move || region.get().is_none())
            on_press=toggle
        />
    }
}
