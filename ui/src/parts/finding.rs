//! What the test of a connection found.

use latchkey_domain::connection::{ConnectionReport, Finding};
use leptos::prelude::*;

use super::icon::{Icon, lucide};

/// One line for each thing that was asked; announced when it appears.
#[component]
pub fn Findings(report: ConnectionReport) -> impl IntoView {
    let ConnectionReport { identity, listing, latency_ms } = report;
    let listed = matches!(listing, Finding::Passed(_));
    view! {
        <div role="status" data-testid="findings">
            <ul class="findings">
                <FindingLine what="Identity" finding=identity />
                <FindingLine what="List secrets" finding=listing />
            </ul>
            {listed.then(|| view! { <p class="field-note">"ListSecrets answered in " {latency_ms} " ms."</p> })}
        </div>
    }
}

/// What was asked and what came of it. A denied call is told, and is no failure.
#[component]
fn FindingLine(what: &'static str, finding: Finding) -> impl IntoView {
    let (class, icon, verdict, text) = match finding {
        Finding::Passed(text) => ("finding finding-passed", lucide::LuCircleCheck, "works", text),
        Finding::Denied(error) => {
            ("finding finding-denied", lucide::LuCircleMinus, "not allowed", error.message)
        }
        Finding::Unavailable(text) => ("finding", lucide::LuCircleMinus, "not there", text),
        Finding::Failed(error) => ("finding finding-failed", lucide::LuCircleX, "failed", error.message),
    };
    view! {
        <li class=class data-testid="finding">
            <Icon icon />
            <span>
                <strong>{what} ": " {verdict}</strong>
                <span class="finding-text">{text}</span>
            </span>
        </li>
    }
}
