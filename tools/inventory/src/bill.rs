//! The bill of materials, in the form of CycloneDX 1.5. It has neither a number of its own nor a time, so that it is the same
//! wherever it is made.

use serde_json::{Value, json};

use crate::crates::{Part, Tree};

pub fn json(tree: &Tree) -> String {
    let dependencies = std::iter::once(&tree.root).chain(&tree.parts).map(|part| {
        let needs: Vec<_> = part.needs.iter().map(|place| reference(&tree.parts[*place])).collect();
        json!({"ref": reference(part), "dependsOn": needs})
    });
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(&tree.root)},
        "components": tree.parts.iter().map(component).collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    });
    format!("{bill:#}\n")
}

fn component(part: &Part) -> Value {
    let reference = reference(part);
    let mut component = json!({
        "type": "library",
        "bom-ref": reference,
        "name": part.name,
        "version": part.version,
        "description": part.description,
        "licenses": [{"expression": part.licence}],
        "purl": reference,
    });
    if let Some(checksum) = &part.checksum {
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    component
}

/// The address of a package, as others write it too; what comes from no registry is of no kind.
fn reference(part: &Part) -> String {
    let kind = if part.checksum.is_some() { "cargo" } else { "generic" };
    format!("pkg:{kind}/{}@{}", part.name, part.version.replace('+', "%2B"))
}
