; How lines are indented, in the capture names of Neovim.

[
  (record)
  (list)
  (parenthesized)
  (pattern)
  (record_type)
  (binding)
] @indent.begin

(let "let" @indent.begin)
(let_head "let" @indent.begin)

["}" "]" ")" "in"] @indent.branch
["}" "]" ")"] @indent.end

(string) @indent.auto
(comment) @indent.auto
