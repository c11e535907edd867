//! Locks the console with the desktop's screen and before sleep.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures_util::StreamExt;
use latchkey_engine::{BoxFuture, Engine};
use zbus::message::Type;
use zbus::zvariant::{OwnedFd, OwnedObjectPath};
use zbus::{Connection, MatchRule, MessageStream};

const LOGIND: &str = "org.freedesktop.login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/login1";

/// Each desktop has its own name for what locks its screen; the signal is the same.
const SCREEN_SAVERS: [&str; 5] = [
    "org.freedesktop.ScreenSaver",
    "org.gnome.ScreenSaver",
    "org.cinnamon.ScreenSaver",
    "org.mate.ScreenSaver",
    "org.xfce.ScreenSaver",
];

/// Locks, and returns once that is done.
type Lock = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Locks the console with the screen from now on. Without D-Bus, this is logged.
pub fn follow(engine: Arc<Engine>) {
    let lock: Lock = Arc::new(move || {
        let engine = engine.clone();
        Box::pin(async move { engine.lock_with_screen().await })
    });
    let on_screen = lock.clone();
    tauri::async_runtime::spawn(async move {
        let followed =
            async { follow_screen(screen_signals(&Connection::session().await?).await?, &on_screen).await };
        tell_end("screen lock of the desktop", followed.await);
    });
    tauri::async_runtime::spawn(async move {
        let followed = async { follow_logind(&Connection::system().await?, &lock).await };
        tell_end("session lock and the sleep of the system", followed.await);
    });
}

fn tell_end(what: &str, ended: zbus::Result<()>) {
    match ended {
        Ok(()) => tracing::info!("the {what} is not followed any more"),
        Err(error) => tracing::info!(%error, "the {what} is not followed"),
    }
}

/// What desktops tell of their screens. A signal is lost that comes before this has returned.
async fn screen_signals(bus: &Connection) -> zbus::Result<MessageStream> {
    let rule = MatchRule::builder().msg_type(Type::Signal).member("ActiveChanged")?.build();
    MessageStream::for_match_rule(rule, bus, None).await
}

/// The desktop's own screen lock, as long as its bus lives.
async fn follow_screen(mut signals: MessageStream, lock: &Lock) -> zbus::Result<()> {
    while let Some(signal) = signals.next().await {
        let signal = signal?;
        let is_screen =
            signal.header().interface().is_some_and(|from| SCREEN_SAVERS.contains(&from.as_str()));
        if is_screen && signal.body().deserialize().unwrap_or(false) {
            lock().await;
        }
    }
    Ok(())
}

/// `loginctl lock-session`, what desktops build on it, and sleep; as long as the system's bus lives.
async fn follow_logind(bus: &Connection, lock: &Lock) -> zbus::Result<()> {
    // Asked before the signals are listened to: a stream that nobody reads holds up the answers behind it.
    let own = own_session(bus).await.ok();
    let mut delay = delay_sleep(bus).await.ok();
    let mut locks = logind_signals(bus, "org.freedesktop.login1.Session", "Lock").await?;
    let mut sleeps = logind_signals(bus, MANAGER, "PrepareForSleep").await?;
    loop {
        tokio::select! {
            Some(signal) = locks.next() => {
                let signal = signal?;
                // Locking once too often is better than not locking.
                let is_own = own.as_ref().is_none_or(|own| signal.header().path() == Some(own));
                if is_own {
                    lock().await;
                }
            }
            Some(signal) = sleeps.next() => {
                let begins: bool = signal?.body().deserialize()?;
                if begins {
                    lock().await;
                }
                // Sleep begins when the delay is let go, and is delayed again after it.
                drop(delay.take());
                if !begins {
                    delay = delay_sleep(bus).await.ok();
                }
            }
            else => return Ok(()),
        }
    }
}

async fn logind_signals(bus: &Connection, interface: &str, member: &str) -> zbus::Result<MessageStream> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(LOGIND)?;
    let rule = rule.interface(interface.to_owned())?.member(member.to_owned())?.build();
    MessageStream::for_match_rule(rule, bus, None).await
}

/// The session that this process belongs to.
async fn own_session(bus: &Connection) -> zbus::Result<OwnedObjectPath> {
    let reply = bus.call_method(Some(LOGIND), MANAGER_PATH, Some(MANAGER), "GetSession", &"auto").await?;
    reply.body().deserialize()
}

/// Sleep waits for a moment until this is dropped.
async fn delay_sleep(bus: &Connection) -> zbus::Result<OwnedFd> {
    let why = ("sleep", "Latchkey", "Latchkey locks before sleep", "delay");
    let reply = bus.call_method(Some(LOGIND), MANAGER_PATH, Some(MANAGER), "Inhibit", &why).await?;
    reply.body().deserialize()
}
