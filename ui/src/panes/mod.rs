//! The parts of the window, each drawing one piece of the state. No pane knows another; `app` composes them.

pub mod toast_region;
