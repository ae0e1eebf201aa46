(binding
  path: (attribute_path) @name
  value: (_)) @item

(type_definition
  "type" @context
  name: (type_name) @name) @item
