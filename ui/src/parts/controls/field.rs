//! Fields to type in. None of them is remembered, corrected or spell-checked: what is typed may be a secret.

use leptos::attr::Attribute;
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

use super::button::IconButton;
use super::dom::unique_id;
use super::icon::lucide;

/// One line of text.
#[component]
pub fn TextField(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Option<String>,
    /// What is wrong with the text; shown under the field and told to screen readers.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    #[prop(optional, into)] placeholder: String,
    /// For names, ids and expressions.
    #[prop(optional)]
    mono: bool,
    #[prop(optional)] required: bool,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let id = unique_id("field");
    let notes = Notes::new(&id, hint, error);
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                {..unremembered()}
                id=id
                class="input"
                class:mono=mono
                type="text"
                placeholder=placeholder
                aria-required=required.then_some("true")
                autofocus=autofocus
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=notes.described_by()
                bind:value=value
            />
            {notes.view()}
        </div>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional)] mono: bool,
) -> impl IntoView {
    let id = unique_id("field");
    let notes = Notes::new(&id, hint, error);
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <textarea
                {..unremembered()}
                id=id
                class="input textarea"
                class:mono=mono
                rows=rows
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=notes.described_by()
                bind:value=value
            ></textarea>
            {notes.view()}
        </div>
    }
}

/// One line that is masked until the eye is pressed: a key, a passphrase, a value.
#[component]
pub fn SecretField(
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// Hides the label from sight, for fields in the rows of a table.
    #[prop(optional)]
    bare: bool,
    #[prop(optional)] required: bool,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let id = unique_id("field");
    let notes = Notes::new(&id, hint, error);
    let shown = RwSignal::new(false);
    let eye = Signal::derive(move || if shown.get() { lucide::LuEyeOff } else { lucide::LuEye });
    let eye_label = {
        let label = label.clone();
        Signal::derive(move || format!("{} {label}", if shown.get() { "Hide" } else { "Show" }))
    };
    view! {
        <div class="field">
            <label for=id.clone() class:visually-hidden=bare>{label}</label>
            <div class="secret-field">
                <input
                    {..unremembered()}
                    id=id
                    class="input mono"
                    type=move || if shown.get() { "text" } else { "password" }
                    aria-required=required.then_some("true")
                    autofocus=autofocus
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=notes.described_by()
                    bind:value=value
                />
                <IconButton label=eye_label icon=eye on_press=move || shown.update(|shown| *shown = !*shown) />
            </div>
            {notes.view()}
        </div>
    }
}

/// Keeps the browser, its spell checker and password keepers away from what is typed.
pub fn unremembered() -> impl Attribute {
    (
        custom_attribute("autocomplete", "off"),
        custom_attribute("autocapitalize", "off"),
        custom_attribute("autocorrect", "off"),
        custom_attribute("spellcheck", "false"),
        custom_attribute("data-1p-ignore", ""),
        custom_attribute("data-lpignore", "true"),
        custom_attribute("data-bwignore", ""),
    )
}

/// The hint and the error under a field.
struct Notes {
    id: String,
    hint: Option<String>,
    error: Signal<Option<String>>,
}

impl Notes {
    fn new(field_id: &str, hint: Option<String>, error: Signal<Option<String>>) -> Self {
        Self { id: format!("{field_id}-note"), hint, error }
    }

    fn described_by(&self) -> impl Fn() -> Option<String> + use<> {
        let (id, error, has_hint) = (self.id.clone(), self.error, self.hint.is_some());
        move || (has_hint || error.with(Option::is_some)).then(|| id.clone())
    }

    fn view(self) -> impl IntoView {
        let Self { id, hint, error } = self;
        view! {
            <p id=id class="field-note" class:field-error=move || error.with(Option::is_some)>
                {move || error.get().or_else(|| hint.clone())}
            </p>
        }
    }
}
