; What can be folded.

[
  (record)
  (list)
  (let)
  (let_head)
  (string)
  (pattern)
  (record_type)
  (comment)
] @fold
