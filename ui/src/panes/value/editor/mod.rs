//! The value while it is edited: by rows or as raw text, with its size, and the way to the review.

mod raw;
mod row;
mod rows;

use latchkey_domain::secret::SecretDetail;
use latchkey_domain::text::bytes_of;
use leptos::html;
use leptos::prelude::*;

use self::raw::RawText;
use self::rows::{Rows, Trail, put_back};
use crate::parts::button::{Button, Tone};
use crate::parts::dom::{focus_first, follow_width, has_open_dialog, is_focus_lost, is_typing};
use crate::parts::error_panel::ErrorPanel;
use crate::parts::icon::{Icon, lucide};
use crate::parts::segments::Segments;
use crate::parts::submits;
use crate::state::editing::{Editing, Form, MAX_VALUE_BYTES};
use crate::state::use_state;
use crate::state::value_edit::phase::Phase;

const ROWS: &str = "rows";
const RAW: &str = "raw";
const BOTH: &str = "both";
const ONE_FORM: &[(&str, &str)] = &[(ROWS, "Keys and values"), (RAW, "Raw text")];
const ALL_FORMS: &[(&str, &str)] = &[(ROWS, "Keys and values"), (RAW, "Raw text"), (BOTH, "Both")];
/// Rows and raw text have room beside each other from here on, in CSS pixels.
const WIDE: i32 = 600;

/// The editor in the place of the value.
#[component]
pub fn ValueEditor() -> impl IntoView {
    let value_edit = use_state().value_edit;
    let has_forms = look(Editing::has_forms);
    let is_stale = look(Editing::is_stale);
    let is_wide = RwSignal::new(false);
    let node = NodeRef::<html::Form>::new();
    node.on_load(move |form| follow_width(&form, WIDE, is_wide));
    let form = look(|editing| editing.form);
    let reached = RwSignal::new(None);
    focus_rows();
    on_cleanup(|| {
        request_animation_frame(|| {
            for behind in BEHIND {
                if is_focus_lost() && !has_open_dialog() {
                    focus_first(behind);
                }
            }
        });
    });
    let undo = move |event: leptos::ev::KeyboardEvent| {
        let is_undo = event.key() == "z" && (event.ctrl_key() || event.meta_key()) && !event.shift_key();
        if is_undo && !is_typing(&event) {
            // The browser would undo what was last typed anywhere in the page.
            event.prevent_default();
            put_back(value_edit, reached);
        }
    };
    let failure = value_edit.part(|phase| phase.failure().filter(|_| !phase.is_in_review()).cloned());
    view! {
        <form
            node_ref=node
            class="value-editor"
            data-testid="value-editor"
            aria-label="Edit the value"
            on:keydown=undo
            on:submit=submits(move || value_edit.plan())
        >
            <div class="value-editor-head">
                <Show when=move || has_forms.get() == Some(true)>
                    <FormSwitch is_wide />
                </Show>
                <SizeGauge />
            </div>
            <div class="value-forms" class:value-forms-both=move || form.get() == Some(Form::Both)>
                <Show when=move || form.get() != Some(Form::Raw)>
                    <div class="value-rows">
                        <StaleNote />
                        <div inert=move || is_stale.get() == Some(true)>
                            <Trail />
                            <Rows reached />
                        </div>
                    </div>
                </Show>
                <div class="value-text">
                    <Show when=move || form.get() != Some(Form::Rows)><RawText /></Show>
                    <Findings />
                </div>
            </div>
            {move || failure.get().map(|error| view! { <ErrorPanel error /> })}
            <footer class="value-editor-actions">
                <Button on_press=move || value_edit.cancel()>"Cancel"</Button>
                <Button tone=Tone::Primary submit=true busy=value_edit.part(Phase::is_busy) attr:data-testid="review-value">
                    "Review"
                </Button>
            </footer>
        </form>
    }
}

