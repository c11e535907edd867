//! The search box: chips, the words being typed, and the list that completes them.

use latchkey_domain::filter::{Filter, FilterProblem, chip_text};
use latchkey_domain::text::escape_invisible;
use leptos::html;
use leptos::prelude::*;

use crate::parts::dom::{HtmlElement, closest, cursor_of, find_all, focus, put_cursor, target_of};
use crate::parts::{Icon, IconButton, focus_grid, lucide, unremembered};
use crate::state::search::{Choice, Search};
use crate::state::use_state;

const LIST_ID: &str = "search-choices";

/// The box in the top bar.
#[component]
pub fn SearchBox() -> impl IntoView {
    let catalog = use_state().catalog;
    let search = catalog.search;
    let input = NodeRef::<html::Input>::new();
    let has_focus = RwSignal::new(false);
    let is_open = Memo::new(move |_| has_focus.get() && !search.choices.with(Vec::is_empty));
    let refused = Memo::new(move |_| {
        has_focus
            .get()
            .then(|| search.query.with(|query| query.filters_for_api().1.into_iter().next()))
            .flatten()
    });
    let is_empty = move || search.query.with(|query| query.chips.is_empty() && query.text.is_empty());

    let retype = move || {
        if let Some(input) = input.get_untracked() {
            search.edit(input.value(), cursor_of(&input));
        }
    };
    let choose = move |at: usize| {
        let cursor = search.choose(at);
        if let (Some(input), Some(cursor)) = (input.get_untracked(), cursor) {
            input.set_value(&search.query.with_untracked(|query| query.text.clone()));
            put_cursor(&input, cursor);
            focus(&input);
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let Some(input) = input.get_untracked() else { return };
        let open = is_open.get_untracked();
        let handled = match event.key().as_str() {
            "ArrowDown" if !open => {
                focus_grid(catalog.active.get_untracked());
                true
            }
            key @ ("ArrowDown" | "ArrowUp") if open => {
                search.highlight(key == "ArrowDown");
                true
            }
            "Enter" => {
                match search.highlighted.get_untracked().filter(|_| open) {
                    Some(at) => choose(at),
                    None => search.commit(),
                }
                true
            }
            "Escape" if open => {
                search.close_choices();
                true
            }
            "Backspace" if input.value().is_empty() => search.take_back(),
            "ArrowLeft" if cursor_of(&input) == 0 => focus_last_chip(&input),
            _ => false,
        };
        if handled {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    view! {
        <div class="search-box" role="search" data-testid="search-box">
            <Icon icon=lucide::LuSearch />
            <ul class="search-chips" aria-label="Filters">
                <For
                    each=move || search.query.with(|query| query.chips.clone()).into_iter().enumerate()
                    key=|(at, chip)| (*at, chip_text(chip))
                    let((at, chip))
                >
                    <Chip at chip search input />
                </For>
            </ul>
            <input
                {..unremembered()}
                node_ref=input
                id="search"
                class="search-input"
                type="text"
                role="combobox"
                aria-label="Search secrets"
                aria-autocomplete="list"
                aria-controls=LIST_ID
                aria-expanded=move || is_open.get().to_string()
                aria-activedescendant=move || {
                    search.highlighted.get().filter(|_| is_open.get()).map(|at| format!("{LIST_ID}-{at}"))
                }
                placeholder=move || if is_empty() { "Search names, descriptions and tags" } else { "" }
                data-testid="search-input"
                prop:value=move || search.query.with(|query| query.text.clone())
                on:input=move |_| retype()
                on:click=move |_| retype()
                on:focus=move |_| {
                    has_focus.set(true);
                    retype();
                }
                on:blur=move |_| has_focus.set(false)
                on:keydown=on_key
            />
            <Show when=move || !is_empty() fallback=|| view! { <kbd class="search-hint">"/"</kbd> }>
                <IconButton label="Clear the search" icon=lucide::LuX on_press=move || search.clear() />
            </Show>
            <Choices search is_open refused on_choose=choose />
        </div>
    }
}

/// One filter; Delete, Backspace or its button take it away, the arrows lead along the row.
#[component]
fn Chip(at: usize, chip: Filter, search: Search, input: NodeRef<html::Input>) -> impl IntoView {
    let text = chip_text(&chip);
    let shown = escape_invisible(&text).into_owned();
    let (name, value) = match shown.split_once(':').filter(|_| text.starts_with(chip.key.as_str())) {
        Some((name, value)) => (Some(format!("{name}:")), value.to_owned()),
        None => (None, shown.clone()),
    };
    let back_to_input = move || {
        if let Some(input) = input.get_untracked() {
            focus(&input);
        }
    };
    let remove = move || {
        search.remove_chip(at);
        back_to_input();
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        match event.key().as_str() {
            "Delete" | "Backspace" => remove(),
            key @ ("ArrowLeft" | "ArrowRight") => {
                if !focus_neighbour(&event, key == "ArrowRight") {
                    back_to_input();
                }
            }
            "Escape" => back_to_input(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <li class="chip" data-testid="search-chip" title=shown.clone()>
            {name.map(|name| view! { <span class="chip-key">{name}</span> })}
            <bdi class="chip-value">{value}</bdi>
            <button
                type="button"
                class="chip-remove"
                aria-label=format!("Remove the filter {shown}")
                on:click=move |_| remove()
                on:keydown=on_key
            >
                <Icon icon=lucide::LuX />
            </button>
        </li>
    }
}

/// The list, and what AWS's API would not take of the filters. In the page all the time, so that `aria-controls`
/// always names something.
#[component]
fn Choices(
    search: Search,
    is_open: Memo<bool>,
    refused: Memo<Option<FilterProblem>>,
    #[prop(into)] on_choose: Callback<usize>,
) -> impl IntoView {
    let note = move |problem: FilterProblem| {
        view! {
            <p class="search-note" data-testid="search-note">
                "This list is searched locally and accepts any character. AWS would reject it: "
                <bdi>{escape_invisible(&problem.to_string()).into_owned()}</bdi>
            </p>
        }
    };
    view! {
        <div class="search-popup" hidden=move || !is_open.get() && refused.with(Option::is_none)>
            <div id=LIST_ID class="search-choices" role="listbox" aria-label="Suggestions">
                {move || {
                    search
                        .choices
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(at, choice)| choice_line(search, at, choice, on_choose))
                        .collect_view()
                }}
            </div>
            {move || refused.get().map(note)}
        </div>
    }
}

fn choice_line(search: Search, at: usize, choice: Choice, on_choose: Callback<usize>) -> impl IntoView {
    let is_highlighted = move || search.highlighted.get() == Some(at);
    view! {
        <div
            id=format!("{LIST_ID}-{at}")
            class="search-choice"
            role="option"
            aria-selected=move || is_highlighted().to_string()
            data-testid="search-choice"
            // The press must not take the focus from the input: its blur would put the list away first.
            on:pointerdown=move |event| {
                event.prevent_default();
                on_choose.run(at);
            }
        >
            <bdi class="mono">{escape_invisible(&choice.text).into_owned()}</bdi>
            <span class="muted">{choice.note}</span>
        </div>
    }
}

fn focus_last_chip(input: &HtmlElement) -> bool {
    let last = closest(input, ".search-box").and_then(|row| find_all(&row, ".chip-remove").pop());
    last.as_ref().is_some_and(|last| {
        focus(last);
        true
    })
}

/// Focuses the next or the previous chip; false at the ends of the row.
fn focus_neighbour(event: &leptos::ev::KeyboardEvent, forward: bool) -> bool {
    let Some(button) = target_of(event) else { return false };
    let Some(row) = closest(&button, ".search-chips") else { return false };
    let chips = find_all(&row, ".chip-remove");
    let at = chips.iter().position(|chip| *chip == button).unwrap_or_default();
    let next = if forward { Some(at + 1) } else { Some(at.saturating_sub(1)) };
    match next.and_then(|next| chips.get(next)) {
        Some(chip) => {
            focus(chip);
            true
        }
        None => false,
    }
}
