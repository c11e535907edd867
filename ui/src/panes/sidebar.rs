//! The side pane: *All* and *Pending deletion*, and the paths of the names as a tree.

use std::collections::BTreeMap;

use icondata_core::IconData;
use latchkey_domain::catalog::{InventoryState, Shelf};
use latchkey_domain::text::{escape_invisible, thousands};
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

use crate::parts::dom::{find_all, focus, listener_of};
use crate::parts::{Icon, lucide};
use crate::state::prefix_tree::TreeLine;
use crate::state::use_state;

/// `on_chosen` runs when something was picked: the drawer of a narrow window closes then.
#[component]
pub fn Sidebar(#[prop(into)] on_chosen: Callback<()>) -> impl IntoView {
    let catalog = use_state().catalog;
    let count = move |of: fn(&InventoryState) -> usize| Signal::derive(move || catalog.sum(of));
    view! {
        <nav class="sidebar" aria-label="Secrets" data-testid="sidebar">
            <ul class="shelves">
                <ShelfLine
                    shelf=Shelf::Live
                    label="All"
                    icon=lucide::LuLayers
                    count=count(|inventory| inventory.count)
                    on_chosen
                />
                <ShelfLine
                    shelf=Shelf::PendingDeletion
                    label="Pending deletion"
                    icon=lucide::LuTrash2
                    count=count(|inventory| inventory.pending_deletion)
                    on_chosen
                />
            </ul>
            <Tree on_chosen />
        </nav>
    }
}

#[component]
fn ShelfLine(
    shelf: Shelf,
    label: &'static str,
    icon: &'static IconData,
    count: Signal<Option<usize>>,
    on_chosen: Callback<()>,
) -> impl IntoView {
    let catalog = use_state().catalog;
    let is_current = move || {
        let looked_at = catalog.shelf.get();
        let same = looked_at == shelf || (shelf == Shelf::Live && looked_at == Shelf::All);
        same && catalog.prefix.with(String::is_empty)
    };
    view! {
        <li>
            <button
                type="button"
                class="sidebar-line"
                aria-current=move || is_current().then_some("true")
                data-testid=format!("shelf-{}", label.to_lowercase().replace(' ', "-"))
                on:click=move |_| {
                    catalog.turn_to(shelf);
                    on_chosen.run(());
                }
            >
                <Icon icon />
                <span class="sidebar-label">{label}</span>
                <span class="sidebar-count">{move || count.get().map(thousands)}</span>
            </button>
        </li>
    }
}

#[component]
fn Tree(on_chosen: Callback<()>) -> impl IntoView {
    let catalog = use_state().catalog;
    let lines = Memo::new(move |_| catalog.tree.lines());
    // The line that Tab leads to: the last one that had the focus, else the first.
    let stop = RwSignal::new(String::new());
    let stop_path = Memo::new(move |_| {
        let wanted = stop.get();
        lines.with(|lines| {
            let found = lines.iter().find(|line| line.path == wanted).or(lines.first());
            found.map(|line| line.path.clone()).unwrap_or_default()
        })
    });
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let Some(list) = listener_of(&event) else { return };
        let all = lines.get_untracked();
        let at = all.iter().position(|line| line.path == stop_path.get_untracked());
        let Some(at) = at else { return };
        let next = match event.key().as_str() {
            "ArrowDown" => Some(at + 1),
            "ArrowUp" => at.checked_sub(1),
            "Home" => Some(0),
            "End" => all.len().checked_sub(1),
            "ArrowRight" if all[at].open == Some(false) => {
                catalog.tree.toggle(&all[at].path);
                None
            }
            "ArrowRight" => Some(at + 1).filter(|_| all[at].open == Some(true)),
            "ArrowLeft" if all[at].open == Some(true) => {
                catalog.tree.toggle(&all[at].path);
                None
            }
            "ArrowLeft" => all[..at].iter().rposition(|line| line.level < all[at].level),
            "Enter" | " " => {
                catalog.look_below(all[at].path.clone());
                on_chosen.run(());
                None
            }
            _ => return,
        };
        event.prevent_default();
        if let Some(line) = next.and_then(|next| all.get(next)) {
            stop.set(line.path.clone());
            if let Some(element) = find_all(&list, "[role='treeitem']").get(next.unwrap_or_default()) {
                focus(element);
            }
        }
    };
    // By path, so that a line which opens stays the element that has the focus.
    let by_path = Memo::new(move |_| {
        lines.with(|lines| {
            lines.iter().map(|line| (line.path.clone(), line.clone())).collect::<BTreeMap<_, _>>()
        })
    });
    view! {
        <Show when=move || !lines.with(Vec::is_empty)>
            <h2 id="prefixes-title" class="sidebar-title">"Prefixes"</h2>
            <ul class="tree" role="tree" aria-labelledby="prefixes-title" on:keydown=on_key>
                <For each=move || lines.get() key=|line| line.path.clone() let:first>
                    <Branch first by_path stop stop_path on_chosen />
                </For>
            </ul>
        </Show>
    }
}

/// One line of the tree; `first` is what it was when it came into view.
#[component]
fn Branch(
    first: TreeLine,
    by_path: Memo<BTreeMap<String, TreeLine>>,
    stop: RwSignal<String>,
    stop_path: Memo<String>,
    on_chosen: Callback<()>,
) -> impl IntoView {
    let catalog = use_state().catalog;
    let path = StoredValue::new(first.path.clone());
    let is_path = move |other: &String| path.with_value(|path| path == other);
    let shown = escape_invisible(&first.label).into_owned();
    let level = first.level;
    let line = Memo::new(move |_| {
        by_path
            .with(|lines| path.with_value(|path| lines.get(path).cloned()))
            .unwrap_or_else(|| first.clone())
    });
    let choose = move |_| {
        stop.set(path.get_value());
        catalog.look_below(path.get_value());
        on_chosen.run(());
    };
    let toggle = move |event: leptos::ev::MouseEvent| {
        event.stop_propagation();
        path.with_value(|path| catalog.tree.toggle(path));
    };
    let open = move || line.with(|line| line.open);
    let count = move || line.with(|line| thousands(line.count));
    view! {
        <li
            {..custom_attribute("aria-level", level.to_string())}
            class="sidebar-line tree-line"
            role="treeitem"
            aria-posinset=move || line.with(|line| line.place.0.to_string())
            aria-setsize=move || line.with(|line| line.place.1.to_string())
            aria-expanded=move || open().map(|open| open.to_string())
            aria-selected=move || catalog.prefix.with(is_path).to_string()
            tabindex=move || if stop_path.with(is_path) { "0" } else { "-1" }
            data-testid="tree-line"
            data-path=path.get_value()
            style=("--level", (level - 1).to_string())
            on:click=choose
        >
            <span class="tree-twist-place">
                <Show when=move || open().is_some()>
                    <span
                        class="tree-twist"
                        class:tree-twist-open=move || open() == Some(true)
                        aria-hidden="true"
                        on:click=toggle
                    >
                        <Icon icon=lucide::LuChevronRight />
                    </span>
                </Show>
            </span>
            <bdi class="sidebar-label" title=escape_invisible(&path.get_value()).into_owned()>{shown}</bdi>
            <span class="sidebar-count">{count}</span>
        </li>
    }
}
