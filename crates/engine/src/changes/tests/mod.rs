//! Every write against a real vault, with lost answers, races and cut-offs.

mod creations;
mod cut_off;
mod many;
mod mixed;
mod outcomes;
mod plain;
mod request_ids;
mod reviews;
mod save_files;
mod save_puts;
mod save_races;
mod saves;
mod stage_refusals;
mod stage_sequences;
mod stages;
