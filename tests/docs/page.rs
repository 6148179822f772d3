//! A page as the tests see it: its blocks, the hidden ones too.
//!
//! A fenced block belongs to its language. `<!-- c` or `<!-- julia` on a line of its own begins a hidden block, which ends with
//! a line `-->`: what the visible blocks need and need not show. A block `text` after another one, with
//! nothing but hidden ones between, is what that prints.

#![allow(dead_code, reason = "each test uses its part")]

use std::fs;
use std::path::{Path, PathBuf};

pub struct Block {
    pub language: String,
    pub text: String,
    /// Where its first line stands, from 1.
    pub line: usize,
    pub hidden: bool,
    /// What it prints.
    pub prints: String,
}

pub struct Page {
    /// Below the root: `docs/src/call.md`.
    pub name: String,
    pub text: String,
}

impl Page {
    pub fn read(root: &Path, name: &str) -> Page {
        let text = fs::read_to_string(root.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        Page { name: name.to_owned(), text }
    }

    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut lines = self.text.lines().enumerate();
        let mut between = false;
        while let Some((number, line)) = lines.next() {
            let (language, end, hidden) = match (line.strip_prefix("```"), line.strip_prefix("<!-- ")) {
                (Some(language), _) => (language, "```", false),
                (_, Some(language @ ("c" | "julia"))) => (language, "-->", true),
                _ => {
                    between |= !line.is_empty();
                    continue;
                }
            };
            let mut text = String::new();
            let mut closed = false;
            for (_, line) in lines.by_ref() {
                closed = line == end;
                if closed {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            assert!(closed, "{}:{}: the block does not end", self.name, number + 1);
            if !hidden {
                match blocks.iter_mut().rfind(|block| !block.hidden) {
                    Some(last) if language == "text" && !between => last.prints.clone_from(&text),
                    _ => {}
                }
                between = false;
            }
            blocks.push(Block { language: language.to_owned(), text, line: number + 2, hidden, prints: String::new() });
        }
        blocks
    }
}

/// All pages below `docs/src`.
pub fn pages(root: &Path) -> Vec<Page> {
    let mut folders = vec![root.join("docs/src")];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    let name = |path: &PathBuf| path.strip_prefix(root).expect("below the root").display().to_string();
    files.iter().map(|path| Page::read(root, &name(path))).collect()
}
