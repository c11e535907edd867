//! The metadata of the open secret.

mod edit;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use latchkey_domain::change::DEFAULT_KEY;
use latchkey_domain::secret::{Replica, Rotation, SecretDetail, SecretSummary, Tag};
use latchkey_domain::text::{date_text, relative};
use leptos::prelude::*;

use self::edit::MetadataDialog;
use crate::parts::{
    Badge, BadgeTone, Button, CopyButton, IconButton, Instant, PlainText, Tone, lucide, use_now,
};
use crate::state::metadata_form::MetadataEdit;
use crate::state::use_state;

/// The tab *Details*.
#[component]
pub fn MetadataPane() -> impl IntoView {
    let state = use_state();
    let metadata_form = state.metadata_form;
    let now = use_now(Duration::from_secs(30));
    let shown = Memo::new(move |_| metadata_form.open.get().filter(|_| !state.change_review.is_open()));
    // A change is about the secret that it was begun on.
    on_cleanup(move || {
        metadata_form.open.try_set(None);
    });
    view! {
        <div class="metadata" data-testid="metadata">
            {move || state.detail.secret.get().map(|secret| view! { <Sections secret now /> })}
            // The review takes its place, and gives it back with what was typed.
            {move || shown.get().map(|edit| view! { <MetadataDialog edit /> })}
        </div>
    }
}

/// Opens the dialog of one change, where the secret can be changed.
#[component]
fn EditButton(#[prop(into)] label: String, edit: MetadataEdit) -> impl IntoView {
    let state = use_state();
    view! {
        <Show when=move || state.detail.is_writable()>
            <IconButton
                label=label.clone()
                icon=lucide::LuPencil
                on_press=move || state.metadata_form.edit(edit)
            />
        </Show>
    }
}

#[component]
fn Sections(secret: SecretDetail, now: Signal<DateTime<Utc>>) -> impl IntoView {
    let SecretDetail { summary, replicas, .. } = secret;
    let SecretSummary {
        arn, description, tags, kms_key_id, rotation, primary_region, owning_service, ..
    } = summary.clone();
    view! {
        <dl class="facts">
            <Fact name="ARN">
                <span class="fact-with-copy">
                    <code class="breakable">{arn.clone()}</code>
                    <CopyButton label="Copy ARN" text=arn />
                </span>
            </Fact>
            <Fact name="Description">
                <span class="fact-with-copy">
                    {match description {
                        Some(text) => view! { <PlainText text /> }.into_any(),
                        None => view! { <span class="muted">"None"</span> }.into_any(),
                    }}
                    <EditButton label="Edit the description" edit=MetadataEdit::Description />
                </span>
            </Fact>
            <Fact name="Encryption key">
                <span class="fact-with-copy">
                    <code class="breakable">{kms_key_id.unwrap_or_else(|| DEFAULT_KEY.into())}</code>
                    <EditButton label="Edit the encryption key" edit=MetadataEdit::KmsKey />
                </span>
            </Fact>
            <Fact name="Created">{when(summary.created_at, now)}</Fact>
            <Fact name="Last changed">{when(summary.last_changed_at, now)}</Fact>
            <Fact name="Last accessed">{accessed(summary.last_accessed_on)}</Fact>
            {owning_service.map(|service| view! { <Fact name="Owning service"><PlainText text=service /></Fact> })}
            {summary.deleted_at.map(|at| view! { <Fact name="Deletion requested">{when(Some(at), now)}</Fact> })}
        </dl>
        <TagTable tags />
        <RotationFacts rotation now />
        <ReplicaTable primary_region replicas />
        <DeletionSection />
    }
}

#[component]
fn DeletionSection() -> impl IntoView {
    let state = use_state();
    view! {
        <Show when=move || state.detail.is_writable()>
            <section data-testid="deletion">
                <h3>"Deletion"</h3>
                <div class="actions">
                    <Button
                        tone=Tone::Danger
                        icon=lucide::LuTrash2
                        on_press=move || state.metadata_form.edit(MetadataEdit::Deletion)
                    >
                        "Delete secret…"
                    </Button>
                </div>
            </section>
        </Show>
    }
}

#[component]
fn Fact(name: &'static str, children: Children) -> impl IntoView {
    view! {
        <dt>{name}</dt>
        <dd>{children()}</dd>
    }
}

/// The exact instant, and how far away it is.
fn when(at: Option<DateTime<Utc>>, now: Signal<DateTime<Utc>>) -> AnyView {
    match at {
        Some(at) => view! {
            <Instant at />
            <span class="muted">" · " {move || relative(now.get(), at)}</span>
        }
        .into_any(),
        None => view! { <span class="muted">"Not reported"</span> }.into_any(),
    }
}

/// A UTC date and never "2h ago": AWS knows no hour.
fn accessed(on: Option<NaiveDate>) -> AnyView {
    match on {
        Some(on) => view! { {date_text(on)} <span class="muted">" (UTC day)"</span> }.into_any(),
        None => view! { <span class="muted">"Never, according to AWS"</span> }.into_any(),
    }
}

