//! Short version IDs, and a button that copies the full one.

use latchkey_domain::text::short_id;
use leptos::prelude::*;

use crate::parts::controls::CopyButton;
/// The beginning of an id, all of it on hover, and a button that copies it.
#[component]
pub fn VersionId(version_id: String) -> impl IntoView {
    view! {
        <span class="version-id">
            <code title=version_id.clone()>{short_id(&version_id)}</code>
            <CopyButton label=format!("Copy the version id {version_id}") text=version_id />
        </span>
    }
}
