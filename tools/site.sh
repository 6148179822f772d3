#!/usr/bin/env bash
# site.sh FOLDER: builds the site of the documentation into FOLDER, and prints the page to begin with. Fails with status 3 where what
# builds it could not be installed, and with another one where a page is wrong: a link or an anchor that leads nowhere.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/apt.sh
. "$here/apt.sh"
# shellcheck source=tools/python.sh
. "$here/python.sh"
[ $# = 1 ] || die "usage: site.sh FOLDER"
site=$1
target=${CARGO_TARGET_DIR:-$here/../target}
python=$(python_with "$target/sphinx" furo sphinx==9.0.4 myst-parser==5.2.0 furo==2025.12.19) || exit 3
mkdir -p "$site"
site=$(cd "$site" && pwd)

# The pages with the references beside them, and what the pages link to where they look for it.
staged=$(mktemp -d)
trap 'rm -rf "$staged"' EXIT
mkdir "$staged/docs"
cp -r "$here/../docs/src" "$staged/docs/src"
for file in LICENSE-APACHE LICENSE-MIT benches examples include tests; do
    ln -s "$(cd "$here/.." && pwd)/$file" "$staged/$file"
done
# What stands at the root of the repository is in the folder `project` of the site.
mkdir "$staged/docs/src/project"
for file in README.md SECURITY.md CONTRIBUTING.md CHANGELOG.md; do
    sed -E 's#\]\(docs/src/#](../#g; s#\]\((LICENSE|benches/|examples/|include/|tests/)#](../../../\1#g' "$here/../$file" \
        >"$staged/docs/src/project/$file"
done
outside='(README|SECURITY|CONTRIBUTING|CHANGELOG)\.md'
sed -i -E "s#\]\(\.\./\.\./$outside#](project/\1.md#g" "$staged"/docs/src/*.md
sed -i -E "s#\]\(\.\./\.\./\.\./$outside#](../project/\1.md#g" "$staged"/docs/src/guide/*.md
"${JULIA:-julia}" --startup-file=no --color=no --project="$here/../julia" "$here/../docs/reference.jl" "$staged/docs/src" >&2
"$python" -m sphinx -b html -W --keep-going --quiet --fresh-env --conf-dir "$here/../docs" "$staged/docs/src" "$site" >&2
printf '%s\n' "$site/index.html"
