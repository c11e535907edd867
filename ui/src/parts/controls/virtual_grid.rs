//! A grid of any number of rows of which only those in view are in the page.
//!
//! One row has the focus or would get it. When it is scrolled away the grid itself holds the focus for it.

use std::ops::Range;

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

use super::dom::{find, focus, is_focus_lost, watch_size};
use super::virtual_list::Measures;

/// Rows drawn beyond either edge of the view.
const OVERSCAN: usize = 6;

/// `header` is the row of column headers (`role="row"`), `row` draws the cells of one row.
#[component]
pub fn VirtualGrid(
    #[prop(into)] label: String,
    #[prop(into)] rows: Signal<usize>,
    #[prop(into)] columns: Signal<usize>,
    row_height: u32,
    /// The row that has the focus or would get it.
    active: RwSignal<usize>,
    /// A change of this value scrolls back to the top.
    #[prop(into)]
    list: Signal<u64>,
    #[prop(into)] on_view: Callback<Range<usize>>,
    /// Enter or a press on a row.
    #[prop(into)]
    on_open: Callback<usize>,
    header: AnyView,
    row: Callback<usize, AnyView>,
    row_test_id: &'static str,
    /// What tells a row from the others: its `data-name`.
    #[prop(into)]
    row_name: Callback<usize, Option<String>>,
    /// Whether a row is the one that is open.
    #[prop(into)]
    is_open: Callback<usize, bool>,
) -> impl IntoView {
    let grid = NodeRef::<html::Div>::new();
    let scroll_top = RwSignal::new(0.0_f64);
    let view_height = RwSignal::new(0.0_f64);
    let measures = Memo::new(move |_| Measures {
        rows: rows.get(),
        row_height: f64::from(row_height),
        view_height: view_height.get(),
    });
    let in_view = Memo::new(move |_| measures.get().rows_at(scroll_top.get(), 0));
    let drawn = Memo::new(move |_| measures.get().rows_at(scroll_top.get(), OVERSCAN));
    let has_focus = RwSignal::new(false);
    Effect::new(move || {
        drawn.track();
        if has_focus.get_untracked() {
            request_animation_frame(move || hold_focus(grid));
        }
    });
    Effect::new(move || on_view.run(in_view.get()));
    watch_height(grid, view_height, f64::from(row_height));
    Effect::new(move |before: Option<u64>| {
        let list = list.get();
        if before.is_some_and(|before| before != list)
            && let Some(grid) = grid.get_untracked()
        {
            grid.set_scroll_top(0);
        }
        list
    });

    let move_to = move |row: usize| {
        let Some(grid) = grid.get_untracked() else { return };
        active.set(row);
        let measures = measures.get_untracked();
        if let Some(top) = measures.scroll_to(row, scroll_top.get_untracked()) {
            grid.set_scroll_top(top as i32);
            scroll_top.set(f64::from(grid.scroll_top()));
        }
        request_animation_frame(move || {
            if let Some(element) = find(&grid, &format!("[data-row='{row}']")) {
                focus(&element);
            }
        });
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        // Keys on a header's button are the button's.
        let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        let is_ours =
            |target: HtmlElement| target.dataset().get("row").is_some() || target.class_name() == "grid";
        if !target.is_some_and(is_ours) {
            return;
        }
        let at = active.get_untracked();
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            return on_open.run(at);
        }
        let page = (in_view.get_untracked().len()).saturating_sub(2).max(1);
        if let Some(next) = next_row(&event.key(), at, rows.get_untracked(), page) {
            event.prevent_default();
            move_to(next);
        }
    };
    view! {
        <div
            node_ref=grid
            class="grid"
            role="grid"
            aria-label=label
            aria-rowcount=move || (rows.get() + 1).to_string()
            aria-colcount=move || columns.get().to_string()
            tabindex=move || if drawn.with(|drawn| drawn.contains(&active.get())) { "-1" } else { "0" }
            on:focusin=move |_| has_focus.set(true)
            // A row that leaves the page loses the focus to nothing, which is no reason to let it go.
            on:focusout=move |event| has_focus.set(event.related_target().is_none())
            on:scroll=move |_| {
                if let Some(grid) = grid.try_get_untracked().flatten() {
                    scroll_top.set(f64::from(grid.scroll_top()));
                }
            }
            on:keydown=on_key
        >
            <div class="grid-header" role="rowgroup">
                {header}
            </div>
            <div
                class="grid-body"
                role="rowgroup"
                style:height=move || format!("{}px", measures.get().canvas_height())
            >
                <For each=move || drawn.get() key=|at| *at let:at>
                    <div
                        class="grid-row"
                        class:grid-row-open=move || is_open.run(at)
                        role="row"
                        aria-rowindex=(at + 2).to_string()
                        aria-selected=move || is_open.run(at).to_string()
                        data-row=at.to_string()
                        data-testid=row_test_id
                        data-name=move || row_name.run(at)
                        tabindex=move || if active.get() == at { "0" } else { "-1" }
                        style:transform=move || {
                            format!("translateY({}px)", measures.get().row_top(at, scroll_top.get()))
                        }
                        on:click=move |_| {
                            active.set(at);
                            on_open.run(at);
                        }
                    >
                        {row.run(at)}
                    </div>
                </For>
            </div>
        </div>
    }
}

/// Where a key leads from row `at` of `rows`; None for keys that do not move.
fn next_row(key: &str, at: usize, rows: usize, page: usize) -> Option<usize> {
    let last = rows.checked_sub(1)?;
    let next = match key {
        "ArrowDown" => at + 1,
        "ArrowUp" => at.saturating_sub(1),
        "PageDown" => at + page,
        "PageUp" => at.saturating_sub(page),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(next.min(last))
}

/// Focuses the active row of the grid, from the search box for example; the grid if the row is not in view.
pub fn focus_grid(active: usize) {
    let Some(body) = document().body() else { return };
    let row = find(&body, &format!(".grid [data-row='{active}']")).or_else(|| find(&body, ".grid"));
    if let Some(row) = row {
        focus(&row);
    }
}

/// Gives the focus to the grid if the row that had it has left the page. The grid itself may have left it by now.
fn hold_focus(grid: NodeRef<html::Div>) {
    if let Some(grid) = grid.try_get_untracked().flatten().filter(|_| is_focus_lost()) {
        focus(&grid);
    }
}

/// Keeps `height` at what the grid shows below its header.
fn watch_height(grid: NodeRef<html::Div>, height: RwSignal<f64>, header_height: f64) {
    grid.on_load(move |grid| {
        let observed = grid.clone();
        watch_size(&grid, move || {
            height.try_set((f64::from(observed.client_height()) - header_height).max(0.0));
        });
    });
}

#[cfg(test)]
mod tests {
    use super::next_row;

    #[test]
    fn keys_stay_within_the_list() {
        assert_eq!(next_row("ArrowUp", 0, 10, 5), Some(0), "the top is the top");
        assert_eq!(next_row("ArrowDown", 9, 10, 5), Some(9), "the end is the end");
        assert_eq!(next_row("PageDown", 7, 10, 5), Some(9), "a page stops at the end");
        assert_eq!(next_row("End", 0, 500_000, 20), Some(499_999));
        assert_eq!(next_row("ArrowDown", 0, 0, 20), None, "an empty list has no row to go to");
        assert_eq!(next_row("x", 0, 10, 5), None, "letters are for others");
    }
}
