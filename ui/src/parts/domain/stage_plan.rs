//! The preview of a label move: before, after, impact, and the confirmation.
//!
//! It depends on neither engine nor state: the caller gives the preview and handles the confirmation.

use latchkey_domain::ApiError;
use latchkey_domain::stages::{CURRENT, Lost, StageStep, VersionMap};
use latchkey_domain::text::short_id;
use latchkey_domain::writes::{self, StagePreview};
use leptos::prelude::*;

use super::cli_lines::CliLines;
use super::error_panel::ErrorPanel;
use super::journal_note::JournalNote;
use super::stage_tag::StageTag;
use super::version_id::VersionId;
use super::writer_note::WriterNote;
use crate::parts::controls::{Button, Checkbox, Dialog, Icon, TextField, Tone, lucide};

/// The user's confirmations of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub acknowledged: bool,
    /// The name of the secret, for a target that was not read.
    pub typed_name: Option<String>,
}

/// The dialog; open for as long as it is mounted. `children` stand between the pictures and who is affected.
#[component]
pub fn StagePlanDialog(
    #[prop(into)] title: Signal<String>,
    /// What the button says: `Make 41aa0f3a current`.
    #[prop(into)]
    verb: Signal<String>,
    #[prop(into)] preview: Signal<StagePreview>,
    /// The name of the secret, to be typed where the target was not read.
    secret_name: String,
    /// The versions from the newest to the oldest, as far as they are known.
    #[prop(into)]
    order: Signal<Vec<String>>,
    /// Whether the version that becomes current was read.
    #[prop(into)]
    is_readable: Signal<bool>,
    #[prop(into)] failure: Signal<Option<ApiError>>,
    /// Whether the plan differs from the one that was confirmed before.
    #[prop(into)]
    is_new_picture: Signal<bool>,
    #[prop(into)] busy: Signal<bool>,
    /// What stands beside the word that a rotation is on.
    #[prop(into)]
    beside_rotation: ViewFn,
    #[prop(into)] on_confirm: Callback<Word>,
    #[prop(into)] on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let acknowledged = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let effects = Memo::new(move |_| preview.with(|preview| preview.effects.clone()));
    let needs_tick = Memo::new(move |_| preview.with(|preview| preview.needs_tick));
    let has_looked = RwSignal::new(false);
    Effect::new(move || {
        preview.with(|_| ());
        has_looked.set(false);
    });
    let needs_name = Memo::new(move |_| preview.with(|preview| preview.needs_name));
    // Other effects are other things to have read.
    Effect::new(move || {
        effects.track();
        acknowledged.set(false);
    });
    let name = StoredValue::new(secret_name);
    let is_named = move || typed.with(|typed| name.with_value(|name| typed == name));
    let is_ready = move || {
        (!needs_tick.get() || acknowledged.get())
            && (!is_new_picture.get() || has_looked.get())
            && (is_named() || (is_readable.get() && !needs_name.get()))
            && !busy.get()
    };
    let confirm = move || {
        let typed_name = Some(typed.get_untracked()).filter(|typed| !typed.is_empty());
        on_confirm.run(Word { acknowledged: acknowledged.get_untracked(), typed_name });
    };
    view! {
        <Dialog title wide=true on_close attr:data-testid="stage-plan">
            {move || failure.get().map(|error| view! { <ErrorPanel error /> })}
            <Pictures preview order />
            <Losses preview />
            {children()}
            <Effects effects beside_rotation />
            <Show when=move || is_new_picture.get()>
                <Checkbox label="I have checked the current labels." checked=has_looked />
            </Show>
            <Show when=move || needs_tick.get()>
                <Checkbox label="I understand the impact." checked=acknowledged />
            </Show>
            {move || {
                let name = name.get_value();
                let label = match (needs_name.get(), is_readable.get()) {
                    (true, _) => format!("Type {name} to continue: this connection requires confirmation"),
                    (false, false) => format!("Or type {name} to continue without verifying that version"),
                    (false, true) => return None,
                };
                Some(view! { <TextField label value=typed mono=true /> })
            }}
            <WriterNote through=Signal::derive(move || preview.with(|preview| preview.writes_through.clone())) />
            <CliLines
                text=Signal::derive(move || preview.with(|preview| preview.cli_lines.join("\n")))
                problem=Signal::derive(move || preview.with(|preview| preview.cli_problem.clone()))
            />
            <footer class="dialog-actions">
                <JournalNote in_memory=Signal::derive(move || preview.with(|preview| preview.journal_in_memory)) />
                <Button on_press=on_close>"Cancel"</Button>
                <Button
                    tone=Tone::Primary
                    busy
                    disabled=Signal::derive(move || !is_ready())
                    on_press=confirm
                    attr:data-testid="confirm-plan"
                >
                    {move || verb.get()}
                </Button>
            </footer>
        </Dialog>
    }
}

