//! A long run of rows of any height, of which only those near the view are in the page.
//!
//! The rows stand in blocks. A block far from the view is a gap as high as the block was; the one that holds the
//! focus stays, wherever the view goes.

use std::ops::Range;

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::FocusEvent;

use super::dom::{HtmlElement, closest, find_all, on_any_scroll, watch_size};

/// Rows of one block.
const BLOCK: usize = 25;
/// So many rows and fewer are all in the page.
const WHOLE: usize = 100;
/// How far beyond the window a block is drawn, in CSS pixels: the keyboard always finds a next row.
const MARGIN: f64 = 240.0;

/// The rows of `ids`, in a list (`row` draws elements of the role `listitem`) or in the table that `header` begins
/// (`row` draws `<tr>`).
#[component]
pub fn LongRows(
    class: &'static str,
    #[prop(into)] ids: Signal<Vec<usize>>,
    #[prop(into)] row: Callback<usize, AnyView>,
    /// What a row takes until it was drawn, in CSS pixels.
    row_height: u32,
    /// A row that is in the page wherever it stands, because the focus is about to go there.
    #[prop(optional, into)]
    reached: Signal<Option<usize>>,
    /// The `<thead>` of a table.
    #[prop(optional)]
    header: Option<AnyView>,
    #[prop(optional)] test_id: Option<&'static str>,
) -> impl IntoView {
    let count = Memo::new(move |_| ids.with(Vec::len));
    let near = RwSignal::new(0..WHOLE / BLOCK);
    let focused = RwSignal::new(None::<usize>);
    let reached = Memo::new(move |_| {
        let reached = reached.get()?;
        ids.with(|ids| Some(ids.iter().position(|id| *id == reached)? / BLOCK))
    });
    let heights = RwSignal::new(Vec::<f64>::new());
    let is_drawn = move |at: usize| {
        count.get() <= WHOLE
            || near.with(|near| near.contains(&at))
            || [focused.get(), reached.get()].contains(&Some(at))
    };
    let gap = move |at: usize| {
        let rows = BLOCK.min(count.get().saturating_sub(at * BLOCK));
        let measured = heights.with(|heights| heights.get(at).copied().filter(|height| *height > 0.0));
        format!("{}px", measured.unwrap_or(rows as f64 * f64::from(row_height)))
    };
    let root = StoredValue::new_local(None::<HtmlElement>);
    let look = move || {
        let Some(root) = root.try_get_value().flatten() else { return };
        let blocks: Vec<_> = find_all(&root, "[data-block]").iter().map(edges).collect();
        heights.update(|heights| {
            heights.resize(blocks.len(), 0.0);
            for (at, (top, bottom)) in blocks.iter().enumerate().filter(|(at, _)| untrack(|| is_drawn(*at))) {
                heights[at] = bottom - top;
            }
        });
        let seen = near_view(&blocks, window_height());
        if near.with_untracked(|near| *near != seen) {
            near.set(seen);
        }
    };
    let look_soon = move || request_animation_frame(look);
    Effect::new(move || {
        ids.track();
        look_soon();
    });
    on_any_scroll(look_soon);
    let begin = move |element: HtmlElement| {
        watch_size(&element, look_soon);
        root.set_value(Some(element));
    };
    let (table, list) = (NodeRef::<html::Table>::new(), NodeRef::<html::Div>::new());
    table.on_load(move |table| begin(table.unchecked_into()));
    list.on_load(move |list| begin(list.unchecked_into()));
    let hold = move |event: FocusEvent| focused.set(block_of(&event));
    let is_table = header.is_some();
    let block = move |at: usize| {
        let drawn = Memo::new(move |_| is_drawn(at));
        let members =
            move || ids.with(|ids| ids.iter().skip(at * BLOCK).take(BLOCK).copied().collect::<Vec<_>>());
        let rows = move || view! { <For each=members key=|id| *id let:id>{row.run(id)}</For> };
        if is_table {
            view! {
                <tbody data-block=at.to_string()>
                    <Show
                        when=move || drawn.get()
                        fallback=move || view! { <tr aria-hidden="true"><td style:height=move || gap(at)></td></tr> }
                    >
                        {rows()}
                    </Show>
                </tbody>
            }
            .into_any()
        } else {
            view! {
                <div role="presentation" data-block=at.to_string()>
                    <Show
                        when=move || drawn.get()
                        fallback=move || view! { <div aria-hidden="true" style:height=move || gap(at)></div> }
                    >
                        {rows()}
                    </Show>
                </div>
            }
            .into_any()
        }
    };
    let blocks = move || view! { <For each=move || 0..count.get().div_ceil(BLOCK) key=|at| *at let:at>{block(at)}</For> };
    match header {
        Some(header) => view! {
            <table
                class=class
                data-testid=test_id
                aria-rowcount=move || (count.get() + 1).to_string()
                node_ref=table
                on:focusin=hold
            >
                {header}
                {blocks()}
            </table>
        }
        .into_any(),
        None => view! {
            <div class=class role="list" data-testid=test_id node_ref=list on:focusin=hold>{blocks()}</div>
        }
        .into_any(),
    }
}

/// The `aria-rowindex` of the row `id` in a table with a header.
pub fn row_index(ids: Memo<Vec<usize>>, id: usize) -> Option<String> {
    Some((ids.with(|ids| ids.iter().position(|known| *known == id))? + 2).to_string())
}

/// The top and the bottom of an element in the window.
fn edges(element: &HtmlElement) -> (f64, f64) {
    let place = element.get_bounding_client_rect();
    (place.top(), place.bottom())
}

/// The block that an event comes from.
fn block_of(event: &FocusEvent) -> Option<usize> {
    let target = event.target()?.dyn_into::<HtmlElement>().ok()?;
    closest(&target, "[data-block]")?.dataset().get("block")?.parse().ok()
}

fn window_height() -> f64 {
    window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default()
}

/// Which of the blocks, given by their edges, a view of this height shows or is about to show.
fn near_view(blocks: &[(f64, f64)], height: f64) -> Range<usize> {
    let first = blocks.partition_point(|(_, bottom)| *bottom < -MARGIN);
    let end = blocks.partition_point(|(top, _)| *top <= height + MARGIN);
    first..end.max(first)
}

#[cfg(test)]
mod tests {
    use super::near_view;

    /// Blocks of 900 pixels, the first of which begins at `top`.
    fn blocks(top: f64) -> Vec<(f64, f64)> {
        (0..200).map(|at| (top + f64::from(at) * 900.0, top + f64::from(at + 1) * 900.0)).collect()
    }

    #[test]
    fn only_the_blocks_near_the_view_are_drawn() {
        assert_eq!(near_view(&blocks(100.0), 800.0), 0..2, "the second begins within the margin");
        assert_eq!(near_view(&blocks(-90_000.0), 800.0), 99..102, "what was just left is still there");
        assert_eq!(near_view(&blocks(-179_600.0), 800.0), 199..200, "the last rows can be reached");
    }

    #[test]
    fn a_list_that_is_out_of_the_view_draws_nothing() {
        assert_eq!(near_view(&blocks(5_000.0), 800.0), 0..0, "it is below");
        assert_eq!(near_view(&blocks(-200_000.0), 800.0), 200..200, "it is above");
    }
}
