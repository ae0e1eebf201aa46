; Other languages inside strings.

((comment) @injection.content
  (#set! injection.language "comment"))

; Commands are shell: `run = "…";`, `run = [ "…" { cmd = "…"; } ];`, `run = host: [ "…" ];`.
((binding
  path: (attribute_path (name) @_name .)
  value: (string (string_text) @injection.content))
  (#any-of? @_name "run" "cmd" "unless")
  (#set! injection.language "bash")
  (#set! injection.combined))

((binding
  path: (attribute_path (name) @_name .)
  value: (list (string (string_text) @injection.content)))
  (#eq? @_name "run")
  (#set! injection.language "bash"))

((binding
  path: (attribute_path (name) @_name .)
  value: (lambda body: [
    (string (string_text) @injection.content)
    (list (string (string_text) @injection.content))
  ]))
  (#eq? @_name "run")
  (#set! injection.language "bash"))
