//! The engine outside a browser: answers that a test has put there.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

type Answer = Pin<Box<dyn Future<Output = Result<String, String>>>>;
type Script = Rc<dyn Fn(&str, &str) -> Answer>;

thread_local! {
    static SCRIPT: RefCell<Option<Script>> = const { RefCell::new(None) };
    static LISTENER: RefCell<Option<Box<dyn Fn(String)>>> = const { RefCell::new(None) };
}

/// Answers every command of this thread by `script(name, arguments)`.
pub fn answer_with<F>(script: impl Fn(&str, &str) -> F + 'static)
where
    F: Future<Output = Result<String, String>> + 'static,
{
    SCRIPT.set(Some(Rc::new(move |name, arguments| Box::pin(script(name, arguments)))));
}

/// Delivers an event's payload to whoever listens on this thread.
pub fn emit(payload: &str) {
    LISTENER.with_borrow(|listener| {
        if let Some(listener) = listener {
            listener(payload.to_owned());
        }
    });
}

/// Sends a command to the script of this thread.
pub async fn invoke(name: &str, arguments: &str) -> Result<String, String> {
    let Some(script) = SCRIPT.with_borrow(Clone::clone) else {
        return Err("no engine answers outside the window".to_owned());
    };
    script(name, arguments).await
}

/// Keeps the listener for [`emit`].
pub fn listen(_event: &str, on_payload: impl Fn(String) + 'static) {
    LISTENER.set(Some(Box::new(on_payload)));
}
