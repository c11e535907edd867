//! The line between two panes: drag it, or move it with the arrow keys.

use leptos::html;
use leptos::prelude::*;

const STEP: u32 = 16;

/// On which side of the line the pane lies whose width changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// Changes `width` (CSS pixels, kept within `range`) and calls `on_done` when a drag or a key press is over.
#[component]
pub fn Splitter(
    #[prop(into)] label: String,
    side: Side,
    width: RwSignal<u32>,
    range: (u32, u32),
    #[prop(into)] on_done: Callback<u32>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let drag = RwSignal::new(None::<(i32, u32)>);
    let clamp = move |pixels: i64| pixels.clamp(i64::from(range.0), i64::from(range.1)) as u32;
    let widen = move |by: i64| {
        let by = if side == Side::Left { by } else { -by };
        clamp(i64::from(width.get_untracked()) + by)
    };

    let start = move |event: leptos::ev::PointerEvent| {
        event.prevent_default();
        if let Some(line) = node.get_untracked() {
            let _ = line.set_pointer_capture(event.pointer_id());
        }
        drag.set(Some((event.client_x(), width.get_untracked())));
    };
    let pull = move |event: leptos::ev::PointerEvent| {
        if let Some((from, was)) = drag.get_untracked() {
            let moved = i64::from(event.client_x() - from);
            let moved = if side == Side::Left { moved } else { -moved };
            width.set(clamp(i64::from(was) + moved));
        }
    };
    let finish = move |_| {
        if drag.get_untracked().is_some() {
            drag.set(None);
            on_done.run(width.get_untracked());
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let next = match event.key().as_str() {
            "ArrowLeft" => widen(-i64::from(STEP)),
            "ArrowRight" => widen(i64::from(STEP)),
            "Home" => range.0,
            "End" => range.1,
            _ => return,
        };
        event.prevent_default();
        width.set(next);
        on_done.run(next);
    };
    view! {
        <div
            node_ref=node
            class="splitter"
            class:splitter-dragged=move || drag.with(Option::is_some)
            role="separator"
            tabindex="0"
            aria-label=label
            aria-orientation="vertical"
            aria-valuenow=move || width.get().to_string()
            aria-valuemin=range.0.to_string()
            aria-valuemax=range.1.to_string()
            on:pointerdown=start
            on:pointermove=pull
            on:pointerup=finish
            on:pointercancel=finish
            on:keydown=on_key
        ></div>
    }
}
