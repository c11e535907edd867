//! Where short notices appear; announced politely, a failure at once. They are shown above any open dialog.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;

use crate::parts::dom::move_into;
use crate::parts::{Button, Icon, IconButton, OpenDialogs, Tone, lucide};
use crate::state::toasts::{Mood, Toast};
use crate::state::use_state;

/// The stack of notices in a corner of the window.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_state().toasts;
    let (home, region) = (NodeRef::<html::Div>::new(), NodeRef::<html::Section>::new());
    let dialogs = use_context::<OpenDialogs>();
    Effect::new(move || {
        let top = dialogs.and_then(OpenDialogs::top);
        let (Some(home), Some(region)) = (home.get(), region.get()) else { return };
        match top {
            Some(dialog) => move_into(&dialog, &region),
            None => move_into(&home, &region),
        }
    });
    view! {
        <div node_ref=home>
            <section
                node_ref=region
                class="toast-region"
                aria-label="Notices"
                aria-live="polite"
                data-testid="toast-region"
            >
                <For each=move || toasts.list.get() key=|toast| toast.id let:toast>
                    <Notice toast />
                </For>
            </section>
        </div>
    }
}

#[component]
fn Notice(toast: Toast) -> impl IntoView {
    let toasts = use_state().toasts;
    let is_offer = toast.is_offer();
    let Toast { id, mood, text, action, seconds } = toast;
    if let Some(seconds) = seconds {
        let duration = Duration::from_secs(u64::from(seconds));
        if let Ok(timer) = set_timeout_with_handle(move || toasts.dismiss(id), duration) {
            on_cleanup(move || timer.clear());
        }
    }
    let is_failure = mood == Mood::Failed;
    let icon = if is_failure { lucide::LuTriangleAlert } else { lucide::LuCheck };
    view! {
        <div class="toast" class:toast-failed=is_failure role=is_failure.then_some("alert") data-testid="toast">
            <Icon icon />
            <p>{text}</p>
            {action
                .map(|(words, on_press)| {
                    let press = move || {
                        if !is_offer {
                            toasts.dismiss(id);
                        }
                        on_press.run(());
                    };
                    view! { <Button tone=Tone::Quiet on_press=press>{words}</Button> }
                })}
            <IconButton label="Dismiss" icon=lucide::LuX on_press=move || toasts.dismiss(id) />
        </div>
    }
}
