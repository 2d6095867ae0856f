"""JSON text in which no number has a line of its own; the layout of lib/wrapped-json.ts."""

import json

WIDTH = 110


def wrapped(value):
    """An object or array that fits is one line; longer arrays of numbers and strings fill each line."""
    return block(value, "", 0) + "\n"


def block(value, indent, column):
    short = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or column + len(short) < WIDTH:
        return short
    inner = indent + " "
    if isinstance(value, list):
        if any(isinstance(item, (dict, list)) for item in value):
            items = [inner + block(item, inner, len(inner)) for item in value]
        else:
            items = filled([json.dumps(item, ensure_ascii=False) for item in value], inner)
        return "[\n" + ",\n".join(items) + "\n" + indent + "]"
    members = []
    for key, member in value.items():
        label = f"{inner}{json.dumps(key, ensure_ascii=False)}: "
        members.append(label + block(member, inner, len(label)))
    return "{\n" + ",\n".join(members) + "\n" + indent + "}"


def filled(items, indent):
    lines, line = [], ""
    for item in items:
        if line and len(line) + 2 + len(item) >= WIDTH:
            lines.append(line)
            line = ""
        line = f"{line}, {item}" if line else indent + item
    return [*lines, line]
