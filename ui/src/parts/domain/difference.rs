//! How two values differ: by key, by line, or as a whole; masked until somebody reveals them.

use latchkey_domain::diff::{Change, Detail, Difference, FieldChange, LineChange, LineRun, Side, WholeSide};
use latchkey_domain::document::JsonKind;
use latchkey_domain::text::{bytes, count, short};
use leptos::prelude::*;

use super::key_text::KeyText;
use crate::parts::controls::{Badge, BadgeTone, ClearText, LongRows, Mask};

/// What a masked row takes, in CSS pixels.
const ROW_HEIGHT: u32 = 33;
/// What the name of a key takes that stays the same.
const SAME_HEIGHT: u32 = 18;

/// A part of one of the two values that somebody may want to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClearPart {
    Value { is_new: bool, side: Side },
    Lines { is_new: bool, from: usize, count: usize },
}

/// The difference. `clear` answers what is revealed of a part, and tracks it.
#[component]
pub fn DifferenceView(
    difference: Difference,
    /// What the two sides are called: `now`, `after`.
    names: [&'static str; 2],
    #[prop(into)] clear: Callback<ClearPart, Option<String>>,
) -> impl IntoView {
    let summary = summary(&difference);
    let body = match difference.detail {
        Detail::Fields(changes) => view! { <FieldChanges changes names clear /> }.into_any(),
        Detail::Lines(_) if difference.identical => ().into_any(),
        Detail::Lines(runs) => view! { <LineRuns runs clear /> }.into_any(),
        Detail::Whole { old, new } => view! { <Wholes old new names /> }.into_any(),
    };
    view! {
        <div class="compared" data-testid="difference">
            <p class="compared-summary">{summary}</p>
            {body}
        </div>
    }
}

#[component]
fn FieldChanges(
    changes: Vec<FieldChange>,
    names: [&'static str; 2],
    clear: Callback<ClearPart, Option<String>>,
) -> impl IntoView {
    let (same, changed): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| change.change == Change::Unchanged);
    let count = changed.len();
    let changed = StoredValue::new(changed);
    let ids = Memo::new(move |_| (0..count).collect::<Vec<_>>());
    let row = move |at: usize| {
        let change = changed.with_value(|changed| changed.get(at).cloned());
        change.map(|change| view! { <FieldLine at change clear /> }).into_any()
    };
    let header = view! {
        <thead>
            <tr>
                <th scope="col">"Key"</th>
                <th scope="col">{names[0]}</th>
                <th scope="col">{names[1]}</th>
            </tr>
        </thead>
    };
    view! {
        {(count > 0)
            .then(|| view! {
                <div class="table-scroll">
                    <LongRows
                        class="plain-table compared-table"
                        ids
                        row
                        row_height=ROW_HEIGHT
                        header=header.into_any()
                    />
                </div>
                <p class="field-note">"Matching numbers mean equal values."</p>
            })}
        {(!same.is_empty()).then(|| view! { <SameKeys same /> })}
    }
}

#[component]
fn SameKeys(same: Vec<FieldChange>) -> impl IntoView {
    let stay = if same.len() == 1 { "stays" } else { "stay" };
    let total = same.len();
    let paths = StoredValue::new(same.iter().map(|change| change.path.to_string()).collect::<Vec<_>>());
    let ids = Memo::new(move |_| (0..total).collect::<Vec<_>>());
    let row = move |at: usize| {
        let path = paths.with_value(|paths| paths.get(at).cloned()).unwrap_or_default();
        view! {
            <div class="mono" role="listitem" aria-posinset=(at + 1).to_string() aria-setsize=total.to_string()>
                <KeyText text=path />
            </div>
        }
        .into_any()
    };
    view! {
        <details class="compared-same">
            <summary>{count(same.len(), "key", "keys")} " " {stay} " the same"</summary>
            <div class="compared-same-keys" tabindex="0" role="region" aria-label="Keys that stay the same">
                <LongRows class="compared-same-list" ids row row_height=SAME_HEIGHT />
            </div>
        </details>
    }
}

#[component]
fn FieldLine(at: usize, change: FieldChange, clear: Callback<ClearPart, Option<String>>) -> impl IntoView {
    let path = change.path.to_string();
    let (tone, words) = match change.change {
        Change::Added => (BadgeTone::Green, "added"),
        Change::Removed => (BadgeTone::Red, "removed"),
        Change::Changed => (BadgeTone::Amber, "changed"),
        Change::TypeChanged => (BadgeTone::Amber, "type changed"),
        Change::Unchanged => (BadgeTone::Neutral, "unchanged"),
    };
    let is_type = change.change == Change::TypeChanged;
    let cell = |is_new: bool, side: Option<Side>| {
        side.map(|side| {
            let kind = side
                .kind
                .filter(|_| is_type)
                .map(|kind| view! { <span class="muted">{kind_words(kind)}</span> });
            let label = format!("{} of {}", if is_new { "New value" } else { "Old value" }, short(&path));
            let class = side.class + 1;
            let part = ClearPart::Value { is_new, side };
            view! {
                <span class="compared-value">
                    <Shown part clear label />
                    <span class="compared-class" title="Matching numbers mean equal values">{class}</span>
                    {kind}
                </span>
            }
        })
    };
    view! {
        <tr data-testid="difference-row" data-key=path.clone() aria-rowindex=(at + 2).to_string()>
            <th scope="row">
                <KeyText text=path.clone() />
                " "
                <Badge tone>{words}</Badge>
            </th>
            <td>{cell(false, change.old)}</td>
            <td>{cell(true, change.new)}</td>
        </tr>
    }
}

/// A part in the clear, else its dots.
#[component]
fn Shown(part: ClearPart, clear: Callback<ClearPart, Option<String>>, label: String) -> impl IntoView {
    move || match clear.run(part.clone()) {
        Some(text) => view! { <ClearText label=label.clone() text /> }.into_any(),
        None => view! { <Mask /> }.into_any(),
    }
}

#[component]
fn LineRuns(runs: Vec<LineRun>, clear: Callback<ClearPart, Option<String>>) -> impl IntoView {
    let rows = runs.into_iter().map(|run| {
        let lines = count(run.count, "line", "lines");
        let (class, words, is_new, from) = match run.change {
            LineChange::Same => {
                return view! { <li class="muted">{lines} " the same"</li> }.into_any();
            }
            LineChange::Removed => ("compared-removed", "Removed", false, run.old_line),
            LineChange::Added => ("compared-added", "Added", true, run.new_line),
        };
        let label = format!("{words}: {lines}");
        let part = ClearPart::Lines { is_new, from, count: run.count };
        view! {
            <li class=class data-testid="difference-run">
                <span>{words} ": " {lines} " from line " {from + 1}</span>
                <Shown part clear label />
            </li>
        }
        .into_any()
    });
    view! { <ol class="compared-runs">{rows.collect_view()}</ol> }
}

#[component]
fn Wholes(old: WholeSide, new: WholeSide, names: [&'static str; 2]) -> impl IntoView {
    let row = |name: &'static str, side: WholeSide| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{if side.is_text { "Text" } else { "Binary" }} ", " {bytes(side.size_bytes)}</td>
                <td class="mono" data-testid="fingerprint">{side.fingerprint.to_string()}</td>
            </tr>
        }
    };
    view! {
        <table class="plain-table">
            <thead>
                <tr>
                    <th scope="col">"Version"</th>
                    <th scope="col">"Size"</th>
                    <th scope="col" title="Equal values have equal fingerprints until Latchkey closes">"Fingerprint"</th>
                </tr>
            </thead>
            <tbody>{row(names[0], old)} {row(names[1], new)}</tbody>
        </table>
    }
}

