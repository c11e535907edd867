//! The status bar: counts, age of the list, identity, and running tasks.

use latchkey_domain::connection::{Connection, ConnectionKind};
use latchkey_domain::text::{count, escape_invisible, exact_text, relative};
use leptos::prelude::*;

use crate::parts::{Spinner, mark_words, use_now};
use crate::state::use_state;

const CLOCK: std::time::Duration = std::time::Duration::from_secs(5);

/// The bottom line of the window.
#[component]
pub fn StatusBar() -> impl IntoView {
    let state = use_state();
    let catalog = state.catalog;
    let now = use_now(CLOCK);
    let total =
        move || catalog.sum(|inventory| inventory.count).map(|total| count(total, "secret", "secrets"));
    let matched = move || catalog.is_narrowed().then(|| count(catalog.matched(), "match", "matches"));
    let loaded = move || catalog.loaded_at().map(|at| format!("loaded {}", relative(now.get(), at)));
    let loaded_exactly = move || catalog.loaded_at().map(exact_text);
    let who = move || state.session.connection.with(|connection| connection.as_ref().map(identity));
    view! {
        <footer class="status-bar" data-testid="status-bar">
            <span data-testid="status-total">{total}</span>
            <span data-testid="status-matched" role="status">{matched}</span>
            <span title=loaded_exactly>{loaded}</span>
            <span class="status-space"></span>
            <bdi class="status-who">{who}</bdi>
            <span class="status-tasks" data-testid="status-tasks">
                <Show when=move || { catalog.loads() > 0 } fallback=|| "0 tasks">
                    <Spinner />
                    {move || count(catalog.loads(), "task", "tasks")}
                </Show>
            </span>
        </footer>
    }
}

/// As whom requests are sent, as far as it is known without asking.
fn identity(connection: &Connection) -> String {
    let marks = mark_words(&connection.marks).map(|words| format!(" - {words}")).unwrap_or_default();
    let writer = connection.marks.writes_through.as_ref();
    let writer = writer.map(|other| format!(" - writes through {}", escape_invisible(&other.name)));
    format!("{}{}{marks}", caller(connection), writer.unwrap_or_default())
}

fn caller(connection: &Connection) -> String {
    let name = escape_invisible(&connection.name);
    let place = connection.endpoint_url.as_deref().map(|url| format!(" at {}", escape_invisible(url)));
    let variant = connection.variant.words().map(|words| format!(" ({words})"));
    let place = place.or(variant).unwrap_or_default();
    match &connection.kind {
        ConnectionKind::LocalVault { .. } | ConnectionKind::VaultFile { .. } => format!("{name}{place}"),
        ConnectionKind::SsoRole { account_id, role_name, .. } => {
            format!("{role_name} in {account_id}{place}")
        }
        ConnectionKind::AssumedRole { role_arn, .. } => format!("{}{place}", escape_invisible(role_arn)),
        ConnectionKind::Profile { .. } => format!("profile {name}{place}"),
        ConnectionKind::AccessKey { access_key_id } | ConnectionKind::Environment { access_key_id } => {
            format!("{} as {name}{place}", escape_invisible(access_key_id))
        }
    }
}
