; What is coloured how, in the capture names that editors share. Later patterns win.

(comment) @comment

; Names.
(reference) @variable
(binder) @variable.parameter
(attribute_path (name) @property)
(inherit name: (name) @variable)
(pattern_field name: (attribute_path (name) @variable.parameter))
(binding path: (attribute_path (name) @property))

; A binding whose value is a function, and what is called.
(binding
  path: (attribute_path (name) @function .)
  value: (lambda))
(apply function: (reference) @function.call)
(apply function: (select path: (attribute_path (name) @function.call .)))
((reference) @module.builtin
  (#any-of? @module.builtin "std"))
((reference) @function.builtin
  (#any-of? @function.builtin "env" "glob" "import" "throw" "secret"))
((reference) @constant.builtin
  (#any-of? @constant.builtin "true" "false" "null"))
((reference) @boolean
  (#any-of? @boolean "true" "false"))

; Types.
(type_name) @type
((type_name) @type.builtin
  (#any-of? @type.builtin
    "Int" "Float" "Bool" "String" "Path" "Duration" "Size" "Null" "Any"))
(type_field name: (attribute_path (name) @property))

; Literals.
(integer) @number
(float) @number.float
(duration) @number
(size) @number
(path) @string.special.path
(string) @string
(string_text) @string
(escape) @string.escape

; Words and signs.
["let" "in" "rec" "inherit" "with" "as"] @keyword
(type_definition "type" @keyword.type)
["if" "then" "else"] @keyword.conditional
"assert" @keyword.exception
"or" @keyword.operator

(binary operator: _ @operator)
(unary operator: _ @operator)
(has "?" @operator)
(pattern_field "?" @operator)
(pattern "@" @operator)
["->" "|"] @operator
"=" @operator
(rest) @punctuation.special

["{" "}" "[" "]" "(" ")"] @punctuation.bracket
[";" "," "." ":"] @punctuation.delimiter

; The braces of an interpolation are none of a record.
(interpolation
  "${" @punctuation.special
  "}" @punctuation.special)
(dynamic_name
  "${" @punctuation.special
  "}" @punctuation.special)
