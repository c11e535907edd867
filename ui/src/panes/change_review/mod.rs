//! The review of a change of the open secret: before, after, its impact, the AWS CLI equivalent, and the confirmation.

mod labels;

use latchkey_domain::change::{Change, DEFAULT_KEY, ItemReview, Part, Planned};
use latchkey_domain::text::short_id;
use leptos::prelude::*;

use self::labels::{LabelMoves, RotateOffer};
use crate::parts::{Dialog, ErrorPanel, Icon, ReviewForm, ReviewRow, ReviewTable, Tone, lucide};
use crate::state::change_review::{Reviewed, is_retry};
use crate::state::use_state;

/// The dialog, while a change is reviewed.
#[component]
pub fn ChangeReviewDialog() -> impl IntoView {
    let review = use_state().change_review;
    // A plan that is made anew stays in the same dialog.
    let subject = Memo::new(move |_| {
        let of = |reviewed: &Reviewed| (reviewed.target.clone(), reviewed.labels().is_some());
        review.open.with(|open| open.as_ref().map(of))
    });
    move || {
        let first = subject.get().and_then(|_| review.open.get_untracked())?;
        Some(view! { <OpenReview first /> })
    }
}

/// One review; the plan may be made anew meanwhile.
#[component]
fn OpenReview(first: Reviewed) -> impl IntoView {
    let review = use_state().change_review;
    let secret_id = first.target.secret_id.clone();
    let moved = first.labels().cloned();
    let is_of_labels = moved.is_some();
    // The last plan stays in view until the dialog is gone.
    let last = StoredValue::new(first);
    let reviewed = Signal::derive(move || {
        if let Some(reviewed) = review.open.get() {
            last.set_value(reviewed);
        }
        last.get_value()
    });
    let Words { tone, keep, .. } = reviewed.with_untracked(|reviewed| words(&reviewed.item));
    let title = Signal::derive(move || reviewed.with(|reviewed| words(&reviewed.item).title));
    let verb = Signal::derive(move || reviewed.with(|reviewed| words(&reviewed.item).verb));
    let typed_label = Signal::derive(move || {
        let is_readable = review.is_target_readable();
        reviewed.with(|Reviewed { plan, item, .. }| match (&plan.must_type, is_of_labels) {
            (Some(word), true) => {
                Some(format!("Type {word} to continue: this connection requires confirmation"))
            }
            (Some(word), false) => Some(format!("Type {word} to continue")),
            (None, _) if is_readable => None,
            (None, _) => Some(format!("Or type {} to continue without verifying that version", item.name)),
        })
    });
    let has_looked = RwSignal::new(false);
    let held = Signal::derive(move || {
        let is_named =
            || review.word.typed.with(|typed| reviewed.with(|reviewed| *typed == reviewed.item.name));
        (review.is_new_picture.get() && !has_looked.get()) || !(review.is_target_readable() || is_named())
    });
    let failure = move || move || review.request.failure.get().map(|error| view! { <ErrorPanel error /> });
    view! {
        <Dialog
            title
            wide=true
            on_close=move || review.leave()
            attr:data-testid=is_of_labels.then_some("stage-plan")
        >
            <ReviewForm
                name="change-review"
                plan=Signal::derive(move || reviewed.with(|reviewed| reviewed.plan.clone()))
                verb
                tone
                back=keep
                typed=review.word.typed
                typed_label
                takes_focus=!is_of_labels
                acknowledged=review.word.acknowledged
                held
                busy=review.request.busy
                failure
                beside_rotation=|| view! { <RotateOffer /> }
                on_apply=move || review.apply()
                on_back=move || review.leave()
            >
                {match moved {
                    Some(first) => {
                        let preview = Memo::new(move |_| {
                            reviewed.with(|reviewed| reviewed.labels().cloned()).unwrap_or_else(|| first.clone())
                        });
                        view! { <LabelMoves preview secret_id has_looked /> }.into_any()
                    }
                    None => {
                        (move || view! { <Facts item=reviewed.with(|reviewed| reviewed.item.clone()) /> })
                            .into_any()
                    }
                }}
            </ReviewForm>
        </Dialog>
    }
}

