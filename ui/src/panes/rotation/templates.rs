//! AWS's rotation templates with the keys that each needs, compared with the keys of the secret.

use latchkey_domain::rotation::FUNCTION_TEMPLATES;
use latchkey_domain::template::{Field, Missing};
use leptos::prelude::*;

use crate::parts::{Button, ErrorPanel, Icon, Select, lucide};
use crate::state::use_state;

/// The choice of a template, its keys, and the look at the secret.
#[component]
pub fn TemplateCheck() -> impl IntoView {
    let check = use_state().rotation.key_check;
    let none = (String::new(), "None of AWS's templates".to_owned());
    let named = FUNCTION_TEMPLATES.iter().map(|template| (template.name.to_owned(), template.title()));
    let options: Vec<(String, String)> = std::iter::once(none).chain(named).collect();
    let chosen = Memo::new(move |_| check.chosen().map(|template| template.name));
    let keys = Memo::new(move |_| check.keys());
    let finding = Memo::new(move |_| check.finding());
    let is_json = move || keys.get().is_none_or(|keys| keys.keys.is_some());
    view! {
        <section class="rotation-section" aria-label="Keys of the value" data-testid="template-check">
            <h3>"Keys of the value"</h3>
            <Select
                label="Rotation template"
                options=Signal::stored(options)
                value=check.template
                on_change=move |name: String| check.template.set(name)
            />
            {move || {
                let template = check.chosen()?;
                chosen.track();
                let lacking = finding.get().map(|finding| finding.missing);
                Some(view! {
                    <p class="field-note breakable">{template.name}</p>
                    <ul class="findings">
                        {template
                            .needed()
                            .map(|field| view! { <KeyLine field lacking=lacking.clone() /> })
                            .collect_view()}
                    </ul>
                })
            }}
            <Show when=move || !is_json()>
                <p class="banner banner-amber" data-testid="no-json">
                    <Icon icon=lucide::LuTriangleAlert />
                    <span>"The value is not a JSON object. AWS's templates need one."</span>
                </p>
            </Show>
            <Show when=move || keys.with(Option::is_some) && is_json() && finding.with(Option::is_none)>
                <p class="field-note">"The keys match none of AWS's templates."</p>
            </Show>
            {move || check.request.failure.get().map(|error| view! { <ErrorPanel error /> })}
            <div class="actions">
                <Button work=move || check.read()>"Check the secret's keys"</Button>
            </div>
            <p class="field-note">
                "The check reads AWSCURRENT once, which counts as an access. Only the names of its keys reach this \
                 window, no values."
            </p>
        </section>
    }
}

/// A key, whether it is there, and what belongs in it.
#[component]
fn KeyLine(field: &'static Field, lacking: Option<Vec<Missing>>) -> impl IntoView {
    let missing =
        lacking.as_ref().map(|lacking| lacking.iter().find(|missing| missing.key == field.key).cloned());
    let (class, icon, verdict) = match missing {
        None => ("finding", lucide::LuCircle, String::new()),
        Some(None) => ("finding finding-passed", lucide::LuCircleCheck, "is there".to_owned()),
        Some(Some(Missing { written_as: Some(other), .. })) => {
            let words = format!("is missing; {other} is a different key (keys are case-sensitive)");
            ("finding finding-failed", lucide::LuCircleX, words)
        }
        Some(Some(_)) => ("finding finding-failed", lucide::LuCircleX, "is missing".to_owned()),
    };
    view! {
        <li class=class data-testid="template-key" data-key=field.key>
            <Icon icon />
            <span>
                <code>{field.key}</code> " " <strong>{verdict}</strong>
                <span class="finding-text">{field.hint}</span>
            </span>
        </li>
    }
}
