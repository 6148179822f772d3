//! Rust's loops in an executable, where the linker knows all addresses: for each line `name n` on standard input a line with
//! the nanoseconds.

mod program;
mod rust;

use std::io::{BufRead, Write};

fn main() -> wasmtime::Result<()> {
    let mut peer = rust::Peer::new()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (name, n) = line.trim().split_once(' ').ok_or_else(|| wasmtime::Error::msg("expected: name n"))?;
        println!("{}", peer.by_name(name, n.parse()?)?);
        std::io::stdout().flush()?;
    }
    Ok(())
}
