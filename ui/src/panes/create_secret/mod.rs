//! *Create secret*: name, value, description, key and tags. Nothing typed is lost before the secret exists.

mod review;
mod rows;

use latchkey_domain::Scope;
use latchkey_domain::name::{check_name, name_warning};
use latchkey_domain::secret::SecretDetail;
use latchkey_domain::template::Template;
use latchkey_domain::text::bytes_of;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::review::ReviewOfCreation;
use self::rows::{FieldRows, TagRows};
use crate::parts::dom::{HtmlElement, focus, focus_first, focused};
use crate::parts::{
    Button, Dialog, DialogForm, Icon, Mask, PlainText, Segments, Select, TextArea, TextField, Tone,
    WriterNote, lucide,
};
use crate::state::change_review::Review;
use crate::state::secret_form::{MAX_VALUE_BYTES, SecretForm, ValueInput};
use crate::state::use_state;

const FIELDS: &str = "fields";
const TEXT: &str = "text";
const PASTE: &str = "paste";

/// The dialog; open for as long as it is mounted.
#[component]
pub fn CreateSecretDialog() -> impl IntoView {
    let state = use_state();
    let form = SecretForm::new();
    let original = state.dialogs.take_original();
    let title = original
        .as_ref()
        .map_or("Create secret".to_owned(), |(_, secret)| format!("Duplicate {}", secret.summary.name));
    if let Some((scope, secret)) = original {
        spawn_local(form.duplicate(scope, secret));
    }
    let asks_to_discard = RwSignal::new(false);
    let was_in = StoredValue::new_local(None);
    let leave = move || {
        form.drop_typed();
        state.dialogs.close();
    };
    let back = move || {
        form.leave_review();
        request_animation_frame(|| focus_first("[data-testid='create-secret'] input"));
    };
    let close = move || {
        if form.review.with_untracked(Option::is_some) {
            return back();
        }
        if !form.holds_anything() {
            return leave();
        }
        was_in.set_value(focused());
        asks_to_discard.set(true);
    };
    let keep_writing = move || {
        asks_to_discard.set(false);
        // The buttons of the footer were re-rendered; the field was not.
        request_animation_frame(move || {
            match was_in.try_get_value().flatten().filter(|field: &HtmlElement| field.is_connected()) {
                Some(field) => focus(&field),
                None => focus_first("[data-testid='create-secret'] input"),
            }
        });
    };
    let show = move |scope: Scope, detail: SecretDetail| {
        state.toasts.done(format!("Created {}.", detail.summary.name));
        state.dialogs.close();
        state.detail.show(scope, detail);
        state.catalog.ask();
    };
    let create = move |review: Review| async move {
        let Some(scope) = state.session.scope.get_untracked() else { return };
        if let Some(detail) = form.create(scope.clone(), review).await {
            show(scope, detail);
        }
        if form.review.with_untracked(Option::is_some) {
            request_animation_frame(|| focus_first("[data-testid='creation-review'] [type='submit']"));
        }
    };
    let confirm = move || async move {
        let Some(scope) = state.session.scope.get_untracked() else { return };
        match form.confirm().await {
            Some(detail) => show(scope, detail),
            None => request_animation_frame(|| focus_first("[data-testid='create-secret'] input")),
        }
    };
    let review_button = move || {
        view! { <Button busy=form.request.busy work=move || create(Review::Always)>"Review"</Button> }
    };
    let question = move || {
        view! {
            <footer class="dialog-actions" role="alert">
                <span class="dialog-question">"Discard what you have typed?"</span>
                <Button on_press=keep_writing>"Keep editing"</Button>
                <Button tone=Tone::Danger on_press=leave>"Discard"</Button>
            </footer>
        }
    };
    view! {
        <Dialog title wide=true on_close=close>
            {move || {
                let plan = form.review.get()?;
                Some(view! { <ReviewOfCreation form plan on_create=confirm on_back=back /> })
            }}
            <div hidden=move || form.review.with(Option::is_some)>
        <DialogForm
            name="create-secret"
            verb="Create secret"
            on_submit=move || create(Review::WhereDue)
            on_cancel=close
            buttons=review_button
            failure=move || form.request.of_the_whole()
            question=move || asks_to_discard.get().then(|| ViewFn::from(question))
        >
            <NameField form />
            <TextField
                label="Description (optional)"
                value=form.description
                error=Signal::derive(move || form.request.at("description"))
            />
            <ValueFields form />
            <TagRows form />
            <TextField
                label="Encryption key (optional)"
                value=form.kms_key_id
                mono=true
                placeholder="aws/secretsmanager"
                hint="The ID, ARN or alias of a customer managed key. Consumers then need kms:Decrypt on it."
                error=Signal::derive(move || form.request.at("kms_key_id"))
            />
            <WriterNote through=Signal::derive(move || state.session.writes_through()) />
        </DialogForm></div></Dialog>
    }
}

