//! The site of the documentation: it is built without a warning, and every link and anchor in it leads somewhere.

mod support;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{library, root, said};

/// The built site; `None` where its tools could not be installed, which tools/site.sh must then say.
fn site() -> Option<PathBuf> {
    let target = library().ancestors().nth(3).expect("the target folder").to_owned();
    let mut build = Command::new(root().join("tools/site.sh"));
    build.arg(target.join("site")).env("CARGO_TARGET_DIR", &target).env("WASMTIME_RUNTIME_LIB", library());
    let output = build.output().expect("tools/site.sh");
    if output.status.code() == Some(3) {
        assert!(!output.stderr.is_empty(), "tools/site.sh does not say why it ends with 3");
        eprintln!("NOT TESTED: the site cannot be built here: {}", said(&output));
        return None;
    }
    assert!(output.status.success(), "{}", said(&output));
    Some(target.join("site"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "html") {
            found.push(path);
        }
    }
}

/// The values of an attribute in a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!(" {name}=\"");
    page.split(&*begin).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// What of a link comes before its anchor, as a file.
fn target(page: &Path, link: &str) -> PathBuf {
    if link.is_empty() { page.to_owned() } else { page.with_file_name(link.replace("%20", " ")) }
}

fn plain(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The links of a site that lead nowhere.
fn dead(site: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    files(site, &mut paths);
    let pages =
        paths.iter().map(|path| (plain(path), fs::read_to_string(path).expect("UTF-8"))).collect::<HashMap<_, _>>();
    let anchors = pages.iter().map(|(path, page)| (path, attributes(page, "id").into_iter().collect::<HashSet<_>>()));
    let anchors = anchors.collect::<HashMap<_, _>>();
    let mut dead = Vec::new();
    for (path, page) in &pages {
        for link in attributes(page, "href").into_iter().chain(attributes(page, "src")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            if file.contains(':') {
                continue;
            }
            let to = plain(&target(path, file.split('?').next().unwrap_or_default()));
            let there = to.exists() && (anchor.is_empty() || anchors.get(&to).is_none_or(|ids| ids.contains(anchor)));
            if !there {
                dead.push(format!("{}: {link}", path.display()));
            }
        }
    }
    dead
}

#[test]
fn the_site_is_whole() {
    let Some(site) = site() else { return };
    let mut pages = Vec::new();
    files(&site, &mut pages);
    assert!(pages.len() > 80, "the site has {} pages", pages.len());
    let dead = dead(&site);
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}

#[test]
fn dead_links_are_found_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a page");
    page(
        "a.html",
        "<a href=\"b.html#here\"></a><a href=\"#x\"></a><a href=\"https://example.org\"></a><h1 id=\"x\"></h1>",
    );
    page("b.html", "<h1 id=\"here\"></h1>");
    assert!(dead(folder.path()).is_empty());
    page("b.html", "<a href=\"c.html\"></a><a href=\"#y\"></a><img src=\"d.png\">");
    assert_eq!(dead(folder.path()).len(), 4);
}
