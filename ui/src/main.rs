//! The front end's start: mounts the window's content.

fn main() {
    latchkey_ui::start();
}