/// What changes of the facts of a secret.
#[component]
fn Facts(item: ItemReview) -> impl IntoView {
    let means = words(&item).means;
    let Planned::Change { change, before, after, changed_since } = item.planned else { return ().into_any() };
    let is_of_tags = matches!(change, Change::Tags { .. });
    let (rows, stay): (Vec<ReviewRow>, Vec<ReviewRow>) =
        rows(&change, &before, &after).into_iter().partition(|row| !is_of_tags || row.is_changed());
    let stay = (!stay.is_empty()).then(|| match stay.len() {
        1 => "1 other tag stays as it is.".to_owned(),
        others => format!("{others} other tags stay as they are."),
    });
    view! {
        {means.into_iter().map(|words| view! { <p>{words}</p> }).collect_view()}
        {changed_since
            .then(|| view! {
                <p class="banner banner-amber" data-testid="changed-since">
                    <Icon icon=lucide::LuTriangleAlert />
                    <span>
                        "The secret was changed since you opened this. Before shows its current state; saving \
                         replaces it."
                    </span>
                </p>
            })}
        {(!rows.is_empty()).then(|| view! { <ReviewTable rows /> })}
        {stay.map(|words| view! { <p class="muted" data-testid="review-stays">{words}</p> })}
    }
    .into_any()
}

/// What a review says of a change.
struct Words {
    title: String,
    verb: String,
    keep: &'static str,
    tone: Tone,
    means: Vec<&'static str>,
}

fn words(item: &ItemReview) -> Words {
    let name = &item.name;
    let plain = |title: String, verb: &str, means: &[&'static str]| Words {
        title,
        verb: verb.to_owned(),
        keep: "Back",
        tone: Tone::Primary,
        means: means.to_vec(),
    };
    let change = match &item.planned {
        Planned::Change { change, .. } => change,
        Planned::Labels(preview) => {
            let (title, verb) = (labels::title(name, preview), labels::verb(preview));
            return Words { keep: "Cancel", ..plain(title, &verb, &[]) };
        }
        _ => return plain(format!("Change {name}?"), "Apply", &[]),
    };
    match change {
        Change::Description { .. } => {
            plain(format!("Change the description of {name}?"), "Save the description", &[])
        }
        Change::KmsKey { .. } => plain(
            format!("Change the encryption key of {name}?"),
            "Save the encryption key",
            &[
                "AWS re-encrypts the labeled versions if you have permission to use both keys. Consumers need \
                 kms:Decrypt on the new key.",
            ],
        ),
        Change::Tags { .. } => plain(
            format!("Change the tags of {name}?"),
            "Save the tags",
            &["Policies that grant access by tag apply to the new tags immediately."],
        ),
        Change::Delete { .. } => Words {
            tone: Tone::Danger,
            ..plain(
                format!("Delete {name}?"),
                "Schedule deletion",
                &[
                    "The value becomes unreadable immediately; applications that read it will fail. Until the \
                     recovery window ends, the secret can be restored with all its versions. After that it is \
                     permanently deleted.",
                ],
            )
        },
        Change::Restore => plain(
            format!("Restore {name}?"),
            "Restore",
            &["The scheduled deletion is cancelled. The value can be read again immediately."],
        ),
        Change::ConfigureRotation { rotate_immediately: true, .. } => plain(
            format!("Set up rotation for {name} and rotate it now?"),
            "Save and rotate",
            &[
                "This saves the function and the schedule and turns rotation on. A rotation starts immediately: \
                 applications that cache the old value fail once the service uses the new one.",
            ],
        ),
        Change::ConfigureRotation { .. } => plain(
            format!("Change rotation for {name}?"),
            "Save rotation",
            &[
                "This saves the function and the schedule and turns rotation on. The value does not change until the \
                 next window; only the testSecret step runs now.",
            ],
        ),
        Change::RotateNow { .. } if is_retry(item) => plain(
            format!("Retry rotation of {name}?"),
            "Try again",
            &[
                "Secrets Manager calls the function again, starting with createSecret, for the version with \
                 AWSPENDING. A value that it already has is kept.",
                "Labels stay where they are until finishSecret makes that version AWSCURRENT.",
            ],
        ),
        Change::RotateNow { .. } => plain(
            format!("Rotate {name} now?"),
            "Rotate now",
            &[
                "Secrets Manager creates a version with AWSPENDING; the function generates its value, sets it at the \
                 service and tests it. Then that version becomes AWSCURRENT, and the current one AWSPREVIOUS.",
                "Applications that cache the old value fail once the service uses the new one.",
            ],
        ),
        Change::CancelRotation => Words {
            keep: "Keep rotation on",
            tone: Tone::Danger,
            ..plain(
                format!("Cancel rotation of {name}?"),
                "Cancel rotation",
                &[
                    "The value stays as it is and is no longer rotated. The function and the schedule are kept, so \
                     rotation can be turned on again.",
                    "A rotation in progress stops at its current step. AWSPENDING may stay on an incomplete version, \
                     or on one whose value the service already uses.",
                ],
            )
        },
    }
}

