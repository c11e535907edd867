//! A move of labels: before, after, and its cost.

use latchkey_domain::change::StagePreview;
use latchkey_domain::stages::{CURRENT, Lost, StageStep, VersionMap};
use latchkey_domain::text::short_id;
use leptos::prelude::*;

use super::stage_tag::StageTag;
use super::version_id::VersionId;
use crate::parts::controls::{Icon, lucide};

/// The labels before and after, side by side, and the steps between. `order` has the versions from the newest to the
/// oldest, as far as they are known.
#[component]
pub fn StagePictures(
    #[prop(into)] preview: Signal<StagePreview>,
    #[prop(into)] order: Signal<Vec<String>>,
) -> impl IntoView {
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
pub fn StageLosses(#[prop(into)] preview: Signal<StagePreview>) -> impl IntoView {
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
