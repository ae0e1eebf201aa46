/**
 * The grammar of .nx for editors, after `grammar/src/grammar.lalrpop`: whatever that accepts, this
 * accepts with the same structure.
 *
 * @file
 * @license Apache-2.0 OR MIT
 */

/// <reference types="tree-sitter-cli/dsl" />

const PREC = {
  pipe: 1,
  or: 2,
  and: 3,
  equal: 4,
  compare: 5,
  update: 6,
  not: 7,
  sum: 8,
  product: 9,
  concat: 10,
  has: 11,
  negate: 12,
  apply: 13,
};

// Inside of strings nothing else begins: not even a comment, however long.
const text = (rule) => token.immediate(prec(1, rule));

module.exports = grammar({
  name: "nexus",

  word: ($) => $.identifier,

  extras: ($) => [/[ \t\r\n\uFEFF]/, $.comment],

  supertypes: ($) => [$._expression, $._type],

  inline: ($) => [$._name, $._list_element],

  rules: {
    source_file: ($) =>
      seq(
        optional(seq(field("parameters", $.pattern), ":")),
        optional($.let_head),
        repeat($._binding),
      ),

    let_head: ($) => seq("let", repeat($._binding), "in"),

    comment: () =>
      token(choice(/#[^\n]*/, seq("/*", /([^*]|\*+[^*/])*\*+/, "/"))),

    // ------------------------------------------------------------------------------ bindings

    _binding: ($) => choice($.binding, $.inherit, $.type_definition),

    binding: ($) =>
      seq(
        field("path", $.attribute_path),
        optional(seq(":", field("type", $._type))),
        "=",
        field("value", $._expression),
        ";",
      ),

    inherit: ($) =>
      seq(
        "inherit",
        optional(seq("(", field("from", $._expression), ")")),
        repeat(field("name", choice($.name, $.string_name))),
        ";",
      ),

    type_definition: ($) =>
      seq(
        "type",
        field("name", alias($.identifier, $.type_name)),
        repeat(field("parameter", alias($.identifier, $.type_name))),
        "=",
        field("type", $._type),
        ";",
      ),

    attribute_path: ($) => prec.left(seq($._name, repeat(seq(".", $._name)))),

    _name: ($) => choice($.name, $.string_name, $.dynamic_name),

    // `type` and `as` are reserved only where they mean something.
    name: ($) => choice($.identifier, "type", "as"),
    string_name: ($) => $.string,
    dynamic_name: ($) => seq("${", $._expression, "}"),

    identifier: () => /[A-Za-z_]([A-Za-z0-9_'-]*[A-Za-z0-9_'])?/,

    // --------------------------------------------------------------------------- expressions

    _expression: ($) =>
      choice($.lambda, $.let, $.with, $.assert, $.if, $._operation),

    lambda: ($) =>
      prec.right(
        seq(
          field("parameter", choice($.binder, $.pattern)),
          ":",
          field("body", $._expression),
        ),
      ),

    binder: ($) => choice($.identifier, "type"),

    pattern: ($) =>
      choice(
        seq($._pattern_fields, optional(seq("@", field("whole", $.binder)))),
        seq(field("whole", $.binder), "@", $._pattern_fields),
      ),

    _pattern_fields: ($) =>
      choice(
        seq("{", "}"),
        seq("{", $.rest, "}"),
        seq("{", separated($.pattern_field), optional(","), "}"),
        seq("{", separated($.pattern_field), ",", $.rest, "}"),
      ),

    pattern_field: ($) =>
      seq(
        field("name", $.attribute_path),
        optional(seq(":", field("type", $._type))),
        optional(seq("?", field("default", $._expression))),
      ),

    rest: () => "...",

    let: ($) =>
      seq("let", repeat($._binding), "in", field("body", $._expression)),

    with: ($) =>
      seq(
        "with",
        field("scope", $._expression),
        ";",
        field("body", $._expression),
      ),

    assert: ($) =>
      seq(
        "assert",
        field("condition", $._expression),
        ";",
        field("body", $._expression),
      ),

    if: ($) =>
      seq(
        "if",
        field("condition", $._expression),
        "then",
        field("then", $._expression),
        "else",
        field("else", $._expression),
      ),

    _operation: ($) =>
      choice($.binary, $.unary, $.has, $.conversion, $.apply, $._select),

    binary: ($) => {
      const left = (precedence, operator) =>
        prec.left(
          precedence,
          seq(
            field("left", $._operation),
            field("operator", operator),
            field("right", $._operation),
          ),
        );
      const right = (precedence, operator) =>
        prec.right(
          precedence,
          seq(
            field("left", $._operation),
            field("operator", operator),
            field("right", $._operation),
          ),
        );
      return choice(
        left(PREC.pipe, "|>"),
        left(PREC.or, "||"),
        left(PREC.and, "&&"),
        left(PREC.equal, choice("==", "!=")),
        left(PREC.compare, choice("<", "<=", ">", ">=")),
        right(PREC.update, "//"),
        left(PREC.sum, choice("+", "-")),
        left(PREC.product, choice("*", "/")),
        right(PREC.concat, "++"),
      );
    },

    unary: ($) =>
      choice(
        prec(PREC.not, seq(field("operator", "!"), $._operation)),
        prec(PREC.negate, seq(field("operator", "-"), $._operation)),
      ),

    has: ($) =>
      prec(
        PREC.has,
        seq(field("value", $._operation), "?", field("path", $.attribute_path)),
      ),

    conversion: ($) =>
      prec(
        PREC.has,
        seq(field("value", $._operation), "as", field("type", $._atom_type)),
      ),

    apply: ($) =>
      prec.left(
        PREC.apply,
        seq(
          field("function", $._select),
          choice(
            seq(
              repeat1(field("argument", $._select)),
              optional(field("argument", choice($.lambda, $.alternative))),
            ),
            field("argument", choice($.lambda, $.alternative)),
          ),
        ),
      ),

    // `f x or d`: the last argument, or what stands in for it.
    alternative: ($) =>
      seq(field("value", $._atom), "or", field("default", $._select)),

    _select: ($) => choice($.select, $._atom),

    select: ($) =>
      prec.right(
        seq(
          field("value", $._atom),
          ".",
          field("path", $.attribute_path),
          optional(seq("or", field("default", $._select))),
        ),
      ),

    _atom: ($) =>
      choice(
        $.reference,
        $.integer,
        $.float,
        $.duration,
        $.size,
        $.path,
        $.string,
        $.parenthesized,
        $.list,
        $.record,
      ),

    reference: ($) => choice($.identifier, "type"),

    parenthesized: ($) => seq("(", $._expression, ")"),

    list: ($) => seq("[", repeat(seq($._list_element, optional(","))), "]"),

    _list_element: ($) => choice($._select, alias($._negative, $.unary)),

    _negative: ($) =>
      seq(
        field("operator", "-"),
        choice($.integer, $.float, $.duration, $.size),
      ),

    record: ($) =>
      choice(
        seq("{", "}"),
        seq("{", repeat1($._binding), "}"),
        seq("rec", "{", repeat($._binding), "}"),
      ),

    integer: () => /[0-9]+/,
    float: () =>
      token(
        choice(/[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?/, /[0-9]+[eE][+-]?[0-9]+/),
      ),
    duration: () => /([0-9]+(ms|us|ns|s|m|h|d))+/,
    size: () => /[0-9]+(KiB|MiB|GiB|TiB|kB|KB|MB|GB|TB|B)/,
    path: () => /\.\.?\/[A-Za-z0-9._+\-/@~]*/,

    // ------------------------------------------------------------------------------- strings

    string: ($) => choice($._line_string, $._indented_string),

    _line_string: ($) =>
      seq(
        '"',
        repeat(
          choice(
            $.string_text,
            $.escape,
            alias($._line_interpolation, $.interpolation),
          ),
        ),
        text('"'),
      ),

    _indented_string: ($) =>
      seq(
        "''",
        repeat(
          choice(
            alias($._indented_text, $.string_text),
            alias($._indented_escape, $.escape),
            alias($._line_interpolation, $.interpolation),
          ),
        ),
        text("''"),
      ),

    // No token goes beyond a `$` that turns out to begin something else: a comment that seems to
    // begin in the text would be longer.
    string_text: () =>
      choice(text(/[^"\\$\n]+/), text("$$"), text("$"), text("\\")),
    escape: () => text(/\\[^\n]/),

    _indented_text: () =>
      choice(text(/[^'$]+/), text("$$"), text("$"), text("'")),
    _indented_escape: () => choice(text(/''[$']/), text(/''\\(.|\n)/)),

    _line_interpolation: ($) => seq(text("${"), $._expression, "}"),

    // --------------------------------------------------------------------------------- types

    _type: ($) => choice($.function_type, $._union),

    function_type: ($) =>
      prec.right(seq(field("from", $._union), "->", field("to", $._type))),

    _union: ($) => choice($.union_type, $._member),

    union_type: ($) =>
      choice(
        seq("|", $._member, repeat(seq("|", $._member))),
        seq($._member, repeat1(seq("|", $._member))),
      ),

    _member: ($) => choice($.type_application, $._atom_type),

    type_application: ($) =>
      prec.left(seq($.type_name, repeat1($._atom_type))),

    _atom_type: ($) =>
      choice(
        $.type_name,
        alias($._literal_integer, $.integer),
        $.string,
        $.list_type,
        $.parenthesized_type,
        $.record_type,
        $.dictionary_type,
      ),

    type_name: ($) => $.identifier,
    _literal_integer: ($) => seq(optional("-"), $.integer),
    list_type: ($) => seq("[", $._type, "]"),
    parenthesized_type: ($) => seq("(", $._type, ")"),
    record_type: ($) =>
      choice(
        seq("{", "}"),
        seq("{", $.rest, "}"),
        seq("{", separated($.type_field), optional(","), "}"),
        seq("{", separated($.type_field), ",", $.rest, "}"),
      ),
    dictionary_type: ($) =>
      seq(
        "{",
        "[",
        field("key", $._type),
        "]",
        ":",
        field("value", $._type),
        "}",
      ),
    type_field: ($) =>
      seq(
        field("name", $.attribute_path),
        choice(":", "?"),
        field("type", $._type),
      ),
  },
});

function separated(rule) {
  return seq(rule, repeat(seq(",", rule)));
}
