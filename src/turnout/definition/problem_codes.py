"""Every code that a definition's problems have: what it means, and what to do about it.

Codes stay the same for ever; programs may rely on them. A problem's own message and hint say more,
with the names of the definition; this table is for the reference, and a test compares it with
what is reported.
"""

from dataclasses import dataclass

from turnout.domain.problem import Severity


@dataclass(frozen=True, slots=True)
class ProblemCode:
    """One code.

    Attributes:
        severity: of every problem that has it.
        meaning: what is wrong, in a sentence.
        remedy: what to do about it, in a sentence.
    """

    severity: Severity
    meaning: str
    remedy: str


def _error(meaning: str, remedy: str) -> ProblemCode:
    return ProblemCode(Severity.ERROR, meaning, remedy)


def _warning(meaning: str, remedy: str) -> ProblemCode:
    return ProblemCode(Severity.WARNING, meaning, remedy)


READING = {
    "alias_bomb": _error(
        "Aliases make the text many times as large as it is written.",
        "Refer to less with each alias.",
    ),
    "definition_too_large": _error(
        "The text is larger than 1 MiB.", "Move data to the input, or split the workflow."
    ),
    "directive_refused": _error("The text has a YAML directive (`%`).", "Remove it."),
    "duplicate_name": _error("Two things in one place have the same name.", "Rename one of them."),
    "empty_document": _error("The text is empty.", "Begin with `document:` and `do:`."),
    "invalid_text": _error(
        "The text holds characters that YAML or JSON does not allow.", "Remove them."
    ),
    "invalid_yaml": _error(
        "The text is no YAML and no JSON.",
        "Look at the quotes, brackets and indentation in that line.",
    ),
    "merge_key": _error("Merge keys (`<<`) are not part of YAML 1.2.", "Write the members out."),
    "name_not_text": _error("A member's name is no text.", "Put it in quotes."),
    "names_too_long": _error(
        "The names of members are too long to be told apart.", "Shorten them."
    ),
    "number_refused": _error(
        "A number is none of JSON's, or too large to stay exact.", "Put it in quotes."
    ),
    "recursive_alias": _error("An alias refers to something that contains it.", "Write it out."),
    "several_documents": _error("The text holds more than one document.", "Keep one of them."),
    "tag_refused": _error(
        "A value has a YAML tag (`!`).", "Remove it; use quotes to make a value text."
    ),
    "too_deep": _error("The text is nested more than 64 levels deep.", "Split the workflow."),
    "too_many_values": _error(
        "There are more values than a definition, or an inline list, may have.",
        "Move data to the input, or split the workflow.",
    ),
    "unknown_alias": _error(
        "An alias refers to an anchor that does not stand before it.", "Define the anchor first."
    ),
}
"""What keeps a text from being read."""

RULES = {
    "expression_too_long": _error(
        "An expression is longer than 20,000 characters.", "Split it over several tasks."
    ),
    "forbidden_in_expression": _error(
        "An expression reaches outside itself: files, environment, other inputs.",
        "Use what the workflow's data holds.",
    ),
    "invalid_duration": _error(
        "A duration cannot be read, or is too long.", "Write `PT15M`, `P1DT12H` or `minutes: 15`."
    ),
    "invalid_expression": _error("An expression is no jq.", "Follow what jq says about it."),
    "invalid_name": _error(
        "A name has characters that it must not have.", "Use letters, digits and hyphens."
    ),
    "invalid_schema": _error("A schema is no JSON Schema.", "Correct it."),
    "invalid_uri": _error(
        "A URI is not absolute, or has places that are none.",
        "Write it in full: `https://example.com/{id}`.",
    ),
    "invalid_value": _error(
        "A value is none of those that are possible there.", "Use one of them."
    ),
    "limit_exceeded": _error(
        "Checking the definition took more time or memory than it may.",
        "Make the expression smaller.",
    ),
    "missing_member": _error("Something that must be there is not.", "Add it."),
    "mixed_text": _error(
        "Text and `${ }` stand in one value.", "Put the text into the expression."
    ),
    "no_tasks": _error("A list of tasks is empty.", "Add a task."),
    "not_one_name": _error(
        "An item of a list has no name, or more than one.",
        "Begin each with `- name:` and indent what belongs to it.",
    ),
    "not_one_strategy": _error(
        "A `listen` waits in no way, or in several.", "Choose one of `one`, `any` and `all`."
    ),
    "not_supported_yet": _error(
        "Turnout does not run this part of the language.",
        "Do it another way; the definition can stay a draft meanwhile.",
    ),
    "reserved_name": _error("A name has a meaning of its own.", "Choose another."),
    "schema_outside": _error(
        "A schema refers to something outside the definition.", "Put it under `$defs`."
    ),
    "second_default": _error(
        "A `switch` has two cases without `when`.", "Keep one as the default."
    ),
    "several_task_types": _error("One task is several in one.", "Make each a task of its own."),
    "then_is_expression": _error("A `then` is computed.", "Decide with a `switch`."),
    "then_to_nowhere": _error(
        "A `then` names no task of its list.", "Name one, or write `continue`, `exit` or `end`."
    ),
    "too_many_expressions": _error(
        "There are more than 500 different expressions.", "Split the workflow."
    ),
    "unknown_dsl": _error(
        "The version of the language is none that is known.", "Write `dsl: '1.0.3'`."
    ),
    "unknown_member": _error(
        "A member has a name that means nothing there.", "Correct it, or remove it."
    ),
    "unknown_name": _error(
        "A name refers to nothing that `use` declares.", "Declare it, or correct the name."
    ),
    "unknown_task_type": _error(
        "A task does not say what to do.", "Give it a keyword: `set`, `switch`, `call` …"
    ),
    "unknown_variable": _error(
        "An expression uses a variable that is not there.",
        "Use one of `$context`, `$input`, `$task`, `$workflow`, `$runtime` or a loop's.",
    ),
    "wrong_type": _error(
        "A value is of another type than belongs there.", "Write a value of that type."
    ),
}
"""What the language does not allow, or Turnout does not run."""

LINTS = {
    "call_without_timeout": _warning(
        "A call does not say how long it may take.", "Give it, or a task around it, a `timeout`."
    ),
    "comparison_contradicts_types": _error(
        "Values are compared that surely are of different types: that decides nothing.",
        "Convert one of them, or correct the schema.",
    ),
    "comparison_without_schema": _warning(
        "Values are put in order whose types nothing describes; jq orders any two.",
        "Describe the input with `input.schema`.",
    ),
    "endless_loop": _error(
        "A `then` jumps back, nothing leads out again, and nothing in between waits.",
        "Lead out with a case of a `switch`.",
    ),
    "field_never_set": _warning(
        "An expression reads a field that is not there on any path.",
        "Correct the name, or pass the field on: `set` replaces.",
    ),
    "output_never_set": _error(
        "The output must have a field that no path to the end sets.",
        "Set it, or correct the schema of the output.",
    ),
    "switch_without_default": _warning(
        "When no case of a `switch` matches, the next task runs.",
        "Add a case without `when`, or say so with `then: continue`.",
    ),
    "unbounded_loop": _warning(
        "A `then` jumps back, and nothing but a fault leads out again.",
        "Lead out with a case of a `switch`.",
    ),
    "unreachable_task": _warning(
        "Nothing leads to a task.", "Lead to it with `then`, or remove it."
    ),
}
"""What follows the rules and is doubtful all the same, or certain to go wrong."""

PROBLEM_CODES = {**READING, **RULES, **LINTS}
