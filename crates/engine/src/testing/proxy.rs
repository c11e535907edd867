//! A proxy on a port of its own, between an engine and a vault: it passes whole requests and answers until it is cut.

use std::io::{BufRead, BufReader, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::sync::Notify;

/// Where the line is cut, and what is known of it at either end.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// Requests that still pass.
    pub after: usize,
    /// Whether the request that is cut reaches the vault; its answer never comes back.
    pub arrives: bool,
    pub end: End,
}

/// What the engine sees of the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// No answer ever: the program is killed while it waits.
    Silence,
    /// This connection breaks, and every later one: the network is gone.
    Broken,
}

pub struct Proxy {
    pub endpoint_url: String,
    line: Arc<Line>,
}

struct Line {
    vault: String,
    state: Mutex<State>,
    cut: Notify,
}

#[derive(Clone, Copy)]
enum State {
    Whole,
    WillBeCut(Cut),
    IsCut(End),
}

impl Proxy {
    pub fn before(vault_endpoint_url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint_url = format!("http://{}", listener.local_addr().unwrap());
        let vault = vault_endpoint_url.trim_start_matches("http://").to_owned();
        let line = Arc::new(Line { vault, state: Mutex::new(State::Whole), cut: Notify::new() });
        let heard = line.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let line = heard.clone();
                // A broken connection is what this is for.
                thread::spawn(move || line.pass(client).ok());
            }
        });
        Self { endpoint_url, line }
    }

    /// From now on the requests count.
    pub fn cut(&self, cut: Cut) {
        *self.line.state.lock().unwrap() = State::WillBeCut(cut);
    }

    /// Returns once the line has been cut.
    pub async fn was_cut(&self) {
        self.line.cut.notified().await;
    }

    pub fn is_cut(&self) -> bool {
        matches!(*self.line.state.lock().unwrap(), State::IsCut(_))
    }
}

impl Line {
    fn pass(&self, mut client: TcpStream) -> Result<()> {
        let mut vault = TcpStream::connect(&self.vault)?;
        let mut requests = BufReader::new(client.try_clone()?);
        let mut answers = BufReader::new(vault.try_clone()?);
        loop {
            let request = message(&mut requests)?;
            let (before, now) = self.next();
            let arrives = match before {
                State::Whole => true,
                State::WillBeCut(cut) => cut.after > 0 || cut.arrives,
                State::IsCut(_) => false,
            };
            let mut answer = Vec::new();
            if arrives {
                vault.write_all(&request)?;
                answer = message(&mut answers)?;
            }
            let State::IsCut(end) = now else {
                client.write_all(&answer)?;
                continue;
            };
            self.cut.notify_one();
            if end == End::Silence {
                // Until the other end hangs up.
                std::io::copy(&mut requests, &mut std::io::sink())?;
            }
            return Ok(());
        }
    }

    /// The line before and after the next request.
    fn next(&self) -> (State, State) {
        let mut state = self.state.lock().unwrap();
        let before = *state;
        *state = match before {
            State::WillBeCut(Cut { after: 0, end, .. }) => State::IsCut(end),
            State::WillBeCut(cut) => State::WillBeCut(Cut { after: cut.after - 1, ..cut }),
            as_it_is => as_it_is,
        };
        (before, *state)
    }
}

/// A whole HTTP/1.1 message with the length that it states.
pub(super) fn message(from: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut length = 0;
    loop {
        let began = message.len();
        from.read_until(b'\n', &mut message)?;
        let line = String::from_utf8_lossy(&message[began..]).to_ascii_lowercase();
        if line.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(stated) = line.strip_prefix("content-length:") {
            length = stated.trim().parse().map_err(std::io::Error::other)?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let head = message.len();
    message.resize(head + length, 0);
    from.read_exact(&mut message[head..])?;
    Ok(message)
}