fn kind_words(kind: JsonKind) -> &'static str {
    match kind {
        JsonKind::String => "string",
        JsonKind::Number => "number",
        JsonKind::Boolean => "boolean",
        JsonKind::Null => "null",
        JsonKind::Object => "object",
        JsonKind::Array => "array",
    }
}

/// The difference in a sentence.
pub fn summary(difference: &Difference) -> String {
    if difference.identical {
        return "Both values are equal, byte for byte.".to_owned();
    }
    match &difference.detail {
        Detail::Fields(changes) => {
            let changed = changes.iter().filter(|change| change.change != Change::Unchanged).count();
            match changed {
                0 => "All keys have the same values. Only spacing, escapes or the order of keys differ."
                    .to_owned(),
                _ => format!("{changed} of {} changed.", count(changes.len(), "key", "keys")),
            }
        }
        Detail::Lines(runs) => {
            let lines = |change| runs.iter().filter(|run| run.change == change).map(|run| run.count).sum();
            format!(
                "{} removed, {} added.",
                count(lines(LineChange::Removed), "line", "lines"),
                count(lines(LineChange::Added), "line", "lines")
            )
        }
        Detail::Whole { .. } => "The values differ.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use latchkey_domain::diff::{Fingerprint, compare};
    use latchkey_domain::secret_text::SecretValue;

    use super::summary;

    fn told(old: &str, new: &str) -> String {
        let difference = compare(&SecretValue::text(old), &SecretValue::text(new), |_| Fingerprint([0; 8]));
        summary(&difference)
    }

    #[test]
    fn a_difference_is_told_in_a_sentence() {
        assert_eq!(told("fake", "fake"), "Both values are equal, byte for byte.");
        assert_eq!(told(r#"{"a":1,"b":"fake"}"#, r#"{"a":2,"b":"fake"}"#), "1 of 2 keys changed.");
        assert!(told(r#"{"a":1}"#, r#"{ "a": 1 }"#).contains("Only spacing"), "no key differs");
        assert_eq!(told("fake\nx\n", "fake\ny\nz\n"), "1 line removed, 2 lines added.");
    }
}
