//! The kernels of `benches/kernels/`, computations in C: they are what their sources say, and compute what their table says.

mod support;

use support::{guests, julia, root, run};

const FOLDER: &str = "benches/kernels";

#[test]
fn every_kernel_is_built_and_described() {
    guests::are_built_and_described(FOLDER);
}

#[test]
fn no_kernel_knows_where_it_was_built() {
    guests::do_not_know_where_they_were_built(FOLDER);
}

#[test]
fn the_kernels_are_what_their_sources_say() {
    guests::are_what_their_sources_say(FOLDER);
}

/// As the benchmark reads and calls them: another result is an error there.
#[test]
fn every_kernel_returns_what_the_table_says() {
    let folder = root().join(FOLDER);
    let output = run(julia().arg(root().join("benches/check.jl")));
    let output = String::from_utf8(output.stdout).expect("UTF-8");
    let checked: Vec<_> = output.lines().collect();
    let kernels: Vec<_> = guests::names(&folder, "wasm").into_iter().collect();
    assert_eq!(checked, kernels);
}
