//! What a change makes of a secret: each fact of it, before and after.

use leptos::prelude::*;

use super::plain_text::PlainText;

/// One fact of the secret, before and after.
pub struct ReviewRow {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl ReviewRow {
    pub fn is_changed(&self) -> bool {
        self.before != self.after
    }
}

/// A row for each fact; those that stay say so.
#[component]
pub fn ReviewTable(rows: Vec<ReviewRow>) -> impl IntoView {
    let cell = |text: Option<String>| match text {
        Some(text) => view! { <PlainText text /> }.into_any(),
        None => view! { <span class="muted">"None"</span> }.into_any(),
    };
    let rows = rows.into_iter().map(|row| {
        let is_changed = row.is_changed();
        let ReviewRow { name, before, after } = row;
        view! {
            <tr class:changed=is_changed data-testid="review-row">
                <th scope="row"><PlainText text=name /></th>
                <td>{cell(before)}</td>
                <td>
                    {cell(after)}
                    {(!is_changed).then(|| view! { <span class="muted">" (unchanged)"</span> })}
                </td>
            </tr>
        }
    });
    view! {
        <table class="plain-table review-table">
            <thead>
                <tr>
                    <th scope="col">"Field"</th>
                    <th scope="col">"Before"</th>
                    <th scope="col">"After"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