/// The labels before and after, side by side, and the steps between.
#[component]
fn Pictures(preview: Signal<StagePreview>, order: Signal<Vec<String>>) -> impl IntoView {
    let rows = move || {
        let StagePreview { before, after, .. } = preview.get();
        versions_of(&before, &after, &order.get())
            .into_iter()
            .map(|version_id| {
                let (now, then) = (before.labels(&version_id).to_vec(), after.labels(&version_id).to_vec());
                let is_moved = now != then;
                view! {
                    <tr class:plan-moved=is_moved data-testid="plan-row" data-version-id=version_id.clone()>
                        <th scope="row">
                            <VersionId version_id=version_id.clone() />
                        </th>
                        <td data-testid="plan-before"><Labels labels=now /></td>
                        <td class="plan-arrow">{is_moved.then(|| view! { <Icon icon=lucide::LuArrowRight /> })}</td>
                        <td data-testid="plan-after"><Labels labels=then /></td>
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
        <table class="plain-table plan-table">
            <thead>
                <tr>
                    <th scope="col">"Version"</th>
                    <th scope="col">"Now"</th>
                    <th aria-hidden="true"></th>
                    <th scope="col">"After"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        <ol class="plan-steps" aria-label="Steps">
            {move || {
                preview
                    .with(|preview| preview.steps.iter().map(step_words).collect::<Vec<_>>())
                    .into_iter()
                    .map(|words| view! { <li data-testid="plan-step">{words}</li> })
                    .collect_view()
            }}
        </ol>
    }
}

#[component]
fn Labels(labels: Vec<String>) -> impl IntoView {
    let is_empty = labels.is_empty();
    view! {
        <span class="plan-labels">
            {labels.into_iter().map(|stage| view! { <StageTag stage /> }).collect_view()}
            {is_empty.then(|| view! { <span class="stage-tag stage-deprecated">"Deprecated"</span> })}
        </span>
    }
}

/// The cost of the move: versions that lose their last label, and what an undo cannot restore.
#[component]
fn Losses(preview: Signal<StagePreview>) -> impl IntoView {
    let words = move || {
        preview.with(|preview| {
            let deprecated = preview.deprecates.iter().map(|version_id| {
                format!(
                    "Version {} loses its last label. It becomes deprecated, and AWS may remove it.",
                    short_id(version_id)
                )
            });
            deprecated.chain(preview.lost.iter().map(lost_words)).collect::<Vec<_>>()
        })
    };
    move || {
        words()
            .into_iter()
            .map(|words| {
                view! {
                    <p class="banner banner-amber" data-testid="plan-loss">
                        <Icon icon=lucide::LuTriangleAlert />
                        <span>{words}</span>
                    </p>
                }
            })
            .collect_view()
    }
}

#[component]
fn Effects(effects: Memo<Vec<writes::Effect>>, beside_rotation: ViewFn) -> impl IntoView {
    move || {
        let mut effects = effects.get();
        // What must be ticked comes first.
        effects.sort_by_key(|effect| !effect.needs_tick());
        (!effects.is_empty()).then(|| {
            let lines = effects.into_iter().map(|effect| {
                let needs_tick = effect.needs_tick();
                let is_rotation = matches!(effect, writes::Effect::RotationIsOn { .. });
                let icon = if needs_tick { lucide::LuTriangleAlert } else { lucide::LuInfo };
                view! {
                    <li class="plan-effect" class:plan-effect-grave=needs_tick data-testid="plan-effect">
                        <Icon icon />
                        <span>{effect.to_string()}</span>
                        {is_rotation.then(|| beside_rotation.run())}
                    </li>
                }
            });
            view! {
                <section aria-label="Impact">
                    <h3>"Impact"</h3>
                    <ul class="plan-effects">{lines.collect_view()}</ul>
                </section>
            }
        })
    }
}

/// Every version before and after, those of `order` first.
fn versions_of(before: &VersionMap, after: &VersionMap, order: &[String]) -> Vec<String> {
    let is_there = |id: &&String| before.0.contains_key(*id) || after.0.contains_key(*id);
    let mut versions: Vec<String> = order.iter().filter(is_there).cloned().collect();
    for id in before.0.keys().chain(after.0.keys()) {
        if !versions.contains(id) {
            versions.push(id.clone());
        }
    }
    versions
}

/// One step of a plan in a sentence.
pub fn step_words(step: &StageStep) -> String {
    let StageStep { label, from, to } = step;
    match (from, to) {
        (Some(from), Some(to)) if label == CURRENT => {
            let (from, to) = (short_id(from), short_id(to));
            format!("AWSCURRENT moves from {from} to {to}, and AWSPREVIOUS follows to {from}.")
        }
        (Some(from), Some(to)) => format!("{label} moves from {} to {}.", short_id(from), short_id(to)),
        (None, Some(to)) => format!("{label} is added to {}.", short_id(to)),
        (Some(from), None) => format!("{label} is removed from {}.", short_id(from)),
        (None, None) => format!("{label} stays."),
    }
}

fn lost_words(lost: &Lost) -> String {
    match lost {
        Lost::NoCurrentBefore => {
            "No version was current before, and AWSCURRENT cannot be removed: it stays.".to_owned()
        }
        Lost::MayBePurged { version_id } => format!(
            "Version {} has no label now. AWS may have removed it, and then it cannot be restored.",
            short_id(version_id)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(label: &str, from: Option<&str>, to: Option<&str>) -> String {
        let id = |id: &str| format!("{id}-0000-0000");
        step_words(&StageStep { label: label.into(), from: from.map(id), to: to.map(id) })
    }

    #[test]
    fn each_step_is_told_in_a_sentence() {
        assert_eq!(
            step("AWSCURRENT", Some("7c1e0f3a"), Some("41aa0f3a")),
            "AWSCURRENT moves from 7c1e0f3a to 41aa0f3a, and AWSPREVIOUS follows to 7c1e0f3a."
        );
        assert_eq!(step("AWSPENDING", Some("7c1e0f3a"), None), "AWSPENDING is removed from 7c1e0f3a.");
        assert_eq!(step("blue", None, Some("41aa0f3a")), "blue is added to 41aa0f3a.");
    }

    #[test]
    fn the_pictures_show_every_version_that_has_or_gets_a_label_newest_first() {
        let map = |pairs: &[(&str, &str)]| {
            VersionMap(pairs.iter().map(|(id, label)| ((*id).into(), vec![(*label).into()])).collect())
        };
        let before = map(&[("v3", "AWSCURRENT"), ("v2", "AWSPREVIOUS")]);
        let after = map(&[("v1", "AWSCURRENT"), ("v3", "AWSPREVIOUS")]);
        let order = ["v3", "v2", "v1", "v0"].map(str::to_owned);
        assert_eq!(versions_of(&before, &after, &order), ["v3", "v2", "v1"], "v0 has no part in it");
        assert_eq!(versions_of(&before, &after, &[]), ["v2", "v3", "v1"], "without a list, all the same");
    }
}
