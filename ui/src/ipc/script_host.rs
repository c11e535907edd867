//! The engine outside a browser: responses scripted by a test.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

type Answer = Pin<Box<dyn Future<Output = Result<String, String>>>>;
type Script = Rc<dyn Fn(&str, &str) -> Answer>;
type Listener = Rc<dyn Fn(String)>;

thread_local! {
    static SCRIPT: RefCell<Option<Script>> = const { RefCell::new(None) };
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

/// Answers every command of this thread by `script(name, arguments)`.
pub fn answer_with<F>(script: impl Fn(&str, &str) -> F + 'static)
where
    F: Future<Output = Result<String, String>> + 'static,
{
    SCRIPT.set(Some(Rc::new(move |name, arguments| Box::pin(script(name, arguments)))));
}

/// Delivers an event's payload to the listeners of this thread.
pub fn emit(payload: &str) {
    if let Some(listener) = LISTENER.with_borrow(Clone::clone) {
        listener(payload.to_owned());
    }
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
    LISTENER.set(Some(Rc::new(on_payload)));
}
