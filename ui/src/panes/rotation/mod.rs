//! The rotation of the open secret: how it stands, what comes next, and what can be done.

mod builder;
mod calendar;
mod diagnosis;
mod editor;
mod form;
mod outlook;
mod steps;
mod templates;

use std::time::Duration;

use chrono::{DateTime, Utc};
use latchkey_domain::secret::{Rotation, SecretDetail};
use latchkey_domain::text::relative;
use leptos::prelude::*;

use crate::parts::{Badge, BadgeTone, Button, Icon, Instant, Tone, lucide, use_now};
use crate::state::rotation::{Question, kept_schedule, open_window};
use crate::state::use_state;

use diagnosis::RotationDiagnosis;
use editor::RotationEditor;
use outlook::Outlook;
use steps::RotationSteps;

/// The clock for polling a rotation in progress; polling becomes less frequent than its ticks.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The tab *Rotation*.
#[component]
pub fn RotationPane() -> impl IntoView {
    let state = use_state();
    let (detail, rotation_form) = (state.detail, state.rotation);
    let now = use_now(Duration::from_secs(30));
    let looks = use_now(LOOK_EVERY);
    Effect::new(move || {
        looks.track();
        rotation_form.following.look();
    });
    Effect::new(move || {
        detail.secret.track();
        rotation_form.following.notice();
    });
    let editing = Memo::new(move |_| rotation_form.is_editing());
    view! {
        <div class="rotation" data-testid="rotation-pane">
            <Show
                when=move || editing.get()
                fallback=move || {
                    move || detail.secret.get().map(|secret| view! { <Standing secret now /> })
                }
            >
                <RotationEditor now />
            </Show>
        </div>
    }
}

/// How rotation stands, while nothing is being changed.
#[component]
fn Standing(secret: SecretDetail, now: Signal<DateTime<Utc>>) -> impl IntoView {
    let state = use_state();
    let rotation_form = state.rotation;
    let held = Signal::derive(move || state.detail.is_read_only());
    let Some(rotation) = secret.summary.rotation else {
        return view! {
            <RotationDiagnosis now />
            <p>
                "Automatic rotation is off. With rotation on, Secrets Manager generates a new value on a schedule, \
                 with a Lambda function that also changes it at the service that uses it."
            </p>
            <div class="actions">
                <Button tone=Tone::Primary disabled=held on_press=move || rotation_form.edit()>"Set up rotation"</Button>
            </div>
        }
        .into_any();
    };
    let counted_from = rotation.last_rotated_at.or(secret.summary.created_at);
    let schedule = RwSignal::new(kept_schedule(&rotation));
    let is_on = rotation.enabled;
    let has_schedule = rotation.schedule_expression.is_some() || rotation.automatically_after_days.is_some();
    view! {
        <UnderWay />
        <RotationDiagnosis now />
        <RotationFacts rotation counted_from now />
        <div class="actions">
            <Show
                when=move || is_on
                fallback=move || {
                    view! {
                        <Button tone=Tone::Primary disabled=held on_press=move || rotation_form.edit()>"Turn on rotation"</Button>
                    }
                }
            >
                <Button tone=Tone::Primary disabled=held work=move || rotation_form.ask(Question::RotateNow)>"Rotate now"</Button>
                <Button disabled=held on_press=move || rotation_form.edit()>"Edit rotation"</Button>
                <Button disabled=held work=move || rotation_form.ask(Question::Cancel)>"Cancel rotation"</Button>
            </Show>
        </div>
        {has_schedule
            .then(|| {
                let heading = if is_on { "Upcoming rotations" } else { "Upcoming rotations if turned on" };
                view! {
                    <section class="rotation-section" aria-label=heading>
                        <h3>{heading}</h3>
                        <Outlook
                            draft=schedule
                            now
                            counted_from=Signal::stored(counted_from)
                            faults_id="kept-schedule-faults"
                        />
                    </section>
                }
            })}
    }
    .into_any()
}

/// The rotation in progress, or the one that just finished.
#[component]
fn UnderWay() -> impl IntoView {
    let following = use_state().rotation.following;
    let progress = Memo::new(move |_| following.progress());
    view! {
        <div role="status">
            {move || progress.get().map(|progress| view! { <RotationSteps progress /> })}
            <Show when=move || following.is_testing()>
                <p class="banner" data-testid="rotation-test">
                    <Icon icon=lucide::LuLoaderCircle />
                    <span>
                        "testSecret runs on a copy of the value, under AWSPENDING. The copy is removed afterwards."
                    </span>
                </p>
            </Show>
        </div>
    }
}

#[component]
fn RotationFacts(
    rotation: Rotation,
    counted_from: Option<DateTime<Utc>>,
    now: Signal<DateTime<Utc>>,
) -> impl IntoView {
    let (tone, state) = if rotation.enabled { (BadgeTone::Green, "On") } else { (BadgeTone::Neutral, "Off") };
    let stored = StoredValue::new(rotation.clone());
    let open =
        Memo::new(move |_| stored.with_value(|rotation| open_window(rotation, counted_from, now.get())));
    let Rotation { lambda_arn, schedule_expression, automatically_after_days, duration, .. } = rotation;
    let schedule = schedule_expression
        .or_else(|| automatically_after_days.map(|days| format!("AutomaticallyAfterDays {days}")));
    view! {
        <dl class="facts" data-testid="rotation-facts">
            <dt>"State"</dt>
            <dd>
                <Badge tone>{state}</Badge>
                {move || {
                    open.get()
                        .map(|window| {
                            view! {
                                " "
                                <Badge tone=BadgeTone::Blue>
                                    {format!("Window open until {} UTC", window.closes_at.format("%H:%M"))}
                                </Badge>
                            }
                        })
                }}
            </dd>
            <dt>"Function"</dt>
            <dd>
                {match lambda_arn {
                    Some(arn) => view! { <code class="breakable">{arn}</code> }.into_any(),
                    None => "None: AWS manages this rotation.".into_any(),
                }}
            </dd>
            <dt>"Schedule"</dt>
            <dd>
                {match schedule {
                    Some(text) => view! { <code class="breakable">{text}</code> }.into_any(),
                    None => "Not reported".into_any(),
                }}
            </dd>
            {duration.map(|text| view! { <dt>"Duration"</dt><dd><code>{text}</code></dd> })}
            <dt>"Last rotated"</dt>
            <dd>{when(rotation.last_rotated_at, "Never", now)}</dd>
            <dt>"Next rotation"</dt>
            <dd>
                {rotation.next_rotation_at.map(|_| "Before ")}
                {when(rotation.next_rotation_at, "None scheduled", now)}
            </dd>
        </dl>
    }
}

/// The exact instant, and how far away it is.
fn when(at: Option<DateTime<Utc>>, never: &'static str, now: Signal<DateTime<Utc>>) -> AnyView {
    match at {
        Some(at) => {
            view! { <Instant at /> <span class="muted">" · " {move || relative(now.get(), at)}</span> }
                .into_any()
        }
        None => view! { <span class="muted">{never}</span> }.into_any(),
    }
}
