//! The value of one version: masked until revealed, and masked again soon after. Nothing is read without a click.

mod actions;
mod blocks;
mod editor;
mod field_table;
mod leave_question;
mod review;

use latchkey_domain::secret::{SecretDetail, Version};
use latchkey_domain::text::{bytes, count, short_id};
use latchkey_domain::value::{Layout, Part, ValueShape};
use leptos::prelude::*;
use leptos::task::spawn_local;

pub use self::leave_question::LeaveQuestion;

use self::actions::ValueActions;
use self::blocks::{BinaryBlock, TextBlock};
use self::editor::ValueEditor;
use self::field_table::FieldTable;
use self::review::SaveReview;
use crate::parts::button::{Button, Tone};
use crate::parts::clear_text::Mask;
use crate::parts::empty_state::EmptyState;
use crate::parts::error_panel::ErrorPanel;
use crate::parts::icon::{Icon, lucide};
use crate::parts::select::Select;
use crate::state::described::{CURRENT, Described};
use crate::state::value_edit::phase::Phase;
use crate::state::{State, use_state};

/// What was last asked for, to try again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Keys,
    Part(Part),
}

/// The tab *Value*. Leaving it masks the value.
#[component]
pub fn ValuePane() -> impl IntoView {
    let state = use_state();
    let value = state.detail.value;
    on_cleanup(move || value.mask());
    let is_denied = Memo::new(move |_| state.detail.described.with(Described::is_denied));
    let is_editing = Memo::new(move |_| state.value_edit.is_editing());
    view! {
        <div class="value" data-testid="value">
            <Show
                when=move || is_editing.get()
                fallback=move || view! {
                    {move || match state.detail.secret.get() {
                        Some(secret) => Some(content(state, secret)),
                        // Of a secret that may not be described, only what readers get can be asked for.
                        None => is_denied.get().then(|| view! { <VersionValue /> }.into_any()),
                    }}
                    <BeginFailure />
                }
            >
                <ValueEditor />
            </Show>
            <SaveReview />
        </div>
    }
}

