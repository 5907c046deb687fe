#!/usr/bin/env python3
"""Writes kubernetes-schema.txt from a checkout of the Kubernetes source.

usage: make-schema.py CHECKOUT > kubernetes-schema.txt

Reads the published OpenAPI document (types, list and map semantics, patch strategies) and the Go
types (which zero values a server leaves out of its responses). Both are Apache-2.0.
"""

import json
import re
import sys
from pathlib import Path

GROUPS = {
    "io.k8s.api.core.v1.": "Namespace Node Pod ConfigMap Secret ServiceAccount Service Event",
    "io.k8s.api.apps.v1.": "DaemonSet",
    "io.k8s.api.rbac.v1.": "Role RoleBinding ClusterRole ClusterRoleBinding",
    "io.k8s.api.admissionregistration.v1.": (
        "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"
    ),
    "io.k8s.api.authentication.v1.": "TokenRequest SelfSubjectReview",
    "io.k8s.api.authorization.v1.": "SelfSubjectAccessReview",
    "io.k8s.apimachinery.pkg.apis.meta.v1.": "DeleteOptions",
}
# Types that are not structs in JSON.
SCALARS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "micro-time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "any",
}


def go_fields(checkout):
    """{(package, struct): {json name: (is pointer, omits zero)}}"""
    found = {}
    api = checkout / "staging/src/k8s.io"
    sources = {f"io.k8s.api.{g}.v1": api / f"api/{g}/v1/types.go" for g in (
        "core", "apps", "rbac", "admissionregistration", "authentication", "authorization")}
    sources["io.k8s.apimachinery.pkg.apis.meta.v1"] = (
        api / "apimachinery/pkg/apis/meta/v1/types.go")
    field = re.compile(r'^\t(?:\w+\s+)?(\S+)\s+`(.*)`')
    for package, path in sources.items():
        struct = None
        for line in path.read_text().splitlines():
            start = re.match(r"^type (\w+) struct", line)
            if start:
                struct = found.setdefault((package, start.group(1)), {"": []})
            elif line.startswith("}"):
                struct = None
            elif struct is not None and (match := field.match(line)):
                kind, tags = match.groups()
                if 'json:"' not in tags:
                    continue
                name, *options = re.search(r'json:"([^"]*)"', tags).group(1).split(",")
                number = re.search(r'protobuf:"\w+,(\d+)', tags)
                number = number.group(1) if number else None
                if "inline" in options:
                    struct[""].append((kind.split(".")[-1], number))
                else:
                    omits = "omitempty" in options
                    if kind.split(".")[-1] in ("Time", "MicroTime"):
                        # A zero time is a struct: only omitzero leaves it out.
                        omits = "omitzero" in options
                    struct[name] = (kind.startswith("*"), omits, number)
    return found


META = "io.k8s.apimachinery.pkg.apis.meta.v1"


def find(go, package, name, field):
    """(is pointer, omits zero, protobuf field numbers from the outside in), or None."""
    struct = go.get((package, name), {})
    if field in struct:
        pointer, omits, number = struct[field]
        return pointer, omits, [number]
    for inlined, number in struct.get("", []):
        for candidate in (package, META):
            if inner := find(go, candidate, inlined, field):
                return inner[0], inner[1], [number] + inner[2]
    return None


def presence(go, type_name, field):
    """How a response shows the field ('p' as it was set, 'o' unless zero, 'z' always), and its
    place in protobuf messages."""
    package, name = type_name.rsplit(".", 1)
    found = find(go, package, name, field)
    if not found:
        return ["p"]
    pointer, omits, numbers = found
    words = ["p" if pointer else "o" if omits else "z"]
    if all(numbers):
        words.append("#" + ".".join(numbers))
    return words


def type_text(schema):
    if "$ref" in schema:
        name = schema["$ref"].split("/")[-1]
        return SCALARS.get(name, name)
    kind = schema.get("type")
    if kind == "array":
        return f"[{type_text(schema['items'])}]"
    if kind == "object":
        extra = schema.get("additionalProperties")
        return f"{{{type_text(extra)}}}" if extra else "any"
    if kind == "string":
        return "bytes" if schema.get("format") == "byte" else "string"
    return {"integer": schema.get("format", "int64"), "boolean": "bool", "number": "number",
            None: "any"}[kind]


def defaults_of_keys(checkout):
    """{type: {field: default}}: the text defaults, which only the newer document holds."""
    path = checkout / "api/openapi-spec/v3/api__v1_openapi.json"
    schemas = json.loads(path.read_text())["components"]["schemas"]
    return {name: {field: schema["default"]
                   for field, schema in definition.get("properties", {}).items()
                   if isinstance(schema.get("default"), str) and schema["default"]}
            for name, definition in schemas.items()}


def references(schema):
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].split("/")[-1]
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def main():
    checkout = Path(sys.argv[1])
    document = json.loads((checkout / "api/openapi-spec/swagger.json").read_text())
    definitions = document["definitions"]
    go = go_fields(checkout)
    defaults = defaults_of_keys(checkout)
    wanted = [p + kind for p, kinds in GROUPS.items() for kind in kinds.split()]
    seen = set()
    while wanted:
        name = wanted.pop()
        if name not in seen and name not in SCALARS:
            seen.add(name)
            wanted += references(definitions[name])
    print("# From the Kubernetes source (Apache-2.0) by make-schema.py; SchemaText.swift reads it.")
    for name in sorted(seen):
        definition = definitions[name]
        atomic = definition.get("x-kubernetes-map-type") == "atomic"
        print(name + (" atomic" if atomic else ""))
        required = definition.get("required", [])
        for field, schema in sorted(definition.get("properties", {}).items()):
            words = [field, type_text(schema)] + presence(go, name, field)
            if field in required:
                words.append("required")
            list_type = schema.get("x-kubernetes-list-type")
            if list_type == "map":
                words.append("map=" + ",".join(schema["x-kubernetes-list-map-keys"]))
            elif list_type:
                words.append(list_type)
            if schema.get("x-kubernetes-map-type") == "atomic":
                words.append("atomic")
            strategy = schema.get("x-kubernetes-patch-strategy")
            if strategy:
                key = schema.get("x-kubernetes-patch-merge-key", "")
                words.append(f"patch={strategy}" + (f":{key}" if key else ""))
            if default := defaults.get(name, {}).get(field):
                words.append("default=" + default)
            print("  " + " ".join(words))


main()
