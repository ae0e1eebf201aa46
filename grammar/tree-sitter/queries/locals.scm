; Scopes, and where names are defined and used.

(source_file) @local.scope
(let) @local.scope
(lambda) @local.scope
(record) @local.scope

(let_head (binding path: (attribute_path . (name) @local.definition)))
(let (binding path: (attribute_path . (name) @local.definition)))
(source_file (binding path: (attribute_path . (name) @local.definition)))
(record "rec" (binding path: (attribute_path . (name) @local.definition)))
(inherit name: (name) @local.definition)
(lambda parameter: (binder) @local.definition)
(pattern whole: (binder) @local.definition)
(pattern_field name: (attribute_path (name) @local.definition))

(reference) @local.reference
