//! What panes are made of. Panes need not know which of the two a part is.

pub mod controls;
pub mod domain;

pub use controls::*;
pub use domain::*;