fn rows(change: &Change, before: &Part, after: &Part) -> Vec<ReviewRow> {
    let (before, after) = (facts(before), facts(after));
    let find = |facts: &[(String, Option<String>)], name: &str| {
        facts.iter().find(|(known, _)| known == name).and_then(|(_, text)| text.clone())
    };
    let is_new = |(name, _): &&(String, Option<String>)| before.iter().all(|(known, _)| known != name);
    let names = before.iter().chain(after.iter().filter(is_new)).map(|(name, _)| name);
    let mut rows: Vec<ReviewRow> = names
        .map(|name| ReviewRow { name: name.clone(), before: find(&before, name), after: find(&after, name) })
        .collect();
    if let Change::Delete { recovery_days } = change {
        let after = Some(format!("{recovery_days} days"));
        rows.push(ReviewRow { name: "Recovery window".to_owned(), before: None, after });
    }
    let made = match change {
        Change::RotateNow { version_id } => version_id.as_ref(),
        Change::ConfigureRotation { version_id, rotate_immediately: true, .. } => version_id.as_ref(),
        _ => None,
    };
    if let Some(version_id) = made {
        let after = Some(format!("{} under AWSPENDING", short_id(version_id)));
        rows.push(ReviewRow { name: "Version".to_owned(), before: None, after });
    }
    rows
}

/// What a part is, by name.
fn facts(part: &Part) -> Vec<(String, Option<String>)> {
    let fact = |name: &str, text: Option<&str>| (name.to_owned(), text.map(str::to_owned));
    match part {
        Part::Description { description } => vec![fact("Description", description.as_deref())],
        Part::KmsKey { kms_key_id } => {
            vec![fact("Encryption key", Some(kms_key_id.as_deref().unwrap_or(DEFAULT_KEY)))]
        }
        Part::Tags { tags } => tags.iter().map(|tag| fact(&tag.key, Some(&tag.value))).collect(),
        Part::Deletion { is_scheduled } => {
            vec![fact("Deletion", is_scheduled.then_some("Scheduled"))]
        }
        Part::RotationRules { enabled, lambda_arn, schedule_expression, duration, .. } => vec![
            fact("Automatic rotation", Some(if *enabled { "On" } else { "Off" })),
            fact("Schedule", schedule_expression.as_deref()),
            fact("Window", duration.as_deref()),
            fact("Function", lambda_arn.as_deref()),
        ],
        Part::RotatedVersion { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::secret::Tag;

    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Part {
        let tag = |(key, value): &(&str, &str)| Tag { key: (*key).into(), value: (*value).into() };
        Part::Tags { tags: pairs.iter().map(tag).collect() }
    }

    #[test]
    fn every_tag_of_both_sides_has_a_row_and_says_what_becomes_of_it() {
        let change = Change::Tags { tags: Vec::new() };
        let rows = rows(&change, &tags(&[("a", "1"), ("b", "2")]), &tags(&[("b", "3"), ("c", "")]));
        let told: Vec<_> =
            rows.iter().map(|row| (row.name.as_str(), row.before.as_deref(), row.after.as_deref())).collect();
        assert_eq!(told, [("a", Some("1"), None), ("b", Some("2"), Some("3")), ("c", None, Some(""))]);
    }
}
