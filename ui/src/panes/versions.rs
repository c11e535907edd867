//! The versions of the open secret with their stages, as a plain table.

use latchkey_domain::secret::{SecretDetail, Version};
use latchkey_domain::text::key_name;
use leptos::prelude::*;

use crate::parts::badge::{Badge, StageTag};
use crate::parts::button::IconButton;
use crate::parts::clipboard::CopyButton;
use crate::parts::date::{Day, date_text};
use crate::parts::icon::{Icon, lucide};
use crate::state::detail::VALUE_TAB;
use crate::state::use_state;

/// AWS keeps this many versions without a label.
const KEPT_VERSIONS: usize = 100;

/// How much of a version id tells versions apart at a glance.
const SHORT_ID_CHARS: usize = 8;

/// The tab *Versions*.
#[component]
pub fn VersionsPane() -> impl IntoView {
    let detail = use_state().detail;
    view! {
        <div class="versions" data-testid="versions">
            {move || detail.secret.get().map(|secret| view! { <VersionTable secret /> })}
        </div>
    }
}

#[component]
fn VersionTable(secret: SecretDetail) -> impl IntoView {
    let SecretDetail { versions, versions_denied, .. } = secret;
    let is_partial = versions_denied.is_some();
    let denied = versions_denied.map(|error| {
        view! {
            <p class="banner" data-testid="versions-denied">
                <Icon icon=lucide::LuInfo />
                <span>"The versions may not be listed; these are the labelled ones. " {error.message}</span>
            </p>
        }
    });
    if versions.is_empty() {
        return view! { {denied} <p class="muted">"No versions: this secret has no value yet."</p> }
            .into_any();
    }
    let count = count_text(versions.len(), is_partial);
    let rows = versions.into_iter().map(|version| view! { <VersionRow version /> }).collect::<Vec<_>>();
    view! {
        {denied}
        <p class="muted" data-testid="version-count">{count}</p>
        <div class="table-scroll" tabindex="0" role="region" aria-label="Versions">
            <table class="plain-table version-table">
                <thead>
                    <tr>
                        <th scope="col">"Version"</th>
                        <th scope="col">"Created"</th>
                        <th scope="col" title="Last accessed on this UTC day; AWS knows no hour">"Accessed"</th>
                        <th scope="col">"Encryption key"</th>
                        <th scope="col">
                            <span class="visually-hidden">"Value"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn VersionRow(version: Version) -> impl IntoView {
    let detail = use_state().detail;
    let Version { version_id, stages, created_at, last_accessed_on, kms_key_ids, has_value } = version;
    let short = short_id(&version_id);
    let go_label = format!("Show the value of {short}");
    let no_label =
        stages.is_empty().then(|| view! { <span class="stage-tag stage-deprecated">"No label"</span> });
    let stages = stages.into_iter().map(|stage| view! { <StageTag stage /> }).collect::<Vec<_>>();
    let lacks_value = has_value == Some(false);
    let keys = kms_key_ids.iter().map(|key| key_name(key)).collect::<Vec<_>>().join(", ");
    let go = {
        let version_id = version_id.clone();
        move || {
            detail.pick_version(version_id.clone());
            detail.tab.set(VALUE_TAB);
        }
    };
    view! {
        <tr data-testid="version-row" data-version-id=version_id.clone()>
            <th scope="row">
                <span class="version-id">
                    <code title=version_id.clone()>{short}</code>
                    <CopyButton label="Copy version id" text=version_id.clone() />
                </span>
                <span class="version-stages">
                    {stages} {no_label} {lacks_value.then(|| view! { <Badge>"No value yet"</Badge> })}
                </span>
            </th>
            <td>{created_at.map(|at| view! { <Day at /> })}</td>
            <td>{last_accessed_on.map(date_text).unwrap_or_else(|| "Never".into())}</td>
            <td><code class="version-key" title=kms_key_ids.join(", ")>{keys}</code></td>
            <td>
                <IconButton
                    label=go_label
                    icon=lucide::LuArrowRight
                    disabled=lacks_value
                    on_press=go
                    attr:data-testid="go-to-value"
                />
            </td>
        </tr>
    }
}

fn short_id(version_id: &str) -> String {
    version_id.chars().take(SHORT_ID_CHARS).collect()
}

fn count_text(versions: usize, is_partial: bool) -> String {
    let noun = if versions == 1 { "version" } else { "versions" };
    if is_partial {
        return format!("{versions} labelled {noun}");
    }
    format!("{versions} of {KEPT_VERSIONS} {noun}; AWS drops the oldest without a label beyond that.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_does_not_claim_what_could_not_be_listed() {
        assert!(count_text(2, false).starts_with("2 of 100 versions"), "the whole list");
        assert_eq!(count_text(1, true), "1 labelled version", "DescribeSecret alone");
    }
}
