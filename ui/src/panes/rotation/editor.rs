//! Setting a rotation up or changing it: the function, the schedule, and whether to rotate at once.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::builder::ScheduleBuilder;
use super::templates::TemplateCheck;
use crate::parts::{Button, Checkbox, ErrorPanel, Icon, Select, TextField, Tone, lucide, submits};
use crate::state::use_state;

/// The form; in the page for as long as the rotation is being changed.
#[component]
pub fn RotationEditor(now: Signal<DateTime<Utc>>) -> impl IntoView {
    let state = use_state();
    let rotation_form = state.rotation;
    let summary = move || state.detail.secret.get().map(|secret| secret.summary);
    let counted_from = Signal::derive(move || {
        let summary = summary()?;
        summary.rotation.and_then(|rotation| rotation.last_rotated_at).or(summary.created_at)
    });
    let is_on = Memo::new(move |_| {
        summary().is_some_and(|summary| summary.rotation.is_some_and(|rotation| rotation.enabled))
    });
    let is_broken = Memo::new(move |_| rotation_form.draft.with(|draft| !draft.can_be_sent()));
    let at_function = Signal::derive(move || rotation_form.request.at("lambda_arn"));
    let save = move || async move {
        if !is_broken.get_untracked() && !state.change_review.request.is_busy() {
            rotation_form.save().await;
        }
    };
    view! {
        <form
            class="rotation-editor"
            aria-label="Rotation"
            data-testid="rotation-editor"
            on:submit=submits(save)
        >
            <VaultFunctions />
            <TextField
                label="ARN of the rotation function"
                value=rotation_form.lambda_arn
                error=at_function
                hint="Leave blank if AWS manages the rotation."
                mono=true
            />
            <TemplateCheck />
            <ScheduleBuilder now counted_from />
            <AtOnce is_on />
            {move || rotation_form.request.of_the_whole().map(|error| view! { <ErrorPanel error /> })}
            <div class="actions">
                <Button tone=Tone::Primary submit=true busy=state.change_review.request.busy disabled=is_broken>
                    {move || if is_on.get() { "Save rotation" } else { "Turn on rotation" }}
                </Button>
                <Button on_press=move || rotation_form.leave()>"Discard changes"</Button>
                <Show when=move || is_broken.get()>
                    <span class="field-note field-error">"Fix the schedule first."</span>
                </Show>
            </div>
        </form>
    }
}

/// The functions of the local vault, which have no list in AWS's API; nothing for a secret in AWS.
#[component]
fn VaultFunctions() -> impl IntoView {
    let state = use_state();
    let rotation_form = state.rotation;
    let arns = Memo::new(move |_| {
        let programs = state.preferences.settings.with(|settings| settings.rotation_functions.clone());
        rotation_form.vault_functions(programs.keys().map(String::as_str))
    });
    let options = Signal::derive(move || {
        let none = (String::new(), "Other…".to_owned());
        let named = arns.get().into_iter().map(|(name, arn)| (arn, name));
        std::iter::once(none).chain(named).collect::<Vec<_>>()
    });
    let chosen = Signal::derive(move || {
        let typed = rotation_form.lambda_arn.get();
        if arns.with(|arns| arns.iter().any(|(_, arn)| *arn == typed)) { typed } else { String::new() }
    });
    view! {
        <Show when=move || !arns.with(Vec::is_empty)>
            <Select
                label="Function of the local vault"
                options
                value=chosen
                on_change=move |arn: String| {
                    if !arn.is_empty() {
                        rotation_form.lambda_arn.set(arn);
                    }
                }
            />
        </Show>
    }
}

/// RotateImmediately, with what each choice does.
#[component]
fn AtOnce(is_on: Memo<bool>) -> impl IntoView {
    let rotation_form = use_state().rotation;
    let at_once = rotation_form.rotate_immediately;
    let may_still_fire = Memo::new(move |_| {
        is_on.get() && !at_once.get() && rotation_form.draft.with(|draft| draft.is_rate())
    });
    let cron = Memo::new(move |_| rotation_form.draft.with(|draft| draft.nearest_cron()));
    view! {
        <div class="rotation-at-once">
            <Checkbox label="Rotate immediately" checked=at_once />
            <p class="field-note">
                {move || {
                    if at_once.get() {
                        "The value changes as soon as this is saved, then in each window."
                    } else {
                        "The value does not change until the next window. Saving only runs the testSecret step on a \
                         copy of the value, which is removed afterwards."
                    }
                }}
            </p>
            <Show when=move || may_still_fire.get()>
                <p class="banner banner-amber" role="status" data-testid="rate-warning">
                    <Icon icon=lucide::LuTriangleAlert />
                    <span>
                        "With a rate, the rotation scheduled earlier may still happen at its old time. A cron \
                         expression sets exact times. "
                        {move || {
                            cron.get()
                                .map(|cron| {
                                    let text = cron.clone();
                                    view! {
                                        <Button
                                            tone=Tone::Quiet
                                            on_press=move || {
                                                rotation_form.draft.update(|draft| draft.set_text(text.clone()))
                                            }
                                        >
                                            {format!("Use {cron}")}
                                        </Button>
                                    }
                                })
                        }}
                    </span>
                </p>
            </Show>
        </div>
    }
}
