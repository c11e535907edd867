//! The requests of a review as lines for the AWS CLI, to be looked at and copied.

use leptos::prelude::*;

use super::plain_text::PlainText;
use crate::parts::controls::CopyButton;

/// Collapsed by default. Characters that would reorder a line or hide in it are shown as escapes; the copy is exact.
/// `problem` says why there are no lines, `note` what they need.
#[component]
pub fn CliLines(
    #[prop(into)] text: Signal<String>,
    #[prop(into)] problem: Signal<Option<String>>,
    #[prop(optional)] note: &'static str,
) -> impl IntoView {
    view! {
        <details class="plan-cli">
            <summary>"AWS CLI equivalent"</summary>
            {move || match problem.get() {
                Some(problem) => view! { <p class="muted">{problem}</p> }.into_any(),
                None => {
                    view! {
                        {(!note.is_empty()).then(|| view! { <p class="muted" data-testid="cli-note">{note}</p> })}
                        <div class="plan-cli-lines">
                            <pre class="code-block" tabindex="0" role="region" aria-label="Lines for the AWS CLI" data-testid="cli-lines">
                                {move || {
                                    text.get()
                                        .lines()
                                        .map(|line| {
                                            let text = line.to_owned();
                                            view! { <span><PlainText text /></span> "\n" }
                                        })
                                        .collect_view()
                                }}
                            </pre>
                            <CopyButton label="Copy as AWS CLI" text />
                        </div>
                    }
                        .into_any()
                }
            }}
        </details>
    }
}
