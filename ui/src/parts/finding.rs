//! One line of a connection's test.

use latchkey_domain::connection::Finding;
use leptos::prelude::*;

use super::icon::{Icon, lucide};

/// What was asked and what came of it. A denied call is told, and is no failure.
#[component]
pub fn FindingLine(what: &'static str, finding: Finding) -> impl IntoView {
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
