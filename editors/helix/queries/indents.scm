; How lines are indented, in the capture names of Helix.
[(record) (list) (parenthesized) (pattern) (record_type) (binding)] @indent
["}" "]" ")" ";"] @outdent
