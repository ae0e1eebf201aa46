(record "}" @end) @indent
(list "]" @end) @indent
(parenthesized ")" @end) @indent
(binding ";" @end) @indent