#[component]
fn NameField(form: SecretForm) -> impl IntoView {
    let problem = Signal::derive(move || {
        let typed = form.name.get();
        let local =
            if typed.is_empty() { None } else { check_name(&typed).err().map(|problem| problem.to_string()) };
        local.or_else(|| form.request.at("name"))
    });
    let warning =
        move || form.name.with(|name| if check_name(name).is_ok() { name_warning(name) } else { None });
    view! {
        <div class="create-secret-name">
            <TextField
                label="Name"
                value=form.name
                error=problem
                placeholder="prod/payments/db"
                mono=true
                required=true
                autofocus=true
            />
            {move || warning().map(|text| view! { <p class="field-note field-warning">{text}</p> })}
        </div>
    }
}

#[component]
fn ValueFields(form: SecretForm) -> impl IntoView {
    let input = Signal::derive(move || match form.input.get() {
        ValueInput::Fields | ValueInput::Copy => FIELDS,
        ValueInput::Text => TEXT,
        ValueInput::Paste => PASTE,
    });
    let choose = move |chosen| {
        form.input.set(match chosen {
            TEXT => ValueInput::Text,
            PASTE => ValueInput::Paste,
            _ => ValueInput::Fields,
        });
    };
    let size = Memo::new(move |_| form.size_bytes());
    let problem = Signal::derive(move || form.request.at("value"));
    let is_copy = Memo::new(move |_| form.input.get() == ValueInput::Copy);
    let notes =
        move || form.paste_notes.get().into_iter().map(|note| view! { <li>{note}</li> }).collect_view();
    let body = move || match form.input.get() {
        ValueInput::Fields => view! {
            <TemplateChoice form />
            <FieldRows form />
            <p class="field-note field-error" role="alert">{move || problem.get()}</p>
            <p class="field-note" role="status" data-testid="template-finding">
                {move || form.finding().map(|finding| finding.to_string())}
            </p>
        }
        .into_any(),
        ValueInput::Text => {
            view! { <TextArea label="Text" value=form.text rows=6 mono=true error=problem /> }.into_any()
        }
        ValueInput::Paste => view! {
            <TextArea
                label="Lines of an .env file, or a JSON object"
                value=form.pasted
                rows=6
                mono=true
                error=problem
            />
            <div class="actions">
                <Button on_press=move || form.read_pasted() attr:data-testid="read-pasted">"Read it"</Button>
            </div>
            <ReplaceQuestion form />
        }
        .into_any(),
        ValueInput::Copy => view! { <CopiedNote form /> }.into_any(),
    };
    view! {
        <div class="create-secret-value">
            <Show when=move || !is_copy.get()>
                <Segments
                    label="Value"
                    options=&[(FIELDS, "Keys and values"), (TEXT, "Plain text"), (PASTE, "Paste")]
                    value=input
                    on_change=choose
                />
            </Show>
            <ul class="paste-notes" role="status" data-testid="paste-notes">{notes}</ul>
            {body}
            <p
                class="field-note"
                class:field-error=move || { size.get() > MAX_VALUE_BYTES }
                data-testid="value-size"
            >
                {move || bytes_of(size.get(), MAX_VALUE_BYTES)}
            </p>
        </div>
    }
}

/// Asks before pasted JSON replaces typed text.
#[component]
fn ReplaceQuestion(form: SecretForm) -> impl IntoView {
    view! {
        <Show when=move || form.asks_to_replace.get()>
            <div class="banner banner-amber" role="alert" data-testid="replace-question">
                <Icon icon=lucide::LuTriangleAlert />
                <span>"The JSON would replace the plain text that you have typed."</span>
                <Button on_press=move || form.keep_text()>"Keep the text"</Button>
                <Button tone=Tone::Danger on_press=move || form.replace_text()>"Replace the text"</Button>
            </div>
        </Show>
    }
}

/// The template for the keys.
#[component]
fn TemplateChoice(form: SecretForm) -> impl IntoView {
    let state = use_state();
    let none = (String::new(), "No template".to_owned());
    let titles = Template::ALL.map(|template| (template.title().to_owned(), template.title().to_owned()));
    let options: Vec<(String, String)> = [none].into_iter().chain(titles).collect();
    let chosen = Signal::derive(move || {
        form.template.get().map(|template| template.title().to_owned()).unwrap_or_default()
    });
    let choose = move |title: String| {
        form.use_template(Template::ALL.into_iter().find(|template| template.title() == title));
        if let Some(scope) = state.session.scope.get_untracked() {
            spawn_local(form.generate_passwords(scope));
        }
    };
    view! { <Select label="Template" options=Signal::stored(options) value=chosen on_change=choose /> }
}

/// The value of another secret, copied unchanged.
#[component]
fn CopiedNote(form: SecretForm) -> impl IntoView {
    let Some(copied) = form.copied.get_untracked() else { return ().into_any() };
    view! {
        <div class="value-sealed" data-testid="copied-value">
            <Mask />
            <p class="muted">"The value of " <PlainText text=copied.from /> ", byte for byte."</p>
            <Show when=move || copied.is_text fallback=|| view! { <p class="muted">"It is binary."</p> }>
                <div class="actions">
                    <Button work=move || form.change_copied()>"Edit as text"</Button>
                </div>
            </Show>
        </div>
        <p class="field-note field-error" role="alert">{move || form.request.at("value")}</p>
    }
    .into_any()
}
