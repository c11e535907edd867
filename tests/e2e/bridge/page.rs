//! The page and its commands over HTTP, with the policy that the app puts on its window.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::Stream;
use latchkey_domain::event::Event;
use serde::Deserialize;
use serde_json::Value;
use tauri::ipc::{CallbackFn, InvokeBody, InvokeResponse, InvokeResponseBody};
use tauri::test::{INVOKE_KEY, MockRuntime};
use tauri::webview::InvokeRequest;
use tauri::{AppHandle, Listener, Manager, WebviewWindow};
use tokio::sync::{broadcast, oneshot};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::BroadcastStream;
use tower_http::services::ServeDir;

use super::calls::CallCounts;
use super::clock::ManualClock;

/// What every request needs.
#[derive(Clone)]
pub struct Host {
    window: WebviewWindow<MockRuntime>,
    token: Arc<str>,
    policy: HeaderValue,
    events: broadcast::Sender<String>,
    clock: Arc<ManualClock>,
    calls: CallCounts,
}

impl Host {
    pub fn new(
        app: AppHandle<MockRuntime>,
        token: String,
        clock: Arc<ManualClock>,
        calls: CallCounts,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let window = app.get_webview_window("main").ok_or("the app has opened no window")?;
        let policy = app.config().app.security.csp.as_ref().ok_or("the app has no policy")?.to_string();
        let (events, _) = broadcast::channel(256);
        let sender = events.clone();
        app.listen_any(Event::NAME, move |event| {
            // Nobody listening is fine: the page may not be there yet.
            let _ = sender.send(event.payload().to_owned());
        });
        Ok(Self { window, token: token.into(), policy: policy.parse()?, events, clock, calls })
    }
}

pub fn router(host: Host) -> Router {
    let files = ServeDir::new(dist());
    Router::new()
        .route("/", get(page))
        .route("/bridge.js", get(script))
        .route("/ipc/{command}", post(invoke))
        .route("/events", get(events))
        .route("/calls", get(calls))
        .route("/clock/advance", post(advance))
        .layer(middleware::from_fn_with_state(host.clone(), require_token))
        .fallback_service(files)
        .layer(middleware::from_fn_with_state(host.clone(), add_policy))
        .with_state(host)
}

fn dist() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ui/dist")
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
}

async fn require_token(
    State(host): State<Host>,
    Query(given): Query<Token>,
    request: Request,
    next: Next,
) -> Response {
    if *given.token == *host.token { next.run(request).await } else { StatusCode::FORBIDDEN.into_response() }
}

async fn add_policy(State(host): State<Host>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, host.policy);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page as it is built, with the script that stands in for Tauri's put before its own.
async fn page(State(host): State<Host>) -> Result<Html<String>, StatusCode> {
    let html = tokio::fs::read_to_string(dist().join("index.html"))
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let script = format!("<head><script src=\"/bridge.js?token={}\"></script>", host.token);
    Ok(Html(html.replacen("<head>", &script, 1)))
}

async fn script(State(host): State<Host>) -> impl IntoResponse {
    let script = include_str!("bridge.js").replace("@TOKEN@", &host.token);
    ([(header::CONTENT_TYPE, "text/javascript")], script)
}

/// Hands a command to Tauri, as the webview would.
async fn invoke(
    State(host): State<Host>,
    Path(command): Path<String>,
    Json(arguments): Json<Value>,
) -> Response {
    let (sender, answer) = oneshot::channel();
    let request = InvokeRequest {
        cmd: command,
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: "tauri://localhost".parse().expect("a URL"),
        body: InvokeBody::Json(arguments),
        headers: Default::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    host.window.as_ref().clone().on_message(
        request,
        Box::new(move |_, _, response, _, _| {
            // The page may have gone in the meantime.
            let _ = sender.send(response);
        }),
    );
    match answer.await {
        Ok(InvokeResponse::Ok(InvokeResponseBody::Json(text))) => {
            ([(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
        Ok(InvokeResponse::Ok(InvokeResponseBody::Raw(bytes))) => bytes.into_response(),
        Ok(InvokeResponse::Err(error)) => (StatusCode::UNPROCESSABLE_ENTITY, Json(error.0)).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn events(State(host): State<Host>) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let stream = BroadcastStream::new(host.events.subscribe())
        .filter_map(Result::ok)
        .map(|payload| Ok(sse::Event::default().data(payload)));
    Sse::new(stream).keep_alive(KeepAlive::default())
}

async fn calls(State(host): State<Host>) -> impl IntoResponse {
    Json(host.calls.snapshot())
}

#[derive(Deserialize)]
struct Advance {
    seconds: i32,
}

async fn advance(State(host): State<Host>, Query(by): Query<Advance>) -> StatusCode {
    host.clock.advance(by.seconds);
    StatusCode::NO_CONTENT
}