/// Rows, raw text, or both where there is room for both.
#[component]
fn FormSwitch(is_wide: RwSignal<bool>) -> impl IntoView {
    let value_edit = use_state().value_edit;
    let obstacle = look(Editing::obstacle);
    let form = look(|editing| editing.form);
    let value = Signal::derive(move || match form.get() {
        Some(Form::Rows) => ROWS,
        Some(Form::Both) => BOTH,
        Some(Form::Raw) | None => RAW,
    });
    let has_both = Memo::new(move |_| is_wide.get() || form.get() == Some(Form::Both));
    let choose = move |chosen| {
        let form = match chosen {
            ROWS => Form::Rows,
            BOTH => Form::Both,
            _ => Form::Raw,
        };
        value_edit.change(|editing| editing.choose(form));
        request_animation_frame(|| focus_first(CHOSEN_FORM));
    };
    move || {
        view! {
            <Segments
                label="Edited as"
                bare=true
                options=if has_both.get() { ALL_FORMS } else { ONE_FORM }
                obstacle=Signal::derive(move || obstacle.get().flatten())
                value
                on_change=choose
            />
        }
    }
}

/// Says that the rows are behind the text.
#[component]
fn StaleNote() -> impl IntoView {
    let is_stale = look(Editing::is_stale);
    view! {
        <div role="status">
            <Show when=move || is_stale.get() == Some(true)>
                <p class="banner banner-amber" data-testid="rows-stale">
                    <Icon icon=lucide::LuTriangleAlert />
                    <span>"The text is not valid JSON. The rows show the last valid text and cannot be edited."</span>
                </p>
            </Show>
        </div>
    }
}

const CHOSEN_FORM: &str = ".value-editor-head .segment input:checked";
/// The first key, or the element shown instead of the rows.
const FIRST: &str = ".value-editor .edit-key [id], .value-editor .raw-text, .value-editor .value-sealed button, \
                     [data-testid='add-row']";
/// Where the focus goes when the editor closes: the first of these that exists.
const BEHIND: [&str; 2] = ["[data-testid='edit-value']", "[role='tab'][aria-selected='true']"];

/// Leads the keyboard into the rows, once they are drawn.
fn focus_rows() {
    request_animation_frame(|| focus_first(FIRST));
}

/// Something of the edit, as long as there is one.
fn look<T: PartialEq + Send + Sync + 'static>(
    look: impl Fn(&Editing) -> T + Send + Sync + 'static,
) -> Memo<Option<T>> {
    use_state().value_edit.part(move |phase| phase.text().map(&look))
}

#[component]
fn SizeGauge() -> impl IntoView {
    let size = look(Editing::size_bytes);
    let text = move || bytes_of(size.get().unwrap_or_default(), MAX_VALUE_BYTES);
    view! {
        <div class="size-gauge" class:size-over=move || { size.get() > Some(MAX_VALUE_BYTES) } data-testid="value-size">
            <meter
                aria-label="Size of the value"
                min="0"
                max=MAX_VALUE_BYTES
                high=MAX_VALUE_BYTES * 9 / 10
                value=move || size.get().unwrap_or_default()
            ></meter>
            <span>{text}</span>
        </div>
    }
}

/// Errors in the text, and what parsers would read differently.
#[component]
fn Findings() -> impl IntoView {
    let fault = look(Editing::fault);
    let notices = look(|editing| editing.notices().iter().map(ToString::to_string).collect::<Vec<_>>());
    let finding = look(|editing| {
        let finding = editing.finding().filter(|finding| !finding.missing.is_empty());
        finding.map(|finding| finding.to_string())
    });
    // A service that manages a secret rotates it, and keeps in it what it likes.
    let state = use_state();
    let is_managed = Memo::new(move |_| {
        let is_managed = |secret: &SecretDetail| secret.summary.owning_service.is_some();
        state.detail.secret.with(|secret| secret.as_ref().is_some_and(is_managed))
    });
    let line = |text: String| {
        view! {
            <li>
                <Icon icon=lucide::LuTriangleAlert />
                <span>{text}</span>
            </li>
        }
    };
    view! {
        <div role="status">
        <ul class="edit-findings" data-testid="edit-findings">
            {move || {
                fault
                    .get()
                    .flatten()
                    .map(|fault| line(format!("{fault} As it stands it would be saved as plain text.")))
            }}
            {move || notices.get().unwrap_or_default().into_iter().map(line).collect_view()}
            {move || (!is_managed.get()).then(|| finding.get().flatten().map(line))}
        </ul>
        </div>
    }
}
