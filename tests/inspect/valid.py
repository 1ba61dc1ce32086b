"""Is standard input valid?  valid.py json SCHEMA | sarif [SCHEMA] | openmetrics.
Says what is wrong, and exits with 1."""
import json
import re
import sys


def check(good, what):
    if not good:
        sys.exit("invalid: " + what)


def once(pairs):
    """An object, in which no name comes twice."""
    names = [name for name, _ in pairs]
    check(len(names) == len(set(names)), "a name twice in %r" % names)
    return dict(pairs)


def by_schema(it, path):
    import jsonschema
    with open(path) as f:
        schema = json.load(f)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    for error in kind(schema).iter_errors(it):
        sys.exit("invalid: %s: %s" % (list(error.absolute_path), error.message))


def sarif(it):
    """What the specification asks for, in words, not in its schema."""
    check(it["version"] == "2.1.0", "version")
    check(it["$schema"].endswith("sarif-schema-2.1.0.json"), "$schema")
    check(len(it["runs"]) == 1, "one run")
    run, = it["runs"]
    rules = run["tool"]["driver"]["rules"]
    ids = [rule["id"] for rule in rules]
    check(len(ids) == len(set(ids)), "a rule twice")
    for rule in rules:
        check(rule["shortDescription"]["text"].endswith("."),
              "a message ends with a full stop")
        check(re.fullmatch("([A-Z][a-z0-9]*)+", rule["name"]),
              "Pascal case: " + rule["name"])
    for result in run["results"]:
        check(result["level"] in ("none", "note", "warning", "error"),
              "level")
        check(rules[result["ruleIndex"]]["id"] == result["ruleId"],
              "ruleIndex")
        check(result["message"]["text"], "text")
        for place in result["locations"]:
            logical, = place["logicalLocations"]
            check(logical["fullyQualifiedName"].endswith(logical["name"]),
                  "fullyQualifiedName")
            uri = place.get("physicalLocation", {}).get("artifactLocation")
            check(not uri or re.fullmatch(
                r"file:///([A-Za-z0-9._~/-]|%[0-9A-F]{2})*", uri["uri"]),
                "uri")


def openmetrics(text):
    """By the parsers of Prometheus, and by what they let pass."""
    from prometheus_client import parser
    from prometheus_client.openmetrics import parser as strict
    families = list(strict.text_string_to_metric_families(text))
    check(text.endswith("\n# EOF\n"), "# EOF is the last line")
    check(text.count("# EOF") == 1, "# EOF twice")
    check(families, "no metric")
    old = list(parser.text_string_to_metric_families(text))
    samples = [(s.name, s.labels, s.value) for f in families for s in f.samples]
    check(samples == [(s.name, s.labels, s.value)
                      for f in old for s in f.samples],
          "the two formats differ")
    names = [f.name for f in families]
    check(len(names) == len(set(names)), "a family twice")
    for family in families:
        check(family.name.startswith("sigpact_"), family.name)
        check(family.documentation, family.name + " has no help")
        # the textfile collector takes these, and no time stamps
        check(family.type in ("gauge", "counter"), family.name + ": type")
        for sample in family.samples:
            check(sample.timestamp is None, "a time stamp")
            check(re.fullmatch("[a-z][a-z0-9_]*", sample.name), sample.name)


def main():
    kind, schema = sys.argv[1], (sys.argv + [""])[2]
    text = sys.stdin.buffer.read().decode("utf-8")
    if kind == "openmetrics":
        openmetrics(text)
        return
    it = json.loads(text, object_pairs_hook=once)
    if kind == "sarif":
        sarif(it)
    if schema:
        by_schema(it, schema)


main()