fn content(state: State, secret: SecretDetail) -> AnyView {
    let busy = state.value_edit.part(Phase::is_busy);
    if secret.summary.deleted_at.is_some() {
        return view! {
            <EmptyState
                icon=lucide::LuTrash2
                title="The value cannot be read"
                text="The secret is scheduled for deletion. Restore it to read its value."
            />
        }
        .into_any();
    }
    if secret.versions.is_empty() {
        return view! {
            <EmptyState
                icon=lucide::LuFileQuestion
                title="No value yet"
                text="The secret was created without a value. Consumers get an error until it has one."
            >
                <Show when=move || state.detail.is_writable()>
                    <Button
                        tone=Tone::Primary
                        icon=lucide::LuPencil
                        busy=busy
                        work=move || state.value_edit.begin()
                        attr:data-testid="edit-value"
                    >
                        "Store the first value"
                    </Button>
                    <Button
                        icon=lucide::LuFileUp
                        busy=busy
                        work=move || state.value_edit.begin_file()
                    >
                        "Store a file…"
                    </Button>
                </Show>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <VersionPicker versions=secret.versions.clone() />
        {move || {
            let version_id = picked_id(state)?;
            let version = secret.versions.iter().find(|version| version.version_id == version_id)?;
            Some(if version.has_value == Some(false) {
                view! {
                    <EmptyState
                        icon=lucide::LuFileQuestion
                        title="This version holds no value yet"
                        text="A rotation created it and has not stored the new value yet."
                    />
                }
                .into_any()
            } else {
                view! { <VersionValue /> }.into_any()
            })
        }}
    }
    .into_any()
}

/// Why the value could not be opened to be edited.
#[component]
fn BeginFailure() -> impl IntoView {
    let value_edit = use_state().value_edit;
    let replace = move || spawn_local(value_edit.begin_file());
    let failure = value_edit.part(|phase| match phase {
        Phase::NotBegun(_, failure) => Some(failure.clone()),
        _ => None,
    });
    let is_binary = Memo::new(move |_| value_edit.is_binary());
    view! {
        {move || failure.get().map(|error| view! { <ErrorPanel error /> })}
        <Show when=move || is_binary.get()>
            <div class="banner banner-amber" role="status" data-testid="binary-note">
                <Icon icon=lucide::LuFileUp />
                <span>"This value is binary and cannot be edited as text. Choose a file to replace it."</span>
                <Button on_press=replace>"Replace from a file…"</Button>
            </div>
        </Show>
    }
}

/// Whether the picked version is the one that an edit begins with; tracks.
fn is_current_picked(state: State) -> bool {
    let picked = picked_id(state);
    state.detail.secret.with(|secret| {
        let current = secret.as_ref().and_then(|secret| secret.version_map.holder(CURRENT));
        current.is_some() && current == picked.as_deref()
    })
}

fn picked_id(state: State) -> Option<String> {
    state.detail.picked_version.get()
}

#[component]
fn VersionPicker(versions: Vec<Version>) -> impl IntoView {
    let state = use_state();
    let picked = Signal::derive(move || picked_id(state).unwrap_or_default());
    // A version without a label is here while it is looked at; the timeline has them all.
    let options = Signal::derive(move || {
        let picked = picked.get();
        let offered =
            versions.iter().filter(|version| !version.stages.is_empty() || version.version_id == picked);
        offered.map(|version| (version.version_id.clone(), version_text(version))).collect::<Vec<_>>()
    });
    view! {
        <div class="value-version" data-testid="version-picker">
            <Select
                label="Version"
                options
                value=picked
                on_change=move |version_id| state.detail.pick_version(version_id)
            />
        </div>
    }
}

/// `AWSCURRENT, blue-green · 7c1e0f3a`
fn version_text(version: &Version) -> String {
    let short = short_id(&version.version_id);
    let stages = if version.stages.is_empty() { "no label".to_owned() } else { version.stages.join(", ") };
    format!("{stages} · {short}")
}

#[component]
fn VersionValue() -> impl IntoView {
    let state = use_state();
    let value = state.detail.value;
    let shape = Memo::new(move |_| value.reading.with(|reading| reading.shape.clone()));
    let failure = Memo::new(move |_| value.reading.with(|reading| reading.failure.clone()));
    let wish = RwSignal::new(Wish::Keys);
    let retry = Callback::new(move |()| fulfil(state, wish.get_untracked()));
    view! {
        <ValueActions wish />
        {move || failure.get().map(|error| view! { <ErrorPanel error on_retry=retry /> })}
        {move || match shape.get() {
            None => view! { <SealedValue /> }.into_any(),
            Some(shape) => view! { <OpenedValue shape wish /> }.into_any(),
        }}
    }
}

fn fulfil(state: State, wish: Wish) {
    let value = state.detail.value;
    spawn_local(async move {
        match wish {
            Wish::Keys => drop(value.open().await),
            Wish::Part(part) => value.reveal(part).await,
        }
    });
}

/// Copies without passing the value through the window, and says when the clipboard is cleared.
fn copy(state: State, part: Part) {
    let value = state.detail.value;
    spawn_local(async move {
        match value.copy(part).await {
            Some(Ok(copied)) => state
                .toasts
                .done(format!("Copied. The clipboard is cleared in {} s.", copied.clears_after_seconds)),
            Some(Err(error)) => state.toasts.failed(&error),
            None => {}
        }
    });
}

/// Before the value is read: nothing is known, not even the keys.
#[component]
fn SealedValue() -> impl IntoView {
    let session = use_state().session;
    let is_vault = move || session.shows_vault();
    view! {
        <div class="value-sealed" data-testid="value-sealed">
            <Mask />
            <p class="muted">
                {move || {
                    if is_vault() {
                        "Not read yet. Reading it counts as an access to this secret."
                    } else {
                        "Not read yet. Reading it counts as an access to this secret, and AWS CloudTrail logs it."
                    }
                }}
            </p>
        </div>
    }
}

#[component]
fn OpenedValue(shape: ValueShape, wish: RwSignal<Wish>) -> impl IntoView {
    let note = shape_text(&shape);
    let state = use_state();
    // A service that manages a secret rotates it, and keeps in it what it likes.
    let is_managed = move || {
        state
            .detail
            .secret
            .with(|secret| secret.as_ref().is_some_and(|secret| secret.summary.owning_service.is_some()))
    };
    let finding =
        shape.finding.filter(|finding| !finding.missing.is_empty()).map(|finding| finding.to_string());
    let finding = finding.map(|text| {
        view! {
            <Show when=move || !is_managed()>
                <p class="banner banner-amber" data-testid="template-finding">
                    <Icon icon=lucide::LuTriangleAlert />
                    <span>{text.clone()}</span>
                </p>
            </Show>
        }
    });
    let fault = shape
        .fault
        .map(|fault| format!("This looks like JSON but is not valid, so it is plain text. {fault}"));
    let remarks = fault.into_iter().chain(shape.notices.iter().map(ToString::to_string));
    let remarks = remarks
        .map(|text| {
            view! {
                <li>
                    <Icon icon=lucide::LuTriangleAlert />
                    <span>{text}</span>
                </li>
            }
        })
        .collect_view();
    let body = match shape.layout {
        Layout::Fields(fields) => {
            let reveal = move |index| {
                let wanted = Wish::Part(Part::Field(index));
                wish.set(wanted);
                fulfil(state, wanted);
            };
            let copy = move |index| copy(state, Part::Field(index));
            view! { <FieldTable fields on_reveal=reveal on_copy=copy /> }.into_any()
        }
        Layout::Text => view! { <TextBlock /> }.into_any(),
        Layout::Binary => view! { <BinaryBlock /> }.into_any(),
    };
    view! {
        {finding}
        <ul class="edit-findings" data-testid="value-remarks">{remarks}</ul>
        {body}
        <p class="muted value-note" data-testid="value-note">{note}</p>
    }
}

fn shape_text(shape: &ValueShape) -> String {
    let layout = match &shape.layout {
        Layout::Fields(fields) => format!("JSON with {}", count(fields.len(), "key", "keys")),
        Layout::Text => "Text".into(),
        Layout::Binary => "Binary".into(),
    };
    format!("{layout}, {}", bytes(shape.size_bytes))
}

#[cfg(test)]
mod tests {
    use latchkey_domain::document::{FieldShape, JsonKind};

    use super::*;

    #[test]
    fn a_shape_is_told_in_words() {
        let shape = |layout| ValueShape {
            version_id: "v1".into(),
            stages: Vec::new(),
            created_at: None,
            size_bytes: 27,
            layout,
            finding: None,
            notices: Vec::new(),
            fault: None,
        };
        let field = FieldShape { key: "password".into(), kind: JsonKind::String };
        assert_eq!(shape_text(&shape(Layout::Fields(vec![field]))), "JSON with 1 key, 27 bytes");
        assert_eq!(shape_text(&shape(Layout::Binary)), "Binary, 27 bytes");
    }
}
