//! Two versions against each other. Comparing reads both; nothing is read before it is asked for.

use latchkey_domain::text::{count, short_id};
use leptos::prelude::*;

use crate::parts::{Button, ClearPart, ComparedValues, Dialog, Progress, Tone, lucide};
use crate::state::use_state;

/// What is selected, and the button that compares it.
#[component]
pub fn CompareBar() -> impl IntoView {
    let timeline = use_state().timeline;
    let chosen = Memo::new(move |_| timeline.chosen.with(Vec::len));
    let words = move || match chosen.get() {
        2 => "2 versions selected. Comparing reads both.".to_owned(),
        n => format!("{} selected. Select another to compare.", count(n, "version", "versions")),
    };
    view! {
        <Show when=move || chosen.get().gt(&0)>
            <div class="compare-bar" role="status" data-testid="compare-bar">
                <span>{words}</span>
                <Button
                    tone=Tone::Primary
                    icon=lucide::LuGitCompareArrows
                    disabled=Signal::derive(move || chosen.get() != 2)
                    busy=timeline.comparison.request.busy
                    work=move || timeline.compare()
                    attr:data-testid="compare-versions"
                >
                    "Compare"
                </Button>
                <Button on_press=move || timeline.chosen.update(Vec::clear)>"Clear"</Button>
            </div>
        </Show>
    }
}

/// The dialog, while two versions are compared.
#[component]
pub fn CompareDialog() -> impl IntoView {
    let comparison = use_state().timeline.comparison;
    let pair = Memo::new(move |_| comparison.pair.get());
    move || {
        let pair = pair.get()?;
        let title =
            format!("{} against {}", short_id(&pair.right.version_id), short_id(&pair.left.version_id));
        Some(view! {
            <Dialog title wide=true on_close=move || comparison.close() attr:data-testid="compare-dialog">
                <Compared />
                <footer class="dialog-actions">
                    <Button on_press=move || comparison.close()>"Close"</Button>
                </footer>
            </Dialog>
        })
    }
}

#[component]
fn Compared() -> impl IntoView {
    let comparison = use_state().timeline.comparison;
    comparison.follow();
    view! {
        <Show when=move || comparison.request.busy.get()>
            <Progress label="Reading both versions…" />
        </Show>
        <ComparedValues
            names=["Older", "Newer"]
            difference=comparison.difference
            failure=comparison.failure
            clear=move |part| match part {
                ClearPart::Value { is_new, side } => comparison.text_of(is_new, |text| text.value(&side)),
                ClearPart::Lines { is_new, from, count } => {
                    comparison.text_of(is_new, |text| Some(text.lines(from, count)))
                }
            }
            is_clear=Signal::derive(move || comparison.clear.with(Option::is_some))
            on_reveal=move || comparison.reveal()
            on_hide=move || comparison.mask()
        />
    }
}
