//! The only interface to the engine: every command and every event passes through here as JSON text.
//!
//! JSON at both ends, because serde-wasm-bindgen would turn maps into JavaScript's `Map`, which JSON drops.

#[cfg_attr(target_arch = "wasm32", path = "ipc/tauri_host.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "ipc/script_host.rs")]
pub mod host;

use latchkey_domain::event::Event;
use latchkey_domain::{ApiError, Command};
use serde::de::DeserializeOwned;

/// Calls the engine. A transport failure is returned as an [`ApiError`] too.
pub async fn call<C: Command>(command: C) -> Result<C::Output, ApiError> {
    let arguments = serde_json::to_string(&serde_json::json!({ "request": command }))
        .map_err(|_| unreadable(C::NAME, "could not be written as JSON"))?;
    let answer = host::invoke(C::NAME, &arguments).await;
    fold(C::NAME, answer)
}

/// Runs `on_event` for every event of the engine, for as long as the window lives.
pub fn listen(on_event: impl Fn(Event) + 'static) {
    host::listen(Event::NAME, move |text: String| {
        if let Ok(event) = serde_json::from_str(&text) {
            on_event(event);
        }
    });
}

/// Reads an answer or a rejection. A rejection that is not an [`ApiError`] is Tauri's own: it quotes the bad input,
/// which may be a secret, so its text is dropped and only the command is named.
fn fold<T: DeserializeOwned>(name: &str, answer: Result<String, String>) -> Result<T, ApiError> {
    match answer {
        Ok(text) => {
            serde_json::from_str(&text).map_err(|_| unreadable(name, "gave an answer that cannot be read"))
        }
        Err(text) => Err(serde_json::from_str(&text)
            .unwrap_or_else(|_| unreadable(name, "was refused before it reached the engine"))),
    }
}

fn unreadable(name: &str, what: &str) -> ApiError {
    ApiError::internal(format!(
        "The command {name} {what}. The window and the engine may be of different versions: restart Latchkey."
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use latchkey_domain::Code;
    use latchkey_domain::settings::{LoadSettings, Settings};

    use super::{call, fold, host};

    #[test]
    fn a_rejection_of_the_engine_arrives_whole() {
        let text = r#"{"code":{"kind":"Invalid","field":"name"},"message":"The name is taken.","aws":null}"#;
        let error = fold::<Settings>("create_secret", Err(text.to_owned())).unwrap_err();
        assert_eq!(error.code, Code::Invalid("name".to_owned()), "the field is what a form marks");
        assert_eq!(error.message, "The name is taken.");
    }

    #[test]
    fn a_rejection_by_tauri_names_the_command_and_quotes_nothing() {
        let text = r#""invalid args `request`: invalid type: string \"fake-canary\", expected u32""#;
        let error = fold::<Settings>("open_vault", Err(text.to_owned())).unwrap_err();
        assert_eq!(error.code, Code::Internal);
        assert!(error.message.contains("open_vault"), "{}", error.message);
        assert!(!error.message.contains("canary"), "the bad input may be a secret: {}", error.message);
    }

    #[test]
    fn an_answer_of_another_shape_is_an_error_and_quotes_nothing() {
        let error =
            fold::<Settings>("load_settings", Ok(r#"{"theme":"fake-canary"}"#.to_owned())).unwrap_err();
        assert_eq!(error.code, Code::Internal);
        assert!(!error.message.contains("canary"), "{}", error.message);
    }

    #[tokio::test]
    async fn a_command_goes_out_under_its_name_with_one_argument() {
        host::answer_with(|name, arguments| {
            assert_eq!(name, "load_settings");
            assert_eq!(arguments, r#"{"request":{}}"#, "the shell's commands take one argument, `request`");
            async { Ok("{}".to_owned()) }
        });
        assert_eq!(
            call(LoadSettings {}).await,
            Ok(Settings::default()),
            "absent settings have their defaults"
        );
    }
}
