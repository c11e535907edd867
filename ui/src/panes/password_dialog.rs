//! Generates a password: allowed characters, strength, and the masked password.

use latchkey_domain::password::{LENGTHS, Recipe};
use leptos::prelude::*;

use crate::parts::{
    Button, ClearText, Dialog, ErrorPanel, Mask, NumberField, Switch, TextField, Tone, lucide,
};
use crate::state::use_state;

/// The dialog; open while a password is requested.
#[component]
pub fn PasswordDialog() -> impl IntoView {
    let maker = use_state().password_maker;
    let is_open = Memo::new(move |_| maker.is_open());
    view! {
        <Show when=move || is_open.get()>
            <Dialog title="Generate a password" on_close=move || maker.close()>
                <PasswordForm />
            </Dialog>
        </Show>
    }
}

#[component]
fn PasswordForm() -> impl IntoView {
    let maker = use_state().password_maker;
    let shown = RwSignal::new(false);
    let excluded = RwSignal::new(maker.recipe.with_untracked(|recipe| recipe.excluded.clone()));
    Effect::new(move |before: Option<String>| {
        let now = excluded.get();
        if before.is_some_and(|before| before != now) {
            maker.change(|recipe| recipe.excluded = now.clone());
        }
        now
    });
    let problem = Memo::new(move |_| maker.recipe.with(|recipe| recipe.check().err()));
    let has_password = Memo::new(move |_| maker.password.with(Option::is_some));
    let hint = maker
        .template
        .get_untracked()
        .map(|template| {
            format!("AWS's rotation functions for {} exclude these by default.", template.title())
        })
        .unwrap_or_else(|| "Characters that the password must not contain.".into());
    let warning = Memo::new(move |_| {
        let template = maker.template.get()?;
        maker.recipe.with(|recipe| recipe.warning(template))
    });
    view! {
        <div class="password-dialog" data-testid="password-dialog">
            <div class="password-made" data-testid="password-made">
                {move || match maker.password.get().filter(|_| shown.get()) {
                    Some(password) => {
                        view! { <ClearText label="Password" text=password.expose().to_owned() /> }.into_any()
                    }
                    None if has_password.get() => view! { <Mask /> }.into_any(),
                    None => view! { <span class="muted">"Not generated yet."</span> }.into_any(),
                }}
            </div>
            <p class="field-note" role="status" data-testid="password-strength">
                {move || match problem.get() {
                    Some(problem) => problem.to_string(),
                    None => strength_text(maker.recipe.with(Recipe::strength_bits)),
                }}
            </p>
            <p class="field-note field-warning" role="status" data-testid="password-warning">
                {move || warning.get()}
            </p>
            <NumberField
                label="Length"
                value=Signal::derive(move || maker.recipe.with(|recipe| recipe.length))
                on_change=move |length| maker.change(|recipe| recipe.length = length)
                min=LENGTHS.0
                max=LENGTHS.1
                unit="characters"
            />
            <div class="password-types" role="group" aria-label="Allowed characters">
                {TYPES.map(|(label, read, write)| view! {
                    <Switch
                        label
                        on=Signal::derive(move || maker.recipe.with(read))
                        on_change=move |on| maker.change(|recipe| write(recipe, on))
                    />
                })}
            </div>
            <TextField label="Exclude characters" value=excluded mono=true hint />
            {move || maker.request.failure.get().map(|error| view! { <ErrorPanel error /> })}
            <footer class="dialog-actions">
                <Button icon=lucide::LuEye disabled=Signal::derive(move || !has_password.get())
                    on_press=move || shown.update(|shown| *shown = !*shown)>
                    {move || if shown.get() { "Hide" } else { "Show" }}
                </Button>
                <Button
                    busy=maker.request.busy
                    disabled=Signal::derive(move || problem.get().is_some())
                    work=move || maker.make()
                    attr:data-testid="make-password"
                >
                    {move || if has_password.get() { "Regenerate" } else { "Generate" }}
                </Button>
                <Button
                    tone=Tone::Primary
                    disabled=Signal::derive(move || !has_password.get())
                    on_press=move || maker.take()
                    attr:data-testid="take-password"
                >
                    "Use this password"
                </Button>
            </footer>
        </div>
    }
}

type Read = fn(&Recipe) -> bool;
type Write = fn(&mut Recipe, bool);

const TYPES: [(&str, Read, Write); 6] = [
    ("Lowercase", |recipe| recipe.lowercase, |recipe, on| recipe.lowercase = on),
    ("Uppercase", |recipe| recipe.uppercase, |recipe, on| recipe.uppercase = on),
    ("Numbers", |recipe| recipe.numbers, |recipe, on| recipe.numbers = on),
    ("Punctuation", |recipe| recipe.punctuation, |recipe, on| recipe.punctuation = on),
    ("Space", |recipe| recipe.space, |recipe, on| recipe.space = on),
    ("One of each type", |recipe| recipe.each_type, |recipe, on| recipe.each_type = on),
];

fn strength_text(bits: u32) -> String {
    let word = match bits {
        0..=49 => "Weak",
        50..=79 => "Fair",
        80..=127 => "Strong",
        _ => "Very strong",
    };
    format!("{word}: about {bits} bits.")
}

#[cfg(test)]
mod tests {
    use super::strength_text;

    #[test]
    fn strength_is_told_in_a_word_and_in_bits() {
        assert_eq!(strength_text(13), "Weak: about 13 bits.");
        assert_eq!(strength_text(209), "Very strong: about 209 bits.");
    }
}
