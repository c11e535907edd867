//! What the test of a connection found.

use latchkey_domain::connection::{ConnectionReport, Finding};
use leptos::prelude::*;

use crate::parts::controls::{Icon, lucide};
/// One line for each thing that was asked; announced when it appears.
#[component]
pub fn Findings(report: ConnectionReport) -> impl IntoView {
    let ConnectionReport { identity, account_alias, listing, writer, latency_ms, clock_skew_seconds, .. } =
        report;
    let listed = matches!(listing, Finding::Passed(_));
    view! {
        <div role="status" data-testid="findings">
            <ul class="findings">
                <FindingLine what="Identity" finding=identity />
                <FindingLine what="List secrets" finding=listing />
                {writer.map(|finding| view! { <FindingLine what="Who writes" finding /> })}
            </ul>
            {account_alias
                .map(|alias| view! { <p class="field-note">"Account alias: " <code>{alias}</code> "."</p> })}
            {listed.then(|| view! { <p class="field-note">"ListSecrets answered in " {latency_ms} " ms."</p> })}
            {clock_skew_seconds.map(|seconds| view! { <p class="field-note">{clock_words(seconds)}</p> })}
        </div>
    }
}

/// What was asked and what came of it. A denied call is reported, and is not a failure.
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

/// What is told to the second, and under way for a moment, differs by that much.
const SAME_SECONDS: u64 = 2;
/// From here on some services refuse a request.
const REFUSED_FROM_SECONDS: u64 = 300;

/// How the clock of this computer stands to the endpoint's.
fn clock_words(skew_seconds: i64) -> String {
    let off = skew_seconds.unsigned_abs();
    if off <= SAME_SECONDS {
        return "This computer's clock matches the endpoint's.".to_owned();
    }
    let (amount, unit) = if off < 120 { (off, "s") } else { (off / 60, "minutes") };
    let side = if skew_seconds > 0 { "ahead of" } else { "behind" };
    let next =
        if off < REFUSED_FROM_SECONDS { "" } else { " Correct it: AWS rejects requests with a wrong time." };
    format!("This computer's clock is {amount} {unit} {side} the endpoint's.{next}")
}

#[cfg(test)]
mod tests {
    use super::clock_words;

    #[test]
    fn a_clock_that_is_off_is_told_with_its_side_and_what_to_do() {
        for (seconds, words) in [
            (0, "matches"),
            (-2, "matches"),
            (40, "40 s ahead of"),
            (-200, "3 minutes behind the endpoint's."),
            (3600, "60 minutes ahead of the endpoint's. Correct it"),
        ] {
            let told = clock_words(seconds);
            assert!(told.contains(words), "{seconds}: {told}");
        }
        assert!(!clock_words(-200).contains("Correct it"), "AWS accepts a few minutes");
    }
}
