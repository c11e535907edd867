//! A choice among the Regions of AWS.

use latchkey_domain::scope::KNOWN_REGIONS;
use leptos::prelude::*;

use crate::parts::controls::Select;
/// The Regions with their names; `error` is what is wrong with the chosen one.
#[component]
pub fn RegionSelect(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let options = Signal::derive(move || region_options(&value.get()));
    view! {
        <div>
            <Select label options value on_change=move |region| value.set(region) />
            <p class="field-note field-error" role="alert">{move || error.get()}</p>
        </div>
    }
}

/// The Regions that are known, and the chosen one if it is none of them.
fn region_options(chosen: &str) -> Vec<(String, String)> {
    let known = KNOWN_REGIONS
        .iter()
        .map(|region| (region.code.to_owned(), format!("{} · {}", region.code, region.name)));
    let is_known = KNOWN_REGIONS.iter().any(|region| region.code == chosen);
    let unknown = (!is_known).then(|| (chosen.to_owned(), chosen.to_owned()));
    unknown.into_iter().chain(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_is_not_in_the_table_can_be_kept() {
        let options = region_options("local-test-1");
        assert_eq!(options[0].0, "local-test-1", "an own endpoint may have its own Region");
        assert_eq!(region_options("us-east-1").len(), KNOWN_REGIONS.len(), "a known one is there once");
    }
}
