//! The guests of `tests/wasi/`, WASI programs in C: they are what their sources say, wherever they are built.

mod support;

use support::guests;

const FOLDER: &str = "tests/wasi";

#[test]
fn every_guest_is_built_and_described() {
    guests::are_built_and_described(FOLDER);
}

#[test]
fn no_guest_knows_where_it_was_built() {
    guests::do_not_know_where_they_were_built(FOLDER);
}

#[test]
fn the_guests_are_what_their_sources_say() {
    guests::are_what_their_sources_say(FOLDER);
}
