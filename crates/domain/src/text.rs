//! Text as a person reads it.