#[component]
fn TagTable(tags: Vec<Tag>) -> impl IntoView {
    let rows = tags
        .into_iter()
        .map(|tag| {
            view! {
                <tr>
                    <th scope="row"><PlainText text=tag.key /></th>
                    <td><PlainText text=tag.value /></td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    let table = if rows.is_empty() {
        view! { <p class="muted">"No tags."</p> }.into_any()
    } else {
        view! { <table class="plain-table"><tbody>{rows}</tbody></table> }.into_any()
    };
    view! {
        <section data-testid="tags">
            <h3 class="with-action">
                "Tags"
                <EditButton label="Edit the tags" edit=MetadataEdit::Tags />
            </h3>
            {table}
        </section>
    }
}

#[component]
fn RotationFacts(rotation: Option<Rotation>, now: Signal<DateTime<Utc>>) -> impl IntoView {
    let body = match rotation {
        None => view! { <p class="muted">"Never set up."</p> }.into_any(),
        Some(rotation) => {
            let state = if rotation.enabled { (BadgeTone::Green, "On") } else { (BadgeTone::Neutral, "Off") };
            let schedule = schedule_text(&rotation);
            let Rotation { lambda_arn, duration, last_rotated_at, next_rotation_at, .. } = rotation;
            view! {
                <dl class="facts">
                    <Fact name="State"><Badge tone=state.0>{state.1}</Badge></Fact>
                    {schedule.map(|text| view! { <Fact name="Schedule"><code class="breakable">{text}</code></Fact> })}
                    {duration.map(|text| view! { <Fact name="Window"><code>{text}</code></Fact> })}
                    <Fact name="Last rotated">{when(last_rotated_at, now)}</Fact>
                    {next_rotation_at
                        .map(|at| view! { <Fact name="Rotates by">{when(Some(at), now)}</Fact> })}
                    {lambda_arn
                        .map(|arn| view! { <Fact name="Function"><code class="breakable">{arn}</code></Fact> })}
                </dl>
            }
            .into_any()
        }
    };
    view! {
        <section data-testid="rotation">
            <h3>"Rotation"</h3>
            {body}
        </section>
    }
}

fn schedule_text(rotation: &Rotation) -> Option<String> {
    rotation.schedule_expression.clone().or_else(|| {
        let days = rotation.automatically_after_days?;
        Some(if days == 1 { "every day".into() } else { format!("every {days} days") })
    })
}

#[component]
fn ReplicaTable(primary_region: Option<String>, replicas: Vec<Replica>) -> impl IntoView {
    let primary = primary_region.map(|region| view! { <p>"Primary Region: " <code>{region}</code></p> });
    let body = if replicas.is_empty() {
        view! { <p class="muted">"No replicas."</p> }.into_any()
    } else {
        let rows = replicas.into_iter().map(|replica| view! { <ReplicaRow replica /> }).collect::<Vec<_>>();
        view! {
            <table class="plain-table">
                <thead>
                    <tr>
                        <th scope="col">"Region"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Encryption key"</th>
                        <th scope="col">"Last accessed"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section data-testid="replication">
            <h3>"Replication"</h3>
            {primary}
            {body}
        </section>
    }
}

#[component]
fn ReplicaRow(replica: Replica) -> impl IntoView {
    let Replica { region, kms_key_id, status, status_message, last_accessed_on } = replica;
    let tone = match status.as_deref() {
        Some("InSync") => BadgeTone::Green,
        Some("InProgress") => BadgeTone::Blue,
        Some("Failed") => BadgeTone::Red,
        _ => BadgeTone::Neutral,
    };
    view! {
        <tr>
            <th scope="row"><code>{region}</code></th>
            <td>
                <Badge tone>{status.unwrap_or_else(|| "Not reported".into())}</Badge>
                {status_message.map(|text| view! { <p class="muted"><PlainText text /></p> })}
            </td>
            <td><code class="breakable">{kms_key_id.unwrap_or_else(|| DEFAULT_KEY.into())}</code></td>
            <td>{last_accessed_on.map(date_text).unwrap_or_else(|| "Never".into())}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotation() -> Rotation {
        Rotation {
            enabled: true,
            lambda_arn: None,
            schedule_expression: None,
            automatically_after_days: None,
            duration: None,
            last_rotated_at: None,
            next_rotation_at: None,
        }
    }

    #[test]
    fn a_schedule_is_told_as_it_is_kept() {
        let with_days = |days| Rotation { automatically_after_days: Some(days), ..rotation() };
        assert_eq!(schedule_text(&with_days(30)).as_deref(), Some("every 30 days"), "days alone");
        assert_eq!(schedule_text(&with_days(1)).as_deref(), Some("every day"), "one day");
        let expression = Rotation { schedule_expression: Some("rate(4 hours)".into()), ..with_days(1) };
        assert_eq!(
            schedule_text(&expression).as_deref(),
            Some("rate(4 hours)"),
            "AWS derives the days from it"
        );
        assert_eq!(schedule_text(&rotation()), None, "AWS reported none");
    }
}
