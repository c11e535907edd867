//! The content of one cell of the catalog.

use chrono::{DateTime, Utc};
use latchkey_domain::Region;
use latchkey_domain::catalog::Column;
use latchkey_domain::secret::{Rotation, SecretSummary, Tag};
use latchkey_domain::text::{date_text, escape_invisible, exact_text, key_name, relative};
use leptos::prelude::*;

use crate::parts::{Badge, BadgeTone, Icon, TagLabel, lucide};

/// The cell of `column`; `scope_name` and `region` say whose the secret is.
pub fn cell(
    column: Column,
    secret: &SecretSummary,
    scope_name: &str,
    region: &Region,
    now: Signal<DateTime<Utc>>,
) -> AnyView {
    let content = match column {
        Column::Name => return name_cell(secret).into_any(),
        Column::Connection => text(scope_name),
        Column::Description => text(secret.description.as_deref().unwrap_or_default()),
        Column::Tags => tags(&secret.tags),
        Column::LastChanged => ago(secret.last_changed_at.or(secret.created_at), now),
        Column::LastAccessed => match secret.last_accessed_on {
            Some(on) => text(&date_text(on)),
            None => none("Never accessed, or not since AWS began recording the date"),
        },
        Column::Rotation => rotation(secret.rotation.as_ref(), now),
        Column::EncryptionKey => match &secret.kms_key_id {
            Some(key) => mono(key_name(key), key),
            None => faint("aws/secretsmanager"),
        },
        Column::OwningService => match &secret.owning_service {
            Some(service) => text(service),
            None => none("Not managed by a service"),
        },
        Column::Replication => replication(secret.primary_region.as_deref(), region),
    };
    view! { <div class="grid-cell" role="gridcell">{content}</div> }.into_any()
}

/// The leading path is shortened first, so that the last part of a long name stays visible.
fn name_cell(secret: &SecretSummary) -> impl IntoView {
    let (path, last) = match secret.name.rfind('/') {
        Some(slash) if slash + 1 < secret.name.len() => secret.name.split_at(slash + 1),
        _ => ("", secret.name.as_str()),
    };
    let pending = secret.deleted_at.map(|at| {
        let title = format!("Deletion requested at {}", exact_text(at));
        view! { <span title=title><Badge tone=BadgeTone::Red>"Pending deletion"</Badge></span> }
    });
    view! {
        <div class="grid-cell name-cell" role="rowheader" title=escape_invisible(&secret.name).into_owned()>
            <bdi class="name-whole">
                <bdi class="name-path">{escape_invisible(path).into_owned()}</bdi>
                <bdi class="name-last">{escape_invisible(last).into_owned()}</bdi>
            </bdi>
            {pending}
        </div>
    }
}

/// The first two, or in a narrow column the first one, and how many more there are.
fn tags(tags: &[Tag]) -> AnyView {
    if tags.is_empty() {
        return none("No tags");
    }
    let label = |at: usize| tags.get(at).map(|tag| view! { <TagLabel key=&tag.key value=&tag.value /> });
    let more = |shown: usize, class: &'static str| {
        let hidden = tags.get(shown..).filter(|hidden| !hidden.is_empty())?;
        let names: Vec<_> = hidden.iter().map(|tag| format!("{}: {}", tag.key, tag.value)).collect();
        let title = escape_invisible(&names.join(", ")).into_owned();
        Some(view! { <span class=class title=title>{format!("+{}", hidden.len())}</span> })
    };
    view! {
        <div class="tag-row">
            {label(0)} {more(1, "tag-more tag-more-narrow")} <span class="tag-second">{label(1)}</span>
            {more(2, "tag-more tag-more-wide")}
        </div>
    }
    .into_any()
}

fn rotation(rotation: Option<&Rotation>, now: Signal<DateTime<Utc>>) -> AnyView {
    let Some(rotation) = rotation.filter(|rotation| rotation.enabled) else { return none("Rotation is off") };
    let Some(next) = rotation.next_rotation_at else { return text("On") };
    let title = format!("The next window closes at {}", exact_text(next));
    let is_overdue = move || next < now.get();
    view! {
        <span class="rotation-cell" class:rotation-overdue=is_overdue title=title>
            {move || {
                if is_overdue() {
                    view! { <Icon icon=lucide::LuTriangleAlert />"Overdue" }.into_any()
                } else {
                    view! { <Icon icon=lucide::LuRefreshCw />{relative(now.get(), next)} }.into_any()
                }
            }}
        </span>
    }
    .into_any()
}

fn replication(primary: Option<&str>, region: &Region) -> AnyView {
    match primary {
        None => none("Not replicated"),
        Some(primary) if region.as_str() == primary => text("Primary"),
        Some(primary) => text(&format!("Replica of {primary}")),
    }
}

fn ago(at: Option<DateTime<Utc>>, now: Signal<DateTime<Utc>>) -> AnyView {
    let Some(at) = at else { return none("AWS returned no date") };
    view! { <time datetime=at.to_rfc3339() title=exact_text(at)>{move || relative(now.get(), at)}</time> }
        .into_any()
}

fn text(text: &str) -> AnyView {
    let shown = escape_invisible(text).into_owned();
    view! { <bdi class="cell-text" title=shown.clone()>{shown.clone()}</bdi> }.into_any()
}

fn mono(text: &str, title: &str) -> AnyView {
    let title = escape_invisible(title).into_owned();
    view! { <bdi class="cell-text mono" title=title>{escape_invisible(text).into_owned()}</bdi> }.into_any()
}

fn faint(text: &'static str) -> AnyView {
    view! { <span class="cell-text muted">{text}</span> }.into_any()
}

/// Nothing there; `title` says what is not.
fn none(title: &'static str) -> AnyView {
    view! {
        <span class="muted" title=title aria-hidden="true">"–"</span>
        <span class="visually-hidden">{title}</span>
    }
    .into_any()
}
